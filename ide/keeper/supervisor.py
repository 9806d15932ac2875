"""How a keeper asks its supervisor for the workspace's sandbox."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from ide.errors import UnavailableError, by_code
from ide.wire.frames import BadFrameError
from ide.wire.stream import PREFIX_BYTES, length_of, prefixed

START_SECONDS: Final = 30.0


async def start_sandbox(socket_path: Path, workspace: str) -> tuple[Path, str]:
    """Return the agent's socket and the kind of sandbox, once it runs.

    Raises UnavailableError (SandboxError with the reason when none can be made here).
    """
    request = json.dumps({"op": "sandbox", "workspace": workspace}).encode()
    try:
        async with asyncio.timeout(START_SECONDS):
            answer = await _exchange(socket_path, request)
    except (OSError, TimeoutError, ValueError, BadFrameError, EOFError) as error:
        raise UnavailableError(
            "The supervisor does not answer. It is started again by itself; try in a moment."
        ) from error
    if answer.get("ok") is not True:
        message = str(answer.get("message") or "The sandbox could not be started.")
        raise by_code(str(answer.get("code", "unavailable")))(message)
    return Path(str(answer["agent"])), str(answer.get("kind", "bubblewrap"))


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
