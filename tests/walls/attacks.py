"""Run probes inside a sandbox and hand back what they found."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.sandboxes import AgentClient, RunningSandbox
from tests.walls.canaries import planted_beside

PROGRAM = Path(__file__).with_name("inside.py")


Found = dict[str, tuple[str, str]]


def found_in(sandbox: RunningSandbox, facts: dict[str, Any], names: Iterable[str]) -> Found:
    """Try these probes in the sandbox; return (HOLE, HELD or BROKEN, what was said) of each."""
    script = sandbox.home / "inside.py"
    script.write_text(PROGRAM.read_text())
    script.chmod(0o644)
    with planted_beside(sandbox.folder) as beside, sandbox.agent() as agent:
        return tried(agent, facts | beside, list(names))


def tried(
    agent: AgentClient, facts: dict[str, Any], names: list[str]
) -> dict[str, tuple[str, str]]:
    """Run inside.py, which lies in the home folder, on a pty of the agent's."""
    home = agent.hello()["home"]
    words = [agent.interpreter, "-I", f"{home}/inside.py", json.dumps(facts), *names]
    output, status = agent.run(*words)
    assert status == 0, output.decode()[-2000:]
    return answers_of(output.decode(), names)


def answers_of(output: str, names: list[str]) -> Found:
    """Read what inside.py printed, a line for each of these probes."""
    # A letter that a probe typed into the terminal is echoed before the next line.
    lines = [line.partition('{"name"') for line in output.splitlines()]
    said = [json.loads(mark + rest) for _, mark, rest in lines if mark]
    answers = {one["name"]: (one["found"], one["said"]) for one in said}
    assert set(answers) == set(names), output[-2000:]
    return answers
