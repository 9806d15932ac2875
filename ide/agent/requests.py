"""What a keeper may ask: the shape of each request, checked before anything is done."""

import os
import signal
from collections.abc import Mapping
from typing import Any

from ide.agent.sessions import RefusedError

MAX_NAME_CHARS = 64
SIGNALS = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "KILL": signal.SIGKILL}


def console_of(request: Mapping[str, Any]) -> str:
    """Return the console's id. Raises RefusedError."""
    console = request.get("console")
    if not isinstance(console, str) or not 0 < len(console) <= MAX_NAME_CHARS:
        raise RefusedError("bad_request", "console is not an id")
    return console


def argv_of(request: Mapping[str, Any]) -> list[str]:
    """Return the program and its arguments. Raises RefusedError."""
    argv = request.get("argv")
    if not isinstance(argv, list) or not argv or not all(_is_text(one) for one in argv):
        raise RefusedError("bad_request", "argv is not a list of strings")
    return argv


def env_of(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment. Raises RefusedError."""
    env = request.get("env")
    if not isinstance(env, dict) or not all(
        _is_text(value) and name and "=" not in name and _is_text(name)
        for name, value in env.items()
    ):
        raise RefusedError("bad_request", "env does not map names to strings")
    return env


def cwd_of(request: Mapping[str, Any], home: str) -> str:
    """Return the folder, `home` when none is named. Raises RefusedError."""
    cwd = request.get("cwd") or home
    if not _is_text(cwd):
        raise RefusedError("bad_request", "cwd is not a path")
    return str(cwd)


def size_of(request: Mapping[str, Any]) -> tuple[int, int]:
    """Return (rows, cols). Raises RefusedError."""
    rows, cols = request.get("rows"), request.get("cols")
    if type(rows) is not int or type(cols) is not int:
        raise RefusedError("bad_request", "rows and cols are not numbers")
    return rows, cols


def marks_of(request: Mapping[str, Any]) -> str:
    """Return what the program's marks carry, "" for none. Raises RefusedError."""
    marks = request.get("marks", "")
    if not isinstance(marks, str) or len(marks) > MAX_NAME_CHARS or not (marks + "0").isalnum():
        raise RefusedError("bad_request", "marks are not a key")
    return marks


def signal_of(request: Mapping[str, Any]) -> int:
    """Return the number of the signal. Raises RefusedError."""
    name = request.get("signal")
    if not isinstance(name, str) or name not in SIGNALS:
        raise RefusedError("bad_request", "signal is one of INT, TERM, KILL")
    return SIGNALS[name]


def _is_text(value: Any) -> bool:
    """Whether `value` can be handed to the kernel; lone surrogates stand for odd bytes."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True
