"""Compare the built page with its budget, in bytes as gzip sends them.

First: what the page asks for before a prompt can show, the script with what it imports at once and
the style sheet. The rest are chunks, of which a visit loads the editor and the languages of the
files that are opened; tests/browser/test_accessibility.py adds up what a visit really asks for.
"""

import json
import sys
from pathlib import Path

FIRST_BYTES = 150 * 1024
BUNDLE = Path(__file__).resolve().parent.parent / "ide" / "static" / "dist"
SIGN_IN = ("gate",)
"""Entries of the pages for those who are not signed in; the editor never loads them."""


def main() -> int:
    """Print each file's packed size; return 1 when a sum is over its budget."""
    manifest = BUNDLE / "manifest.json"
    if not manifest.is_file():
        print("There is no bundle: python hatch_build.py")
        return 1
    entries = json.loads(manifest.read_text())["entries"]
    others = {each["file"] for name, each in entries.items() if name.startswith(SIGN_IN)}
    first = {entries["main"]["file"], *entries["main"]["preload"], entries["app"]["file"]}
    sizes = {
        path.stem: path.stat().st_size
        for path in BUNDLE.glob("*.gz")
        if path.stem.endswith((".js", ".css")) and path.stem not in others
    }
    for name, size in sorted(sizes.items(), key=lambda each: -each[1]):
        print(f"{size:9,d}  {'first' if name in first else '     '}  {name}")
    first_bytes = sum(sizes[name] for name in first)
    print(f"{first_bytes:9,d}  of {FIRST_BYTES:,d} before the first prompt")
    print(f"{sum(sizes.values()):9,d}  with every language there is")
    return int(first_bytes > FIRST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
