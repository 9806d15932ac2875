"""Whether limits hold on this machine: set them on a group and go over them in it."""

import subprocess
import time
from pathlib import Path
from typing import Final

from ide.errors import SandboxError
from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups.group import RESERVE, Group

TRIAL_SECONDS: Final = 5.0
PANIC_ON_OOM: Final = Path("/proc/sys/vm/panic_on_oom")
_MEMORY: Final = 8 * MIB
_PAUSE_SECONDS: Final = 0.002
# `dd` wants one block of memory; two programs of a pipe at the limit can hold each other up for
# seconds. A shell may wait long before it takes a refused fork for an answer: the group is asked.
_SCRIPT: Final = (
    "dd if=/dev/zero of=/dev/null bs=24M count=1; i=0;"
    f" while [ $i -lt {RESERVE + 8} ]; do sleep 60 & i=$((i+1)); done"
)


def why_not(group: Group) -> str | None:
    """Return why limits do not hold in `group`, None when they do. It is removed afterwards.

    Takes at most about TRIAL_SECONDS; usually a thirtieth of a second.
    """
    if _stops_the_machine():
        return "vm.panic_on_oom is 2, so who goes over would stop the machine; set it to 0 or 1."
    try:
        notes = group.apply(Plan(memory_bytes=_MEMORY, processes=1, cpu_percent=100))
        return notes[0] if notes else _tried(group)
    except (SandboxError, OSError) as error:
        return str(error)
    finally:
        group.kill()
        group.remove()


def _stops_the_machine() -> bool:
    try:
        return PANIC_ON_OOM.read_text().strip() == "2"
    except OSError:
        return False


def _tried(group: Group) -> str | None:
    process = subprocess.Popen(
        [*group.words(), "/bin/sh", "-c", _SCRIPT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
    )
    try:
        deadline = time.monotonic() + TRIAL_SECONDS
        while process.poll() is None and not group.usage().refused_forks:
            if time.monotonic() >= deadline:
                return f"a program did not reach its limits within {TRIAL_SECONDS:.0f} seconds."
            time.sleep(_PAUSE_SECONDS)
        usage = group.usage()
    finally:
        is_empty = group.kill()
        process.kill()
        process.wait(TRIAL_SECONDS)
    if not usage.refused_forks:
        return "a group went over its number of processes, or could not be entered."
    if not usage.oom_kills and not 0 < usage.memory_peak <= _MEMORY:
        return "a group went over its memory."
    return None if is_empty else "the programs of a group could not be ended."
