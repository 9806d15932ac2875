"""The supervisor: one a machine, `python -m ide.placement.supervisor --data DIR`.

It holds nothing that matters. Killed at any time, its successor finds keepers by their locks and
sandboxes by their records. It ends on `retire` alone; no signal needs handling.
"""

import argparse
import errno
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import structlog

from ide.errors import FullError, IdeError, UnavailableError
from ide.placement.client import LOCK_NAME, SOCKET_NAME
from ide.placement.folders import checked_workspace, is_removed
from ide.placement.locks import remove_lock, take_lock
from ide.placement.machine import Machine
from ide.placement.places import Places
from ide.placement.processes import raise_open_files, reset_signals
from ide.placement.requests import (
    KEEPER,
    OPS_WITH_WORKSPACE,
    ROOT,
    SERVICE,
    check_may,
    peer_uid,
    plan_of,
    read_request,
    send_answer,
)
from ide.placement.server_log import bound_server_log, configure, open_server_log
from ide.sandbox import reach
from ide.settings import Settings

MAX_CONNECTIONS: Final = 64
MAX_OF_KEEPER: Final = 8
"""So many of them at once may be one keeper's: it is not trusted to leave the others any."""
CHECK_SECONDS: Final = 30.0
ALREADY_RUNNING_STATUS: Final = 3

_log = structlog.get_logger()


class Supervisor:
    """Answers requests about the workspaces of one machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.places = Places(machine)
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._asking: Counter[int] = Counter()
        """Connections that are open, by account."""
        self._asking_lock = threading.Lock()
        self._retired = threading.Event()

    def run(self, listener: socket.socket) -> None:
        """Accept until retired. Each connection has a thread; more than the maximum wait."""
        listener.settimeout(CHECK_SECONDS)
        check_at = 0.0
        while not self._retired.is_set():
            if (now := time.monotonic()) >= check_at:  # also while somebody always asks
                check_at = now + CHECK_SECONDS
                bound_server_log(2)
                with suppress(RuntimeError):  # out of threads: then at the next look
                    threading.Thread(target=self._machine.network.look, daemon=True).start()
                if self._ends_with_its_folders():
                    return
            self._slots.acquire()
            try:
                self._take(listener.accept()[0])
            except TimeoutError:
                self._slots.release()
            except (OSError, RuntimeError) as error:  # out of descriptors or threads: wait
                self._slots.release()
                _log.warning("connection not taken", reason=str(error))
                self._retired.wait(0.2)

    def _take(self, connection: socket.socket) -> None:
        """Have a thread answer. Raises RuntimeError when there is none: who asks is not kept."""
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except RuntimeError:
            connection.close()
            raise

    def _ends_with_its_folders(self) -> bool:
        """End everything when a folder was removed: nobody could reach it, or find it, later."""
        removed = self._machine.removed_folder()
        if removed is None or self._retired.is_set():
            return False
        _log.error("a folder was removed, so all that runs on it ends", folder=str(removed))
        try:
            self._stop_all()
        except UnavailableError as error:
            _log.warning("not all has ended", reason=error.message)
            return False
        self._retire()
        return True

    def _serve(self, connection: socket.socket) -> None:
        is_retiring = False
        try:
            with connection:
                op, answer = self._answer(connection)
                is_retiring = op == "retire" and answer["ok"]
                send_answer(connection, answer)
        except Exception:  # noqa: BLE001 - one connection never costs the supervisor
            _log.exception("a request failed")
        finally:
            self._slots.release()
            if is_retiring:
                self._retire()

    def _answer(self, connection: socket.socket) -> tuple[str, dict[str, Any]]:
        op = ""
        try:
            with self._turn(peer_uid(connection)) as uid:
                request = read_request(connection)
                op = check_may(request.get("op"), self._role(uid, request.get("workspace")))
                workspace = ""
                if op in OPS_WITH_WORKSPACE:
                    workspace = checked_workspace(request.get("workspace"))
                return op, {"ok": True} | self._do(op, workspace, request)
        except IdeError as error:
            return op, {"ok": False, "code": error.code, "message": error.message}
        except OSError as error:
            _log.exception("an operation failed", op=op)
            kind = FullError if error.errno in {errno.ENOSPC, errno.EDQUOT} else IdeError
            message = f"The supervisor could not do this: {error.strerror or error}."
            return op, {"ok": False, "code": kind.code, "message": message}

    @contextmanager
    def _turn(self, uid: int) -> Iterator[int]:
        """Give the account that asks. Raises UnavailableError when it is a keeper that asks much.

        Before anything is read: who says nothing holds a connection for as long as who asks.
        """
        with self._asking_lock:
            self._asking[uid] += 1
            is_much = self._asking[uid] > MAX_OF_KEEPER
        try:
            if is_much and self._role(uid, None) == KEEPER:
                raise UnavailableError("This workspace asks too much at once; try again.")
            yield uid
        finally:
            with self._asking_lock:
                self._asking[uid] -= 1
                self._asking += Counter()  # without those of 0

    def _role(self, uid: int, workspace: object) -> str:
        machine = self._machine
        if uid == os.geteuid():
            return ROOT
        if machine.service is not None and uid == machine.service.uid:
            return SERVICE
        own = machine.workspace_of(uid)
        return KEEPER if own and workspace in (None, own) else ""

    def _do(self, op: str, workspace: str, request: dict[str, Any]) -> dict[str, Any]:
        """Do one operation of WHO_MAY and return its answer. Raises IdeError or OSError."""
        table: dict[str, Callable[[], dict[str, Any]]] = {
            "ensure": lambda: {"keeper": str(self.places.get(workspace).ensure())},
            "sandbox": lambda: self.places.get(workspace).sandbox(plan_of(request)),
            "limits": lambda: {"notes": self.places.known(workspace).limit(plan_of(request))},
            "usage": lambda: self.places.known(workspace).meter.usage(),  # noqa: PLW0108 - when asked
            "reclaim": lambda: {"freed": self.places.known(workspace).reclaim()},
            "sleep": lambda: self.places.known(workspace).sleep(),
            "stop": lambda: self._stop(workspace),
            "list": lambda: {"workspaces": self.places.describe()},
            "capacity": lambda: {"workspaces": len(self.places), "limit": self._machine.limit},
            "version": self._machine.version,
            "retire": self._stop_all,
        }
        return table[op]()

    def _stop(self, workspace: str) -> dict[str, Any]:
        self.places.stop(workspace)
        return {}

    def _stop_all(self) -> dict[str, Any]:
        self.places.stop_all()
        self._retired.set()
        return {}

    def _retire(self) -> None:
        """Remove the runtime folder's own files, when nothing else is in it, and end."""
        runtime = self._machine.settings.runtime
        if not is_removed(self._machine.runtime_fd):  # else one of that name is a successor's
            with suppress(FileNotFoundError):
                (runtime / SOCKET_NAME).unlink()
            remove_lock(runtime / LOCK_NAME)
        self._machine.groups().close()
        with suppress(TimeoutError):  # it ends without us too, but who waits for us wants all gone
            self._machine.zygote.end()
        _log.info("retired")
        os._exit(0)


