"""Compare the bundle with its budget in compressed bytes; the page's promise is kept here.

The manifest names what the page asks for. `entry` is what comes before the first prompt; `total`
is everything the page may ever load by itself.
"""

import gzip
import sys
from pathlib import Path

TOTAL_BYTES = 285 * 1024
BUNDLE = Path(__file__).resolve().parent.parent / "ide" / "static" / "dist"


def main() -> int:
    """Print each file's size as gzip sends it; return 1 when the sum is over the budget."""
    total = 0
    for path in sorted(BUNDLE.rglob("*")):
        if path.suffix not in {".js", ".css"}:
            continue
        size = len(gzip.compress(path.read_bytes(), compresslevel=6))
        total += size
        print(f"{size:9,d}  {path.relative_to(BUNDLE)}")
    print(f"{total:9,d}  of {TOTAL_BYTES:,d} bytes gz")
    if not total:
        print("There is no bundle: python hatch_build.py")
        return 1
    return int(total > TOTAL_BYTES)


if __name__ == "__main__":
    sys.exit(main())
