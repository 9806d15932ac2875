import struct

import pytest

from ide.errors import SandboxError
from ide.sandbox import seccomp
from ide.sandbox.syscalls import ALLOWED, REFUSED


def test_no_call_is_both_allowed_and_refused():
    assert not ALLOWED & REFUSED


@pytest.mark.parametrize(
    "name",
    ["fchmodat2", "clone3", "unshare", "setns", "mount", "bpf", "io_uring_setup", "userfaultfd",
     "keyctl", "open_tree", "move_mount", "memfd_secret", "pidfd_getfd", "process_vm_writev"],
)  # fmt: skip
def test_what_opens_a_way_out_is_not_allowed(name):
    assert name not in ALLOWED


def test_programs_are_whole_instructions_within_the_kernels_limit():
    for program in seccomp.programs():
        assert len(program) % struct.calcsize("HBBI") == 0
        assert 50 < len(program) // 8 < 4096


def test_without_libseccomp_it_is_said(monkeypatch):
    monkeypatch.setattr(seccomp, "pyseccomp", None)
    seccomp.programs.cache_clear()
    with pytest.raises(SandboxError, match="apt install libseccomp2"):
        seccomp.programs()
