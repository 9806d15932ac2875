"""`ide` itself: it finds its commands, and imports no more than what is called."""

import subprocess
import sys

import click
import pytest

from ide.cli.main import main

COMMANDS = ["serve", "stop", "status", "doctor", "make-cert", "user", "plan"]


def test_every_command_is_there():
    context = click.Context(main)
    assert main.list_commands(context) == COMMANDS
    assert [main.get_command(context, name).name for name in COMMANDS] == COMMANDS
    assert main.get_command(context, "nonsense") is None


@pytest.mark.parametrize(
    ("command", "needs"), [("serve", []), ("status", []), ("user", ["flask"]), ("plan", ["flask"])]
)
def test_only_who_changes_people_imports_what_a_database_takes(command, needs):
    asked = f"""
import sys, click
from ide.cli.main import main
main.get_command(click.Context(main), {command!r})
print(*(name for name in ("flask", "sqlalchemy", "alembic") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == needs + ["sqlalchemy", "alembic"] * bool(needs)
