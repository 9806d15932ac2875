"""Frames survive the round trip, and what is not a frame is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.wire import frames, limits, stream

U64 = st.integers(0, 2**64 - 1)
U32 = st.integers(0, 2**32 - 1)
U16 = st.integers(0, 2**16 - 1)
U8 = st.integers(0, 255)
I32 = st.integers(-(2**31), 2**31 - 1)

PAYLOADS = st.one_of(
    st.builds(frames.Input, U32, st.binary(max_size=limits.MAX_INPUT_BYTES)),
    st.builds(frames.Ack, U64),
    st.builds(frames.Size, U16, U16, U16, U16, U8),
    st.builds(frames.Output, U64, st.binary(max_size=4096)),
    st.builds(frames.SnapBegin, U64, U16, U16, U8, U32),
    st.builds(frames.Resized, U64, U16, U16, U8),
    st.builds(frames.Inack, U32),
    st.builds(frames.Exit, I32, U8, U64),
    st.builds(frames.ErrorInfo, U16, st.text(max_size=100)),
)


@given(PAYLOADS)
def test_a_payload_survives_the_round_trip(payload):
    assert type(payload).unpack(payload.pack()) == payload


@given(U8, U16, st.binary(max_size=2000))
def test_a_frame_survives_the_round_trip(kind, channel, payload):
    assert frames.decode(frames.encode(kind, channel, payload)) == frames.Frame(
        kind, channel, payload
    )


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x00"])
def test_a_short_frame_is_refused(data):
    with pytest.raises(frames.BadFrameError):
        frames.decode(data)


def test_a_long_frame_is_refused():
    with pytest.raises(frames.BadFrameError):
        frames.decode(bytes(limits.MAX_CLIENT_FRAME_BYTES + 1), limits.MAX_CLIENT_FRAME_BYTES)


@pytest.mark.parametrize(
    "kind", [frames.Ack, frames.Size, frames.SnapBegin, frames.Resized, frames.Inack, frames.Exit]
)
@given(st.binary(max_size=64))
def test_a_payload_of_the_wrong_length_is_refused(kind, payload):
    with contextlib.suppress(frames.BadFrameError):
        assert len(kind.unpack(payload).pack()) == len(payload)


def test_too_much_input_is_refused():
    with pytest.raises(frames.BadFrameError):
        frames.Input.unpack(bytes(4 + limits.MAX_INPUT_BYTES + 1))


@pytest.mark.parametrize("payload", [b"[]", b"{", b"\xff", b"1", b"[" * 20_000])
def test_what_is_not_a_json_object_is_refused(payload):
    with pytest.raises(frames.BadFrameError):
        frames.unpack_json(payload)


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_a_stream_cut_anywhere_gives_the_same_messages(messages, step):
    whole = b"".join(map(stream.prefixed, messages))
    splitter = stream.Splitter()
    seen = []
    for at in range(0, len(whole), step):
        seen += splitter.feed(whole[at : at + step])
    assert seen == messages


def test_a_message_that_announces_too_much_is_refused_before_it_is_held():
    with pytest.raises(frames.BadFrameError):
        stream.Splitter(100).feed(b"\x00\x00\x00\x65")
