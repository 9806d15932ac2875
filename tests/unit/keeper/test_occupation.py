"""Whether a shell is at its prompt, as the kernel and its own marks tell."""

from types import SimpleNamespace

import pytest

from ide.keeper.card import Card
from ide.keeper.occupation import Occupation


class Session:
    """A Bash whose own parts have no foreground; it edits its line at its prompt alone."""

    at_prompt, busy = True, False

    def occupation(self, _kind):
        return self.busy, not self.busy

    def edits_line(self):
        return self.at_prompt

    def foreground(self):
        return None


@pytest.fixture
def console():
    made = SimpleNamespace(
        record=SimpleNamespace(kind="bash", never=False), session=Session(), told=0,
        signals=SimpleNamespace(prompt_came=lambda: None),
    )  # fmt: skip

    def changed():
        made.told += 1

    made.changed = changed
    made.occupation = Occupation(made)
    made.occupation.begin(made.session)
    return made


def card(number: int) -> Card:
    command = f"read -p Name{number}\nmore"
    return Card(number, "c1", "e", "command", command, "/", "bash", 5.0, 9)


def test_what_the_shell_does_itself_is_no_prompt_while_its_command_runs(console):
    first, second = card(1), card(2)
    console.session.at_prompt = False
    console.occupation.hear(first)
    assert not console.occupation.at_prompt
    assert console.occupation.foreground() == {"command": "read -p Name1 …", "started": 5.0}
    assert console.told == 1
    first.end("exit", 0, 6.0, 10)
    console.occupation.hear(second)
    console.occupation.hear(first)
    assert not console.occupation.at_prompt, "another one runs by now"
    second.end("exit", 0, 6.0, 10)
    console.occupation.hear(second)
    assert (console.occupation.at_prompt, console.occupation.foreground()) == (True, None)


def test_a_program_that_the_kernel_does_not_name_is_not_called_what_was_typed(console):
    console.session.busy = True  # as of a pipe whose first part is over
    console.occupation.hear(card(1))
    assert console.occupation.foreground() is None


def test_a_shell_in_the_place_of_the_one_with_marks_is_at_its_prompt(console):
    console.occupation.hear(card(1))  # of `exec bash`, which tells nothing more
    assert console.occupation.at_prompt
