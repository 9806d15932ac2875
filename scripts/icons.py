"""Draw the icons anew from frontend/icons/icon.svg: `.venv/bin/python -m scripts.icons`.

Needs Debian's chromium. Systems that cut icons into their own shape get the square one: its sign
lies inside the middle four fifths, which no shape touches.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS

FOLDER = Path(__file__).parents[1] / "frontend" / "icons"
ROUND = ' rx="96"'
ICONS = {
    "icon-192": (192, True),
    "icon-512": (512, True),
    "icon-maskable": (512, False),
    "icon-apple": (180, False),
}
"""Name: width in pixels, and whether its corners are round."""


def main() -> None:
    """Write every picture."""
    source = (FOLDER / "icon.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for name, (width, is_round) in ICONS.items():
            page = browser.new_page(viewport={"width": width, "height": width})
            drawn = source if is_round else source.replace(ROUND, "")
            page.set_content(f"<style>*{{margin:0;display:block}}</style>{drawn}")
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
