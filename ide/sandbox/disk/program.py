"""Start the programs of this room: children under the workspace's account, and nothing of ours."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ide.sandbox import bwrap

_HERE: Final = Path(__file__).parent


def start(
    name: str,
    arguments: Sequence[object],
    uid: int | None,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    pass_fds: tuple[int, ...] = (),
) -> "subprocess.Popen[bytes]":
    """Start `name`.py of this folder; `uid` None means our own account. Raises OSError."""
    words = [] if uid is None else [
        "setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups",
        "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
    ]  # fmt: skip
    words += [str(bwrap.interpreter()), "-I", "-S", "-B", str(_HERE / f"{name}.py")]
    return subprocess.Popen(
        [*words, *map(str, arguments)],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        pass_fds=pass_fds,
        start_new_session=True,
        cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
    )
