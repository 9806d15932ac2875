"""The `ide` command."""

import click

import ide
from ide.cli.doctor import doctor
from ide.cli.serve import serve
from ide.cli.stop import status, stop
from ide.cli.user import user


@click.group(
    epilog="In a clone, ./run alone is serve; its options (--bind, --lan …): ./run serve --help"
)
@click.version_option(ide.__version__, prog_name="ide")
def main() -> None:
    """Run a web IDE whose consoles keep running."""


for command in (serve, stop, status, doctor, user):
    main.add_command(command)

if __name__ == "__main__":
    main()
