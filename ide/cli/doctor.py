"""`ide doctor`: what this machine can do, what is missing, and the line to type."""

import os
import platform
import sys
from contextlib import suppress
from typing import Final

import click

import ide
from ide.cli.options import command_line, say, with_settings
from ide.cli.steps import step
from ide.errors import SandboxError
from ide.guard.levels import PROMISES
from ide.guard.plan import HIGHEST_LEVEL
from ide.sandbox import Probe, probe, reach
from ide.settings import Settings

_LIMITS: Final = {
    "v2": "memory, CPU and processes by control groups (version 2)",
    "v1": "memory, CPU and processes by control groups (version 1)",
    "none": "processes by the kernel; memory checked every second; CPU by low priority alone",
}
_QUOTAS: Final = {
    "project": "held by the file system (project quota)",
    "none": "checked every few seconds",
}
_DEVICES: Final = {
    "veth": "the plans outbound and full have a device of their own (veth)",
    "pasta": "the plans outbound and full have a device of their own (pasta)",
    "slirp4netns": "the plans outbound and full have a device of their own (slirp4netns)",
    "none": "through the server's proxy alone",
}
_HEADS: Final = {True: "What keeps this machine from more:", False: "Why:"}


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
        say(f"Sandbox:      bubblewrap of the {found.bwrap_origin}")
        say(f"              {found.bwrap}")
        say(f"Limits:       {_LIMITS[found.limits]}")
        say(f"Disk limits:  {_QUOTAS[found.quota]}")
        say(f"Network:      {_DEVICES[found.network]}")
        accounts = (
            "each workspace has one of its own" if found.own_uids else "the same for all workspaces"
        )
        say(f"Accounts:     {accounts}")
    _say_level(found)
    if found.reasons:
        say(_HEADS[found.kind != "none"])
    for reason in found.reasons:
        say(f"  - {reason}")


def _say_level(found: Probe) -> None:
    """Say what each level means, which one this is, and how to get to the next."""
    say(f"Level:        {found.level} of {HIGHEST_LEVEL}; each holds what those before it do")
    for level, promise in enumerate(PROMISES):
        say(f"            {'->' if level == found.level else '  '} {level}  {promise}")
    if found.level < HIGHEST_LEVEL:
        say(f"For level {found.level + 1}:  {' '.join(_needs(found))}")


def _needs(found: Probe) -> list[str]:
    """Return what this machine has to get for its next level, a sentence each."""
    if found.level == 0:
        return ["What stands below."]
    if found.level == 1:
        return ["Control groups: start the server as root, or where systemd gives them away."]
    needs = []
    if not found.own_uids:
        needs.append("Start the server as root.")
    if found.quota == "none":
        needs.append("Put the data folder on ext4 or XFS with project quotas (mount it prjquota).")
    return needs


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
