"""How a keeper asks its supervisor: for the workspace's sandbox, and for its end."""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ide.errors import UnavailableError, by_code
from ide.guard.plan import Plan
from ide.wire.frames import BadFrameError
from ide.wire.stream import PREFIX_BYTES, length_of, prefixed

START_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Started:
    """A running sandbox: its agent's socket, its kind, since when (on the monotonic clock).

    `has_device` says that programs have a network device of their own, `notes` are sentences on
    what of the network plan they have not.
    """

    agent: Path
    kind: str
    at: float
    has_device: bool = False
    notes: tuple[str, ...] = ()


async def start_sandbox(socket_path: Path, workspace: str, plan: Plan) -> Started:
    """Return the sandbox once it runs, started when none did.

    Raises UnavailableError (SandboxError with the reason when none can be made here).
    """
    limits = plan.to_json()
    del limits["network_hosts"]  # the forwarder's alone, and long
    answer = await ask(socket_path, "sandbox", workspace, plan=limits)
    age, network = answer.get("age"), answer.get("network", {})
    return Started(
        agent=Path(str(answer["agent"])),
        kind=str(answer.get("kind", "bubblewrap")),
        at=time.monotonic() - (age if isinstance(age, int | float) else 0.0),
        has_device=network.get("device", "none") != "none",
        notes=tuple(map(str, network.get("notes", ()))),
    )


async def change_limits(socket_path: Path, workspace: str, plan: Plan) -> list[str]:
    """Have a running sandbox held to another plan; return sentences on what waits.

    Raises UnavailableError.
    """
    limits = plan.to_json()
    del limits["network_hosts"]
    answer = await ask(socket_path, "limits", workspace, plan=limits)
    return [str(note) for note in answer.get("notes", [])]


async def ask(socket_path: Path, op: str, workspace: str, **more: Any) -> dict[str, Any]:
    """Return the answer to one request, at most START_SECONDS later.

    Raises UnavailableError when there is none, and what the supervisor refused with.
    """
    request = json.dumps({"op": op, "workspace": workspace, **more}).encode()
    try:
        async with asyncio.timeout(START_SECONDS):
            answer = await _exchange(socket_path, request)
    except (OSError, TimeoutError, ValueError, BadFrameError, EOFError) as error:
        raise UnavailableError(
            "The supervisor does not answer. It is started again by itself; try in a moment."
        ) from error
    if answer.get("ok") is not True:
        message = str(answer.get("message") or "The supervisor could not do this.")
        raise by_code(str(answer.get("code", "unavailable")))(message)
    return answer


async def _exchange(socket_path: Path, request: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(str(socket_path))
    try:
        writer.write(prefixed(request))
        await writer.drain()
        length = length_of(await reader.readexactly(PREFIX_BYTES))
        answer = json.loads(await reader.readexactly(length))
    finally:
        writer.close()
    if not isinstance(answer, dict):
        raise BadFrameError("the answer is not an object")
    return answer
