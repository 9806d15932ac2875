"""Record what programs print, for the tests beside this file: `python -m tests.fidelity.record`.

Needs bubblewrap, git, less, procps and vim. Each program runs on a pty of its own in an empty
home folder, sees none of the machine's other processes, and gets the answers that the keeper's
engine gives. Names as arguments record only these. Streams over MAX_BYTES are refused.
"""

import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from ptyprocess import PtyProcess

from ide.screen.ghostty import GhosttyScreen
from tests.fidelity.streams import COLS, FOLDER, ROWS

MAX_BYTES: Final = 60 * 1024
QUIET_SECONDS: Final = 0.4
DEADLINE_SECONDS: Final = 20.0

CTRL: Final = {letter: chr(ord(letter) - 96) for letter in "cdefu"}
SOURCE: Final = Path(__file__).parent / "samples"


def bash(script: str) -> list[str]:
    return ["bash", "--norc", "--noprofile", "-c", script]


PROGRAMS: Final[dict[str, tuple[list[str], list[str]]]] = {
    "vim": (
        ["vim", "-n", "-c", "syntax on", "-c", "set nu hls", "sample.py"],
        [CTRL["f"], "/return\r", "n", "ihello \x1b", ":vsplit\r", "Go", "x" * 130 + "\x1b",
         ":set list wrap\r", "ggdd5jp", ":!ls\r", "\r", "uuu", ":e words.txt\r", CTRL["d"],
         ":qa!\r"],
    ),
    "top": (["top", "-d", "0.7"], ["", "1", "c", "M", "z", "x", "h", "q", "V", "q"]),
    "less": (
        bash("ls --color -l; less -R words.txt; echo back"),
        [" ", "/ten\r", "n", "G", "g", "\x1b[B" * 5, "-S\r", " ", "h", "q", "q"],
    ),
    "bar": ([sys.executable, "bar.py"], []),
    "ls": (bash("for i in 1 2 3; do ls --color -lR; ls --color; done"), []),
    "git": (
        bash("git log --graph --color -p --stat | cat; git log --oneline --color; git log"),
        [" ", " ", "/two\r", "G", "q"],
    ),
    "ipython": (
        [sys.executable, "-m", "IPython", "--no-banner"],
        ["1+1\r", "def f(x):\n    return x\n\n", "f?\r", "q", "[i for i in ran\t", CTRL["c"],
         "'漢字' * 3\r", "1/0\r", "print('x' * 250)\r", "\x1b[A\x1b[A\r", CTRL["d"], "y\r"],
    ),
    "cjk": (bash("cat cjk.txt; less cjk.txt; printf '%s' 漢字; echo; rev cjk.txt"), [" ", "q"]),
    "emoji": (bash("cat emoji.txt emoji.txt"), []),
    "readline": (
        ["bash", "--norc", "--noprofile", "-i"],
        ["PS1='\\[\\e[1;32m\\]user\\[\\e[0m\\]:\\w\\$ '\r", "echo " + "long " * 40, "\x01", "# ",
         "\x05 x", CTRL["u"], "ls sam\t\r", "\x12echo", CTRL["c"],
         "tput smcup; printf 'full\\n'; tput rmcup\r",
         "clear\r", "printf 'a%.0s' {1..300}\r", "seq 60\r", "reset\r", "", "", "", CTRL["d"]],
    ),
}  # fmt: skip


def prepare(home: Path) -> None:
    """Fill the home folder that programs see."""
    shutil.copytree(SOURCE, home, dirs_exist_ok=True)
    for name in ("folder", "folder/inner", "other"):
        (home / name).mkdir()
    for name in ("run.sh", "folder/picture.png", "folder/archive.tar.gz", "folder/inner/漢字.txt"):
        (home / name).write_text("")
    (home / "run.sh").chmod(0o755)
    (home / "link").symlink_to("folder")
    (home / "broken").symlink_to("nowhere")
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=home, check=True)
    for subject in ("one", "two", "Dritte Änderung 漢字"):
        with (home / "words.txt").open("a") as file:
            file.write(f"{subject}\n")
        subprocess.run(["git", "add", "-A"], cwd=home, check=True)
        subprocess.run(["git", *identity, "commit", "-qm", subject], cwd=home, check=True)


def confined(home: Path, words: list[str]) -> list[str]:
    """Return the words that run a program in its empty world."""
    return [
        "bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run",
        "--dir", "/run/home", "--bind", str(home), "/run/home", "--chdir", "/run/home",
        "--unshare-all", "--hostname", "ide", "--clearenv",
        "--setenv", "HOME", "/run/home", "--setenv", "TERM", "xterm-256color",
        "--setenv", "LANG", "C.UTF-8", "--setenv", "COLORTERM", "truecolor",
        "--setenv", "PATH", "/usr/bin:/bin", "--", *words,
    ]  # fmt: skip


def record(name: str) -> bytes:
    """Run one program and return every byte it printed. Raises AssertionError when it hangs."""
    words, keys = PROGRAMS[name]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(home)
        process = PtyProcess.spawn(confined(home, words), dimensions=(ROWS, COLS))
        screen = GhosttyScreen.new(COLS, ROWS)
        recorded = b""
        for key in ["", *keys]:
            process.write(key.encode())
            recorded += until_quiet(process, screen)
        while process.isalive() and (more := until_quiet(process, screen)):
            recorded += more
        assert not process.isalive(), f"{name} still runs; it printed {recorded[-200:]!r}"
        return recorded


def until_quiet(process: PtyProcess, screen: GhosttyScreen) -> bytes:
    """Return what comes until nothing comes for QUIET_SECONDS or MAX_BYTES have come."""
    came = b""
    while len(came) < MAX_BYTES and select.select([process.fd], [], [], QUIET_SECONDS)[0]:
        try:
            data = os.read(process.fd, 65536)
        except OSError:
            process.wait()
            break
        came += data
        screen.feed(data)
        process.write(screen.take_replies())
    return came


def main() -> None:
    for name in sys.argv[1:] or PROGRAMS:
        data = record(name)
        print(f"{name}: {len(data)} bytes")
        if len(data) > MAX_BYTES:
            raise SystemExit(f"{name} printed over {MAX_BYTES} bytes; make it shorter")
        (FOLDER / f"{name}.bin").write_bytes(data)


if __name__ == "__main__":
    main()
