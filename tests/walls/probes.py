"""Which attack is held by which wall: the table behind docs/security.md and its tests.

A probe is the name of a function of tests/walls/inside.py. Each of its `walls` (names of
tests/walls/weak.py) holds it alone; without all of them it must report a hole. BARE stands for a
program that the agent started without any sandbox.
"""

import platform
from dataclasses import dataclass
from pathlib import Path

from ide.sandbox.syscalls import REFUSED

BARE = "any sandbox"


@dataclass(frozen=True)
class Probe:
    """`row` is the row of docs/security.md; `impossible` says why no weak sandbox shows a hole."""

    name: str
    row: str
    walls: tuple[str, ...]
    impossible: str = ""


_TERMINALS = "typing into terminals"
_DESCRIPTORS = "leaked descriptors"
_ENVIRONMENT = "environment and secrets"
_PROCESSES = "processes outside"
_SETTINGS = "settings of the kernel"
_KERNEL = "exotic parts of the kernel"
_NAMESPACES = "further namespaces"
_SET_ID = "set-uid files and programs"
_DEVICES = "devices"
_TABLES = "other tables of calls"
_FILES = "files outside"
_LINKS = "hard links to files outside"
_MEMORY = "shared memory and queues"
_NETWORK = "networks"
_SOCKETS = "the server's sockets"
_FLOODS = "memory folders"

_FAMILIES = (3, 5, 31, 38, 40, 40 + (1 << 32))
"""AX.25, AppleTalk, Bluetooth, the kernel's crypto, virtual machines twice."""
_OTHER_NAMESPACES = ("20000", "2000000", "4000000", "8000000", "20000000", "40000000")
"""CLONE_NEW* but the one for users: each needs a privilege in the namespace that one is in."""


def _switched_off(switch: str, off: str) -> str:
    """Say so where the machine's owner has closed something for everybody."""
    path = Path("/proc/sys", switch)
    closed = path.exists() and path.read_text().strip() == off
    return f"{switch.replace('/', '.')} is {off} on this machine" if closed else ""


_NO_TYPING = _switched_off("dev/tty/legacy_tiocsti", "0")
_NO_IO_URING = _switched_off("kernel/io_uring_disabled", "2")

_BOTH = ("filter A", "filter B")
_NEEDS_PRIVILEGE = "the kernel itself asks for a privilege that nobody inside has"


def _each(row: str, wall: str, *names: str, impossible: str = "") -> list[Probe]:
    return [Probe(name, row, (wall,), impossible) for name in names]


