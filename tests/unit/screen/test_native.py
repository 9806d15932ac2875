"""Our few declarations of the C interface against pyghostty's complete ones."""

import ctypes

import pytest
from pyghostty import ffi, lib

from ide.screen import native

_PREFIXES = {
    "OPT_": "GHOSTTY_TERMINAL_OPT_",
    "DATA_": "GHOSTTY_TERMINAL_DATA_",
    "DECODER_": "GHOSTTY_SNAPSHOT_DECODER_OPT_",
    "COMPRESSION_": "GHOSTTY_TERMINAL_COMPRESSION_",
    "POINT_": "GHOSTTY_POINT_TAG_",
}
_NUMBERS = [
    (name, _PREFIXES[prefix] + name.removeprefix(prefix))
    for name in vars(native)
    for prefix in _PREFIXES
    if name.startswith(prefix)
]


@pytest.mark.parametrize(("ours", "theirs"), _NUMBERS)
def test_numbers_are_the_same(ours, theirs):
    assert getattr(native, ours) == getattr(lib, theirs)


def test_other_numbers_are_the_same():
    assert native.SUCCESS == lib.GHOSTTY_SUCCESS
    assert native.FORMAT_VT == lib.GHOSTTY_FORMATTER_FORMAT_VT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (native.String, "GhosttyString"),
        (native.Rgb, "GhosttyColorRgb"),
        (native.ModeConfig, "GhosttyTerminalModeConfig"),
        (native.GridRef, "GhosttyGridRef"),
        (native.PointValue, "GhosttyPointValue"),
        (native.Point, "GhosttyPoint"),
        (native.Selection, "GhosttySelection"),
        (native.ScreenExtra, "GhosttyFormatterScreenExtra"),
        (native.TerminalExtra, "GhosttyFormatterTerminalExtra"),
        (native.FormatterOptions, "GhosttyFormatterTerminalOptions"),
    ],
)
def test_structures_have_the_same_shape(ours, theirs):
    kind = ffi.typeof(theirs)
    assert ctypes.sizeof(ours) == ffi.sizeof(theirs)
    assert ctypes.alignment(ours) == ffi.alignof(theirs)
    if kind.kind == "struct" and ours is not native.PointValue and ours is not native.Point:
        assert [name for name, _ in ours._fields_] == [name for name, _ in kind.fields]
        for name, field in kind.fields:
            assert getattr(ours, name).offset == field.offset
