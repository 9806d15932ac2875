"""Ends that come by themselves: announced before, put off by use, never without a word."""

import pytest

from ide.keeper.countdown import Countdown, in_words


def test_each_announcement_is_made_once_and_the_end_comes_after_the_last():
    countdown = Countdown(600, 60)
    assert countdown.announce(0, 1000) is None
    assert countdown.announce(400, 1000) == 600
    assert countdown.announce(500, 1000) is None
    assert countdown.announce(940, 1000) == 60
    assert not countdown.is_over(999, 1000)
    assert countdown.is_over(1000, 1000)


def test_what_was_not_announced_in_time_is_put_off():
    countdown = Countdown(600, 60)
    assert not countdown.is_over(5000, 1000)
    assert countdown.announce(5000, 1000) == 60, "a shorter plan, or a keeper that just came"
    assert not countdown.is_over(5059, 1000)
    assert countdown.is_over(5060, 1000)


def test_stopping_begins_anew():
    countdown = Countdown(60)
    countdown.announce(950, 1000)
    assert countdown.is_on
    countdown.stop()
    assert not countdown.is_on
    assert not countdown.is_over(2000, 1000)
    assert countdown.announce(1950, 2000) == 60


def test_an_end_that_was_put_off_is_announced_anew():
    countdown = Countdown(600, 60)
    assert countdown.announce(950, 1000) == 60
    assert countdown.announce(955, 5000) is None, "another sandbox was started"
    assert not countdown.is_over(5000, 5000)
    assert countdown.announce(4400, 5000) == 600
    assert countdown.announce(4940, 5000) == 60
    assert countdown.is_over(5000, 5000)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "3 s"), (60, "1 min"), (90, "1.5 min"), (1800, "30 min"), (28800, "8 h")],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words
