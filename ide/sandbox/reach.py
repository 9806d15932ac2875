"""Let other accounts reach the server's code where it lies under a private home folder.

As root the sandboxes' accounts must read the interpreter, the toolbox and their workspace, which
may lie below a 0700 folder such as /root. Permissions are not touched: in a mount namespace of our
own an empty folder covers the private one, and what is needed is bound over it at its own path.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, Final

import ide
from ide.errors import SandboxError
from ide.settings import Settings

_CLONE_NEWNS: Final = 0x0002_0000
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x8_0000
_MS_NOSUID, _MS_NODEV = 0x2, 0x4
_OTHERS_CROSS: Final = 0o001
_MAX_LINKS: Final = 40


def server_paths(settings: Settings) -> tuple[Path, ...]:
    """Return what the server's other accounts must reach: interpreter, packages, code, data."""
    return (
        Path(sys.base_prefix), Path(sys.prefix), Path(ide.__file__).parent.parent, settings.data,
    )  # fmt: skip


def make_reachable(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Make each of `paths` reachable for every account; return the folders that were covered.

    Does nothing for an ordinary user, who needs no other account, and where nothing is in the
    way. Otherwise this process moves into a mount namespace of its own, which what it starts
    inherits. Call it early and from the main thread. Raises SandboxError when it cannot be done.
    """
    if os.geteuid() != 0 or not any(_barrier(path) for path in paths):
        return ()
    for path in paths:
        if not path.exists():
            raise SandboxError(f"{path} does not exist.")
        if not path.resolve().stat().st_mode & _OTHERS_CROSS:
            raise SandboxError(
                f"{path} is closed to other accounts. Say: chmod o+x {path}"
                " or choose another folder."
            )
    here = os.getcwd()  # noqa: PTH109 - may be a folder that is covered in a moment
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(_CLONE_NEWNS), "a mount namespace")
    _mount(libc, "none", "/", None, _MS_REC | _MS_SLAVE)
    covered = _cover_all(libc, sorted(set(paths)))
    try:
        os.chdir(here)
    except OSError:
        os.chdir("/")
    return covered


def _barrier(path: Path) -> Path | None:
    """Return the first folder on the way to `path` that other accounts cannot cross."""
    for place in _way(path):
        if place.is_dir() and not place.stat().st_mode & _OTHERS_CROSS:
            return place.resolve()
    return None


def _way(path: Path) -> list[Path]:
    """Return every folder and link that is crossed on the way to `path`, in order."""
    crossed: list[Path] = []
    waiting = list(path.absolute().parts[1:])
    at = Path("/")
    for _ in range(_MAX_LINKS * 50):
        if not waiting:
            break
        step = at / waiting.pop(0)
        if step.is_symlink():
            crossed.append(step)
            target = step.readlink()
            waiting = list(target.parts[1:] if target.is_absolute() else target.parts) + waiting
            at = Path("/") if target.is_absolute() else at
        elif step.name == "..":
            at = at.parent
        else:
            at = step
            crossed.append(at)
    return crossed[:-1] if crossed else []


def _cover_all(libc: Any, paths: list[Path]) -> tuple[Path, ...]:
    """Cover barrier after barrier until every path is open. Bounded by the paths' depth."""
    held = {path.resolve(): os.open(path.resolve(), os.O_PATH | os.O_CLOEXEC) for path in paths}
    links = {
        step: step.readlink() for path in paths for step in _way(path) if step.is_symlink()
    } | {path: path.readlink() for path in paths if path.is_symlink()}
    covered: list[Path] = []
    try:
        for path in paths:
            while (barrier := _barrier(path)) is not None:
                if barrier in covered:
                    raise SandboxError(f"{path} stays out of reach of other accounts.")
                _cover(libc, barrier, held, links)
                covered.append(barrier)
    finally:
        for fd in held.values():
            os.close(fd)
    return tuple(covered)


def _cover(libc: Any, barrier: Path, held: dict[Path, int], links: dict[Path, Path]) -> None:
    _mount(
        libc, "tmpfs", str(barrier), "tmpfs", _MS_NOSUID | _MS_NODEV, options="mode=0755,size=1m"
    )
    for place in sorted(one for one in held if one.is_relative_to(barrier)):
        if place.exists():
            continue  # came along with a folder above it
        place.mkdir(mode=0o755, parents=True)
        _mount(libc, f"/proc/self/fd/{held[place]}", str(place), None, _MS_BIND | _MS_REC)
    for link, target in links.items():
        if link.is_relative_to(barrier) and not link.is_symlink() and not link.exists():
            link.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            link.symlink_to(target)


def _mount(
    libc: Any, source: str, target: str, kind: str | None, flags: int, *, options: str = ""
) -> None:
    arguments = (
        os.fsencode(source), os.fsencode(target), kind.encode() if kind else None,
        ctypes.c_ulong(flags), options.encode() or None,
    )  # fmt: skip
    _check(libc.mount(*arguments), f"a mount at {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        reason = os.strerror(ctypes.get_errno())
        raise SandboxError(
            f"This machine refused {what} ({reason}), which is needed because the server's files"
            " lie in a private folder. Install it outside, for example in /opt."
        )
