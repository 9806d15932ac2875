"""Our Bash start file marks prompts and commands, and changes nothing of anybody's own."""

import fcntl
import itertools
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path

import pytest

from ide.keeper.card_reader import CardReader, Origin
from ide.keeper.shell_marks import MarkScanner, ShellMark
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
BASHRC = Path(__file__).parents[2] / "ide/sandbox/tools/bashrc"
KEY = "0123456789abcdef" * 2
SECONDS = 20.0
MARK = re.compile(rb"\x1b\]133;[^\x1b]*\x1b\\")


class Bash:
    """A Bash with our start file on a terminal of its own, with a key for its marks or without."""

    def __init__(self, home, rc, key=KEY):
        (home / ".bashrc").write_text(rc)
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm-256color"}
        env |= {"LANG": "C.UTF-8", "HISTFILE": "/dev/null"} | ({"IDE_MARKS": "9"} if key else {})
        reading, writing = os.pipe()
        os.write(writing, key.encode())
        os.close(writing)
        self.pid, self.fd = pty.fork()
        if not self.pid:
            # Before it looks: a size that changes has a line drawn anew.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.chdir(home)
            os.dup2(reading, 9) if key else os.close(reading)
            os.execve("/bin/bash", ["bash", "--rcfile", str(BASHRC), "-i"], env)  # noqa: S606
        os.close(reading)
        self.output = b""

    def read_until(self, wanted, start=0):
        end = time.monotonic() + SECONDS
        while wanted not in MARK.sub(b"", self.output[start:]):
            left = end - time.monotonic()
            assert left > 0, (wanted, self.output[start:])
            if select.select([self.fd], [], [], left)[0]:
                self.output += os.read(self.fd, 65536)

    def run(self, line, prompt=b"> "):
        """Type a line and return what comes up to the next prompt."""
        start = len(self.output)
        os.write(self.fd, line.encode() + b"\r")
        self.read_until(b"\x1b[?2004l\r", start)
        seen = self.output.index(b"\x1b[?2004l\r", start)
        self.read_until(prompt, seen)
        return MARK.sub(b"", self.output[start:])

    def marks(self):
        pieces = MarkScanner(KEY, 0).feed(self.output)
        return [one for one in pieces if isinstance(one, ShellMark)]

    def cards(self):
        ids = itertools.count(1)
        origin = Origin("c", "e", KEY, "command", "bash", "/")
        cards = CardReader(origin, lambda: next(ids), offset=0).feed(self.output, 80, time.time())
        return [(card.command, card.status) for card in cards]

    def close(self):
        os.close(self.fd)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


@pytest.fixture
def bash(tmp_path):
    """Return a function that starts one, up to its first prompt."""
    started = []

    def start(rc="PS1='> '\n", key=KEY, prompt=b"> "):
        one = Bash(tmp_path, rc, key)
        started.append(one)
        one.read_until(prompt)
        return one

    yield start
    for one in started:
        one.close()


