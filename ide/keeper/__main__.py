"""Start a keeper."""

import sys

# The keeper speaks no TLS: asyncio does without the module, which would cost 4 MB a workspace.
sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]

from ide.keeper.main import main  # noqa: E402 - after the line above

raise SystemExit(main())
