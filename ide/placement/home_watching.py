"""Which folder of a running sandbox is watched, and what holds its limits."""

import os
from dataclasses import replace
from typing import Final

import structlog

from ide.guard.plan import Plan
from ide.placement.machine import Machine
from ide.sandbox import bwrap
from ide.sandbox.disk import quota
from ide.sandbox.disk.watch import Home

_PATH: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_log = structlog.get_logger()


def watch_home(machine: Machine, workspace: str, root: int, kind: str, plan: Plan) -> None:
    """Look after the home folder of a sandbox that runs, `root` its PID 1.

    A home that cannot be opened is not watched, which the server log says.
    """
    account = machine.sandbox_account(workspace)
    uid = account.uid if account else None
    try:
        home = _on_disk(machine, workspace, root, uid, is_confined=kind == "bubblewrap")
        try:
            if kind == "bubblewrap":
                home = _in_memory(home) or home
        except OSError:
            os.close(home.home_fd)
            raise
    except OSError as error:
        _log.warning("a home is not watched", workspace=workspace, reason=str(error))
        return
    machine.disks.watch(workspace, home, _limits(home, workspace, plan))


def limit_home(machine: Machine, workspace: str, plan: Plan) -> None:
    """Have another plan's limits hold for a home that is watched."""
    if home := machine.disks.home(workspace):
        machine.disks.limit(workspace, _limits(home, workspace, plan))


def _limits(home: Home, workspace: str, plan: Plan) -> Plan:
    """Have the kernel hold the plan's limits where it does that; return those that hold."""
    if home.how == "memory":  # as large as it was made
        room = os.fstatvfs(home.home_fd)
        return replace(plan, disk_bytes=room.f_blocks * room.f_frsize)
    if home.how == "quota":
        try:
            quota.set_limits(home.home_fd, home.project, plan.disk_bytes, plan.files)
        except OSError as error:
            _log.error("a disk quota was not set", workspace=workspace, reason=str(error))
    return plan


def _in_memory(home: Home) -> Home | None:
    """Return what is the home folder inside when that is not the one on the disk.

    The plan may be another one by now. Nobody inside can put anything in its place: the way there
    is read-only.
    """
    fd = os.open(f"/proc/{home.root}/root{bwrap.HOME}", _PATH)
    if os.path.sameopenfile(fd, home.home_fd):
        os.close(fd)
        return None
    os.close(home.home_fd)
    return Home(home.root, fd, home.uid, "memory")


def _on_disk(
    machine: Machine, workspace: str, root: int, uid: int | None, *, is_confined: bool
) -> Home:
    folder = os.open(workspace, _FOLDER, dir_fd=machine.data_fd)
    try:
        fd = os.open("home", _PATH, dir_fd=folder)
        if uid is not None and machine.probe().quota == "project" and _has_project(folder, uid):
            return Home(root, fd, uid, "quota", project=uid)
    finally:
        os.close(folder)
    # Without a sandbox programs are anywhere: nothing could be held.
    return Home(root, fd, uid, "watcher" if is_confined else "none")


def _has_project(folder: int, project: int) -> bool:
    """Whether all of the home folder has this project; a new one gets it.

    One that had files before quotas came keeps the watcher, which counts those too.
    """
    home = os.open("home", _FOLDER, dir_fd=folder)
    try:
        if quota.project_of(home) == project:
            return True
        if os.listdir(home):  # noqa: PTH208 - by descriptor
            return False
        quota.give_project(home, project)
    except OSError:
        return False
    finally:
        os.close(home)
    return True
