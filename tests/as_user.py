"""`python tests/as_user.py UID COMMAND …`: run a command as an ordinary account, from root.

AS_GROUPS in the environment names further groups.

The interpreter and this tree may lie below a private folder such as /root; they are made
reachable as `ide serve` does it for its own accounts.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ide.sandbox import reach  # noqa: E402 - found through the line above


def main() -> None:
    """Become the account and run the command in place of this process."""
    uid = int(sys.argv[1])
    reach.make_reachable((Path(sys.base_prefix), Path(sys.prefix), ROOT))
    os.setgroups([int(group) for group in os.environ.pop("AS_GROUPS", "").split(",") if group])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - ours


if __name__ == "__main__":
    main()