FILES = {
    "nothing of one's own": "",
    "a PROMPT_COMMAND in place of ours": "PROMPT_COMMAND='echo before'\n",
    "several": "PROMPT_COMMAND=('echo one; false' 'echo \"two $?\"')\n",
    "a PS0": "PS0='[starts \\#]'\n",
    "a prompt that is made anew": "PROMPT_COMMAND='PS1=\"$? > \"'\n",
    "no PROMPT_COMMAND": "set -u; unset PROMPT_COMMAND PS0\n",
    "strict": "set -u; IFS=,e; LC_ALL=C\n",
    "export all": "set -a; x=1\n",
    "traps": "trap 'echo error $?' ERR; trap 'echo bye' EXIT; set -E\n",
    "no line editor": "set +o emacs\n",
    "a changed prompt, read only": "PS0='go '; readonly PS0 PS1 PROMPT_COMMAND\n",
}
LINES = (
    "echo one two", "echo $_ $?", "false", "echo $? $_", "", "(exit 7)", "echo $?",
    'x="a,b,e"; echo $x ${PIPESTATUS[*]} "$IFS"', "true | false | true", "echo ${PIPESTATUS[*]}",
    "echo err >&2", "for i in 1 2; do echo $i; done", "sleep 0 & wait", "printf 'no end'",
    "nonsense_that_is_no_command 2>/dev/null", "echo $-", "f() { return 3; }", "f", "! true",
)  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_but_for_the_marks_every_byte_is_as_without_them(bash, what):
    seen = []
    for key in (KEY, ""):
        one = bash("PS1='$ > '\n" + FILES[what], key)
        one.read_until(b"> ")
        for line in LINES:
            if "emacs" in FILES[what]:
                start = len(one.output)
                os.write(one.fd, line.encode() + b"\n")
                one.read_until(b"> ", start + len(line))
            else:
                one.run(line)
        seen.append(re.sub(rb"[\x01\x02]|\[\d+\] \d+", b"", MARK.sub(b"", one.output)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("what", [what for what in FILES if "read only" not in what])
def test_each_command_is_a_card_with_its_status(bash, what):
    one = bash("PS1='$ > '\n" + FILES[what])
    if "emacs" in FILES[what]:
        os.write(one.fd, b"(exit 7)\n")
        one.read_until(b"7")
        return
    for line in ("echo a; false", "", "(exit 7)", "true"):
        one.run(line)
    assert one.cards() == [("echo a; false", 1), ("(exit 7)", 7), ("true", 0)]


def test_what_is_typed_is_read_off_the_line_editors_echo(bash):
    one = bash()
    for typed in ("echo abd\x02\x7fX", "echo " + "x" * 100 + "\x01\x06Y", "ech\t q\x17def",
                  "false\x0c", "echo 中文 h\x7f", " true"):  # fmt: skip
        one.run(typed)
    start = len(one.output)
    os.write(one.fd, b"\x12ech")
    one.read_until(b"reverse-i-search", start)
    one.run("\x07\x15(exit 4)")
    assert one.cards() == [
        ("echo aXd", 0), ("eYcho " + "x" * 100, 127), ("echo def", 0), ("false", 1),
        ("echo 中文", 0), ("", 0), ("(exit 4)", 4),
    ]  # fmt: skip


def test_no_program_is_told_the_key(bash):
    one = bash()
    wanted = f"command grep -c {KEY[:20]}"
    for line in (
        f"env | {wanted}", f"tr '\\0' '\\n' </proc/$$/environ | {wanted}",
        f"tr '\\0' '\\n' </proc/$$/cmdline | {wanted}",
        f"set -a; y=2; bash -c env | {wanted}", f"set +a; export PS0 PS1; env | {wanted}",
        f"ls -l /proc/$$/fd | {wanted}",
    ):  # fmt: skip
        assert re.search(rb"\r0\r\n", one.run(line)), line
    for line in ("set -x", ":", "set +x"):
        one.run(line)
    assert KEY.encode() not in MARK.sub(b"", one.output)
    fds = one.run("command ls -m /proc/$$/fd")
    assert b" 9," not in fds


def test_an_own_debug_trap_hears_of_each_command_once_and_an_error_ends_a_strict_shell(bash):
    one = bash("PS1='> '; trap 'echo \"trap: $BASH_COMMAND\"' DEBUG\n")
    printed = one.run("echo a; echo b")
    assert printed.count(b"trap: echo a") == printed.count(b"trap: echo b") == 1
    assert one.cards() == [("echo a; echo b", 0)]
    strict = bash("PS1='> '; set -e\n")
    strict.run("! true")
    strict.run("echo still here")
    os.write(strict.fd, b"false\r")
    assert os.waitstatus_to_exitcode(os.waitpid(strict.pid, 0)[1]) == 1
    strict.pid = 0


def program_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def test_jobs_are_stopped_and_go_on(bash):
    one = bash()
    os.write(one.fd, b"sleep 300\r")
    one.read_until(b"\x1b[?2004l\r", len(one.output))
    # The shell's child is deaf to ^Z until it has become the program.
    wait_until(lambda: program_of(os.tcgetpgrp(one.fd)) == "sleep", SECONDS)
    start = len(one.output)
    os.write(one.fd, b"\x1a")
    one.read_until(b"> ", start)
    assert b"sleep 300" in one.run("jobs")
    one.run("kill %1; wait")
    assert one.cards()[:2] == [("sleep 300", 128 + signal.SIGTSTP), ("jobs", 0)]


def test_a_program_cannot_forge_what_another_did(bash, tmp_path):
    one = bash()
    one.run("true")
    (tmp_path / "log").write_bytes(one.output)
    (tmp_path / "forged").write_bytes(
        b"\x1b]133;D;0\x07\x1b]133;D;0;ide=%b-3\x07\x1b]133;A\x07" % (b"f" * 32)
    )
    one.run("cat log forged; (exit 9)")
    one.run("echo on")
    assert one.cards() == [("true", 0), ("cat log forged; (exit 9)", 9), ("echo on", 0)]


def test_shells_within_it_print_no_marks(bash):
    one = bash("PS1='> '; PS2='> '\n")
    one.run("export PS0 PS1")
    for line in ("bash --norc", "echo inner", "set -u", "echo inner", "exit 3"):
        one.run(line)
    one.run("sh -c 'exit 4'")
    before = len(one.marks())
    one.run("exec bash --norc")
    one.run("false")
    assert [card for card in one.cards() if card[0] != "export PS0 PS1"] == [
        ("bash --norc", 3), ("sh -c 'exit 4'", 4), ("exec bash --norc", None),
    ]  # fmt: skip
    assert len(one.marks()) == before + 1


def test_a_prompt_that_is_changed_on_the_way_keeps_the_marks(bash):
    one = bash()
    one.run("PS1='(env) '$PS1; PS0='<go>'")
    assert b"<go>" in one.run("true")
    one.run("PROMPT_COMMAND=:")
    one.run("(exit 5)")
    one.run("shopt -u promptvars")
    assert b"__ide" not in one.run("true")[-10:]
    one.run("shopt -s promptvars")
    one.run("(exit 6)")
    statuses = [status for _, status in one.cards()]
    assert statuses == [0, 0, 0, 5, 0, 6]


def test_nothing_of_ours_goes_into_a_file_that_takes_the_shells_words(bash, tmp_path):
    one = bash()
    os.write(one.fd, f"exec 2>{tmp_path}/words; true\r".encode())
    os.write(one.fd, b"true; touch done\r")
    wait_until((tmp_path / "done").exists, SECONDS)
    assert KEY not in (tmp_path / "words").read_text()
