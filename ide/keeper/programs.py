"""What is started in consoles, and its environment: built from nothing, never inherited."""

import posixpath
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from ide.errors import BadRequestError
from ide.guard.plan import NetworkPlan

_MAX_PATH_BYTES: Final = 4096


def environment(
    home: str,
    network: NetworkPlan,
    proxy: int | None,
    *,
    has_device: bool = False,
    never: bool = False,
    console: str = "",
) -> dict[str, str]:
    """Return the environment of a program whose home folder is `home`.

    `proxy` is the loopback port of the way out, None where there is none (no sandbox); nobody is
    told of it who has a network device of their own. With `never`
    its console is never recorded, so what is typed there goes to no file of history either.
    `console` stays in the environment of what leaves it: so the list of processes knows it.
    """
    venv = f"{home}/.venv"
    env = {
        "HOME": home,
        "USER": "user",
        "LOGNAME": "user",
        "SHELL": "/bin/bash",
        "PATH": f"{venv}/bin:{home}/.local/bin:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUAL_ENV": venv,
    }
    if console:
        env["IDE_CONSOLE"] = console
    if never:
        env["HISTFILE"] = "/dev/null"  # Bash, those started in it, and our console.py
    if network is not NetworkPlan.NONE and proxy is not None and not has_device:
        for name in ("http_proxy", "https_proxy"):
            env[name] = env[name.upper()] = f"http://127.0.0.1:{proxy}"
        env["no_proxy"] = "localhost,127.0.0.1,::1"
    return env


def inside(home: str, path: str) -> str:
    """Return the absolute path inside the sandbox of a ref, or of a path that starts with `/`.

    Bytes that are not UTF-8 become lone surrogates. Raises BadRequestError on NUL or `..`.
    """
    if path.startswith("/"):
        text = path
    else:
        text = posixpath.join(home, unquote_to_bytes(path).decode("utf-8", "surrogateescape"))
    parts = text.split("/")
    if "\0" in text or ".." in parts or len(text) > _MAX_PATH_BYTES:
        raise BadRequestError("This is not a path below the home folder.")
    return text.rstrip("/") or "/"


def console_argv(kind: str, tools: str) -> list[str]:
    """Return the command of a bash or python console."""
    commands: Mapping[str, list[str]] = {
        "bash": ["/bin/bash", "--rcfile", f"{tools}/bashrc", "-i"],
        "python": [f"{tools}/python-console"],
    }
    if kind not in commands:
        raise BadRequestError("A console is a bash or a python console.")
    return commands[kind]


def interpreter(kind: str, path: str | None, home: str) -> str:
    """Return what reads the commands of a console, or the file of a run."""
    is_bash = kind == "bash" or (path or "").endswith(".sh")
    return "/bin/bash" if is_bash else f"{home}/.venv/bin/python"


def run_argv(file: str, tools: str) -> list[str]:
    """Return the command that runs `file` (an absolute path inside). Raises BadRequestError."""
    if file.endswith(".py"):
        return [f"{tools}/run-python", file]
    if file.endswith(".sh"):
        return ["/bin/bash", file]
    raise BadRequestError("Only .py and .sh files can be run.")
