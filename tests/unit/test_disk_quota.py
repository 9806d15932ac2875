"""Project quotas: what is handed to the kernel, and what happens where it has none."""

import errno
import os
import struct

import pytest

from ide.sandbox.disk import quota


def test_the_numbers_are_those_of_the_headers():
    """_IOR('X', 31, struct fsxattr), _IOW('X', 32, …), QCMD(…, PRJQUOTA)."""
    size = 5 * 4 + 8
    assert quota.FSXATTR.size == size
    about = size << 16 | ord("X") << 8
    numbers = (quota.FS_IOC_FSGETXATTR, quota.FS_IOC_FSSETXATTR)
    assert numbers == (2 << 30 | about | 31, 1 << 30 | about | 32)
    assert quota.command(quota.Q_SETQUOTA) == 0x80000802
    assert quota.command(quota.Q_GETQUOTA) == 0x80000702
    assert quota.DQBLK.size == 72


def test_limits_are_whole_blocks_and_files():
    packed = quota.pack_limits(10 * 1024 * 1024 + 1, 77)
    words = struct.unpack("=8Q2I", packed)
    assert words[:6] == (10 * 1024 + 1, 0, 0, 77, 0, 0)
    assert words[8] == 1 | 4


def test_what_the_kernel_answers_is_read():
    answer = struct.pack("=8Q2I", 2048, 0, 123_456, 77, 0, 12, 0, 0, 63, 0)
    assert quota.unpack_taken(answer) == quota.Taken(123_456, 12, 2 * 1024 * 1024, 77)


def test_a_file_system_without_quotas_says_so():
    """Here the call itself is made, for a file system that has none on any machine."""
    folder = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(OSError) as refused:
            quota.set_limits(folder, quota.TRIAL_PROJECT, 1024, 10)
    finally:
        os.close(folder)
    assert refused.value.errno in {
        errno.ENOSYS, errno.ESRCH, errno.EOPNOTSUPP, errno.EPERM, errno.ENOTSUP, errno.EINVAL,
    }  # fmt: skip


def test_the_probe_leaves_nothing_behind(tmp_path):
    assert quota.probe_quota(tmp_path) in {"project", "none"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", [True, False])
def test_a_quota_counts_as_one_only_when_it_holds(tmp_path, monkeypatch, held):
    """A file system that takes the limit and does not keep it has none."""
    limits = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)  # who alone may set any
    monkeypatch.setattr(quota, "give_project", lambda *_: None)
    monkeypatch.setattr(quota, "set_limits", lambda _fd, *given: limits.append(given))
    if held:
        monkeypatch.setattr(quota, "_is_held", lambda _fd: True)
    assert quota.probe_quota(tmp_path) == ("project" if held else "none")
    assert limits == [(quota.TRIAL_PROJECT, 64 * 1024, 0), (quota.TRIAL_PROJECT, 0, 0)]
    assert list(tmp_path.iterdir()) == []
