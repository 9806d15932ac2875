"""`ide stop` and `ide status`: what runs on a data folder, and the end of it."""

import os
import signal
from contextlib import suppress
from typing import Any

import click

from ide.cli import serve_lock
from ide.cli.children import SupervisorKeepAlive
from ide.cli.clerk import pid_of_clerk
from ide.cli.options import counted, say, with_settings
from ide.cli.steps import step
from ide.errors import SettingsError, UnavailableError
from ide.placement.client import SOCKET_NAME, Placed, Supervisor
from ide.placement.server_log import open_server_log
from ide.sandbox import reach
from ide.settings import Settings

SERVE_SECONDS = 20.0


@click.command()
@with_settings
def stop(settings: Settings) -> None:
    """End the web and every console of this data folder. Files and output stay."""
    _check_owner(settings)
    if not settings.runtime.is_dir():
        say("Nothing runs on this data folder.")
        return
    _stop_serve(settings)
    with step("Ending the consoles"):
        running = _end_consoles(settings)
    serve_lock.remove(settings)
    workspaces = counted(len(running), "running workspace")
    kept = "Files and output stay."
    if not settings.data.is_dir():
        kept = f"The data folder {settings.data} had been removed before."
    say(f"Ended: {workspaces} and the supervisor. {kept}")


@click.command()
@with_settings
def status(settings: Settings) -> None:
    """Say what runs on this data folder."""
    _check_owner(settings)
    running = serve_lock.find(settings)
    say(f"Web: {running.address} (pid {running.pid})" if running else "Web: not running")
    clerk = pid_of_clerk(settings)
    say(f"Clerk: pid {clerk}" if clerk else "Clerk: not running")
    client = Supervisor(settings.runtime)
    try:
        found = client.version()
    except UnavailableError:
        say("Supervisor: not running")
        return
    say(f"Supervisor: pid {found['pid']}, version {found['version']}, sandbox {found['kind']}")
    capacity = client.capacity()
    say(f"Workspaces: {capacity['workspaces']} of at most {capacity['limit']}")
    for workspace in client.list():
        say(_line(workspace))


def _line(workspace: dict[str, Any]) -> str:
    sandbox = f"sandbox {workspace['sandbox_pid']}" if workspace["sandbox_pid"] else "no sandbox"
    keeper = workspace["keeper_pid"] or "being started"
    return f"  {workspace['workspace']}: keeper {keeper}, {sandbox}"


def _end_consoles(settings: Settings) -> Placed:
    """End the supervisor and all that it keeps; return what ran.

    Raises UnavailableError where it was killed, so that a new one would have to find what it left,
    and there is no data folder for that one.
    """
    there = settings.data.is_dir()
    if there:
        reach.make_reachable(reach.server_paths(settings))
    log_fd = open_server_log(settings) if there else os.open(os.devnull, os.O_WRONLY)
    supervisor = SupervisorKeepAlive(settings, log_fd, only_attach=not there)
    try:
        if not there:
            supervisor.client.version()  # attaching would wait for somebody to start one
        supervisor.attach_or_start()
    except UnavailableError:
        if there:
            raise
        if not (settings.runtime / SOCKET_NAME).exists():
            return []  # it has noticed and ended everything itself
        raise UnavailableError(
            f"the data folder {settings.data} was removed and its supervisor does not answer."
            f" To end what may still run: mkdir {settings.data}, then type this once more"
        ) from None
    running = supervisor.client.list()
    supervisor.client.retire()
    if supervisor.process is not None:
        supervisor.process.wait(SERVE_SECONDS)
    return running


def _stop_serve(settings: Settings) -> None:
    running = serve_lock.find(settings)
    if running is None:
        return
    if running.pid == 0:
        raise UnavailableError("a server is just starting on this data folder; try again")
    process = serve_lock.open_process(running)
    if process is None:
        return
    with step("Stopping the web"):
        serve_lock.announce_end(settings, running)
        process.send(signal.SIGTERM)
        if not process.wait(SERVE_SECONDS):
            raise UnavailableError(f"serve (pid {process.pid}) does not end; kill it by hand")
    process.close()


def _check_owner(settings: Settings) -> None:
    """Raise SettingsError for a folder that another account runs: its sockets are elsewhere.

    Who has the runtime folder is the one, whatever became of the data folder meanwhile.
    """
    with suppress(FileNotFoundError):
        if settings.runtime.stat().st_uid == os.geteuid():
            return
    if not settings.data.is_dir():
        raise SettingsError(f"there is no data folder {settings.data}")
    owner = settings.data.stat().st_uid
    if owner != os.geteuid():
        raise SettingsError(
            f"the data folder {settings.data} belongs to account {owner}; type this as that account"
        )