_SINGLE = [
    *_each(
        _TERMINALS,
        "filter B",
        "terminal_typing",
        "terminal_typing_high",
        "terminal_typing_all_high",
        impossible=_NO_TYPING,
    ),
    *_each(_TERMINALS, "filter B", "line_discipline"),
    *_each(_TERMINALS, "filter B", "virtual_console", "virtual_console_high"),
    *_each(_TERMINALS, "filter B", "kernel_messages_redirected", "kernel_messages_redirected_high"),
    *_each(_DESCRIPTORS, "closed descriptors", "leaked_descriptor"),
    *_each(_PROCESSES, "pid namespace", "command_lines_outside", "signal_outside"),
    *_each(_SETTINGS, "own account", "kernel_settings", "capabilities"),
    *_each(_KERNEL, "filter A", "keyring", "bpf", "perf", "userfaultfd"),
    *_each(_KERNEL, "filter A", "io_uring", impossible=_NO_IO_URING),
    *_each(_KERNEL, "filter B", "nf_tables", "nf_tables_high"),
    *_each(_KERNEL, "filter B", *(f"socket_family:{one}" for one in _FAMILIES)),
    *_each(
        _KERNEL, "filter B", "socket_family:17", "socket_family:44", impossible=_NEEDS_PRIVILEGE
    ),
    *_each(_KERNEL, "filter B", *(f"rare_protocol:{one}" for one in (33, 115, 132, 256))),
    *_each(_SET_ID, "filter B", "set_id_chmod", "set_id_fchmod", "set_id_fchmodat"),
    *_each(_SET_ID, "filter B", "set_id_open", "set_id_open_high", "set_id_creat"),
    *_each(_SET_ID, "filter B", "set_id_unnamed", "set_id_mknod"),
    *_each(_SET_ID, "filter A", "set_id_fchmodat2", "set_id_openat2"),
    *_each(_SET_ID, BARE, "set_id_program", "new_privileges"),
    *_each(_DEVICES, "filter B", "device_file"),
    *_each(_DEVICES, "own /dev", "devices"),
    *_each(_FILES, "home alone is bound", "outside_file"),
    *_each(_FILES, "own /tmp", "temporary_file_outside"),
    *_each(_FILES, "read-only /", "root_folder"),
    *_each(_FILES, "read-only /dev", "device_folder"),
    *_each(_FILES, "read-only /run", "run_folder"),
    *_each(_LINKS, "home is a mount", "hard_link"),
    *_each(_MEMORY, "ipc namespace", "shared_memory", "message_queue"),
    *_each(_MEMORY, "own /dev/shm", "memory_file_outside"),
    *_each(_NETWORK, "network namespace", "abstract_socket", "loopback_outside"),
    *_each(_NETWORK, "network namespace", "interfaces", "routes"),
    *_each(_FLOODS, "sized memory", "unbounded_memory_folders"),
    *_each(
        _NAMESPACES,
        "filter B",
        *(f"namespace_clone:{flag}" for flag in _OTHER_NAMESPACES),
        impossible=_NEEDS_PRIVILEGE,
    ),
]
_SEVERAL = [
    Probe(
        "leaked_environment",
        _ENVIRONMENT,
        ("cleared environment", "clean environment of the launcher"),
    ),
    Probe("system_files", _FILES, ("own account", "read-only /usr")),
    Probe("tools", _FILES, ("own account", "read-only tools")),
    Probe("control_groups", _SETTINGS, ("own account", "no /sys")),
    Probe("servers_sockets", _SOCKETS, ("own account", "home alone is bound")),
    Probe("x32", _TABLES, _BOTH),
    Probe("int_80", _TABLES, _BOTH),
    Probe("user_namespace_unshare", _NAMESPACES, ("filter A", "no further namespaces")),
    Probe("user_namespace_clone", _NAMESPACES, ("filter B", "no further namespaces")),
    Probe("user_namespace_clone_high", _NAMESPACES, ("filter B", "no further namespaces")),
    Probe("user_namespace_clone3", _NAMESPACES, ("filter A", "no further namespaces")),
]

_PRIVILEGED_CALLS = {
    "acct", "fanotify_init", "pivot_root", "reboot", "setdomainname", "sethostname",
    "settimeofday", "swapoff", "swapon", "syslog", "vhangup",
}  # fmt: skip
"""Calls of the list that the kernel answers with EPERM too, at least without arguments."""

_CALLS = [
    Probe(
        f"refused_call:{name}",
        _KERNEL,
        ("filter A",),
        _NEEDS_PRIVILEGE
        if name in _PRIVILEGED_CALLS
        else _NO_IO_URING * name.startswith("io_uring_"),
    )
    for name in sorted(REFUSED - {"userfaultfd"})  # without arguments it needs privilege; see above
] + [
    Probe(f"unknown_call:{name}", _KERNEL, ("filter A",))
    for name in (
        "clone3", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
        "mount_setattr", "memfd_secret",
    )
]  # fmt: skip
_CALLS.append(Probe("unknown_call:700", _KERNEL, ("filter A",), "this kernel has no such call"))

_HERE = [*_SINGLE, *_SEVERAL, *_CALLS]
_INTEL_ALONE = {"x32", "int_80"}
"""These tables of calls exist on x86-64 and nowhere else."""

PROBES = [
    probe for probe in _HERE if platform.machine() == "x86_64" or probe.name not in _INTEL_ALONE
]
