"""What programs printed, byte for byte (tests/fidelity/record.py), and what is made up."""

import re
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

COLS: Final = 100
ROWS: Final = 30
FOLDER: Final = Path(__file__).parent / "recorded"

RECORDED: Final = sorted(path.stem for path in FOLDER.glob("*.bin"))


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.bin").read_bytes()


def _csi(final: str, *, most: int = 12, params: int = 1) -> st.SearchStrategy[str]:
    """Return a control sequence with up to `params` numbers."""
    numbers = st.lists(st.integers(0, most), max_size=params)
    return numbers.map(lambda ns: f"\x1b[{';'.join(map(str, ns))}{final}")


_TEXT: Final = st.one_of(
    st.text("abc xyz 012", min_size=1, max_size=30),
    st.text("漢字かな한국", min_size=1, max_size=12),
    st.sampled_from(["😀", "👍🏽", "❤️", "🇩🇪", "e\u0301", "x\u0308", "─│┌", "→"]),
    st.sampled_from("ab漢").map(lambda char: char * 45),
)
_LAYOUT: Final = st.one_of(
    st.sampled_from(["\r\n", "\n", "\r", "\t", "\b", "\v"]),
    st.sampled_from(["\x1bD", "\x1bE", "\x1bM", "\x1b7", "\x1b8", "\x1bH", "\x1b[g", "\x1b[3g"]),
    _csi("H", params=2), _csi("A"), _csi("B"), _csi("C"), _csi("D"), _csi("G"), _csi("d"),
    _csi("E"), _csi("F"), _csi("I", most=3), _csi("Z", most=3),
)  # fmt: skip
_EDITS: Final = st.one_of(
    _csi("J", most=2), _csi("K", most=2), _csi("L", most=4), _csi("M", most=4), _csi("@", most=9),
    _csi("P", most=9), _csi("X", most=9), _csi("S", most=4), _csi("T", most=4), _csi("b", most=9),
    _csi("r", most=ROWS, params=2),
)  # fmt: skip
_LOOKS: Final = st.one_of(
    st.lists(
        st.sampled_from(
            ["", "1", "2", "3", "4", "5", "7", "8", "9", "53", "22", "24", "27", "31", "42", "97",
             "103", "38;5;200", "48;5;17", "38;2;1;2;3", "48;2;9;8;7", "39", "49", "4:3", "58;5;3"]
        ), max_size=3,
    ).map(lambda words: f"\x1b[{';'.join(words)}m"),
    st.sampled_from(["\x1b(0lqqk\x1b(B", "\x1b)0\x0etqx\x0f"]),
)  # fmt: skip
_SWITCHES: Final = st.one_of(
    st.tuples(
        st.sampled_from(
            [1, 6, 7, 12, 25, 45, 66, 1000, 1002, 1003, 1004, 1006, 2004, 47, 1047, 1049]
        ),
        st.sampled_from("hl"),
    ).map(lambda mode: f"\x1b[?{mode[0]}{mode[1]}"),
    st.sampled_from(["\x1b[4h", "\x1b[4l", "\x1b[20h", "\x1b[20l", "\x1b=", "\x1b>"]),
    st.sampled_from(["\x1b[!p", "\x1bc"]),
    st.integers(0, 6).map(lambda style: f"\x1b[{style} q"),
    st.sampled_from(["\x1b]2;title\x07", "\x1b]4;1;#112233\x1b\\"]),
    st.sampled_from(
        ["\x1b]8;;http://x/\x1b\\", "\x1b]8;id=a;http://y/?b=1;2\x1b\\", "\x1b]8;;\x1b\\"]
    ),
)  # fmt: skip


DIFFERENCES: Final = {
    "zero times is not at all in the engine, and once in xterm.js": r"\x1b\[0[@A-Za-ln-z]",
    "scrolling by command keeps rows in the engine's scrollback and paints": r"\x1b\[\d*[ST]",
    "a soft reset leaves the engine's modes alone": r"\x1b\[!p",
    "the engine repeats the last character even after other commands": r"\x1b\[\d*b",
    "an empty last word ends a look in xterm.js": r"\x1b\[(?:.*;)?m",
    "a reset leaves in xterm.js whether the cursor blinks": r"\x1b\[(?:\?12[hl]|\d q)",
    "restoring the cursor restores origin mode in the engine": r"\x1b\[\?6[hl]",
    "without a number no tab stop is cleared in the engine": r"\x1b\[g",
    "a full reset leaves the cursor hidden in xterm.js": r"\x1bc",
}
"""What the engine and xterm.js take differently, and the pieces that show it."""
_TAKEN_DIFFERENTLY: Final = re.compile("|".join(DIFFERENCES.values()), re.DOTALL)
_TO_ALTERNATE: Final = re.compile(r"(\x1b\[\?(?:47|1047|1049)h)")
"""Only xterm.js paints the alternate screen with the background of that moment."""
_SAVING: Final = re.compile(r"(\x1b[78]|\x1b\[\?1049[hl])")
"""Only xterm.js saves with the cursor which link is open."""
_JOINING: Final = "\u0301\u0308\ufe0f\U0001f3fd"


def _pieces(*kinds: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Return lists of such pieces, text more often than each other kind."""
    return st.lists(st.one_of(_TEXT, _TEXT, *kinds), min_size=1, max_size=40)


def _agreed(stream: str) -> str:
    return _SAVING.sub("\x1b]8;;\x1b\\\\\\1", _TO_ALTERNATE.sub("\x1b[m\\1", stream))


_EVERYTHING: Final = (_LAYOUT, _EDITS, _LOOKS, _SWITCHES)
ANYTHING: Final = _pieces(*_EVERYTHING).map(lambda pieces: "".join(pieces).encode())
AGREED: Final = _pieces(
    *(kind.filter(lambda piece: not _TAKEN_DIFFERENTLY.fullmatch(piece)) for kind in _EVERYTHING)
).map(lambda pieces: _agreed("".join(pieces)).encode())
"""Streams that the engine and xterm.js understand alike."""


def cut_at(stream: bytes, share: float) -> tuple[bytes, bytes]:
    """Cut a stream in two, anywhere but before what joins the character that stands before it."""
    text = stream.decode()
    at = int(len(stream) * share)
    whole = len(stream[:at].decode("utf-8", "ignore"))
    if text[whole:].startswith(tuple(_JOINING)):
        at = len(text[:whole].rstrip(_JOINING)[:-1].encode())
    return stream[:at], stream[at:]
