"""Whether what runs in a console waits for its person's answer, as the agent tells.

It is asked only of a console that is quiet with something in its foreground, when somebody has it
open or a bell waits for that, and the less often the longer nothing changes. Two answers in a row
have to say so: a short read is no question. A full-screen program is never asked about.
"""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from ide.errors import BadRequestError, IdeError
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.sandbox import SandboxHold

QUIET_SECONDS: Final = 2.0
LEAST_APART_SECONDS: Final = 1.0
MOST_APART_SECONDS: Final = 8.0
_MAX_ASKED: Final = 4
"""So many consoles at a time."""


@dataclass(slots=True)
class Wait:
    """What is known of one console, since it printed or was typed into last."""

    head: int
    used_at: float
    since: float
    apart: float = LEAST_APART_SECONDS
    next_at: float = 0.0
    said: bool = False
    """Whether the last answer said that it waits."""
    asking: bool = False


class Waits:
    """All consoles of a workspace. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        consoles: Consoles,
        sandbox: SandboxHold,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consoles, self._sandbox = consoles, sandbox
        self._spawn, self._clock = spawn, clock
        self._waits: dict[str, Wait] = {}
        self._asked = 0
        self._unable: AgentClient | None = None
        """An agent of an earlier version, which does not know the question."""

    def look(self) -> None:
        """Ask where it is time, and take back what is over."""
        agent = self._sandbox.running()
        for name in [name for name in self._waits if name not in self._consoles]:
            del self._waits[name]
        for name, console in self._consoles.items():
            if agent is None or not (_is_wanted(console) and _may_wait(console)):
                self._waits.pop(name, None)
                _tell(console, waits=False)
                continue
            wait = self._current(name, console)
            now = self._clock()
            due = now >= max(wait.next_at, wait.since + QUIET_SECONDS)
            if due and not wait.asking and self._asked < _MAX_ASKED and agent is not self._unable:
                wait.asking = True
                self._asked += 1
                self._spawn(self._ask(agent, console, wait))

    def _current(self, name: str, console: Console) -> Wait:
        """Return what is known since the last key and the last byte."""
        wait = self._waits.get(name)
        if wait is None or (wait.head, wait.used_at) != (console.log.head, console.used_at):
            if console.waiting:
                _tell(console, waits=False)
            wait = Wait(console.log.head, console.used_at, self._clock())
            self._waits[name] = wait
        return wait

    async def _ask(self, agent: AgentClient, console: Console, wait: Wait) -> None:
        try:
            answer = (await agent.ask("waiting", console=console.record.id)).get("waiting")
        except BadRequestError:
            self._unable, answer = agent, None
        except IdeError:
            answer = None
        finally:
            self._asked -= 1
            wait.asking = False
        if self._waits.get(console.record.id) is not wait or wait.head != console.log.head:
            return
        # Nobody can look into a program of another account: without an echo it asks for a password.
        says = answer is True or (answer is None and _hides_keys(console))
        same = says == wait.said
        wait.apart = min(MOST_APART_SECONDS, wait.apart * 2) if same else LEAST_APART_SECONDS
        wait.next_at = self._clock() + wait.apart
        _tell(console, waits=says and wait.said and _may_wait(console))
        wait.said = says


def _is_wanted(console: Console) -> bool:
    """Whether anybody wants to know: a page has it open, or a bell waits for it."""
    return bool(console.viewers.all) or any(bell.when == "waiting" for bell in console.bells)


def _may_wait(console: Console) -> bool:
    """Whether something runs that may wait: no prompt of its own, no full screen."""
    session, kind = console.session, console.record.kind
    if session is None or session.closed or session.hung or console.screen.is_alternate:
        return False
    if kind == "bash":
        return session.busy() or not session.edits_line()
    return kind == "run" or not session.reads_all_keys()


def _hides_keys(console: Console) -> bool:
    return console.session is not None and console.session.hides_keys()


def _tell(console: Console, *, waits: bool) -> None:
    if console.waiting != waits:
        console.waiting = waits
        console.changed()
