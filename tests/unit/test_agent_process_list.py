"""The agent's list of processes stays within what a keeper takes, whatever they are called."""

import json
import socket
import threading
from types import SimpleNamespace

from ide.agent import process_list
from ide.wire.limits import MAX_COMMAND_CHARS, MAX_PROCESS_LIST_BYTES, MAX_PROCESSES


def listed(monkeypatch, count, command):
    def look(pid, _facts, *, exact):
        return {"pid": pid, "kind": "detached", "command": command, "exact": exact, "start": pid}

    monkeypatch.setattr(process_list, "_look", look)
    names = SimpleNamespace(
        listdir=lambda _path: [str(pid) for pid in range(2, 2 + count)], getpid=lambda: 1
    )
    monkeypatch.setattr(process_list, "os", names)
    monkeypatch.setattr(process_list, "signal", SimpleNamespace(alarm=lambda _seconds: None))
    ours, theirs = socket.socketpair()
    with ours:

        def work():
            with theirs:
                process_list.work(theirs, {})

        writing = threading.Thread(target=work)
        writing.start()
        data = b""
        while part := ours.recv(65536):
            data += part
        writing.join()
    return data, json.loads(data)


def test_commands_in_any_script_are_all_listed(monkeypatch):
    data, told = listed(monkeypatch, MAX_PROCESSES, "漢" * MAX_COMMAND_CHARS)
    assert len(data) <= MAX_PROCESS_LIST_BYTES
    assert (len(told["processes"]), told["more"]) == (MAX_PROCESSES, False)


def test_what_would_be_too_long_is_cut_and_said_to_be_more(monkeypatch):
    data, told = listed(monkeypatch, MAX_PROCESSES, "\x01" * MAX_COMMAND_CHARS)
    assert 0.9 * MAX_PROCESS_LIST_BYTES < len(data) <= MAX_PROCESS_LIST_BYTES
    assert told["more"]
    _, told = listed(monkeypatch, MAX_PROCESSES + 1, "x")
    assert (len(told["processes"]), told["more"]) == (MAX_PROCESSES, True)
