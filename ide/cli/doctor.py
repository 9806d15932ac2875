"""`ide doctor`: what this machine can do, what is missing, and the line to type."""

import os
import platform
import sys
from contextlib import suppress

import click

import ide
from ide.cli.options import command_line, say, with_settings
from ide.cli.steps import step
from ide.errors import SandboxError
from ide.sandbox import Probe, probe, reach
from ide.settings import Settings


@click.command()
@with_settings
def doctor(settings: Settings) -> None:
    """Look at this machine and say what was found. Ends with 1 when no sandbox can be made."""
    say(f"ide {ide.__version__}, Python {platform.python_version()}, {platform.platform()}")
    say(f"Data folder:  {settings.data} ({_state(settings)})")
    say(f"Disk:         {_disk(settings)}")
    say(f"Account:      {_account(settings)}")
    paths = [path for path in reach.server_paths(settings) if path.exists()]
    with suppress(SandboxError):
        reach.make_reachable(tuple(paths))
    with step("Trying to make a sandbox"):
        found = probe(settings)
    _say_sandbox(found)
    for line in found.missing_programs:
        say(f"Missing:      {line}")
    if not found.missing_programs:
        say("Programs:     all expected ones are there")
    if found.kind == "none":
        say("Consoles are refused here. Only for a machine that is yours alone there is")
        say(f"  {command_line(settings, '--unsafe-no-sandbox')}")
        sys.exit(1)


def _say_sandbox(found: Probe) -> None:
    if found.kind == "none":
        say("Sandbox:      none can be made")
    else:
        say(f"Sandbox:      level {found.level}: bubblewrap of the {found.bwrap_origin}")
        say(f"              {found.bwrap}")
    for reason in found.reasons:
        say(f"              {reason}")


def _state(settings: Settings) -> str:
    if not settings.data.exists():
        return "made at the first start"
    if not os.access(settings.data, os.W_OK | os.X_OK):
        return "NOT writable; choose another with --data"
    return f"belongs to account {settings.data.stat().st_uid}"


def _disk(settings: Settings) -> str:
    """Say whether there is room to record what consoles print."""
    there = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    info = os.statvfs(there)
    free, needed = info.f_bavail * info.f_frsize, settings.log_min_free_bytes
    if free >= needed:
        return f"{free >> 20} MB free"
    return (
        f"{free >> 20} MB free: output is NOT recorded below {needed >> 20} MB; free some space,"
        " or set IDE_LOG_MIN_FREE_BYTES"
    )


def _account(settings: Settings) -> str:
    if os.geteuid() != 0:
        return f"{os.geteuid()}; web, keepers and consoles all run as this account"
    return (
        f"root; the web runs as {settings.uid_base}, each workspace's keeper and consoles as two"
        f" accounts from {settings.uid_base + 1000} up"
    )
