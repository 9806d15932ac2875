"""A workspace's sandbox: bubblewrap, seccomp, accounts, the toolbox, and what this machine can do.

Nothing in this room runs inside a sandbox; that is `ide.agent`, which `bundle` packs.
"""

from ide.sandbox.launch import start
from ide.sandbox.probing import probe
from ide.sandbox.spec import Probe, Sandbox, SandboxSpec

__all__ = ["Probe", "Sandbox", "SandboxSpec", "probe", "start"]
