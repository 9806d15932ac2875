"""Every link between the pages of the documentation leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)\)", page.read_text())
    ours = [target for target in targets if "://" not in target]
    assert [target for target in ours if not (page.parent / target).exists()] == []


def test_the_first_screen_has_the_promise_two_pictures_and_two_commands():
    first = (ROOT / "README.md").read_text().split("## What survives")[0]
    assert first.count("](docs/screens/") == 2
    assert "./run " in first
    assert "./check " in first


def test_each_line_for_a_device_in_the_hand_says_what_to_do_and_what_to_see():
    lines = (ROOT / "docs/ipad-checklist.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    numbered = [row for row in rows if row[0].isdigit()]
    assert [int(number) for number, _do, _see in numbered] == [*range(1, len(numbered) + 1)]
    assert all(do.endswith(".") and see.endswith(".") for _number, do, see in numbered)
