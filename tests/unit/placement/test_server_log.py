import json
import os

import pytest

from ide.errors import SettingsError
from ide.placement import server_log
from ide.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


def test_a_log_over_its_maximum_is_cut_to_its_last_whole_lines(settings, monkeypatch):
    monkeypatch.setattr(server_log, "MAX_BYTES", 10_000)
    monkeypatch.setattr(server_log, "KEPT_BYTES", 1_000)
    fd = server_log.open_server_log(settings)
    other = os.open(settings.data / "server.log", os.O_WRONLY | os.O_APPEND)
    for number in range(1000):
        os.write(fd, json.dumps({"event": number}).encode() + b"\n")
    server_log.bound_server_log(fd)
    os.write(other, b'{"event": "after"}\n')
    lines = (settings.data / "server.log").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert events[-2:] == [999, "after"]
    assert events[:-1] == list(range(events[0], 1000))
    assert (settings.data / "server.log").stat().st_size < 1_100
    os.close(fd)
    os.close(other)


def test_a_small_log_is_left_alone(settings):
    fd = server_log.open_server_log(settings)
    os.write(fd, b"one\n")
    server_log.bound_server_log(fd)
    os.close(fd)
    assert (settings.data / "server.log").read_text() == "one\n"


def test_a_link_in_its_place_is_not_followed(settings, tmp_path):
    (tmp_path / "server.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="server log"):
        server_log.open_server_log(settings)
    assert not (tmp_path / "elsewhere").exists()
