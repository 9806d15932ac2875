"""What a keeper's letter becomes, whatever is in it; and how long a failure is waited out."""

import math

import pytest

from ide.channels.answers import MAX_RETRY_SECONDS, seconds_of
from ide.channels.webpush import plain
from ide.clerk import keepers, letters, pace

LETTER = {
    "id": 7, "at": 1000.5, "bell": 1, "when": "finished", "console": "c1", "console_title": "Bash",
    "title": "python train.py", "ending": "finished after 3 min", "ok": True, "epoch": "e",
    "offset": 99, "excerpt": None,
}  # fmt: skip


def test_a_message_has_title_and_ending_and_leads_to_the_lines():
    made = letters.message_of("ws", LETTER)
    assert (made.title, made.text) == ("python train.py", "finished after 3 min")
    assert made.hash == "#console=c1&at=99&epoch=e"
    of_card = letters.message_of("ws", LETTER | {"card": 12})
    assert of_card.hash == "#console=c1&at=99&epoch=e&card=12"
    assert made.tag == "ws-7-1000500"
    assert made.facts["ok"] is True
    assert "excerpt" not in made.facts


def test_output_goes_out_only_where_the_letter_has_it():
    made = letters.message_of("ws", LETTER | {"excerpt": "Epoch 9\nloss \x1b[1m0.1"})
    assert made.text == "finished after 3 min\nEpoch 9\nloss  [1m0.1"
    assert "\x1b" not in made.facts["excerpt"]


@pytest.mark.parametrize(
    "wrong",
    [{"id": -1}, {"id": "7"}, {"id": True}, {"at": math.nan}, {"at": None}, {"at": True},
     {"at": 1e308}, {"at": 10**400}, {"at": -1},
     {"title": 7}, {"ending": {}}, {"excerpt": []}],
)  # fmt: skip
def test_what_is_no_letter_is_refused(wrong):
    with pytest.raises(letters.BadLetterError):
        letters.message_of("ws", LETTER | wrong)


def test_the_wildest_letter_is_bounded_and_stays_on_the_page():
    wild = {
        "title": "\ud800\n" + "x" * 9999, "ending": "y\r\n" * 9999, "excerpt": "€" * 99_999,
        "card": "7&at=1",
        "console": "&#x/..", "epoch": "e&at=1", "offset": -1, "ok": "yes", "when": "\x00" * 999,
    }  # fmt: skip
    made = letters.message_of("ws", LETTER | wild)
    assert len(made.title) <= 120
    assert "\n" not in made.title
    assert len(made.text) <= 1500
    assert made.hash == "#console=%26%23x%2F.."
    assert len(plain(made)) <= 3000
    assert letters.message_of("ws", LETTER | {"console": "\ud800"}).hash.startswith("#console=%3F")


@pytest.mark.parametrize("value", [{}, {"letters": 7}, {"letters": {"id": 1}}, {"letters": "xy"}])
def test_an_answer_without_letters_is_none(value):
    assert keepers.letters_of(value) == []


def test_of_more_letters_than_a_keeper_gives_the_others_stay_with_it():
    assert len(keepers.letters_of({"letters": [7] + [{}] * 5000})) == keepers.MOST_AT_ONCE - 1


def test_a_rebuilt_journal_that_counts_anew_names_its_letters_differently():
    assert letters.name_of(LETTER) != letters.name_of(LETTER | {"at": 2000.0})


def test_pauses_grow_have_an_end_and_are_never_shorter_than_asked():
    longest = [max(pace.next_pause(tries, 0) for _ in range(50)) for tries in range(40)]
    shortest = [min(pace.next_pause(tries, 0) for _ in range(50)) for tries in range(40)]
    assert longest[0].total_seconds() <= 4
    assert longest[39].total_seconds() <= 3600 < 2.1 * shortest[39].total_seconds()
    assert pace.next_pause(0, 1000).total_seconds() >= 1000
    assert pace.next_pause(0, MAX_RETRY_SECONDS) < pace.LONGEST


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("", 0), ("120", 120), ("-5", 0), ("soon", 0), ("9" * 500, MAX_RETRY_SECONDS), ("٣", 0),
     ("Thu, 01 Jan 1970 00:02:00 GMT", 20), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_and_never_nonsense(said, seconds):
    assert seconds_of(said, 100.0) == seconds
