"""`ide user …`: people, also while no server runs. What is done stands in `ide.accounts.people`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from ide.accounts import people
from ide.accounts.one_time_links import LINK_LASTS
from ide.cli import serve_lock
from ide.cli.address import page_address, split_bind
from ide.cli.options import say, with_settings
from ide.errors import BadRequestError
from ide.guard.grant import NetworkPlan
from ide.placement.accounts import service_account
from ide.placement.folders import make_data_folder
from ide.settings import Settings
from ide.store.database import Database, open_database
from ide.store.migrations import migrate

MAX_PASSWORD_CHARS: Final = 1024


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("name")
@click.option("--owner", is_flag=True, help="This person runs the server.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_settings
def add(settings: Settings, name: str, *, owner: bool, password_stdin: bool) -> None:
    """Make an account with a password."""
    password = _password(from_stdin=password_stdin)
    with _database(settings) as database:
        person = people.add(database, settings, name, password, owner=owner)
    say(f"{person.name} can sign in{' and is an owner' if person.owner else ''}.")


@user.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@with_settings
def invite(settings: Settings, names: tuple[str, ...]) -> None:
    """Print a one-time link for each; there people choose their password."""
    with _database(settings) as database:
        for name in names:
            token = people.invite(database, settings, name)
            say(f"{name}  {_address(settings)}invite/{token}")
    say(f"Each link works once, within {LINK_LASTS.days} days.")


@user.command("list")
@with_settings
def list_people(settings: Settings) -> None:
    """List everybody."""
    with _database(settings) as database:
        everybody = people.everybody(database)
    for person in everybody:
        used = f"{person.last_used:%Y-%m-%d %H:%M}" if person.last_used else "never"
        role = "owner" if person.owner else "user"
        say(f"{person.name:32}  {role:5}  {person.state:8}  {person.network:8}  last used {used}")
    if not everybody:
        say("Nobody yet. The first start prints a link for the owner.")


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Set the password from standard input.")
@with_settings
def reset(settings: Settings, name: str, *, password_stdin: bool) -> None:
    """End a person's logins and print a one-time link for a new password."""
    password = _password(from_stdin=True) if password_stdin else None
    with _database(settings) as database:
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
    with _database(settings) as database:
        people.disable(database, name, disabled=not undo)
    say(f"{name} may sign in again." if undo else f"{name} is shut out; consoles go on running.")


@user.command()
@click.argument("name")
@click.argument("plan", type=click.Choice([str(plan) for plan in NetworkPlan]))
@click.argument("hosts", nargs=-1, metavar="HOST…")
@with_settings
def network(settings: Settings, name: str, plan: str, hosts: tuple[str, ...]) -> None:
    """Decide what a person's consoles may reach: none, packages HOST…, or web."""
    with _database(settings) as database:
        people.set_network(database, name, NetworkPlan(plan), hosts)
    say(f"{name}: {plan} {' '.join(hosts)}".rstrip() + ". It holds for the next page that opens.")


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """Give the database, made and brought up to date when no server did so yet."""
    os.umask(0o077)
    os.close(make_data_folder(settings, service_account(settings)))
    database = open_database(settings)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


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
