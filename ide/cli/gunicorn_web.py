"""The web: gunicorn with our app, as a child of serve. `python -m ide.cli.gunicorn_web …`.

It gets its listening socket from serve, so the port stays open while it is restarted, and ends
at once when serve is killed. As root it runs as the service's account.
"""

import argparse
import json
import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication

from ide.accounts.people import setup_token
from ide.app import create_app, on_worker_start
from ide.errors import IdeError
from ide.placement.processes import end_with, reset_signals
from ide.settings import Settings
from ide.store.database import open_database
from ide.store.migrations import migrate

WORKERS: Final = 2
SPARE_CONNECTIONS: Final = 200
"""Kept-alive connections beside the links, which hold a thread each."""
GRACEFUL_SECONDS: Final = 5


class JsonLines(logging.Formatter):
    """gunicorn's own words as one JSON object a line, like the rest of the server log."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "process": "gunicorn",
            "pid": record.process,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class Web(BaseApplication):  # type: ignore[misc]
    """gunicorn with its settings from ours instead of a file or the environment."""

    def __init__(self, settings: Settings, listen_fd: int, report_fd: int) -> None:
        self._settings = settings
        self._listen_fd = listen_fd
        self._report_fd = report_fd
        super().__init__()

    def load_config(self) -> None:
        """Set what console.md's measurements ask for; everything else is gunicorn's default."""
        threads = self._settings.threads
        values: dict[str, Any] = {
            "bind": f"fd://{self._listen_fd}",
            "workers": WORKERS,
            "worker_class": "gthread",
            "threads": threads,
            "worker_connections": threads + SPARE_CONNECTIONS,
            "timeout": 60,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 75,
            "sendfile": False,
            "control_socket_disable": True,
            # Only our own proxy settings may say what scheme and address a request has.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
            "limit_request_field_size": 16384,
            "post_fork": lambda _server, _worker: end_with(os.getppid()),
            "limit_request_line": 8190,  # a path's bytes travel percent-encoded
            "post_worker_init": self._ready,
            "logconfig_dict": _log_config(self._settings),
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def _ready(self, worker: Any) -> None:
        on_worker_start(worker)
        report(self._report_fd, ready=True)

    def load(self) -> Flask:
        """Return the app; called once in each worker."""
        return create_app(self._settings)


def _log_config(settings: Settings) -> dict[str, Any]:
    level = "WARNING" if settings.log_level == "info" else settings.log_level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": level, "handlers": ["stderr"], "propagate": False},
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }


def report(fd: int, **said: Any) -> None:
    """Tell serve, one JSON line; it listens for the first words only."""
    with suppress(OSError):
        os.write(fd, json.dumps(said).encode() + b"\n")


def main() -> int:
    """Bring the database up to date, tell the set-up link, serve. Returns 1 when it cannot."""
    parser = argparse.ArgumentParser(prog="ide.cli.gunicorn_web")
    parser.add_argument("--data", required=True)
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--report-fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--first", action="store_true", help="make a set-up link, if none is owner")
    given = parser.parse_args()
    end_with(given.parent)
    reset_signals()
    try:
        settings = Settings.load(os.environ, data=given.data)
        database = open_database(settings)
        migrate(database)
        token = setup_token(database) if given.first else None
        database.close()
    except IdeError as error:
        report(given.report_fd, error=error.message)
        return 1
    report(given.report_fd, setup=token)
    Web(settings, given.listen_fd, given.report_fd).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
