"""`ide plan …`: what people may use, also while no server runs. See docs/plans.md."""

from contextlib import suppress
from typing import Final

import click

from ide.accounts import people, plans
from ide.accounts.default_plans import STANDARD
from ide.build import typed
from ide.cli.options import say, with_settings
from ide.cli.people_database import people_database
from ide.errors import BadRequestError, SandboxError, UnavailableError
from ide.guard import plan_words
from ide.guard.memory_folders import with_sizes
from ide.guard.plan import Plan
from ide.placement import levels
from ide.placement.client import Supervisor
from ide.sandbox import probe, reach
from ide.settings import Settings

FOLLOW: Final = "Open pages follow within seconds."
_COLUMNS: Final = ("memory", "cpu_percent", "processes", "disk", "network")
_LINE: Final = "{:16}  {:>5}  {:>9}  {:>9}  {:>9}  {:>9}  {:8}  {:>6}"


@click.group()
def plan() -> None:
    """Decide what people may use: memory, processors, disk, network."""


@plan.command("list")
@with_settings
def list_plans(settings: Settings) -> None:
    """List all plans."""
    with people_database(settings) as database:
        every = plans.every(database, settings)
    heads = ("memory", "cpu", "processes", "disk", "network")
    say(_LINE.format("plan", "level", *heads, "people").rstrip())
    for listed in every:
        found = listed.plan
        said = [_said(found, key) for key in _COLUMNS]
        say(_LINE.format(found.name, found.level, *said, listed.people))


@plan.command()
@click.argument("name")
@with_settings
def show(settings: Settings, name: str) -> None:
    """Show every limit of a plan, and what this machine makes of it."""
    with people_database(settings) as database:
        listed = plans.find(database, settings, name)
    capped = listed.plan.capped(levels.ceilings(settings))
    held = with_sizes(capped)
    people_ = "1 person" if listed.people == 1 else f"{listed.people} people"
    say(f"{listed.plan.name}, the plan of {people_}")
    for key, field in plan_words.KEYS.items():
        note = ""
        if getattr(capped, field) != getattr(listed.plan, field):
            note = f"here {_said(held, key)}: this machine's ceiling"
        elif getattr(held, field) != getattr(capped, field):
            note = f"{_said(held, key)} really: it is part of the memory"
        elif field == "network" and field not in listed.says:
            note = "by IDE_NETWORK"
        say(f"  {key:12}  {_said(listed.plan, key):12}  {note}".rstrip())
    _warn(settings, listed.plan)


@plan.command(
    "set", epilog=f"The limits: {', '.join(plan_words.KEYS)}. docs/plans.md says what each means."
)
@click.argument("name")
@click.argument("limits", nargs=-1, required=True, metavar="LIMIT=VALUE…")
@with_settings
def set_limits(settings: Settings, name: str, limits: tuple[str, ...]) -> None:
    """Change limits, as in: memory="2 GiB" cpu_percent=150 lifetime="12 h" disk=none.

    `none` or 0 is no limit of the plan's own, `default` is what is usual.
    """
    words = dict(_pair(text) for text in limits)
    with people_database(settings) as database:
        plans.change(database, name, words)
        listed = plans.find(database, settings, name)
    said = ", ".join(
        f"{key} {_said(listed.plan, key)}"
        for key, field in plan_words.KEYS.items()
        if field in {plan_words.field_of(word) for word in words}
    )
    say(f"{listed.plan.name}: {said}. {FOLLOW}")
    _warn(settings, listed.plan)


@plan.command()
@click.argument("name")
@click.option("--from", "source", default=STANDARD, show_default=True, help="The plan to copy.")
@with_settings
def add(settings: Settings, name: str, source: str) -> None:
    """Make a plan with the limits of another one."""
    with people_database(settings) as database:
        plans.add(database, name, source)
        listed = plans.find(database, settings, name)
    say(f"The plan {listed.plan.name} is as {source}; `{typed('plan set')}` changes it.")


@plan.command()
@click.argument("name")
@with_settings
def remove(settings: Settings, name: str) -> None:
    """Remove a plan that nobody has."""
    with people_database(settings) as database:
        plans.remove(database, name)
    say(f"The plan {name} is removed.")


@plan.command()
@click.argument("person")
@click.argument("name")
@with_settings
def give(settings: Settings, person: str, name: str) -> None:
    """Give a person another plan."""
    with people_database(settings) as database:
        given = people.give_plan(database, settings, person, name)
        planned = plans.find(database, settings, given.plan).plan
    say(f"{given.name} has the plan {given.plan}. {FOLLOW}")
    if given.network != planned.network:
        say(
            f"The network {given.network} was decided for {given.name} alone and stays;"
            f" `{typed(f'user network {given.name} plan')}` makes it the plan's, {planned.network}."
        )
    _warn(settings, planned)


def _pair(text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark or not value.strip():
        raise BadRequestError(f'{text!r} is not LIMIT=VALUE, for example memory="2 GiB".')
    return key.strip(), value


def _said(of: Plan, key: str) -> str:
    field = plan_words.field_of(key)
    return plan_words.say(field, getattr(of, field))


def _warn(settings: Settings, asked: Plan) -> None:
    """Say that consoles of this plan are refused, when they would be."""
    if sentence := levels.shortfall(asked, _level(settings)):
        say(f"Warning: {sentence} Until then its consoles are refused.")


def _level(settings: Settings) -> int:
    """Return what this machine holds: as the supervisor found it, else found out now."""
    with suppress(UnavailableError):
        return int(Supervisor(settings.runtime).version()["level"])
    with suppress(SandboxError):
        reach.make_reachable(tuple(p for p in reach.server_paths(settings) if p.exists()))
    return probe(settings).level
