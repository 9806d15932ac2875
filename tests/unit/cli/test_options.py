import os

import click
import pytest
from click.testing import CliRunner

from ide.cli import options, steps
from ide.cli.main import main
from ide.errors import IdeError, UnavailableError
from ide.settings import Settings


@pytest.fixture
def clean(monkeypatch):
    for name in [name for name in os.environ if name.startswith("IDE_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["stop"],
        ["status"],
        ["doctor"],
        ["make-cert"],
        *(["user", word] for word in ("add", "invite", "list", "reset", "disable", "network")),
        *(["plan", word] for word in ("list", "show", "set", "add", "remove", "give")),
    ],
)
def test_every_command_takes_data(words):
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    assert "--data" in result.output


def test_an_error_is_one_sentence_and_status_1(clean, tmp_path):
    @click.command()
    @options.with_settings
    def fails(settings):
        raise UnavailableError(f"not on {settings.data.name}")

    result = CliRunner().invoke(fails, ["--data", str(tmp_path)])
    assert (result.exit_code, result.output) == (1, f"Error: not on {tmp_path.name}\n")


def test_an_unknown_setting_is_named(clean, monkeypatch, tmp_path):
    monkeypatch.setenv("IDE_COLOUR", "red")
    result = CliRunner().invoke(main, ["status", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "IDE_COLOUR" in result.output


def test_a_quick_step_says_nothing(capsys):
    with steps.step("Counting"):
        pass
    assert capsys.readouterr().out == ""


def test_a_long_step_says_what_it_does_and_how_long_it_took(capsys, monkeypatch):
    monkeypatch.setattr(steps, "PATIENCE_SECONDS", 0.0)
    said = []
    monkeypatch.setattr(steps, "say", said.append)
    with steps.step("Counting"):
        pass
    assert said[-1].startswith("Counting: done in ")


def test_a_failing_step_names_itself():
    with pytest.raises(IdeError) as raised, steps.step("Counting"):
        raise IdeError("out of fingers")
    assert raised.value.message == "Counting: out of fingers"


def test_a_terminal_that_is_gone_is_no_error(monkeypatch):
    class Gone:
        def write(self, _text):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("sys.stdout", Gone())
    options.say("nobody reads this")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ""),
        ({"lan": True}, "--lan"),
        ({"bind": "127.0.0.1:9000"}, "--bind 127.0.0.1:9000"),
        ({"address": "https://code.example.org/ide/"}, "--address https://code.example.org/ide/"),
        ({"lan": True, "tls": True}, "--lan --tls"),
        ({"lan": True, "unsafe_no_sandbox": True}, "--lan --unsafe-no-sandbox"),
    ],
)
def test_the_line_to_come_back_leads_to_the_same_address(tmp_path, given, said):
    assert options.serve_options(Settings(data=tmp_path, **given)) == said


@pytest.mark.parametrize(
    ("words", "typed"),
    [("", "serve"), ("--lan --tls", "serve --lan --tls"), ("stop", "stop")],
)
def test_where_there_is_no_run_options_come_after_serve(tmp_path, monkeypatch, words, typed):
    monkeypatch.setattr(options.ide, "__file__", str(tmp_path / "lib" / "ide" / "__init__.py"))
    line = options.command_line(Settings(data=tmp_path), words)
    assert line == f"ide {typed} --data {tmp_path}"


def test_one_is_no_plural():
    counted = [options.counted(number, "workspace") for number in (0, 1, 2)]
    assert counted == ["0 workspaces", "1 workspace", "2 workspaces"]
