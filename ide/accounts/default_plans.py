"""The plans that a new database begins with, from `plans.toml` beside this file."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from ide.guard import plan_words
from ide.guard.plan import Plan

STANDARD: Final = "standard"
OWNER: Final = "owner"
_FILE: Final = Path(__file__).with_name("plans.toml")


@cache
def default_plans() -> dict[str, dict[str, Any]]:
    """Return the limits that each default plan names, as the table of plans keeps them.

    Raises BadPlanError when the file says something else than limits.
    """
    with _FILE.open("rb") as file:
        written = tomllib.load(file)
    return {name: _limits(name, table) for name, table in written.items()}


def _limits(name: str, table: dict[str, Any]) -> dict[str, Any]:
    limits = {
        field: plan_words.read(field, str(value))
        for field, value in ((plan_words.field_of(key), value) for key, value in table.items())
    }
    Plan.from_json(limits | {"name": name})
    return limits
