"""How the web, a keeper or a command asks the supervisor of this machine."""

import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ide.errors import UnavailableError, by_code
from ide.guard.plan import Plan
from ide.wire.frames import BadFrameError, pack_json, unpack_json
from ide.wire.limits import MAX_STREAM_MESSAGE_BYTES
from ide.wire.stream import PREFIX_BYTES, length_of, prefixed

SOCKET_NAME: Final = "supervisor.sock"
LOCK_NAME: Final = "supervisor.lock"
ANSWER_SECONDS: Final = 30.0
RETIRE_SECONDS: Final = 120.0

Placed = list[dict[str, Any]]


class Supervisor:
    """One request a call, each on a connection of its own; blocks, so not for an event loop.

    Every call raises UnavailableError when nobody answers, and the error the supervisor named
    when it refuses.
    """

    def __init__(self, runtime: Path) -> None:
        self._path = runtime / SOCKET_NAME

    def ensure(self, workspace: str) -> Path:
        """Return the socket of the workspace's keeper, started when it did not run."""
        return Path(self._ask("ensure", workspace)["keeper"])

    def sandbox(self, workspace: str, plan: Plan | None = None) -> dict[str, Any]:
        """Return `{agent, kind, network}` of the workspace's sandbox, started unless it runs."""
        more = {} if plan is None else {"plan": plan.to_json()}
        return self._ask("sandbox", workspace, more=more)

    def limits(self, workspace: str, plan: Plan) -> list[str]:
        """Give a workspace that runs another plan; return sentences on what could not be set."""
        notes = self._ask("limits", workspace, more={"plan": plan.to_json()})["notes"]
        return [str(note) for note in notes]

    def usage(self, workspace: str) -> dict[str, Any]:
        """Return what the workspace uses against its limits (see docs/protocol.md)."""
        return self._ask("usage", workspace)

    def sleep(self, workspace: str) -> None:
        """End the workspace's programs; its keeper goes on, and its next need starts them anew."""
        self._ask("sleep", workspace)

    def stop(self, workspace: str) -> None:
        """End the workspace's programs and its keeper. Its files and logs stay."""
        self._ask("stop", workspace)

    def list(self) -> Placed:
        """Return `{workspace, keeper_pid, sandbox_pid, kind}` of all that run."""
        workspaces: Placed = self._ask("list")["workspaces"]
        return workspaces

    def capacity(self) -> dict[str, Any]:
        """Return `{workspaces, limit}`."""
        return self._ask("capacity")

    def version(self) -> dict[str, Any]:
        """Return version, protocol and pid, and what the probe found (see docs/protocol.md)."""
        return self._ask("version")

    def retire(self) -> None:
        """End every workspace, then the supervisor."""
        self._ask("retire", seconds=RETIRE_SECONDS)

    def _ask(
        self,
        op: str,
        workspace: str | None = None,
        seconds: float = ANSWER_SECONDS,
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, Any]:
        request = {"op": op, **more} | ({} if workspace is None else {"workspace": workspace})
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(seconds)
                connection.connect(str(self._path))
                connection.sendall(prefixed(pack_json(request)))
                prefix = _receive(connection, PREFIX_BYTES)
                body = _receive(connection, length_of(prefix))
                answer = unpack_json(body, MAX_STREAM_MESSAGE_BYTES)
        except (OSError, BadFrameError) as error:
            raise UnavailableError(
                "The supervisor of this machine does not answer; running consoles are safe."
                " It is started again within a second while the server runs."
            ) from error
        if not answer.pop("ok", False):
            message = str(answer.get("message", "the supervisor refused"))
            raise by_code(str(answer.get("code", "")))(message)
        return answer


def _receive(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        part = connection.recv(min(size - len(received), 65536))
        if not part:
            raise ConnectionError("the supervisor closed the connection")
        received += part
    return bytes(received)
