"""Ports for servers of tests."""

import random
import socket

BELOW_EPHEMERAL = range(20_000, 32_768)
"""What Linux gives to nobody who asks for any port."""


def free_port() -> int:
    """Return a port that nobody listens on, nor gets by chance while a server is started again."""
    while True:
        port = random.choice(BELOW_EPHEMERAL)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
