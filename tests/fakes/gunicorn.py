"""A real gunicorn with the real app, on a free port, without serve and supervisor."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
HOOK = "from ide.app import on_worker_start as post_worker_init\n"


class Gunicorn:
    """One worker with `threads` threads on the data folder `data`. Use as a context manager."""

    def __init__(
        self, data: Path, runtime: Path, threads: int = 32, hook: str = "", **settings: str
    ) -> None:
        self.lines: list[str] = []
        hooks = data / "gunicorn.conf.py"
        hooks.write_text(HOOK + hook)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("IDE_")}
        given = {
            "IDE_DATA": str(data),
            "IDE_RUNTIME_DIR": str(runtime),
            "IDE_THREADS": str(threads),
        }
        words = ["--worker-class", "gthread", "--workers", "1", "--threads", str(threads)]
        words += ["--worker-connections", str(threads + 200), "--bind", "127.0.0.1:0"]
        words += ["--graceful-timeout", "5", "--config", str(hooks), "ide.app:create_app()"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *words],
            cwd=ROOT,
            env=kept | given | settings,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        wait_until(lambda: "Booting worker" in self.printed, 30, "gunicorn starts")
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self._reader.join(5)
        assert self.process.stderr
        self.process.stderr.close()

    @property
    def printed(self) -> str:
        return "".join(self.lines)

    @property
    def url(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.printed)
        assert found, self.printed
        return found[0] + "/"

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line)
