"""The `ide` command."""

import importlib
from typing import Final

import click

import ide

_COMMANDS: Final = {
    "serve": "ide.cli.serve",
    "stop": "ide.cli.stop",
    "status": "ide.cli.stop",
    "doctor": "ide.cli.doctor",
    "make-cert": "ide.cli.make_cert",
    "user": "ide.cli.user",
    "plan": "ide.cli.plan",
}
"""The module of each command, which has it under the command's name."""


class _Commands(click.Group):
    """Imports what is called and nothing else: `user` and `plan` alone take a database.

    It is most of a second of a command that looks, and most of the memory of `serve`.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, None when there is none of that name."""
        module = _COMMANDS.get(cmd_name)
        found = (
            getattr(importlib.import_module(module), cmd_name.replace("-", "_")) if module else None
        )
        return found if isinstance(found, click.Command) else None


@click.group(
    cls=_Commands,
    epilog="In a clone, ./run alone is serve; its options (--bind, --lan …): ./run serve --help",
)
@click.version_option(ide.__version__, prog_name="ide")
def main() -> None:
    """Run a web IDE whose consoles keep running."""


if __name__ == "__main__":
    main()
