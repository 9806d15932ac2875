"""What tests run in a network namespace: `python tests/in_namespace.py FUNCTION ARGUMENT…`.

The standard library alone, so that it starts quickly and as anybody.
"""

import contextlib
import os
import socket
import struct
import sys
import threading

PUBLIC, RESOLVER = "11.22.33.10", "10.9.9.53"
COUNTED_PORT = 7000


def reach(*targets: str) -> None:
    def attempt(target: str) -> None:
        host, _, port = target.rpartition(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 3) as one:
            one.settimeout(20)  # the kernel connects in time; who greets may have to wait
            if one.recv(16):
                os.write(1, f"{target}\n".encode())

    threads = [threading.Thread(target=attempt, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def serve(*ports: str) -> None:
    """Greet on TCP; answer every DNS question on UDP port 53 with the public server's address."""
    for port in map(int, ports):
        listener = socket.create_server(("0.0.0.0", port), backlog=512)  # noqa: S104 - the test
        threading.Thread(target=_greet, args=(listener,)).start()
        if port == 53:
            names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            names.bind((RESOLVER, 53))
            threading.Thread(target=_answer, args=(names,)).start()
    os.write(1, b"ready\n")


def _greet(listener: socket.socket) -> None:
    while True:
        connection = listener.accept()[0]
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
            connection.shutdown(socket.SHUT_WR)


def _answer(names: socket.socket) -> None:
    while True:
        question, who = names.recvfrom(512)
        body = question[12:]
        end = body.index(b"\0") + 5
        is_a = body[end - 4 : end - 2] == b"\0\1"
        head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_a), 0, 0)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(PUBLIC)
        names.sendto(head + body[:end] + (record if is_a else b""), who)


def count(address: str) -> None:
    """Print how many datagrams arrive until one says that it is the last."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as counted:
        counted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        counted.bind((address, COUNTED_PORT))
        os.write(1, b"ready\n")
        number = 0
        while counted.recv(16) != b"last":
            number += 1
        os.write(1, f"{number}\n".encode())


def flood(address: str, number: str) -> None:
    """Send one datagram from each of so many ports."""
    for _ in range(int(number)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, contextlib.suppress(OSError):
            one.sendto(b"one", (address, COUNTED_PORT))


def last(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"last", (address, COUNTED_PORT))


if __name__ == "__main__":
    {"reach": reach, "serve": serve, "count": count, "flood": flood, "last": last}[sys.argv[1]](
        *sys.argv[2:]
    )
