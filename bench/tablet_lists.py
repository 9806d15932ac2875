"""What is long on a tablet's page: restored output, copy mode, the file tree; beside bare lists."""

from pathlib import Path
from typing import Final

from bench.tablet_page import AS_IS, SLOWED, Pace, Scroll, Tablet, TabletPage
from bench.tablet_print import say_ms, say_scrolls, say_tasks

ROUNDS: Final = {AS_IS: 3, SLOWED: 2}
ENTRIES: Final = 4000
PAGE_ENTRIES: Final = 2000
"""So many the server lists at once; "Show more" brings the others."""
ARROWS: Final = 5
CLOSING_MS: Final = 1500
"""A terminal without a tab is kept for a second, in case that it only moved."""
PRE: Final = (
    "<pre style='box-sizing: border-box; width: 980px; height: 560px; margin: 60px 90px;"
    " overflow: auto; padding: 8px 16px; font: 16px / 1.4 monospace; overflow-wrap: anywhere;"
    " white-space: pre-wrap'></pre>"
)
LIST: Final = "<div id='list' style='width: 240px; height: 740px; overflow: auto'>{}</div>".format(
    "".join(f"<div style='height: 44px'>entry-{number:04d}.txt</div>" for number in range(ENTRIES))
)


def write_entries(home: Path) -> None:
    """Make a folder of many empty files."""
    (home / "many").mkdir(mode=0o755)
    for number in range(ENTRIES):
        (home / "many" / f"entry-{number:04d}.txt").touch()


def tree(device: Tablet) -> None:
    """A folder of many entries, beside a list of as many names."""
    for pace, rounds in ROUNDS.items():
        taken, opening, keys, ours, others = [], [], [], [], []
        for _ in range(rounds):
            with device.page(pace) as opened:
                opened.at_rest()
                taken.append(_open_folder(opened))
                opening.append(opened.longest_task_ms())
                room = opened.page.locator(".tree-room")
                room.evaluate("room => { room.scrollTop = 0; }")
                ours.append(opened.flick(room))
                opened.ide.entry("many").focus()
                opened.bench("forgetTasks()")
                for _ in range(ARROWS):
                    opened.page.keyboard.press("ArrowDown")
                keys.append(opened.longest_task_ms())
                opened.ide.entry("many").tap()  # closed again, for the next round
            with device.bare(pace, LIST) as bare:
                others.append(bare.flick(bare.page.locator("#list")))
        say_ms(f"a folder's first {PAGE_ENTRIES:,} entries", pace, taken, "<= 200 ms")
        say_tasks(f"opening {ENTRIES:,} entries", pace, opening)
        say_tasks("an arrow key among them", pace, keys)
        say_scrolls("the tree", pace, ours, others)


def _open_folder(opened: TabletPage) -> float:
    """Show all entries; returns the milliseconds from the tap to the first ones."""
    opened.bench("forgetTasks()")
    first = opened.ms_until("lists", "entry-0000.txt", opened.ide.entry("many").tap)
    opened.page.locator(".tree-room").evaluate("room => { room.scrollTop = room.scrollHeight; }")
    more = opened.ide.tree.get_by_role("treeitem").filter(has_text="Show more")
    opened.ms_until("lists", f"entry-{PAGE_ENTRIES + 1}.txt", more.tap)
    return first


def restore(device: Tablet, title: str) -> None:
    """5,000 lines in a page at rest, then copy mode on the newest 2,000, beside a `pre`."""
    for pace, rounds in ROUNDS.items():
        taken, restoring, opening, ours, others = [], [], [], [], []
        for _ in range(rounds):
            with device.page(pace) as opened:
                opened.at_rest()
                opened.bench("forgetTasks()")
                taken.append(_show_console(opened, title))
                restoring.append(opened.longest_task_ms())
                opened.bench("forgetTasks()")
                text = _open_copy_mode(opened, title)
                opening.append(opened.longest_task_ms())
                pre = opened.page.locator(".copy-mode pre")
                pre.evaluate("pre => { pre.scrollTop = 0; }")
                ours.append(opened.flick(pre))
                opened.page.keyboard.press("Escape")
                opened.ide.button(f"Close console {title}").tap()
                opened.page.wait_for_timeout(CLOSING_MS)
            others.append(_bare_scroll(device, pace, text))
        say_ms("5,000 lines back, from the tap", pace, taken, "none")
        say_tasks("5,000 lines back", pace, restoring)
        say_tasks("opening copy mode", pace, opening)
        say_scrolls("copy mode", pace, ours, others)


def _show_console(opened: TabletPage, title: str) -> float:
    """Open a console without a tab from the list; returns milliseconds to its last line."""
    opened.page.get_by_role("button", name="Consoles").first.tap()
    item = opened.page.get_by_role("menu").get_by_role("menuitem", name=title)
    return opened.ms_until("shows", "listed", item.tap)


def _open_copy_mode(opened: TabletPage, title: str) -> str:
    opened.page.get_by_role("button", name=f"More actions for console {title}").tap()
    opened.page.get_by_role("menuitem", name="Select and copy").tap()
    return opened.page.locator(".copy-mode pre").inner_text()


def _bare_scroll(device: Tablet, pace: Pace, text: str) -> Scroll:
    with device.bare(pace, PRE) as bare:
        pre = bare.page.locator("pre")
        pre.evaluate("(pre, text) => { pre.textContent = text; }", text)
        return bare.flick(pre)
