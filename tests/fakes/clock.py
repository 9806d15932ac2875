"""A wall clock that a test sets back under a real process, as a person or NTP would.

No process can be given its own CLOCK_REALTIME by the kernel (time namespaces move the other
clocks), and the machine's may not be moved. So a library goes in front of the C library, which
every caller of the clock within the process asks: the interpreter, SQLite, everything.
"""

import mmap
import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

_SOURCE: Final = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *moved;

__attribute__((constructor)) static void map(void) {
    int fd = open(getenv("TEST_CLOCK"), O_RDONLY | O_CLOEXEC);
    void *found = mmap(0, sizeof *moved, PROT_READ, MAP_SHARED, fd, 0);
    if (found == MAP_FAILED) abort();
    moved = found;
    close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *moved;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = syscall(SYS_gettimeofday, now, zone);
    if (result == 0) now->tv_sec += *moved;
    return result;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
"""


class Clock:
    """The clock of every process that runs with `env`. Skips the test where no compiler is."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("gcc")
        if compiler is None:
            pytest.skip("needs gcc")
        source, library, moved = (folder / name for name in ("clock.c", "clock.so", "moved"))
        source.write_text(_SOURCE)
        words = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)]
        subprocess.run(words, check=True)
        moved.write_bytes(bytes(8))
        with moved.open("r+b") as file:
            self._moved = mmap.mmap(file.fileno(), 8)
        self.env = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(moved)}

    def move(self, seconds: int) -> None:
        """Show so many seconds more than the machine's clock; negative sets it back."""
        self._moved[:8] = struct.pack("=q", seconds)

    def now(self) -> float:
        """Return what it shows, in seconds since the epoch."""
        (moved,) = struct.unpack("=q", self._moved[:8])
        return time.time() + moved
