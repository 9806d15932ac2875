"""Attacks from where a workspace's programs are: `inside.py FACTS NAME…`, standard library alone.

Each function tries one way out and returns what it reached; an OSError, or Held, says that the
wall held. Each runs in a process of its own, because some calls kill their caller. One line of
JSON a name is printed: `{"name", "found": "HOLE" | "HELD" | "BROKEN", "said"}`.

FACTS is JSON from tests/walls/canaries.py: what lies outside, and the numbers of system calls.
Nothing is ever changed outside: files are opened for writing and closed, devices are not opened.
"""

import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

HIGH = 1 << 32
SECONDS = 20
CLONE_NEWUSER = 0x1000_0000
FACTS = json.loads(sys.argv[1])
SHARE = 0.4
"""A tmpfs without a size takes half of the memory."""

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Held(Exception):  # noqa: N818 - the good ending
    """The wall stood; the text says how that was seen."""


def call(name, *arguments):
    """Make a system call by its name in FACTS; raise OSError as Python's own do."""
    number = name if isinstance(name, int) else FACTS["calls"][name]
    words = [
        ctypes.c_ulong(one & (2**64 - 1)) if isinstance(one, int) else one for one in arguments
    ]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *words)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def reaches(name, *arguments, refusal=errno.EPERM):
    """Tell that a call came as far as the kernel's own checks."""
    try:
        call(name, *arguments)
    except OSError as error:
        if error.errno == refusal:
            raise
        return f"the kernel looked at it: {error.strerror}"
    return "it was done"


def opened_for_writing(*paths):
    """Return which of the files could be changed; nothing is written."""
    reasons = []
    for path in paths:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))
        except OSError as error:
            reasons.append(f"{path}: {error.strerror}")
        else:
            return f"{path} is open for writing"
    raise Held("; ".join(reasons))


# Terminals


def terminal_typing(high=0):
    fd = os.open("/dev/tty", os.O_RDWR)
    call("ioctl", fd, 0x5412 | high, ctypes.c_char_p(b"x"))
    return "a letter was typed into the terminal"


def terminal_typing_high():
    return terminal_typing(HIGH)


def terminal_typing_all_high():
    return terminal_typing(0xFFFFFFFF << 32)


def virtual_console():
    return reaches("ioctl", os.open("/dev/null", os.O_RDONLY), 0x541C, 0)


def virtual_console_high():
    return reaches("ioctl", os.open("/dev/null", os.O_RDONLY), 0x541C | HIGH, 0)


def kernel_messages_redirected():
    return reaches("ioctl", os.open("/dev/null", os.O_RDONLY), 0x541D, 0)


def kernel_messages_redirected_high():
    return reaches("ioctl", os.open("/dev/null", os.O_RDONLY), 0x541D | HIGH, 0)


def line_discipline():
    """Choosing one loads kernel modules; N_TTY is the one that is there, so nothing changes."""
    call("ioctl", os.open("/dev/tty", os.O_RDWR), 0x5423, ctypes.byref(ctypes.c_int(0)))
    return "a line discipline was chosen"


# Descriptors, environment, other processes


def leaked_descriptor():
    seen = []
    for name in [*Path("/proc/self/fd").iterdir(), *Path("/proc/1/fd").iterdir()]:
        try:
            if stat.S_ISREG(name.stat().st_mode) and FACTS["canary"] in _text(name):
                return f"{name} is {os.readlink(name)}"  # noqa: PTH115 - a path in /proc
        except OSError:
            continue
        seen.append(name)
    raise Held(f"{len(seen)} files, none of them ours")


def _text(path):
    return path.read_bytes().decode("latin-1")


def leaked_environment():
    return _in_processes("environ")


def command_lines_outside():
    return _in_processes("cmdline")


