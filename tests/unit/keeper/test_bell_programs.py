"""What looks at a terminal say has ended. No process, no clock."""

from ide.keeper.bell_programs import UNEDITED_SECONDS, Look, Programs


class Machine:
    """Processes by group: when each began."""

    def __init__(self) -> None:
        self.began: dict[int, float] = {}
        self.programs = Programs(self.began.__contains__, self._seen)

    def _seen(self, group: int) -> tuple[str, float] | None:
        return (f"program {group}", self.began[group]) if group in self.began else None

    def look(self, front: int, now: float, *, edits: bool = False) -> str | None:
        if front:
            self.began.setdefault(front, now)
        ended = self.programs.look(Look(front, edits, now))
        return ended.command if ended else None

    def end(self, group: int) -> None:
        del self.began[group]


def test_a_loop_has_ended_when_its_shell_edits_a_line_again():
    machine = Machine()
    for group in (11, 12, 13):
        assert machine.look(group, group) is None
        machine.end(group)
        assert machine.look(0, group + 0.5) is None  # the shell computes for a moment
    machine.programs.front[0].began = 11
    assert machine.look(0, 14, edits=True) == "program 13"
    assert machine.look(0, 15, edits=True) is None


def test_a_shell_that_never_edits_its_line_is_waited_for():
    machine = Machine()
    machine.look(11, 1)
    machine.end(11)
    assert machine.look(0, 2) is None
    assert machine.look(0, 2 + UNEDITED_SECONDS) == "program 11"


def test_a_shell_in_the_shell_gets_the_terminal_back_also_when_it_was_not_seen_before():
    machine = Machine()
    machine.began[9] = 1.0
    assert machine.look(11, 5) is None
    machine.end(11)
    assert machine.look(9, 6, edits=True) == "program 11"
    assert [one.group for one in machine.programs.front] == [9]


def test_of_two_that_began_in_one_tick_of_the_clock_the_shell_is_the_older():
    machine = Machine()
    machine.began.update({9: 5.0, 11: 5.0, 12: 5.0})
    assert machine.look(11, 5) is None
    machine.end(11)
    assert machine.look(12, 5) is None, "one after the other, in the same loop"
    machine.end(12)
    assert machine.look(9, 6, edits=True) == "program 12"


def test_what_is_stopped_or_sent_to_the_background_ends_later():
    machine = Machine()
    machine.look(11, 1)
    assert machine.look(0, 2, edits=True) is None
    assert machine.look(12, 3) is None
    machine.end(12)
    assert machine.look(0, 4, edits=True) == "program 12"
    machine.end(11)
    assert machine.look(0, 5, edits=True) == "program 11"


def test_a_successor_goes_on_where_the_one_before_was_and_few_are_remembered():
    machine = Machine()
    for group in range(11, 40):
        machine.look(group, group)
    heir = Machine()
    heir.programs.restore(machine.programs.to_json())
    assert len(heir.programs.front) == 8
    assert heir.look(0, 50, edits=True) == "program 11"


def test_what_another_version_noted_is_taken_as_far_as_it_suffices():
    machine = Machine()
    whole = {"group": 11, "command": "make", "began": 3}
    machine.programs.restore(
        {
            "front": [whole | {"niceness": 9}, {"group": 12}, "text", whole | {"group": "x"}],
            "aside": {"group": 13}, "depth": 4,
        }
    )  # fmt: skip
    assert machine.look(0, 50, edits=True) == "make"
    machine.programs.restore({"front": None})
    assert machine.programs.front == []
