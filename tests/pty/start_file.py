"""A real Bash with our start file, which prints the marks of commands."""

import shutil
from pathlib import Path

from tests.keepers import KeeperRun

BASHRC = Path(__file__).parents[2] / "ide/sandbox/tools/bashrc"


def with_our_start_file(run: KeeperRun, prompt: str = "ready> ") -> None:
    """Have consoles begin with it, and with this prompt."""
    shutil.copy(BASHRC, run.agent.home.parent / "tools" / "bashrc")
    (run.agent.home / ".bashrc").write_text(f"PS1='{prompt}'\n")