def _in_processes(file):
    own = {str(os.getpid()), str(os.getppid())}  # the command line of the attack holds the word
    seen = 0
    for path in Path("/proc").glob(f"[0-9]*/{file}"):
        try:
            if path.parent.name not in own and FACTS["canary"] in _text(path):
                return f"{path} holds what is outside"
        except OSError:
            continue
        seen += 1
    raise Held(f"{seen} processes seen")


def signal_outside():
    try:
        os.kill(FACTS["pid"], 0)
    except PermissionError:
        return "it is there, another account's"
    return "it can be signalled"


# The kernel's settings


def kernel_settings():
    names = ("kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "vm/drop_caches",
             "user/max_user_namespaces")  # fmt: skip
    paths = [f"/proc/sys/{name}" for name in names]
    return opened_for_writing(*paths, "/proc/sysrq-trigger")


def control_groups():
    files = [
        str(path)
        for pattern in ("cgroup.procs", "*/cgroup.procs", "*/*/cgroup.procs")
        for path in Path("/sys/fs/cgroup").glob(pattern)
    ]
    return opened_for_writing(*files[:100])


# Calls


def refused_call():
    """One of the list of calls, named after the colon."""
    return reaches(NAME.partition(":")[2], 0, 0, 0, 0, 0, 0)


def unknown_call():
    name = NAME.partition(":")[2]
    number = int(name) if name.isdigit() else name
    return reaches(number, 0, 0, 0, 0, 0, 0, refusal=errno.ENOSYS)


def keyring():
    process_keyring = -2
    key = call("add_key", b"user", b"ide-probe", b"x", 1, process_keyring)
    return f"key {key} was made"


def bpf():
    return reaches("bpf", 9999, 0, 0)


def perf():
    return reaches("perf_event_open", 0, 0, 0, 0, 0)


def io_uring():
    return reaches("io_uring_setup", 1, 0)


def userfaultfd():
    user_mode_only = 1
    return f"descriptor {call('userfaultfd', user_mode_only)}"


def _socket(family, kind, protocol):
    fd = call("socket", family, kind, protocol)
    return f"a socket of family {family}, descriptor {fd}"


def nf_tables():
    return _socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)


def nf_tables_high():
    return _socket(socket.AF_NETLINK | HIGH, socket.SOCK_RAW, 12)


def socket_family():
    """One by its number, after the colon."""
    family = int(NAME.partition(":")[2])
    return reaches("socket", family, socket.SOCK_DGRAM, 0)


def rare_protocol():
    """The kernel loads a module for each; what it says of one it does not have is another word."""
    return reaches("socket", socket.AF_INET, socket.SOCK_STREAM, int(NAME.partition(":")[2]))


def user_namespace_unshare():
    call("unshare", CLONE_NEWUSER)
    return "unshare made one"


def _cloned(*arguments):
    pid = call(*arguments)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "clone made one"


def user_namespace_clone():
    return _cloned("clone", CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)


def user_namespace_clone_high():
    return _cloned("clone", CLONE_NEWUSER | HIGH | signal.SIGCHLD, 0, 0, 0, 0)


def namespace_clone():
    """Any kind of namespace, by its flag after the colon."""
    flag = int(NAME.partition(":")[2], 16)
    return _cloned("clone", flag | signal.SIGCHLD, 0, 0, 0, 0)


