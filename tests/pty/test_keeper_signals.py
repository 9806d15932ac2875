"""Titles, BEL and progress through a real keeper: who sees them, and what survives what."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.keepers import KeeperRun, LinkClient, running_keeper

pytestmark = pytest.mark.pty

TITLE = r"printf '\e]2;%s\a' "


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


def told(link: LinkClient, **wanted: Any) -> dict[str, Any]:
    """Wait until META says all of `wanted`."""
    meta: dict[str, Any] = link.until(
        lambda: wanted.items() <= link.channels[1].meta.items() and link.channels[1].meta
    )
    return meta


def test_a_programs_title_is_told_and_a_name_by_hand_is_another_thing(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        first = link.hello(console)["info"]
        assert (first["named"], first["program_title"]) == (False, "")
        link.type(TITLE + "'a  title'; cat\n")
        told(link, program_title="a title", title=first["title"], named=False)
        told(link, busy=True)
        link.call("consoles.rename", console=console, title="mine")
        told(link, program_title="a title", title="mine", named=True)
        link.call("consoles.rename", console=console, title="")
        info = told(link, program_title="a title", named=False)
        assert info["title"].startswith("Bash")
        link.type("\x03")
        told(link, busy=False)
        link.type(TITLE + "''\n")
        told(link, program_title="")


def test_a_console_that_was_made_with_a_name_has_one_by_hand(keeper):
    info = keeper.call("consoles.create", kind="bash", title="mine", cols=80, rows=24)
    assert (info["title"], info["named"]) == ("mine", True)


def test_a_bel_stays_until_a_viewer_in_sight_attaches(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type(r"printf '\a'; echo r''ung" + "\n")
        link.read_until(b"rung")
        link.size(80, 24, flags=0)
        link.type(r"printf '\a'" + "\n")
        told(link, bel=True)
        link.size(80, 24, flags=1)
        told(link, bel=False)
        link.size(80, 24, flags=0)
        link.type(r"printf '\a'" + "\n")
        told(link, bel=True)
    with keeper.link() as link:
        assert link.hello(console, visible=False)["info"]["bel"]
        assert not link.hello(console, channel=1)["info"]["bel"]


def test_the_progress_of_a_killed_program_goes_with_it(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type(r"sh -c 'printf \\033]9\;4\;1\;40\\007; exec sleep 1000'" + "\n")
        told(link, progress={"state": "set", "percent": 40}, busy=True)
        link.type("\x03")
        told(link, progress=None, busy=False)


def test_all_of_it_is_there_with_the_next_keeper_and_gone_with_the_session():
    with running_keeper() as keeper:
        console = keeper.new_bash()
        with keeper.link() as link:
            link.hello(console)
            link.type(TITLE + r"'t'; printf '\e]9;4;2;70\a'; exec sleep 1000" + "\n")
            link.size(80, 24, flags=0)
            told(link, program_title="t", progress={"state": "error", "percent": 70})
        keeper.kill()
        keeper.start()
        with keeper.link() as link:
            info = link.hello(console)["info"]
            assert info["program_title"] == "t"
            assert info["progress"] == {"state": "error", "percent": 70}
            link.call("consoles.end", console=console, how="kill")
            told(link, state="ended", program_title="", progress=None)
            link.call("consoles.restart", console=console, cols=80, rows=24)
            link.type("echo ag''ain\n")
            link.read_until(b"again")
            assert link.channels[1].meta["program_title"] == ""


def test_a_journal_without_these_columns_is_taken_over():
    with running_keeper() as keeper:
        keeper.call("consoles.create", kind="bash", title="mine", cols=80, rows=24)
        plain = keeper.new_bash()
        keeper.kill()
        for name in ("named", "program_title", "bel", "progress_state", "progress_percent"):
            keeper.change_journal(f"ALTER TABLE consoles DROP COLUMN {name}")
        keeper.start()
        by_id = {one["id"]: one for one in keeper.call("consoles.list")["consoles"]}
        info = by_id.pop(plain)
        assert (info["named"], info["program_title"], info["progress"]) == (False, "", None)
        assert [one["named"] for one in by_id.values()] == [True]


def test_a_console_starts_where_the_one_beside_it_is(keeper):
    console = keeper.new_bash()
    folder = keeper.agent.home / "wörk \udcff"
    folder.mkdir()
    with keeper.link() as link:
        link.hello(console)
        link.type("cd w* && printf '\\e]7;file://%s\\a' \"${PWD%?}%FF\"\n")
        link.until(lambda: "wörk" in link.channels[1].meta["cwd"])
        size = {"cols": 80, "rows": 24}
        other = link.call("consoles.create", kind="bash", beside=console, **size)["id"]
        link.hello(other, channel=2)
        link.type('printf %s "$PWD" | tail -c 3 | od -An -tx1\n', channel=2)
        link.read_until(b"6b 20 ff", channel=2)
        lost = link.call("consoles.create", kind="bash", beside="nowhere", **size)
        assert lost["cwd"] == str(keeper.agent.home)


def attached(link: LinkClient, *wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Wait until META tells just these pages, each with at least these fields."""

    def found() -> Any:
        pages = link.channels[1].meta.get("attached", [])
        same = len(pages) == len(wanted)
        return (
            same
            and all(w.items() <= p.items() for w, p in zip(wanted, pages, strict=True))
            and pages
        )

    pages: list[dict[str, Any]] = link.until(found)
    return pages


def test_who_is_attached_is_told_with_whose_size_it_has(keeper):
    console = keeper.new_bash()
    with keeper.link(device="Safari on iPad", login="a") as tablet:
        tablet.hello(console)
        with keeper.link(device="Firefox on Linux", login="b") as laptop:
            laptop.hello(console, visible=False)
            there = {"page": tablet.page, "device": "Safari on iPad", "login": 0}
            here = {"page": laptop.page, "device": "Firefox on Linux", "login": 1}
            attached(
                tablet,
                {**there, "visible": True, "owner": True},
                {**here, "visible": False, "owner": False},
            )
            laptop.type("x")
            attached(
                tablet,
                {**there, "visible": True, "owner": False},
                {**here, "visible": False, "owner": True},
            )
        left = tablet.until(
            lambda: len(found := tablet.channels[1].meta["attached"]) == 1 and found
        )
        assert left[0].items() >= there.items()


def test_two_pages_of_one_name_are_told_apart(keeper):
    console = keeper.new_bash()
    before = time.time()
    with keeper.link() as one, keeper.link() as other:
        one.hello(console, cols=120, rows=40)
        other.hello(console, cols=50, rows=20)
        wide, narrow = {"login": 0, "cols": 120, "rows": 40}, {"login": 0, "cols": 50, "rows": 20}
        pages = attached(one, wide, narrow)
        assert before <= pages[0]["since"] <= pages[1]["since"] <= time.time()
        other.size(80, 12, flags=1)
        attached(one, wide, {"login": 0, "cols": 80, "rows": 12, "owner": False})
