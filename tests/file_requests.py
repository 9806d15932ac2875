"""Ask a file worker, for tests: one request on one stream, as the web does it."""

import select
import socket
import threading

from ide.agent import files as worker
from ide.wire import files as wire

WAIT_SECONDS = 30
WORKER = "file worker"
"""The name of the threads that stand for one."""


class Stream:
    """The web's end of one file request."""

    def __init__(self, end):
        end.settimeout(WAIT_SECONDS)
        self.end = end
        self.reader = wire.Reader(end.recv)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.close()

    def send(self, header, *chunks, closed=True):
        self.end.sendall(wire.pack_header(header))
        for chunk in chunks:
            self.end.sendall(wire.pack_chunk(chunk))
        if chunks and closed:
            self.end.sendall(wire.END_OF_BODY)

    def is_answered(self):
        """Whether something waits to be read."""
        return bool(select.select([self.end], [], [], 0)[0])

    def answer(self):
        return self.reader.header()

    def body(self):
        return b"".join(self.reader.body())


def ask(opener, op, ref=b"", chunks=(), **fields):
    """Return the answer's header, with the body under "body" when there is one.

    `opener()` gives the web's end of a new stream; `ref` is a path as bytes, or a ref as text.
    """
    with Stream(opener()) as stream:
        header = {"op": op, "ref": wire.encode_ref(ref) if isinstance(ref, bytes) else ref}
        if op == "write":
            stream.send(header | fields, *chunks, closed=False)
            stream.end.sendall(wire.END_OF_BODY)
        else:
            stream.send(header | fields)
        answer = stream.answer()
        if op in {"read", "archive"} and answer["ok"]:
            answer["body"] = stream.body()
        return answer


def opener_for(home, threads):
    """Return an opener whose worker is a thread of this process; the threads are kept to join."""

    def opener():
        ours, theirs = socket.socketpair()
        given = (theirs.detach(), str(home))
        thread = threading.Thread(target=worker.serve, args=given, name=WORKER)
        thread.start()
        threads.append(thread)
        return ours

    return opener
