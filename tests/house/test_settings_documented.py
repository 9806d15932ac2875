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
    """A process's main may hand os.environ to Settings.load; only the agent makes a new one."""
    readers = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "ide").rglob("*.py")
        if not path.is_relative_to(ROOT / "ide/agent")
        and not path.is_relative_to(ROOT / "ide/sandbox/tools")  # runs inside, as the agent does
        for line in path.read_text().splitlines()
        if re.search(r"\bos\.(environ|getenv)\b", line) and "Settings.load(os.environ" not in line
    ]
    assert readers == []
