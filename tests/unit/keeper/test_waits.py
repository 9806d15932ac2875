"""When it is asked who waits, and what is believed. Fakes of console and agent, no clock."""

import asyncio
import itertools
from types import SimpleNamespace

import pytest

from ide.errors import BadRequestError, UnavailableError
from ide.keeper.waits import Waits


class Scene:
    """One Bash console with something in front, and an agent that answers from a list."""

    def __init__(self, *answers) -> None:
        self.answers, self.asked, self.now, self.told = list(answers), [], 100.0, []
        session = SimpleNamespace(
            closed=False, hung=False, busy=lambda: True, edits_line=lambda: False,
            hides_keys=lambda: False,
        )  # fmt: skip
        self.console = SimpleNamespace(
            session=session, record=SimpleNamespace(id="c1", kind="bash"), bells=[],
            viewers=SimpleNamespace(all=[object()]), log=SimpleNamespace(head=7), used_at=1.0,
            screen=SimpleNamespace(is_alternate=False), waiting=False,
            changed=lambda: self.told.append(self.console.waiting),
        )  # fmt: skip
        sandbox = SimpleNamespace(running=lambda: self)
        self.waits = Waits({"c1": self.console}, sandbox, self._run, clock=lambda: self.now)

    async def ask(self, op, **args):
        assert (op, args) == ("waiting", {"console": "c1"})
        self.asked.append(self.now)
        answer = self.answers.pop(0) if self.answers else False
        if isinstance(answer, Exception):
            raise answer
        return {"waiting": answer}

    def _run(self, work):
        asyncio.run(work)

    def look_for(self, seconds: float) -> "Scene":
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.waits.look()
        return self


def test_two_answers_in_a_row_are_believed_and_the_next_byte_takes_them_back():
    scene = Scene(True, True)
    assert scene.look_for(2.5).told == []
    assert scene.look_for(1).told == [True]
    scene.console.log.head += 1
    assert scene.look_for(0.5).told == [True, False]


def test_a_short_read_is_no_question():
    assert Scene(True, False, True, False).look_for(30).told == []


def test_it_is_asked_at_most_every_second_and_seldom_when_nothing_changes():
    asked = Scene().look_for(60).asked
    apart = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert asked[0] >= 102
    assert apart == sorted(apart)
    assert (min(apart) >= 1, max(apart)) == (True, 8)


def test_nothing_is_asked_that_nobody_wants_to_know_or_that_has_the_whole_screen():
    for change in ("nobody", "alternate", "prompt", "closed"):
        scene = Scene()
        if change == "nobody":
            scene.console.viewers.all = []
        elif change == "alternate":
            scene.console.screen.is_alternate = True
        elif change == "closed":
            scene.console.session.closed = True
        else:
            scene.console.session.busy = lambda: False
            scene.console.session.edits_line = lambda: True
        assert scene.look_for(10).asked == [], change
    scene = Scene()
    scene.console.viewers.all = []
    scene.console.bells = [SimpleNamespace(when="waiting")]
    assert scene.look_for(10).asked != []


@pytest.mark.parametrize(("hides", "told"), [(True, [True]), (False, [])])
def test_where_nobody_can_look_only_a_missing_echo_says_it(hides, told):
    scene = Scene(*[None] * 9)
    scene.console.session.hides_keys = lambda: hides
    assert scene.look_for(20).told == told


def test_an_agent_that_does_not_know_the_question_is_asked_once():
    assert len(Scene(BadRequestError("no such op")).look_for(60).asked) == 1
    assert len(Scene(*[UnavailableError("busy")] * 99).look_for(60).asked) > 3
