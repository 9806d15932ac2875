"""What every command has: `--data`, settings, and errors as one sentence on stderr."""

import functools
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

import ide
from ide.errors import IdeError
from ide.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--data` and its Settings as first argument; say IdeErrors as a sentence.

    Options named as a setting become that setting and do not reach the command.
    """

    @click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="The data folder (default: workspaces, or IDE_DATA).",
    )
    @functools.wraps(command)
    def run(data: Path | None, **options: Any) -> None:
        named = {
            name: options.pop(name)
            for name in list(options)
            if name in Settings.__dataclass_fields__
        }
        try:
            command(Settings.load(os.environ, data=data, **named), **options)
        except IdeError as error:
            raise click.ClickException(error.message) from error

    return run


def command_line(settings: Settings, words: str) -> str:
    """Return what a person types for another command on the same data folder.

    Options alone are those of `serve`, whose name ./run needs not.
    """
    code = Path(ide.__file__).resolve().parent.parent
    script = code / "run"
    if not script.is_file():
        called = f"serve {words}".rstrip() if words[:1] in ("", "-") else words
        return f"ide {called} --data {settings.data}"
    typed = os.path.relpath(script)
    name = typed if "/" in typed else f"./{typed}"
    line = f"{name} {words}".rstrip()
    return line if settings.data == code / "workspaces" else f"{line} --data {settings.data}"


def serve_options(settings: Settings) -> str:
    """Return the options of `serve` that lead to the same address again, "" for the defaults."""
    usual = Settings(data=settings.data)
    words = ["--lan"] if settings.lan else []
    if settings.bind != usual.bind:
        words += ["--bind", settings.bind]
    if settings.tls:
        words.append("--tls")
    if settings.address:
        words += ["--address", settings.address]
    if settings.unsafe_no_sandbox:
        words.append("--unsafe-no-sandbox")
    return shlex.join(words)


def counted(number: int, thing: str) -> str:
    """Return "1 thing" or "2 things"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def say(text: str = "") -> None:
    """Print a line; a terminal that is gone is no reason to end badly."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        return
