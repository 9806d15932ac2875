"""Where things are on the page."""

from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FloatRect, Locator

from tests.waiting import wait_until


def box_of(part: Locator) -> FloatRect:
    """Return where it is drawn, in CSS pixels of the page, once it is drawn and stands still.

    A terminal replaces its rows, and a box that was asked for meanwhile is none; what opens may
    still move. Raises AssertionError when it has not come to rest within 20 s.
    """

    def standing() -> FloatRect | None:
        before = part.bounding_box()
        # A busy page may draw nothing for longer than two questions take: frames are waited for.
        with suppress(PlaywrightError):  # it was replaced
            if before is not None:
                part.element_handle().wait_for_element_state("stable", timeout=1000)
        return before if before == part.bounding_box() else None

    return wait_until(standing, 20, f"{part} at rest")
