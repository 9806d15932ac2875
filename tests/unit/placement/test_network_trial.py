"""Network devices are tried beside everything else: who asks soon is told what is known."""

import threading

import pytest

from ide.placement import network_trial
from ide.placement.network_trial import STILL, NetworkTrial
from ide.sandbox.network import NetworkProbe


@pytest.fixture
def release(monkeypatch):
    """Let the trial hang until this is set."""
    event = threading.Event()

    def probe(_settings):
        event.wait(30)
        return NetworkProbe("veth")

    monkeypatch.setattr(network_trial, "probe_network", probe)
    monkeypatch.setattr(network_trial, "SOON_SECONDS", 0.05)
    yield event
    event.set()


def test_one_that_hangs_holds_nobody_up_and_is_heard_later(release):
    trial = NetworkTrial(None)
    assert trial.soon() is STILL
    release.set()
    assert trial.surely().device == "veth"
    assert trial.soon().device == "veth"


def test_who_needs_to_know_waits_a_bounded_time(release, monkeypatch):
    monkeypatch.setattr(network_trial, "LONGEST_SECONDS", 0.05)
    assert NetworkTrial(None).surely() is STILL


def test_one_that_fails_unexpectedly_gives_none_and_the_reason(monkeypatch):
    def fail(_settings):
        raise RuntimeError("out of threads")

    monkeypatch.setattr(network_trial, "probe_network", fail)
    found = NetworkTrial(None).surely()
    assert found.device == "none"
    assert "out of threads" in found.reasons[0]
