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

# Without any header: Debian's gcc comes without the C library's.
_SOURCE: Final = r"""
struct timespec { long seconds, rest; };
extern int open(const char *, int, ...), close(int);
extern char *getenv(const char *);
extern void *mmap(void *, unsigned long, int, int, int, long), *dlsym(void *, const char *);
extern void abort(void);

typedef int ask(int, struct timespec *);
typedef int ask_day(struct timespec *, void *);
static void *const next = (void *)-1L;
static const volatile long *moved;

__attribute__((constructor)) static void map(void) {
    int fd = open(getenv("TEST_CLOCK"), 02000000);  /* O_RDONLY | O_CLOEXEC */
    void *found = mmap(0, sizeof *moved, 1, 1, fd, 0);  /* PROT_READ, MAP_SHARED */
    if (found == (void *)-1L) abort();
    moved = found;
    close(fd);
}

int clock_gettime(int clock, struct timespec *now) {
    int result = ((ask *)dlsym(next, "clock_gettime"))(clock, now);
    if (result == 0 && (clock == 0 || clock == 5))  /* CLOCK_REALTIME and its coarse one */
        now->seconds += *moved;
    return result;
}

int gettimeofday(struct timespec *now, void *zone) {
    int result = ((ask_day *)dlsym(next, "gettimeofday"))(now, zone);
    if (result == 0) now->seconds += *moved;
    return result;
}

long time(long *now) {
    struct timespec exact;
    clock_gettime(0, &exact);
    if (now) *now = exact.seconds;
    return exact.seconds;
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
        words = [compiler, "-shared", "-fPIC", "-nostdlib", "-nostdinc", "-fno-builtin"]
        words += ["-Werror", "-o", str(library), str(source)]
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
