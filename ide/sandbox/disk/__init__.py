"""The disk space of workspaces: quotas where the file system has them, else a watcher.

`walk` is a program of its own, started by `measure` under the workspace's account.
"""

from ide.sandbox.disk.disks import Disks
from ide.sandbox.disk.quota import probe_quota

__all__ = ["Disks", "probe_quota"]
