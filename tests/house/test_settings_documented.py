"""docs/settings.md has every setting once, with the default that the code has."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

from ide.settings import ENVIRONMENT_PREFIX, Settings

ROOT = Path(__file__).parents[2]


def documented():
    """Return {variable: default as written} of the page's table."""
    page = (ROOT / "docs/settings.md").read_text()
    return dict(re.findall(r"^\| `(IDE_\w+)` \| (.+?) \|", page, re.MULTILINE))


def as_written(field):
    """Return how the table shows a field's default."""
    if field.default is MISSING:
        return "`workspaces`"
    if field.default == "":
        return "empty"
    if isinstance(field.default, bool):
        return f"`{int(field.default)}`"
    return f"`{field.default}`"


def test_every_setting_is_documented_with_its_default():
    expected = {ENVIRONMENT_PREFIX + f.name.upper(): as_written(f) for f in fields(Settings)}
    assert documented() == expected


def test_nobody_else_reads_the_environment():
    allowed = {"ide/settings.py", "ide/cli", "ide/agent"}
    readers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "ide").rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b|from os import .*environ", path.read_text())
    ]
    strangers = [name for name in readers if not any(name.startswith(a) for a in allowed)]
    assert strangers == []
