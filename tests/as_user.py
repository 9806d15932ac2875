"""`python tests/as_user.py UID COMMAND …`: run a command as an ordinary account, from root.

AS_GROUPS in the environment names further groups; AS_NO_NAMESPACES=1 forbids to make a user
namespace, as containers and some distributions do.

The interpreter and this tree may lie below a private folder such as /root; they are made
reachable as `ide serve` does it for its own accounts.
"""

import errno
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pyseccomp  # noqa: E402

from ide.sandbox import reach  # noqa: E402 - found through the line above

CLONE_NEWUSER = 0x1000_0000


def forbid_namespaces() -> None:
    """Refuse each way to a user namespace, as Docker's own filter does."""
    made = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refused, unknown = pyseccomp.ERRNO(errno.EPERM), pyseccomp.ERRNO(errno.ENOSYS)
    has_flag = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)
    made.add_rule(refused, "clone", has_flag)
    made.add_rule(refused, "unshare", has_flag)
    made.add_rule(unknown, "clone3")
    made.load()


def main() -> None:
    """Become the account and run the command in place of this process."""
    uid = int(sys.argv[1])
    reach.make_reachable((Path(sys.base_prefix), Path(sys.prefix), ROOT))
    os.setgroups([int(group) for group in os.environ.pop("AS_GROUPS", "").split(",") if group])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if os.environ.pop("AS_NO_NAMESPACES", ""):
        forbid_namespaces()
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - ours


if __name__ == "__main__":
    main()