def user_namespace_clone3():
    words = (ctypes.c_uint64 * 8)(CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    return _cloned("clone3", ctypes.byref(words), ctypes.sizeof(words))


def x32():
    return _survives(lambda: libc.syscall(ctypes.c_long(39 | 0x40000000)))


def int_80():
    memory = mmap.mmap(-1, 4096, prot=7)
    memory.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return _survives(ctypes.CFUNCTYPE(ctypes.c_int)(address))


def _survives(function):
    return f"answered {function()}"


# Set-uid and devices


def _set_id(make):
    """Make a file with `make(path)` and look at its mode."""
    path = Path(f"probe-{os.getpid()}")
    try:
        make(path)
        bits = path.stat().st_mode & 0o6000
    finally:
        path.unlink(missing_ok=True)
    if not bits:
        raise Held("the file has neither bit")
    return f"mode {bits:o}"


def set_id_chmod():
    return _set_id(lambda path: (path.touch(), path.chmod(0o4755)))


def set_id_fchmod():
    def make(path):
        with path.open("w") as file:
            call("fchmod", file.fileno(), 0o2755 | HIGH)

    return _set_id(make)


def set_id_fchmodat():
    def make(path):
        path.touch()
        call("fchmodat", -100, os.fsencode(path), 0o4755, 0)

    return _set_id(make)


def set_id_fchmodat2():
    def make(path):
        path.touch()
        call(452, -100, os.fsencode(path), 0o4755, 0)

    return _set_id(make)


def set_id_open():
    return _set_id(lambda path: call("openat", -100, os.fsencode(path), os.O_CREAT, 0o4755))


def set_id_open_high():
    flags = os.O_CREAT | os.O_WRONLY | HIGH
    return _set_id(lambda path: call("openat", -100, os.fsencode(path), flags, 0o2755 | HIGH))


def set_id_creat():
    if FACTS["calls"]["creat"] < 0:
        raise Held("this machine has no such call")
    return _set_id(lambda path: call("creat", os.fsencode(path), 0o4755))


def set_id_unnamed():
    fd = call("openat", -100, b".", os.O_TMPFILE | os.O_WRONLY, 0o4755)
    if not (bits := os.fstat(fd).st_mode & 0o6000):
        raise Held("the file has neither bit")
    return f"mode {bits:o}, and it can get a name"


def set_id_openat2():
    def make(path):
        how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, 0o4755, 0)
        call("openat2", -100, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how))

    return _set_id(make)


def set_id_mknod():
    mode = stat.S_IFREG | 0o4755
    return _set_id(lambda path: call("mknodat", -100, os.fsencode(path), mode, 0))


def set_id_program():
    """Debian's `su` is one; it waits for a password that never comes."""
    with subprocess.Popen(
        ["/usr/bin/su", "-c", "true"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        said = os.read(process.stdout.fileno(), 100)
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.kill()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    if uids[1] == uids[0]:
        raise Held(f"it runs as {uids}: {said!r}")
    return f"it runs as {uids}"


def new_privileges():
    if libc.prctl(39, 0, 0, 0, 0) == 1:
        raise Held("no_new_privs is set")
    return "no_new_privs is not set"


def device_file():
    path = Path("probe-device")
    path.unlink(missing_ok=True)
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(0, 0))  # the one that needs no privilege
    path.unlink()
    return "a character device was made"


def devices():
    usual = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr",
             "stdin", "stdout", "tty", "urandom", "zero"}  # fmt: skip
    more = sorted({path.name for path in Path("/dev").iterdir()} - usual)
    if not more:
        raise Held("only the usual ones")
    return f"/dev has {' '.join(more[:8])}"


# Files outside


def outside_file():
    for name in FACTS["outside"]:
        try:
            if FACTS["canary"] in Path(name).read_text():
                return f"{name} can be read"
        except OSError as error:
            failure = error
    raise failure


def hard_link():
    home = Path.home()
    reasons = []
    for name in [*FACTS["outside"], "/home/outside.txt", "/etc/passwd", "/usr/lib/os-release"]:
        target = home / "probe-link"
        try:
            os.link(name, target)
        except OSError as error:
            reasons.append(f"{name}: {error.strerror}")
            continue
        target.unlink()
        return f"{name} got a second name at home"
    raise Held("; ".join(reasons))


def memory_file_outside():
    return Path("/dev/shm", FACTS["memory_file"]).read_text()  # noqa: S108 - the machine's is meant


def temporary_file_outside():
    return Path("/tmp", FACTS["temporary_file"]).read_text()  # noqa: S108 - likewise