def listen(machine: Machine) -> socket.socket:
    """Return the listening socket; root's, and for the web's group and keepers."""
    path = machine.settings.runtime / SOCKET_NAME
    with suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    if machine.service is not None:
        os.chown(path, 0, machine.service.gid, follow_symlinks=False)
    path.chmod(0o660 if machine.service else 0o600)
    listener.listen(128)
    return listener


def _prepare(places: Places, machine: Machine) -> None:
    machine.prepare()
    places.hold_limits()  # first: what is swept may take long to end
    places.sweep()
    places.renew_keepers()


def main(arguments: list[str] | None = None) -> int:
    """Run until retired. Returns 3 when another supervisor holds the lock."""
    parser = argparse.ArgumentParser(prog="ide.placement.supervisor")
    parser.add_argument("--data", required=True)
    given = parser.parse_args(arguments)
    reset_signals()
    raise_open_files()
    os.umask(0o077)
    try:
        settings = Settings.load(os.environ, data=given.data)
        machine = Machine(settings)
        reach.make_reachable(reach.server_paths(settings))
        os.dup2(open_server_log(settings), 2)
    except IdeError as error:
        sys.stderr.write(f"ide: {error.message}\n")
        return 1
    configure(settings, "supervisor")
    lock = take_lock(settings.runtime / LOCK_NAME)
    if lock is None:
        return ALREADY_RUNNING_STATUS
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    supervisor = Supervisor(machine)
    with listen(machine) as listener:
        # Connections wait in the backlog until everything that runs is known.
        supervisor.places.adopt()
        threading.Thread(target=_prepare, args=(supervisor.places, machine), daemon=True).start()
        _log.info("supervisor listens")
        supervisor.run(listener)
    threading.Event().wait()  # retired: the thread that stops everything ends the process
    return 0


if __name__ == "__main__":
    sys.exit(main())
