"""What this machine holds of a plan: its ceilings and its level."""

import os
from typing import Final

from ide.build import typed
from ide.errors import SandboxError
from ide.guard.levels import PROMISES
from ide.guard.plan import MIB, Plan
from ide.sandbox import Probe
from ide.settings import Settings

MEMORY_SHARE: Final = 0.8
"""Of the machine's memory: what one workspace gets at most where no ceiling is set."""


def machine_memory() -> int:
    """Return how much memory this machine has, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def ceilings(settings: Settings) -> dict[str, int]:
    """Return what no plan goes beyond here, by the name of the limit; 0 is no ceiling."""
    share = int(machine_memory() * MEMORY_SHARE) // MIB * MIB
    memory = settings.ceilings["memory_bytes"] or share
    return settings.ceilings | {"memory_bytes": memory}


def check(plan: Plan, found: Probe, *, unsafe: bool) -> None:
    """Raise SandboxError when `found` is less than `plan` asks for.

    Where no sandbox can be made at all, starting one says so with the reasons. The switch for that
    stands for the sandbox itself, level 1, and for nothing above.
    """
    if found.kind == "none" and (not unsafe or plan.level <= 1):
        return
    if sentence := shortfall(plan, found.level):
        raise SandboxError(sentence)


def shortfall(plan: Plan, level: int) -> str:
    """Return what a machine of `level` lacks for the plan, "" when it lacks nothing."""
    if plan.level <= level:
        return ""
    return (
        f"This machine holds level {level}; the plan {plan.name} asks for level {plan.level}:"
        f" {PROMISES[plan.level]}. `{typed('doctor')}` says what is missing."
    )
