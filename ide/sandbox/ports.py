"""Let programs inside listen on any port of their own loopback, also below 1024.

Nobody inside has the privilege for it, and none is given: the sandbox's own network namespace is
told, once and from outside, that no port needs privilege.
"""

import fcntl
import os
import subprocess
from typing import Final

_NS_GET_USERNS: Final = 0xB701
_SECONDS: Final = 5.0
_WRITE: Final = "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start"


def open_all(pid: int) -> str | None:
    """Do so for the sandbox whose PID 1 is `pid`; return why it could not be done, or None.

    What runs in there for a moment is the machine's own `nsenter` and `sh`, in the network
    namespace alone: they see none of the workspace's files.
    """
    fds = []
    try:
        network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        fds.append(network)
        if os.path.sameopenfile(network, _own(fds)):
            return "the sandbox shares the machine's network"
        owner = fcntl.ioctl(network, _NS_GET_USERNS)
        fds.append(owner)
        done = subprocess.run(
            [
                "nsenter", "--preserve-credentials", f"--user=/proc/self/fd/{owner}",
                f"--net=/proc/self/fd/{network}", "--", "sh", "-c", _WRITE,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(network, owner),
            timeout=_SECONDS,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        for fd in fds:
            os.close(fd)
    return None if done.returncode == 0 else done.stderr.decode("utf-8", "replace")[:300]


def _own(fds: list[int]) -> int:
    fds.append(os.open("/proc/self/ns/net", os.O_RDONLY))
    return fds[-1]
