"""The newest plan that a keeper was given, kept for its successor.

Programs outlive their keeper, and nobody may look in for days: what they may use is known before
the next grant comes.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.guard.plan import Plan

MAX_BYTES: Final = 128 * 1024
"""More than the longest plan: two hundred names of hosts."""


def read(path: Path) -> Plan:
    """Return the plan that is kept there; the standard one without a network when there is none."""
    # BadPlanError is a ValueError.
    with suppress(OSError, ValueError), path.open("rb") as file:
        return Plan.from_later(json.loads(file.read(MAX_BYTES)))
    return Plan()


def write(path: Path, plan: Plan) -> bool:
    """Keep the plan, whole or not at all; false when the disk takes nothing."""
    temporary = path.with_suffix(".new")
    try:
        temporary.write_text(json.dumps(plan.to_json()))
        temporary.replace(path)
    except OSError:
        return False
    return True
