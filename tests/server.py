"""A real `ide serve` for tests: own data folder, free port, everything ended afterwards.

The set-up link is read from what it prints, as a person would.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any, Self

import httpx

from ide.accounts import people
from ide.placement.client import Supervisor
from ide.settings import Settings
from ide.store.database import open_database
from tests import toolboxes
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0
OWNER = ("owner", "correct horse battery")
WEB = "ide.cli.gunicorn_web"


class Server:
    """One server on its own data folder. Use as a context manager.

    `command` is what to put before `serve`; by default this interpreter with this tree.
    `ignored` are the signals that whoever starts it ignores, as "INT,HUP".
    """

    def __init__(
        self, data: Path, *options: str, command: list[str] | None = None, ignored: str = ""
    ) -> None:
        self.data = data
        self.ignored = ignored
        self.options = options
        self.command = command or [sys.executable, "-m", "ide.cli.main"]
        self.who = OWNER
        """Who signs in when a test does not say."""
        self.logins: dict[str, list[Any]] = defaultdict(list)
        """Logins that no browser uses any more, by user name: its cookies, for the next one."""
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait for /healthz; a second start on the same folder is fine."""
        self.lines.clear()  # a restart may get another port
        if sys.executable in self.command:
            toolboxes.give(self.data)
        # Whoever starts the tests may ignore signals, as nohup does; a person's shell does not.
        signals = f"--ignore-signal={self.ignored}" if self.ignored else "--default-signal=INT,HUP"
        words = ["env", signals, *self.command]
        words += ["serve", "--data", str(self.data), *self.options]
        if "--bind" not in self.options:
            words += ["--bind", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            words,
            cwd=ROOT if self.command[0] == sys.executable else self.data.parent,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        wait_until(self._is_up, START_SECONDS, "the server answers")

    def environment(self) -> dict[str, str]:
        """Return the environment without anybody's IDE_ settings."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("IDE_")}
        return kept | {"PYTHONUNBUFFERED": "1"}

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line)

    def _is_up(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            raise AssertionError("serve ended:\n" + "".join(self.lines))
        if not self.local_url:
            return False
        try:
            httpx.get(self.local_url + "healthz", timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        return True

    @property
    def printed(self) -> str:
        """All that it has printed."""
        return "".join(self.lines)

    @property
    def url(self) -> str:
        """The address that it prints, with a slash at the end, or "" as long as unknown."""
        found = re.search(r"^Ready: +(\S+)$", self.printed, re.MULTILINE)
        return found[1] if found else ""

    @property
    def local_url(self) -> str:
        """Where it listens on this machine, also when people are told another address."""
        if "--bind" in self.options:
            return f"http://{self.options[self.options.index('--bind') + 1]}/"
        return self.url

    @property
    def setup_link(self) -> str:
        """The one-time link for the owner; waits until it is printed."""
        found = wait_until(
            lambda: re.search(r"https?://\S+/setup/\S+", self.printed), 30, "the set-up link"
        )
        return found[0]

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run another `ide` command on the same data folder."""
        return subprocess.run(
            [*self.command, *words, "--data", str(self.data)],
            cwd=ROOT,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def add_user(self, name: str, password: str, *, owner: bool = False) -> None:
        """Make an account: by the command line, unless the server runs and has the database."""
        if self.process and self.process.poll() is None:
            settings = Settings(data=self.data)
            database = open_database(settings)
            try:
                people.add(database, settings, name, password, owner=owner)
            finally:
                database.close()
            return  # a second of Python's start less, for each of a hundred
        words = ["user", "add", name, "--password-stdin", *(["--owner"] if owner else [])]
        done = self.run(*words, stdin=password + "\n")
        assert done.returncode == 0, done.stdout + done.stderr

    def end_workspaces(self) -> None:
        """End everybody's keeper and sandbox; only as the account that runs it."""
        supervisor = Supervisor(Settings(data=self.data).runtime)
        for one in supervisor.list():
            supervisor.stop(one["workspace"])

    def web_pids(self) -> list[int]:
        """Return gunicorn's processes, the master first."""
        return self.pids(WEB)

    def pids(self, module: str) -> list[int]:
        """Return the processes of this server that run a module, oldest first.

        Modules are ide.cli.gunicorn_web, ide.placement.supervisor and ide.keeper; serve itself is
        `process`.
        """
        found = {
            pid
            for pid, words in processes()
            if module in words and any(word.startswith(str(self.data)) for word in words)
        }
        if module == WEB:  # whose workers are its children
            return sorted(found)
        # What any other starts has its command line for a moment, until it is another program.
        return sorted(pid for pid in found if parent_of(pid) not in found | {0})

    def kill_web(self) -> None:
        """kill -9 of serve and its web: the terminal was closed the hard way."""
        assert self.process
        pids = self.web_pids()
        self.process.kill()  # first, or it would start another gunicorn
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)
        wait_until(lambda: not self.web_pids(), START_SECONDS, "the web has ended")

    def stop(self) -> None:
        """End web, supervisor, keepers and sandboxes."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.run("stop")
        if self._reader is not None:
            self._reader.join(10)


def parent_of(pid: int) -> int:
    """Return the process id of a process's parent, 0 when it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def processes() -> list[tuple[int, list[str]]]:
    """Return (pid, command line) of every process that has not ended."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_text("utf-8", "replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append((int(line.parent.name), words))
    return found
