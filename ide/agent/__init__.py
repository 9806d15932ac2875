"""PID 1 of a workspace's sandbox: opens ptys, forks programs, keeps what belongs to them.

Runs inside, as the workspace's own account, and is trusted by nobody outside. It never reads a
master. It travels as one zip together with `ide.wire` and ptyprocess, so it imports those and the
standard library, and little of that: every workspace pays for it in memory.
docs/protocol.md, "Agent", is what it speaks.
"""
