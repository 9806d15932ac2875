"""The two seccomp programs of a sandbox, as BPF for `bwrap --add-seccomp-fd`.

One program cannot say "this call, except with these arguments", hence two: the first lists the
calls that exist, the second refuses arguments. Each knows the native architecture alone, so that
x32 and 32-bit calls kill their caller. Integers are compared masked: the kernel looks at 32 bits,
and a plain comparison misses the same value with high bits set.
"""

import errno
import functools
import os
from typing import Any, Final

from ide.errors import SandboxError
from ide.sandbox.syscalls import ALLOWED, REFUSED

try:
    import pyseccomp
except (ImportError, OSError, RuntimeError):  # it loads libseccomp when it is imported
    pyseccomp = None

_INT: Final = 0xFFFF_FFFF
_CLONE_NEW: Final = (
    0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
)  # fmt: skip
_TIOCSTI, _TIOCLINUX, _TIOCCONS, _TIOCSETD = 0x5412, 0x541C, 0x541D, 0x5423
"""Typing into a terminal, two for the machine's own, and line disciplines, which are modules."""
_S_IFMT, _S_IFCHR, _S_IFBLK = 0o170000, 0o020000, 0o060000
_SETID_BITS: Final = (0o4000, 0o2000)
_O_CREAT, _O_TMPFILE = 0o100, 0o2000_0000
"""Only with these does the kernel look at the mode; otherwise the register holds anything."""
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_NETLINK_ROUTE: Final = 0
_RARE_PROTOCOLS: Final = (33, 115, 132, 256)
"""DCCP, L2TP, SCTP and SMC: asking for one loads its module."""
_UNKNOWN_CALL: Final = -1


@functools.cache
def programs() -> tuple[bytes, bytes]:
    """Return both BPF programs. Raises SandboxError where libseccomp is missing."""
    if pyseccomp is None:
        raise SandboxError("libseccomp is missing. On Debian: apt install libseccomp2")
    return _exported(_calls()), _exported(_arguments())


def _exported(rules: Any) -> bytes:
    with open(os.memfd_create("seccomp"), "w+b", buffering=0) as file:  # noqa: PTH123 - no path
        rules.export_bpf(file)
        file.seek(0)
        return bytes(file.read())


def _calls() -> Any:
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    for names, action in ((ALLOWED, pyseccomp.ALLOW), (REFUSED, pyseccomp.ERRNO(errno.EPERM))):
        for name in sorted(names):
            number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
            if number != _UNKNOWN_CALL:
                rules.add_rule(action, number)
    return rules


def _arguments() -> Any:
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)

    def refuse(call: str, *conditions: Any) -> None:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), call, *conditions)

    def masked(position: int, mask: int, value: int) -> Any:
        return pyseccomp.Arg(position, pyseccomp.MASKED_EQ, mask, value)

    for flag in _CLONE_NEW:
        refuse("clone", masked(0, flag, flag))
    for request in (_TIOCSTI, _TIOCLINUX, _TIOCCONS, _TIOCSETD):
        refuse("ioctl", masked(1, _INT, request))
    for call, mode in (("mknod", 1), ("mknodat", 2)):
        for kind in (_S_IFCHR, _S_IFBLK):
            refuse(call, masked(mode, _S_IFMT, kind))
    _refuse_setid_bits(refuse, masked)
    _refuse_sockets(refuse, masked)
    return rules


def _refuse_setid_bits(refuse: Any, masked: Any) -> None:
    """Refuse them where a mode is changed, and also where a file is made with one."""
    changing = (("chmod", 1), ("fchmod", 1), ("fchmodat", 2))
    making = (("creat", 1), ("mknod", 1), ("mknodat", 2))
    for bit in _SETID_BITS:
        for call, mode in (*changing, *making):
            refuse(call, masked(mode, bit, bit))
        for call, flags, mode in (("open", 1, 2), ("openat", 2, 3)):
            for flag in (_O_CREAT, _O_TMPFILE):
                refuse(call, masked(flags, flag, flag), masked(mode, bit, bit))


def _refuse_sockets(refuse: Any, masked: Any) -> None:
    for call in ("socket", "socketpair"):
        for family in set(range(_AF_NETLINK)) - {_AF_UNIX, _AF_INET, _AF_INET6}:
            refuse(call, masked(0, _INT, family))
        refuse(call, pyseccomp.Arg(0, pyseccomp.GT, _AF_NETLINK))
        refuse(
            call,
            masked(0, _INT, _AF_NETLINK),
            pyseccomp.Arg(2, pyseccomp.NE, _NETLINK_ROUTE),
        )
        for family in (_AF_INET, _AF_INET6):
            for protocol in _RARE_PROTOCOLS:
                refuse(call, masked(0, _INT, family), masked(2, _INT, protocol))
