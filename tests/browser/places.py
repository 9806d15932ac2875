"""Where things are on the page."""

from playwright.sync_api import FloatRect, Locator

from tests.waiting import wait_until


def box_of(part: Locator) -> FloatRect:
    """Return where it is drawn, in CSS pixels of the page, once it is drawn and stands still.

    A terminal replaces its rows, and a box that was asked for meanwhile is none; what opens may
    still move. Raises AssertionError when it has not come to rest within 20 s.
    """
    last: FloatRect | None = None

    def standing() -> FloatRect | None:
        nonlocal last
        before, last = last, part.bounding_box()
        return last if last == before else None

    return wait_until(standing, 20, f"{part} at rest")