def system_files():
    return opened_for_writing("/usr/lib/os-release", "/usr/bin/env")


def tools():
    return opened_for_writing(f"{FACTS['tools']}/agent.zip", f"{FACTS['tools']}/bashrc")


def _made_in(folder):
    path = Path(folder, "ide-probe")
    path.symlink_to("x")
    path.unlink()
    return f"{folder} can be written"


def root_folder():
    return _made_in("/")


def device_folder():
    return _made_in("/dev")


def run_folder():
    return _made_in("/run")


def unbounded_memory_folders():
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    sizes = {}
    for folder in ("/tmp", "/dev/shm"):  # noqa: S108 - likewise
        found = os.statvfs(folder)
        sizes[folder] = found.f_blocks * found.f_frsize
    for folder, size in sizes.items():
        if not 0 < size < SHARE * total:
            return f"{folder} may take {size} of {total} bytes"
    raise Held(str(sizes))


# Sockets, networks, memory shared between processes


def abstract_socket():
    with socket.socket(socket.AF_UNIX) as one:
        one.connect("\0" + FACTS["abstract"])
    return "connected"


def loopback_outside():
    with socket.create_connection(("127.0.0.1", FACTS["port"]), 5):
        return "connected"


def interfaces():
    names = [name for _, name in socket.if_nameindex() if name != "lo"]
    if not names:
        raise Held("only lo")
    return " ".join(names)


def routes():
    """A datagram socket that is connected sends nothing: it asks for a route."""
    for address in ("169.254.169.254", "10.0.0.1", "192.168.0.1", "192.0.2.1", "1.1.1.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            try:
                one.connect((address, 80))
            except OSError as error:
                failure = error
            else:
                return f"there is a route to {address}"
    raise failure


def shared_memory():
    identity = libc.shmget(FACTS["key"], 0, 0)
    if identity == -1:
        raise OSError(ctypes.get_errno(), "shmget")
    return f"segment {identity}"


def message_queue():
    fd = ctypes.CDLL("librt.so.1", use_errno=True).mq_open(FACTS["queue"].encode(), os.O_RDONLY)
    if fd == -1:
        raise OSError(ctypes.get_errno(), "mq_open")
    return "opened"


def servers_sockets():
    reasons = []
    for path in FACTS["sockets"]:
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            with socket.socket(socket.AF_UNIX, kind) as one:
                try:
                    one.connect(path)
                except OSError as error:
                    reasons.append(f"{path}: {error.strerror}")
                else:
                    return f"connected to {path}"
    raise Held("; ".join(reasons))


def capabilities():
    status = Path("/proc/self/status").read_text().split()
    held = {name: status[status.index(name + ":") + 1] for name in ("CapPrm", "CapEff", "CapBnd")}
    if any(int(mask, 16) for mask in held.values()):
        return str(held)
    raise Held(str(held))


def attempt(name):
    """Run one attack in this process; return what it found and what it said."""
    global NAME  # noqa: PLW0603 - the call that is named after the colon
    NAME = name
    signal.alarm(SECONDS)
    try:
        return "HOLE", str(globals()[name.partition(":")[0]]())
    except (Held, OSError) as held:
        return "HELD", str(held)
    except Exception as error:  # noqa: BLE001 - told, and a failure of the test
        return "BROKEN", repr(error)


def attempt_apart(name):
    """The same in a child: SIGSYS is a wall, any other end of it is none."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, json.dumps([word[:500] for word in attempt(name)]).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    status = os.waitpid(pid, 0)[1]
    if text:
        found, said = json.loads(text)
    else:
        found, said = "BROKEN", f"ended with status {status} without a word"
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS:
            found, said = "HELD", "the call killed its caller"
    return {"name": name, "found": found, "said": said}


def main():
    for name in sys.argv[2:]:
        print(json.dumps(attempt_apart(name)), flush=True)  # noqa: T201 - the answer


NAME = ""
if __name__ == "__main__":
    main()
