"""One keeper, from its lock to its end."""

import asyncio
import fcntl
import os
import re
import signal
from pathlib import Path
from typing import Any, Final

from ide.errors import SettingsError
from ide.keeper import supervisor, suspicion
from ide.keeper.config import Config
from ide.keeper.keeper import Keeper
from ide.keeper.server import Server
from ide.keeper.server_log import say
from ide.keeper.supervisor import Started
from ide.settings import Settings

_WORKSPACE: Final = re.compile(r"[0-9a-f]{16}")
_STAT: Final = Path("/proc/stat")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
ALREADY_RUNNING: Final = 3
"""Exit status when another keeper holds the workspace's lock."""


def lock(config: Config) -> int | None:
    """Return the workspace's lock, to be kept open for life; None when another keeper has it."""
    fd = os.open(config.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    os.ftruncate(fd, 0)
    os.pwrite(fd, b"%d\n" % os.getpid(), 0)
    return fd


async def serve(config: Config) -> None:
    """Keep the workspace until SIGTERM or SIGINT; after SIGUSR1 until no console runs."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_on_loop_error)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def start_sandbox() -> Started:
        return await supervisor.start_sandbox(
            config.supervisor_socket, config.workspace, keeper.plan
        )

    keeper = Keeper(config, start_sandbox, _BOOT_ID.read_text().strip(), _booted())
    loop.add_signal_handler(signal.SIGUSR1, keeper.leave_when_idle, stop.set)
    await keeper.start()
    server = Server(loop, keeper)
    say("listening", workspace=config.workspace, generation=keeper.generation)
    await stop.wait()
    server.close()
    await keeper.close()
    config.socket.unlink(missing_ok=True)


def _booted() -> float:
    """Return when the machine started, in seconds since the epoch."""
    for line in _STAT.read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == "btime":
            return float(value)
    return 0.0


def _on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    where = ""
    if error and error.__traceback__:
        frame = error.__traceback__
        while frame.tb_next:
            frame = frame.tb_next
        where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
    say("error", what=context.get("message"), error=type(error).__name__, text=str(error)[:300],
        where=where)  # fmt: skip


def run(workspace: str, data: Path, runtime: str) -> int:
    """Run; returns the exit status. Raises SettingsError."""
    if not _WORKSPACE.fullmatch(workspace):
        raise SettingsError("a workspace is 16 hexadecimal digits")
    os.umask(0o077)
    settings = Settings.load(os.environ, data=data, runtime_dir=runtime)
    config = Config.of(settings, workspace)
    held = lock(config)
    if held is None:
        say("already running", workspace=config.workspace)
        return ALREADY_RUNNING
    if suspicion.watch(config.fault, config.consoles):
        say("the keeper before crashed", workspace=config.workspace)
    asyncio.run(serve(config))
    return 0
