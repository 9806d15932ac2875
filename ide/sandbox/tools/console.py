"""IPython, with the toolbox behind the environment's own packages: what pip installed wins."""

import os
import sys

toolbox = sys.argv.pop(1)
sys.path[0] = ""
sys.path.append(toolbox)
sys.argv[0] = "ipython"

from IPython import start_ipython  # noqa: E402 - found in the toolbox only now
from IPython.core.application import SYSTEM_CONFIG_DIRS  # noqa: E402 - likewise

if os.environ.get("HISTFILE") == os.devnull:  # in a console that is never recorded
    # Its ipython_config.json keeps the history in memory; your own ipython_config.py wins.
    SYSTEM_CONFIG_DIRS.append(os.path.dirname(__file__))  # noqa: PTH120 - a string is wanted
start_ipython(argv=["--no-banner", "--no-confirm-exit"])
