"""File requests survive the round trip however the stream is cut; what is no ref is refused."""

import contextlib
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.wire import files, limits
from ide.wire.frames import BadFrameError

NAMES = st.binary(min_size=1, max_size=40).map(
    lambda name: name.replace(b"\0", b"0").replace(b"/", b"_").replace(b".", b"x")
)


def reader(data, step=1 << 20):
    stream = io.BytesIO(data)
    return files.Reader(lambda count: stream.read(min(count, step)))


@given(st.lists(NAMES, max_size=6).map(b"/".join))
def test_any_path_survives_as_a_ref(path):
    ref = files.encode_ref(path)
    assert files.decode_ref(ref) == path
    assert ref.isascii()
    assert not set(ref) & set(" &#+?\"'<>")


@pytest.mark.parametrize(
    "ref",
    ["/etc/passwd", "%2fetc", "..", "a/../b", "a/%2e%2e/b", "a/./b", "a//b", "a/", "a%00b", "%zz",
     "%a", "a b", "café", "a\nb", "x" * 5000, None, 7, b"a", ["a"]],
)  # fmt: skip
def test_what_names_nothing_in_the_home_folder_is_refused(ref):
    with pytest.raises(files.BadRefError):
        files.decode_ref(ref)


@pytest.mark.parametrize(
    ("ref", "path"),
    [("", b""), ("-rf", b"-rf"), ("%0a", b"\n"), ("%ff", b"\xff"), ("...", b"..."),
     ("a%2fb", b"a/b"), ("%3Cb%3E", b"<b>")],
)  # fmt: skip
def test_odd_names_are_refs(ref, path):
    assert files.decode_ref(ref) == path


@given(st.binary(max_size=300), st.integers(1, 7))
def test_header_and_body_survive_any_cut(body, step):
    chunks = [body[at : at + 50] for at in range(0, len(body), 50)]
    data = files.STILL_WORKING + files.pack_header({"op": "write", "ref": "a"})
    data += b"".join(map(files.pack_chunk, chunks)) + files.END_OF_BODY
    got = reader(data, step)
    assert got.header() == {"op": "write", "ref": "a"}
    assert b"".join(got.body()) == body


@given(st.integers(0, 40))
def test_a_body_that_stops_early_is_cut_off_never_short(kept):
    data = (files.pack_chunk(b"x" * 32) + files.END_OF_BODY)[:-1][:kept]
    with pytest.raises(files.CutOffError):
        list(reader(data).body())


@given(st.binary(max_size=64))
def test_random_bytes_never_raise_anything_else(data):
    with contextlib.suppress(BadFrameError, files.CutOffError):
        reader(data).header()
    with contextlib.suppress(BadFrameError, files.CutOffError):
        list(reader(data).body())


def test_over_long_header_and_chunk_are_refused_before_they_are_read():
    for read, limit in ((lambda r: r.header(), limits.MAX_FILE_HEADER_BYTES),
                        (lambda r: list(r.body()), limits.FILE_CHUNK_BYTES)):  # fmt: skip
        asked = []
        data = io.BytesIO(struct.pack(">I", limit + 1))

        def receive(count, asked=asked, data=data):
            asked.append(count)
            return data.read(count)

        with pytest.raises(BadFrameError):
            read(files.Reader(receive))
        assert sum(asked) == 4
    with pytest.raises(BadFrameError):
        files.pack_chunk(bytes(limits.FILE_CHUNK_BYTES + 1))
    with pytest.raises(BadFrameError):
        files.pack_chunk(b"")
    with pytest.raises(BadFrameError):
        files.pack_header({"x": "y" * limits.MAX_FILE_HEADER_BYTES})
