"""`ide user …`: people, also while no server runs. What is done stands in `ide.accounts.people`."""

import sys
from typing import Final

import click

from ide.accounts import people
from ide.accounts.one_time_links import LINK_LASTS
from ide.build import typed
from ide.cli import serve_lock
from ide.cli.address import page_address, split_bind
from ide.cli.options import say, with_settings
from ide.cli.people_database import people_database
from ide.errors import BadRequestError
from ide.guard.plan import NetworkPlan
from ide.settings import Settings

MAX_PASSWORD_CHARS: Final = 1024
AS_PLANNED: Final = "plan"


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("name")
@click.option("--owner", is_flag=True, help="This person runs the server.")
@click.option("--plan", help=f"What the person may use: one of `{typed('plan list')}`.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_settings
def add(
    settings: Settings, name: str, *, owner: bool, plan: str | None, password_stdin: bool
) -> None:
    """Make an account with a password."""
    password = _password(from_stdin=password_stdin)
    with people_database(settings) as database:
        person = people.add(database, settings, name, password, owner=owner, plan=plan)
    say(f"{person.name} can sign in{' and is an owner' if person.owner else ''}.")


@user.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--plan", help=f"What these people may use: one of `{typed('plan list')}`.")
@with_settings
def invite(settings: Settings, names: tuple[str, ...], *, plan: str | None) -> None:
    """Print a one-time link for each; there people choose their password."""
    with people_database(settings) as database:
        for name in names:
            token = people.invite(database, name, plan=plan)
            say(f"{name}  {_address(settings)}invite/{token}")
    say(f"Each link works once, within {LINK_LASTS.days} days.")


@user.command("list")
@with_settings
def list_people(settings: Settings) -> None:
    """List everybody."""
    with people_database(settings) as database:
        everybody = people.everybody(database, settings)
    for person in everybody:
        used = f"{person.last_used:%Y-%m-%d %H:%M}" if person.last_used else "never"
        role = "owner" if person.owner else "user"
        say(
            f"{person.name:32}  {role:5}  {person.state:8}  {person.network:8}"
            f"  plan {person.plan}  last used {used}"
        )
    if not everybody:
        say("Nobody yet. The first start prints a link for the owner.")


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Set the password from standard input.")
@with_settings
def reset(settings: Settings, name: str, *, password_stdin: bool) -> None:
    """End a person's logins and print a one-time link for a new password."""
    password = _password(from_stdin=True) if password_stdin else None
    with people_database(settings) as database:
        if password is not None:
            people.set_password(database, name, password)
            say(f"{name} has the new password; every device is signed out.")
            return
        token = people.reset(database, name)
    say(f"{name}  {_address(settings)}invite/{token}")
    say(f"It works once, within {LINK_LASTS.days} days; every device is signed out.")


@user.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let the person in again.")
@with_settings
def disable(settings: Settings, name: str, *, undo: bool) -> None:
    """Shut a person out, on open pages too. Running consoles go on."""
    with people_database(settings) as database:
        people.disable(database, name, disabled=not undo)
    say(f"{name} may sign in again." if undo else f"{name} is shut out; consoles go on running.")


@user.command()
@click.argument("name")
@click.argument(
    "reaches", metavar="NETWORK", type=click.Choice([*map(str, NetworkPlan), AS_PLANNED])
)
@click.argument("hosts", nargs=-1, metavar="HOST…")
@with_settings
def network(settings: Settings, name: str, reaches: str, hosts: tuple[str, ...]) -> None:
    """Decide what a person's consoles may reach, whatever their plan says.

    NETWORK is none, packages HOST…, web, outbound or full; `plan` is what their plan says again.
    """
    chosen = None if reaches == AS_PLANNED else NetworkPlan(reaches)
    with people_database(settings) as database:
        people.set_network(database, name, chosen, hosts)
    words = "as the plan says" if chosen is None else f"{reaches} {' '.join(hosts)}".rstrip()
    say(f"{name}: {words}. Open pages follow within seconds.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(MAX_PASSWORD_CHARS).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadRequestError("give the password on standard input with --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _address(settings: Settings) -> str:
    """Return where the page is, or would be."""
    running = serve_lock.find(settings)
    return running.address if running else page_address(settings, split_bind(settings)[1])
