"""IPython, with the toolbox behind the environment's own packages: what pip installed wins."""

import sys

toolbox = sys.argv.pop(1)
sys.path[0] = ""
sys.path.append(toolbox)
sys.argv[0] = "ipython"

from IPython import start_ipython  # noqa: E402 - found in the toolbox only now

start_ipython(argv=["--no-banner", "--no-confirm-exit"])
