"""What a keeper makes of programs that the disk limit ended."""

from ide.keeper.reasons import disk_sentence, full_sentence
from ide.keeper.sample import Sample, Victim
from ide.keeper.usage import Usage

MIB = 1024 * 1024


def answer(clock, *kills):
    return {
        "clock": clock, "running": True, "plan": "standard", "level": 2,
        "memory": {"used": 0, "limit": 0, "peak": 0}, "processes": {"used": 1, "limit": 0},
        "cpu": {"usec": 0, "throttled_usec": 0, "limit": 0}, "disk": None, "notes": [],
        "enforced": {"memory": "none"}, "kills": 0, "victims": [], "disk_kills": list(kills),
    }  # fmt: skip


def kill(number, session, name="filler"):
    return {
        "number": number, "session": session, "name": name, "started_ticks": number,
        "used": 60 * MIB, "limit": 40 * MIB, "files": 10, "files_limit": 1000,
    }  # fmt: skip


def rises(*answers):
    """Return what is heard of while these answers come, and the last of them told."""
    heard = []
    usage = Usage(None, lambda _event: None)  # nothing is asked: answers are given
    usage.limit_ended = heard.append
    for one in answers:
        usage._take(Sample.of(one))
    return heard


def test_each_session_is_told_once_and_with_the_limit():
    old, first, second = kill(5, 50), kill(6, 60), kill(7, 70, "other")
    heard = rises(
        answer(1.0, old),
        answer(2.0, old, first, kill(8, 60, "child"), second),
        answer(3.0, old, first, kill(8, 60, "child"), second),
        answer(4.0),
    )
    assert [rise.victims for rise in heard] == [[Victim(60, "filler", 6)], [Victim(70, "other", 7)]]
    assert {(rise.since, rise.until, rise.left) for rise in heard} == {(1.0, 2.0, 1)}
    limit = heard[0].limit
    assert (limit.name, limit.used, limit.limit) == ("disk", 60 * MIB, 40 * MIB)
    assert heard[0].cause == "Ended by the disk limit: it went on taking space, 60 of 40 MiB."


def test_a_supervisor_of_the_version_before_tells_of_none():
    told = answer(1.0)
    del told["disk_kills"]
    assert Sample.of(told).disk_kills == ()


def test_the_limit_that_was_passed_further_is_named():
    assert "making files, 1,300 of 1,000 files." in disk_sentence((1, 40 * MIB), (1300, 1000))
    assert "making files" in disk_sentence((1, 0), (1300, 1000))
    assert "taking space" in disk_sentence((60 * MIB, 40 * MIB), (1300, 1000))
    assert "taking space" in disk_sentence((60 * MIB, 40 * MIB), (1300, 0))
    assert full_sentence((60 * MIB, 40 * MIB), (1300, 0)).endswith("full, 60 of 40 MiB.")
