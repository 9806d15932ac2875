"""One request on one connection of the supervisor's socket: read it, know who asks, answer.

Nothing here trusts the other side: what is read is bounded in bytes and in time.
"""

import socket
import struct
import time
from typing import Any, Final

from ide.errors import BadRequestError, ForbiddenError
from ide.guard.plan import BadPlanError, Plan
from ide.wire.frames import BadFrameError, pack_json, unpack_json
from ide.wire.stream import PREFIX_BYTES, length_of, prefixed

MAX_REQUEST_BYTES: Final = 4096
REQUEST_SECONDS: Final = 2.0

ROOT, SERVICE, KEEPER = "root", "service", "keeper"
WHO_MAY: Final = {
    "ensure": {ROOT, SERVICE},
    "sandbox": {ROOT, KEEPER},
    "limits": {ROOT, KEEPER},
    "usage": {ROOT, KEEPER},
    "sleep": {ROOT, KEEPER},
    "reclaim": {ROOT, KEEPER},
    "stop": {ROOT, SERVICE},
    "list": {ROOT},
    "capacity": {ROOT, SERVICE},
    "version": {ROOT, SERVICE, KEEPER},
    "retire": {ROOT},
}
OPS_WITH_WORKSPACE: Final = {"ensure", "sandbox", "limits", "usage", "sleep", "reclaim", "stop"}


def peer_uid(connection: socket.socket) -> int:
    """Return the account that connected, as the kernel says."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", credentials)[1])


def read_request(connection: socket.socket) -> dict[str, Any]:
    """Return the request. Raises BadRequestError when it is malformed, too long or too slow."""
    deadline = time.monotonic() + REQUEST_SECONDS
    try:
        length = length_of(_receive(connection, PREFIX_BYTES, deadline), MAX_REQUEST_BYTES)
        return unpack_json(_receive(connection, length, deadline), MAX_REQUEST_BYTES)
    except BadFrameError as error:
        raise BadRequestError(f"not a request: {error}") from error


def plan_of(request: dict[str, Any]) -> Plan:
    """Return the plan that is asked for, the standard one when none is. Raises BadRequestError."""
    asked = request.get("plan", {})
    try:
        return Plan.from_json(asked if isinstance(asked, dict) else {"": asked})
    except BadPlanError as error:
        raise BadRequestError(f"not a plan: {error}") from error


def send_answer(connection: socket.socket, answer: dict[str, Any]) -> None:
    """Send the answer; one who has gone misses it."""
    connection.settimeout(REQUEST_SECONDS)
    try:
        connection.sendall(prefixed(pack_json(answer)))
    except OSError:
        return


def check_may(op: object, role: str) -> str:
    """Return the operation. Raises BadRequestError, or ForbiddenError when `role` may not."""
    if not isinstance(op, str) or op not in WHO_MAY:
        raise BadRequestError("no such operation")
    if role not in WHO_MAY[op]:
        raise ForbiddenError(f"{op} is not for this account")
    return op


def _receive(connection: socket.socket, size: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise BadRequestError("the request took too long")
        connection.settimeout(left)
        try:
            part = connection.recv(size - len(received))
        except TimeoutError:
            raise BadRequestError("the request took too long") from None
        if not part:
            raise BadRequestError("the request broke off")
        received += part
    return bytes(received)
