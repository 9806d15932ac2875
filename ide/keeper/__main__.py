"""`python -m ide.keeper --workspace WS --data D --runtime R`: one keeper, until SIGTERM."""

import ide.keeper.lean  # noqa: F401 - before any other

# isort: split
import argparse
from pathlib import Path

from ide.errors import IdeError
from ide.keeper.main import run


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="ide.keeper")
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--runtime", required=True)
    # For who looks at the command line: the supervisor after an upgrade.
    parser.add_argument("--build")
    parser.add_argument("--checkpoints")
    options = parser.parse_args()
    try:
        return run(options.workspace, options.data, options.runtime)
    except IdeError as error:
        parser.error(error.message)


raise SystemExit(main())
