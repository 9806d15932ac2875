"""The arguments of bubblewrap: what a workspace can see.

Nothing of the machine but /usr, a few files of /etc, the interpreter and our tools is visible;
only the home folder, /tmp and /dev/shm can be written.
"""

import sys
from pathlib import Path
from typing import Final

from ide.guard.memory_folders import MemoryFolders, memory_folders
from ide.guard.plan import Plan

HOME: Final = "/home/user"
TOOLS: Final = "/opt/ide"
PATH: Final = f"{HOME}/.venv/bin:{HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin"
ACCOUNT: Final = 1000

_RUN_BYTES: Final = 16 * 1024 * 1024
_ROOT_FOLDERS: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC: Final = (
    "/etc/alternatives",
    "/etc/ca-certificates.conf",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nanorc",
    "/etc/perl",
    "/etc/pki/ca-trust/extracted",
    "/etc/pki/tls/certs",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
)
_OWN_ETC: Final = ("passwd", "group", "hosts", "nsswitch.conf")


def interpreter() -> Path:
    """Return the server's own interpreter without its virtual environment."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    inside = Path(sys.base_prefix, "bin", name)
    return inside if inside.exists() else Path(sys.executable).resolve()


def confinement() -> list[str]:
    """Return the namespaces: all of them new, and no further ones from inside.

    No --new-session, which breaks job control, and no --die-with-parent: programs outlive us.
    """
    return [
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net",
        "--unshare-cgroup-try", "--disable-userns",
        "--uid", str(ACCOUNT), "--gid", str(ACCOUNT), "--hostname", "workspace", "--as-pid-1",
    ]  # fmt: skip


def environment() -> list[str]:
    """Return PID 1's environment: nothing of ours."""
    pairs = {"HOME": HOME, "PATH": PATH, "LANG": "C.UTF-8"}
    settings = [part for name, value in pairs.items() for part in ("--setenv", name, value)]
    return ["--clearenv", *settings]


def visible_files(
    toolbox: Path | None,
    home: Path | None,
    plan: Plan = Plan(),  # noqa: B008 - frozen
    resolv_conf: int | None = None,
) -> list[str]:
    """Return the mounts. Without `toolbox` and `home`, for the probe, the system's alone.

    What the descriptor `resolv_conf` holds becomes /etc/resolv.conf.
    """
    sizes = memory_folders(plan)
    own_etc = [
        part
        for name in _OWN_ETC
        if toolbox
        for part in ("--ro-bind", str(toolbox / "etc" / name), f"/etc/{name}")
    ]
    return [
        *_system(),
        *[part for name in _ETC for part in ("--ro-bind-try", name, name)],
        *own_etc,
        *(() if resolv_conf is None else _file(resolv_conf, "/etc/resolv.conf")),
        "--proc", "/proc", "--dev", "/dev",
        *_memory("/tmp", sizes.tmp),  # noqa: S108 - the one inside, empty and the workspace's own
        *_memory("/run", _RUN_BYTES), *_memory("/dev/shm", sizes.shm),  # noqa: S108 - likewise
        *_home(home, sizes),
        *(["--ro-bind", str(toolbox), TOOLS] if toolbox else []),
        *_prefix(),
        *[part for folder in ("/run", "/dev", "/") for part in ("--remount-ro", folder)],
        "--chdir", HOME,
    ]  # fmt: skip


def _home(home: Path | None, sizes: MemoryFolders) -> list[str]:
    if sizes.home:
        return ["--perms", "0700", *_memory(HOME, sizes.home)]
    return ["--bind", str(home), HOME] if home else ["--tmpfs", HOME]


def _system() -> list[str]:
    arguments = ["--ro-bind", "/usr", "/usr"]
    for folder in map(Path, _ROOT_FOLDERS):
        if folder.is_symlink():
            arguments += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            arguments += ["--ro-bind", str(folder), str(folder)]
    return arguments


def _file(fd: int, path: str) -> list[str]:
    return ["--perms", "0444", "--file", str(fd), path]


def _memory(folder: str, size: int) -> list[str]:
    # Without a size each would be half of the machine's memory.
    return ["--size", str(size), "--tmpfs", folder]


def _prefix() -> list[str]:
    """Bind the interpreter where it is: a shared build finds its library by its own path."""
    places = {Path(sys.base_prefix), Path(sys.base_prefix).resolve()}
    return [
        part
        for place in sorted(places)
        if not place.is_relative_to("/usr")
        for part in ("--ro-bind", str(place), str(place))
    ]
