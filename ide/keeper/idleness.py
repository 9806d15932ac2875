"""Whether anything runs in a workspace, or anybody uses it.

A running program is never idle. Idle is a Bash that waits for a command at its prompt; a Python
prompt holds results, a run is a program, and what left its console (nohup, setsid) is one too.
"""

from collections.abc import Iterable

from ide.errors import IdeError
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console


def is_idle_shell(console: Console) -> bool:
    """Whether the running console is a Bash at its prompt, with nobody looking at it.

    While Bash waits for a command it edits its line, and has the foreground itself; a loop of
    built-in commands has the foreground too, and leaves the terminal as it is for programs, or
    waits for single keys (`read -n`).
    """
    session = console.session
    return (
        console.record.kind == "bash"
        and session is not None
        and not session.busy()
        and session.edits_line()
        and not console.viewers.in_sight()
    )


def is_left_alone(running: Iterable[Console]) -> bool:
    """Whether nothing but idle shells is left, as far as terminals tell."""
    return all(map(is_idle_shell, running))


async def runs_something(agent: AgentClient) -> bool:
    """Ask the agent whether any process lives beside shells and itself.

    True also when it does not say so properly: an agent of an earlier version cannot.
    """
    try:
        answer = await agent.ask("others")
    except IdeError:
        return True
    return answer.get("others") != 0
