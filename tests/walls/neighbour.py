"""A workspace's own things, kept until input ends: `neighbour.py CANARY`, inside a sandbox.

It listens, shares memory and writes files, each open to everybody; then it prints how to find
them, as one line of JSON.
"""

import ctypes
import json
import os
import random
import socket
import sys
from pathlib import Path

CANARY = sys.argv[1]
libc, rt = ctypes.CDLL(None), ctypes.CDLL("librt.so.1")
os.umask(0)
key = random.randint(1, 2**30)
assert libc.shmget(key, 4096, 0o1666) != -1
queue = f"/{CANARY}"
assert rt.mq_open(queue.encode(), os.O_CREAT | os.O_RDWR, 0o666, None) != -1
for folder in ("/dev/shm", "/tmp"):  # noqa: S108 - the sandbox's own
    Path(folder, CANARY).write_text(CANARY)
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0" + CANARY)
abstract.listen()
with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
    told = {"canary": CANARY, "abstract": CANARY, "port": port, "key": key, "queue": queue,
            "memory_file": CANARY, "temporary_file": CANARY}  # fmt: skip
    print(json.dumps(told), flush=True)  # noqa: T201 - the answer
    sys.stdin.read()
