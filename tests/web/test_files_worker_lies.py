"""The worker stands beside the user's programs: whatever it answers, the web stays sane."""

import contextlib
import socket
import threading

import pytest

from ide.files import service
from ide.wire import files as wire
from ide.wire import limits

FILES = "workspaces/{ws}/files"
READING = {"ok": True, "size": 4, "etag": "0" * 32, "mode": 0o644, "content": "text",
           "mime": "text/plain", "too_large": False}  # fmt: skip


@pytest.fixture
def lies(keeper, monkeypatch):
    """Let the worker answer every request with these bytes, then close (or stay silent)."""
    threads = []

    def answer_with(data, *, stay=False):
        class Ends(list):
            def append(self, end):
                super().append(end)
                thread = threading.Thread(target=self.answer, args=(end,))
                thread.start()
                threads.append(thread)

            @staticmethod
            def answer(end):
                with contextlib.suppress(OSError, wire.CutOffError):
                    wire.Reader(end.recv).header()
                    end.sendall(data)
                if not stay:
                    end.close()

        keeper.file_ends = Ends()

    yield answer_with
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def error(answer):
    return answer.status_code, answer.json["error"]["code"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xff\xff\xff", b"\0\0\0\5hello", wire.pack_header({}),
     wire.pack_header({"ok": True}),
     wire.pack_header({"ok": False, "code": "not_signed_in", "message": "", "detail": {}}),
     wire.pack_header({"ok": False, "code": "changed", "message": "m", "detail": {"etag": "<"}}),
     wire.pack_header({"ok": False, "code": "conflict", "message": 7, "detail": {}}),
     wire.pack_header(READING | {"size": -1}),
     wire.pack_header(READING | {"etag": "a\r\nSet-Cookie: x=y"})],
)  # fmt: skip
def test_senseless_answers_are_an_interruption(alice, lies, data):
    lies(data)
    assert error(alice.get(f"{FILES}/content?path=f")) == (503, "unavailable")
    assert error(alice.get(FILES)) == (503, "unavailable")
    assert error(alice.get(f"{FILES}/archive?path=f")) == (503, "unavailable")
    save = alice.ask("PUT", f"{FILES}/content?path=f", data=b"x", headers={"If-Match": "*"})
    assert error(save) == (503, "unavailable")


def test_a_type_that_a_browser_would_run_is_refused(alice, lies):
    lies(wire.pack_header(READING | {"mime": "text/html"}))
    assert error(alice.get(f"{FILES}/content?path=f")) == (503, "unavailable")


def test_details_that_are_not_ours_are_dropped(alice, lies):
    lies(wire.pack_header({"ok": False, "code": "conflict", "message": "m",
                           "detail": {"message": "x", "reload": True}}))  # fmt: skip
    answer = alice.get(FILES)
    assert error(answer) == (409, "conflict")
    assert answer.json["error"]["detail"] == {}


@pytest.mark.parametrize("body", [b"ab", b"abcdef"])
def test_a_body_of_another_length_is_cut_off(alice, lies, body):
    lies(wire.pack_header(READING) + wire.pack_chunk(body) + wire.END_OF_BODY)
    with pytest.raises(ConnectionError):
        alice.get(f"{FILES}/content?path=f", buffered=True)


@pytest.mark.parametrize("body", [wire.pack_chunk(b"four") * 2 + wire.END_OF_BODY, b"\0\0\0\7cut"])
def test_a_zip_that_never_ends_or_has_no_end_is_cut_off(alice, lies, monkeypatch, body):
    monkeypatch.setattr(service, "_most_zipped", lambda _size: 7)
    lies(wire.pack_header({"ok": True, "entries": 1, "bytes": 1}) + body)
    with pytest.raises(ConnectionError):
        alice.get(f"{FILES}/archive?path=f", buffered=True)


def test_a_silent_worker_is_given_up(alice, lies, monkeypatch):
    monkeypatch.setattr(limits, "FILE_STALL_SECONDS", 0.05)
    lies(b"", stay=True)
    assert error(alice.get(FILES)) == (503, "unavailable")


def test_a_worker_that_always_works_is_given_up(alice, lies, monkeypatch):
    monkeypatch.setattr(service, "WORK_SECONDS", -1)
    lies(wire.STILL_WORKING * 100, stay=True)
    assert error(alice.get(FILES)) == (503, "unavailable")


def test_a_refusal_in_the_middle_of_an_upload_is_told(alice, keeper, lies):
    lies(wire.pack_header({"ok": False, "code": "disk_full", "message": "full", "detail": {}}))
    sent = []

    def body():
        for _ in range(200):
            sent.append(1)
            yield bytes(65536)

    with pytest.raises(service.errors.FullError):
        service.write(_Opener(keeper), "f", {}, body())


class _Opener:
    def __init__(self, keeper):
        self.keeper = keeper

    def open_files(self):
        ours, theirs = socket.socketpair()
        self.keeper.file_ends.append(theirs)
        return ours
