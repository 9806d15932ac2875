"""Make a virtual environment offline: `make_environment.py TOOLBOX ENVIRONMENT`."""

import os
import sys
import tempfile

toolbox, environment = sys.argv[1:]
sys.path.append(toolbox)

from virtualenv import cli_run  # noqa: E402 - found in the toolbox only now

with tempfile.TemporaryDirectory(prefix="ide-environment-") as scratch:
    os.environ["VIRTUALENV_OVERRIDE_APP_DATA"] = scratch
    cli_run(
        [
            "--quiet",
            "--no-download",
            "--no-periodic-update",
            "--no-vcs-ignore",
            "--prompt=.venv",
            f"--python={sys.executable}",
            environment,
        ]
    )
