"""A log of 500 MB through a real server: handed out in pieces, searched from its end."""

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from ide.wire.plain_text import plain
from tests import long_logs
from tests.server import OWNER, Server
from tests.visitor import Visitor

pytestmark = [pytest.mark.pty, pytest.mark.in_full]

LOG_BYTES = 500 * 1024 * 1024
GROWN_BYTES = 32 * 1024 * 1024
"""What handing it out may take besides, of each process."""


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Iterator[tuple[Server, Visitor, str, int]]:
    with Server(tmp_path_factory.mktemp("long-log") / "data") as server:
        server.add_user(*OWNER, owner=True)
        with Visitor(server.url) as person:
            person.sign_in(*OWNER)
            console = person.new_console()
            person.api("POST", f"consoles/{console}/end", json={"how": "kill"})
            server.end_workspaces()
            folder = server.data / person.workspace / "consoles" / console
            yield server, person, console, long_logs.lay(folder, LOG_BYTES)


def resident_bytes(pid: int, *, anew: bool = False) -> int:
    """Return what it took at most; with `anew` the peak begins here."""
    if anew:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    words = next(line for line in lines if line.startswith("VmHWM")).split()
    return int(words[1]) * 1024


@pytest.mark.parametrize("shape", ["text", "asciicast"])
def test_it_is_handed_out_in_pieces_whatever_its_shape(log, shape):
    server, person, console, length = log
    person.api("GET", f"consoles/{console}/log/part?at=0")  # what is needed once, is there
    pids = [*server.web_pids(), *server.pids("ide.keeper")]
    before = {pid: resident_bytes(pid, anew=True) for pid in pids}
    path = f"api/v1/workspaces/{person.workspace}/consoles/{console}/log?as={shape}"
    with person.http.stream("GET", path) as answer:
        lines = answer.iter_lines()
        header = json.loads(next(lines)) if shape == "asciicast" else None
        last = deque(enumerate(lines, 1), maxlen=2)
    number = length // long_logs.LINE_BYTES - 1
    if header:
        (*_, before_last), (seconds, kind, text) = (json.loads(line) for _, line in last)
        assert header["timestamp"] == long_logs.START
        assert kind == "o"
        assert (before_last + text).encode().endswith(long_logs.line(number))
        assert seconds == (length // 2**23 - 1) * 60
    else:
        assert last[-1] == (number + 1, plain(long_logs.line(number)).strip().decode())
    grown = {pid: resident_bytes(pid) - before[pid] for pid in pids}
    assert max(grown.values()) < GROWN_BYTES, grown


@pytest.mark.parametrize("pattern", [".", "x*", "(passed|failed) in a"])
def test_what_matches_everything_finds_the_newest_and_ends(log, pattern):
    _, person, console, length = log
    query = {"pattern": pattern, "regex": "1"}
    said = person.api("GET", f"consoles/{console}/log/search", params=query).text.splitlines()
    *found, end = map(json.loads, said)
    hits = [one["hit"]["at"] for one in found if "hit" in one]
    newest = length - long_logs.LINE_BYTES
    assert hits == list(range(newest, newest - 1000 * long_logs.LINE_BYTES, -long_logs.LINE_BYTES))
    assert end == {"end": "hits", "at": hits[-1], "missing": 0}
