"""File requests through the real agent, in a real sandbox, beside real programs."""

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from ide.wire import files as wire
from tests.file_requests import Stream, ask
from tests.sandboxes import ACCOUNT, running_sandbox

pytestmark = pytest.mark.pty

MIB = 1024 * 1024


@pytest.fixture
def agent(sandbox):
    with sandbox.agent() as client:
        yield client
        client.shell("chmod -R u+rwX . ; rm -rf -- ./* ./.[!.vc]*")
        client.forget_all()


def opener_of(agent):
    def opener():
        ours, theirs = socket.socketpair()
        with theirs:
            agent.call("files", fd=theirs.fileno())
        return ours

    return opener


@pytest.fixture
def opener(agent):
    return opener_of(agent)


def etag(data):
    return hashlib.sha256(data).hexdigest()[:32]


def listed(opener, ref=b""):
    return {
        wire.decode_ref(entry["ref"]): entry
        for entry in ask(opener, "list", ref)["entries"]
        if entry["name"] not in {".venv", ".cache"}
    }


def test_a_saved_file_is_the_persons_own(agent, opener, sandbox):
    assert ask(opener, "write", b"a.sh", [b"echo from a file\n"], if_none_match="*")["ok"]
    assert agent.shell("stat -c '%U %a' a.sh; sh a.sh; chmod 700 a.sh") == (
        b"user 644\nfrom a file\n"
    )
    new = b"echo new\n"
    assert ask(opener, "write", b"a.sh", [new], if_match=etag(b"echo from a file\n"))["ok"]
    assert agent.shell("stat -c %a a.sh; ./a.sh") == b"700\nnew\n"
    if os.geteuid() == 0:
        assert os.stat(sandbox.home / "a.sh").st_uid == ACCOUNT


@pytest.mark.parametrize(
    "name", [b"new\nline", b"<b>&'\"", b"-rf", b"not\xffutf8", b"y" * 255, "☃".encode()]
)
def test_a_program_and_the_worker_see_the_same_name(agent, opener, name):
    assert ask(opener, "write", name, [b"hello"], if_none_match="*")["ok"]
    assert agent.shell("cat -- *") == b"hello"
    assert list(listed(opener)) == [name]
    assert ask(opener, "remove", name)["ok"]


PLANTED = """
mkfifo pipe
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
ln -s /etc/passwd passwd; ln -s / root; ln -s /dev/zero zero; ln -s /proc/self/environ environ
ln -s ../../etc/hostname relative; ln -s loop loop; ln -s pipe inner
mkdir locked; chmod 000 locked; : > locked-file; chmod 000 locked-file
truncate -s 1T sparse; : > read-only; chmod 444 read-only
"""


def test_everything_planted_is_answered_at_once(agent, opener):
    agent.shell(PLANTED)
    kinds = {name: (entry["kind"], entry["link"]) for name, entry in listed(opener).items()}
    assert kinds[b"pipe"] == kinds[b"socket"] == ("other", False)
    for name in (b"passwd", b"root", b"zero", b"environ", b"relative", b"loop", b"inner"):
        assert kinds[name] == ("other", True)
    for name in (b"passwd", b"zero", b"environ", b"relative", b"root/etc/passwd"):
        for op in ("read", "write"):
            answer = ask(opener, op, name, [b"x"])
            assert (answer["ok"], answer["code"]) == (False, "forbidden")
            assert "leads out of your home folder" in answer["message"]
    assert ask(opener, "list", b"root")["code"] == "forbidden"
    for name in (b"pipe", b"socket", b"inner", b"loop"):
        assert ask(opener, "read", name)["code"] == "bad_request"
        assert ask(opener, "write", name, [b"x"])["code"] == "bad_request"
    for op, name in (("list", b"locked"), ("read", b"locked-file"), ("write", b"read-only")):
        assert ask(opener, op, name, [b"x"])["code"] == "forbidden"
    with Stream(opener()) as stream:
        stream.send({"op": "read", "ref": "sparse"})
        assert stream.answer()["size"] == 1 << 40


def test_a_hundred_requests_at_once(opener):
    streams = [Stream(opener()) for _ in range(60)]
    for number, stream in enumerate(streams):
        stream.send({"op": "write", "ref": f"f{number}"}, b"%d" % number, closed=False)
    for stream in streams:
        stream.end.sendall(wire.END_OF_BODY)
    answers = []
    for stream in streams:
        answers.append(stream.answer())
        stream.end.close()
    assert all(answer["ok"] for answer in answers)
    assert len(listed(opener)) == 60


def test_a_killed_worker_comes_back_and_leaves_the_old_content(agent, opener):
    assert ask(opener, "write", b"f", [b"old"])["ok"]
    with Stream(opener()) as stream:
        stream.send({"op": "write", "ref": "f"}, bytes(1000), closed=False)
        agent.shell(
            "until ls -A | grep -q ide-write; do :; done;"
            "python3 -c 'import os,glob\n"
            'for p in glob.glob("/proc/[0-9]*"):\n'
            ' fds=[os.readlink(f) for f in glob.glob(p+"/fd/*") if os.path.lexists(f)]\n'
            ' if any("ide-write" in f for f in fds): os.kill(int(p[6:]), 9)\''
        )
        with pytest.raises((wire.CutOffError, ConnectionResetError)):
            stream.answer()
    assert ask(opener, "read", b"f")["body"] == b"old"


@pytest.fixture
def small_disk():
    """A disk of 64 MiB as the home folder; the agent's own environment takes some of it."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = Path(tempfile.mkdtemp(prefix="ide-small-"))
    folder.chmod(0o711)
    home = folder / "home"
    home.mkdir()
    options = f"size=64m,mode=0700,uid={ACCOUNT},gid={ACCOUNT}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", home], check=True)
    yield home
    subprocess.run(["umount", "-l", home], check=True)
    shutil.rmtree(folder)


def test_a_full_disk_keeps_the_old_content(small_disk):
    with running_sandbox(home=small_disk) as running, running.agent() as agent:
        opener = opener_of(agent)
        old = b"old content\n"
        assert ask(opener, "write", b"f", [old], if_none_match="*")["ok"]
        with Stream(opener()) as stream:
            stream.end.sendall(wire.pack_header({"op": "write", "ref": "f", "if_match": etag(old)}))
            sent = 0
            while sent < 128 * MIB and not stream.is_answered():
                stream.end.sendall(wire.pack_chunk(bytes(65536)))
                sent += 65536
            answer = stream.answer()
        assert (answer["ok"], answer["code"]) == (False, "disk_full")
        assert "old content is intact" in answer["message"]
        assert ask(opener, "read", b"f")["body"] == old
        assert not [name for name in listed(opener) if name.startswith(b".ide-write-")]
        agent.shell("cat /dev/zero > fill")
        refused = ask(opener, "write", b"f", [bytes(20000)], if_match=etag(old))
        assert refused["code"] == "disk_full"
        assert agent.shell("cat f") == old
        agent.shell("rm fill")
        assert ask(opener, "write", b"f", [b"new"], if_match=etag(old))["ok"]


def test_without_a_sandbox_links_out_are_refused_all_the_same():
    with running_sandbox(unsafe=True) as running, running.agent() as agent:
        opener = opener_of(agent)
        agent.shell("ln -s /etc/passwd passwd")
        assert ask(opener, "read", b"passwd")["code"] == "forbidden"
        assert ask(opener, "write", b"f", [b"x"])["ok"]
