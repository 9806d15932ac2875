"""docs/security.md names tests that exist, and every attack that is tried has its row there."""

import ast
import re
from pathlib import Path

from tests.walls.probes import BARE, PROBES
from tests.walls.weak import DEFENCES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()


def rows():
    """Return the cells of each row of the table of attacks."""
    table = PAGE.split("| attack | wall | test |")[1].split("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


def functions(path):
    """Return the names of the tests of a file."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_it_names_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 40
    assert [path for path, _ in named if not (ROOT / path).is_file()] == []
    gone = [f"{path}::{name}" for path, name in named if name and name not in functions(path)]
    assert gone == []


def test_every_row_has_a_wall_and_a_test_or_says_that_there_is_none():
    assert len(rows()) > 30
    for attack, wall, test in rows():
        assert attack, wall
        assert wall, attack
        assert "tests/" in test or test.startswith("none "), attack


def test_every_probe_has_a_row_and_every_defence_a_probe():
    with_probes = [attack for attack, _, test in rows() if "tests/walls/probes.py" in test]
    wanted = {probe.row for probe in PROBES}
    assert {row for row in wanted if not any(one.startswith(row) for one in with_probes)} == set()
    assert {wall for probe in PROBES for wall in probe.walls} == {*DEFENCES, BARE}


def test_there_is_a_place_for_the_figures_of_attacks():
    assert "## Figures of attacks" in PAGE
