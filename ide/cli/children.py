"""What serve keeps alive: the web, its child, and the supervisor, which outlives it."""

import json
import os
import select
import time
from pathlib import Path
from typing import Any, Final

import ide
from ide.build import build_id, is_newer
from ide.errors import UnavailableError
from ide.placement.accounts import service_account
from ide.placement.back_off import BackOff
from ide.placement.client import Supervisor
from ide.placement.processes import Process, clean_environ, python, start
from ide.settings import Settings

START_SECONDS: Final = 60.0
ATTACH_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 0.02
STOP_SECONDS: Final = 8.0
MAX_REPORT_BYTES: Final = 65536


class KeptAlive:
    """A process that is started again when it ended; `process` is None while none is known."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.back_off = BackOff()


class Child(KeptAlive):
    """One that ends with serve."""

    def stop(self) -> None:
        """End it in peace within its grace time, by force after it."""
        if self.process is not None:
            self.process.end(STOP_SECONDS)
            self.process.close()
            self.process = None


class Web(Child):
    """gunicorn in a session of its own, so that Ctrl-C reaches serve alone."""

    def __init__(self, settings: Settings, listen_fd: int, log_fd: int) -> None:
        super().__init__()
        self._settings = settings
        self._listen_fd = listen_fd
        self._log_fd = log_fd

    def start_first(self) -> str | None:
        """Start it and wait until it serves; return the owner's one-time token, None if not needed.

        Raises UnavailableError with what it said, or that it did not say anything in time.
        """
        ours, theirs = os.pipe()
        try:
            self._start(theirs, "--first")
            os.close(theirs)
            said = _read_report(ours, START_SECONDS)
        finally:
            os.close(ours)
        if "error" in said:
            raise UnavailableError(str(said["error"]))
        if not said.get("ready"):
            raise UnavailableError(f"it did not start; see {self._settings.data / 'server.log'}")
        token = said.get("setup")
        return str(token) if token else None

    def start_again(self) -> None:
        """Start it without waiting for it."""
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            self._start(null)
        finally:
            os.close(null)

    def _start(self, report_fd: int, *more: str) -> None:
        command = python(
            "ide.cli.gunicorn_web", "--data", str(self._settings.data),
            "--listen-fd", str(self._listen_fd), "--report-fd", str(report_fd),
            "--parent", str(os.getpid()), *more,
        )  # fmt: skip
        self.back_off.started()
        self.process = start(
            command,
            clean_environ(self._settings.to_environ()),
            account=service_account(self._settings),
            stderr=self._log_fd,
            pass_fds=(self._listen_fd, report_fd),
        )


class TlsFront(Child):
    """The process before the web that speaks TLS."""

    def __init__(self, settings: Settings, listen_fd: int, web: Path, log_fd: int) -> None:
        """`listen_fd` is what browsers connect to, `web` the web's unix socket."""
        super().__init__()
        self._settings = settings
        self._listen_fd = listen_fd
        self._web = web
        self._log_fd = log_fd

    def start(self) -> None:
        """Start it, without waiting: until it accepts, connections wait in the socket's queue."""
        command = python(
            "ide.cli.tls_front", "--data", str(self._settings.data),
            "--listen-fd", str(self._listen_fd), "--web", str(self._web),
            "--parent", str(os.getpid()),
        )  # fmt: skip
        self.back_off.started()
        self.process = start(
            command,
            clean_environ(self._settings.to_environ()),
            stderr=self._log_fd,
            pass_fds=(self._listen_fd,),
        )


class SupervisorKeepAlive(KeptAlive):
    """Finds the supervisor of this data folder or starts one; starts it again when it ended."""

    def __init__(self, settings: Settings, log_fd: int, *, only_attach: bool) -> None:
        super().__init__()
        self._settings = settings
        self._log_fd = log_fd
        self._only_attach = only_attach
        self.client = Supervisor(settings.runtime)
        self.replaced = ""
        """The version of an older supervisor that ours took the place of."""
        self._build = build_id()

    def attach_or_start(self) -> tuple[dict[str, Any], bool]:
        """Return what `version` answers and whether it ran already.

        Raises UnavailableError when it neither runs nor can be started.
        """
        try:
            found = self.client.version()
        except UnavailableError:
            if self._only_attach:
                return self._wait(ATTACH_SECONDS), True  # its own service is just starting it
            self.start()
            return self._wait(START_SECONDS), False
        self.process = Process(int(found["pid"]))
        self.back_off.started()
        return found, True

    def replace_older(self, found: dict[str, Any]) -> dict[str, Any]:
        """Put ours in the place of an older one that answered `found`; return who answers then.

        It holds nothing that matters: its successor adopts what runs and replaces keepers.
        Raises UnavailableError when ours does not start.
        """
        if self.process is None or not self._is_older(found):
            return found
        self.process.end(STOP_SECONDS)
        self.process.close()
        self.start()
        self.replaced = str(found["version"])
        return self._wait(START_SECONDS)

    def _is_older(self, found: dict[str, Any]) -> bool:
        """Whether ours is to take the place of the one found: other code, of no newer version."""
        other = found.get("build") != self._build
        return not self._only_attach and other and not is_newer(found["version"], ide.__version__)

    def start(self) -> None:
        """Start one, without waiting; it ends at once where another holds the lock."""
        self.back_off.started()
        if self._only_attach:
            raise UnavailableError(
                "the supervisor does not run, and --attach leaves starting it to its own service"
            )
        data = str(self._settings.data)
        self.process = start(
            python("ide.placement.supervisor", "--data", data),
            clean_environ(self._settings.to_environ()),
            stderr=self._log_fd,
        )

    def attach_or_start_again(self) -> None:
        """After an end: attach to a successor that runs already, else start one; do not wait."""
        try:
            self.process = Process(int(self.client.version()["pid"]))
            self.back_off.started()
        except (UnavailableError, ProcessLookupError):
            try:
                self.start()
            except (UnavailableError, OSError):
                self.back_off.put_off()

    def _wait(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self.client.version()
            except UnavailableError as error:
                self._check_hope(deadline, error)
            else:
                if self.process is None or self.process.pid != found["pid"]:
                    if self.process is not None:
                        self.process.close()
                    self.process = Process(int(found["pid"]))
                return found

    def _check_hope(self, deadline: float, error: UnavailableError) -> None:
        """Wait a moment. Raises UnavailableError when ours has ended or the time is over."""
        ended = self.process is not None and self.process.wait(WAIT_SECONDS)
        if self.process is None:
            select.select([], [], [], WAIT_SECONDS)
        if ended or time.monotonic() > deadline:
            log = self._settings.data / "server.log"
            reason = "it does not run" if self._only_attach else f"it did not start; see {log}"
            raise UnavailableError(reason) from error


def _read_report(fd: int, seconds: float) -> dict[str, Any]:
    """Gather the web's lines until it is ready, failed, ended or the time is over."""
    deadline = time.monotonic() + seconds
    text = b""
    said: dict[str, Any] = {}
    while not {"ready", "error"} & set(said) and len(text) < MAX_REPORT_BYTES:
        left = max(0.0, deadline - time.monotonic())
        if not select.select([fd], [], [], left)[0]:
            break
        part = os.read(fd, 4096)
        if not part:
            break
        text += part
        for line in text.split(b"\n")[:-1]:
            said |= json.loads(line)
    return said
