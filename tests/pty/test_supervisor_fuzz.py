"""The supervisor's socket as a taken-over web would use it: ids of workspaces, nothing else."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ide.placement.requests import SERVICE, WHO_MAY
from ide.wire.stream import prefixed
from tests.ordinary import IS_ROOT, as_account
from tests.server import ROOT
from tests.supervisors import SupervisorRun, running_supervisor

pytestmark = pytest.mark.pty

WORKSPACE = "00000000000000cc"
SERVICE_UID = 200_000
ASKER = """
import socket, sys
for line in sys.stdin:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(60)
        connection.connect(sys.argv[1])
        try:
            connection.sendall(bytes.fromhex(line))
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all of it was read
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    print(answer[4:].decode(), flush=True)
"""


class Web:
    """A process of the web's account that asks what it is told to ask."""

    def __init__(self, run: SupervisorRun) -> None:
        self.settings = run.settings
        words = [sys.executable, "-c", ASKER, str(run.path)]
        self.process = subprocess.Popen(
            as_account(SERVICE_UID, *words) if IS_ROOT else words,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, sent: bytes):
        self.process.stdin.write(sent.hex() + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(30) == 0


@pytest.fixture(scope="module")
def web():
    with running_supervisor() as run:
        web = Web(run)
        try:
            yield web
        finally:
            web.close()


near_ids = st.sampled_from(
    [
        WORKSPACE.upper(), WORKSPACE[:-1], WORKSPACE + "0", WORKSPACE + "\n", WORKSPACE + "/",
        "../" + WORKSPACE, "/etc/passwd", ".", "..", "", "\u0660" * 16, "0" * 4000,
    ]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | near_ids
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
operations = st.sampled_from([*WHO_MAY, "exec", "__class__", ""]) | values
named = st.fixed_dictionaries(
    {"op": operations, "workspace": st.just(WORKSPACE) | near_ids | values},
    optional={
        name: values | st.just("/etc") for name in ("data", "uid", "path", "binds", "runtime")
    },
)


@given(request=named | values)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_only_ids_of_workspaces_get_through(web, request):
    answer = web.ask(prefixed(json.dumps(request).encode()))
    assert answer["ok"] is True or answer["code"] in {"bad_request", "forbidden"}
    if answer["ok"]:
        op = request["op"]
        assert not IS_ROOT or SERVICE in WHO_MAY[op]
        if op in {"ensure", "sandbox", "stop"}:
            assert request["workspace"] == WORKSPACE
        if op == "ensure":  # whatever else was said, the folder is the one of the settings
            assert answer["keeper"] == str(web.settings.runtime / WORKSPACE / "keeper.sock")
    made = {
        path.name for path in web.settings.data.iterdir() if re.fullmatch("[0-9a-f]+", path.name)
    }
    assert made <= {WORKSPACE}


@given(sent=st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_bytes_that_are_no_request_are_refused(web, sent):
    assert web.ask(sent)["code"] == "bad_request"
