"""IPython, with the toolbox behind the environment's own packages: what pip installed wins."""

import os
import sys
from typing import Any

import statement_marks  # type: ignore[import-not-found] # beside this file

key = statement_marks.take_key()
toolbox = sys.argv.pop(1)
sys.path[0] = ""
sys.path.append(toolbox)
sys.argv[0] = "ipython"

from IPython.core.application import SYSTEM_CONFIG_DIRS  # noqa: E402 - in the toolbox
from IPython.terminal.ipapp import TerminalIPythonApp  # noqa: E402 - likewise

if os.environ.get("HISTFILE") == os.devnull:  # in a console that is never recorded
    # Its ipython_config.json keeps the history in memory; your own ipython_config.py wins.
    SYSTEM_CONFIG_DIRS.append(os.path.dirname(__file__))  # noqa: PTH120 - a string is wanted
app: Any = TerminalIPythonApp.instance()
app.initialize(["--no-banner", "--no-confirm-exit"])
if key and app.shell:
    statement_marks.begin(app.shell, key)
del key
app.start()
