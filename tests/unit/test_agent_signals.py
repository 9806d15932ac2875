"""In which order a session's processes hear of their end."""

import os
import signal

import pytest

from ide.agent.sessions import Session


@pytest.mark.parametrize("foreground", [50, 60, 1000])
def test_the_shell_is_killed_before_its_job(monkeypatch, foreground):
    """Else it may exit by itself in between, and the console says so."""
    told = []
    monkeypatch.setattr(os, "killpg", lambda group, number: told.append((group, number)))
    monkeypatch.setattr("ide.agent.sessions._foreground_of", lambda _: foreground)
    Session("console", 100, {}).send_signal(signal.SIGKILL, also_shell=True)
    assert told == [(100, signal.SIGKILL), (foreground, signal.SIGKILL)]
    told.clear()
    monkeypatch.setattr("ide.agent.sessions._foreground_of", lambda pid: pid)
    Session("console", 100, {}).send_signal(signal.SIGKILL, also_shell=True)
    assert told == [(100, signal.SIGKILL)]
