"""The clerk between a keeper that speaks the real frames, a real database and local services."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ide.accounts import logins
from ide.channels import service
from ide.channels.message import Outcome
from ide.clerk import keepers, letters, pace
from ide.clerk import ledger as ledgers
from ide.clerk.clerk import Clerk
from ide.clerk.ledger import Ledger
from ide.errors import UnavailableError
from ide.placement.processes import clean_environ
from ide.store.database import open_database
from ide.workspaces.service import clerks_grant
from tests.fakes.outbox_keeper import OutboxKeeper
from tests.fakes.outside_servers import Browser, MailServer, Service
from tests.server import ROOT
from tests.waiting import wait_until, wait_until_async
from tests.web.conftest import Person


@pytest.fixture
def mail():
    with MailServer() as made:
        yield made


@pytest.fixture
def settings(settings, mail):
    return replace(settings, channels_loopback=True, smtp_url=mail.url, smtp_from="ide@example.org")


@pytest.fixture
def outbox(runtime, alice):
    keeper = OutboxKeeper(runtime, alice.workspace).start()
    yield keeper
    keeper.stop()


@pytest.fixture
def push():
    with Service() as made:
        yield made


@pytest.fixture
def hook():
    with Service() as made:
        yield made


@pytest.fixture
def quick(monkeypatch):
    """Have failures tried again at once."""
    monkeypatch.setattr(pace, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr("ide.clerk.clerk.AGAIN_SECONDS", 0.05)


@contextmanager
def clerk(settings):
    """Run one in a thread."""
    database = open_database(settings)
    loop = asyncio.new_event_loop()
    task = loop.create_task(Clerk(settings, database).run())

    def run():
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_default_executor())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        loop.close()
        database.close()


def with_push(person, service_, browser=None):
    body = (browser or Browser()).subscription(service_.url + person.name)
    return person.post("channels", body).json["id"]


def with_hook(person, service_, path=""):
    return person.post("channels", {"kind": "webhook", "url": service_.url + path}).json["id"]


def states(database):
    with database.engine.connect() as connection:
        rows = connection.execute(text("select state, count(*) from deliveries group by state"))
        return dict(rows.all())


def titles(hook):
    return [json.loads(body)["title"] for _, _, body in hook.got]


@pytest.mark.alone
def test_a_letter_is_told_once_on_each_channel_within_a_second(
    alice, settings, database, outbox, push, hook
):
    browser = Browser()
    with_push(alice, push, browser)
    with_hook(alice, hook)
    with clerk(settings):
        wait_until(lambda: outbox.grants, 10, "a line to the keeper")
        began = time.monotonic()
        outbox.ring(1)
        wait_until(lambda: push.got and hook.got, 10, "both are told")
        took = time.monotonic() - began
        outbox.forgets_done = True
        letter = outbox.ring(2)
        wait_until(lambda: outbox.done.count(2) > 3, 10, "it is brought again and again")
        wait_until(lambda: states(database) == {"done": 4}, 10, "both are written down as told")
    assert took < 1.0, took
    assert titles(hook) == ["job 1", "job 2"]
    read = [browser.read(body) for _, _, body in push.got]
    assert [one["title"] for one in read] == ["job 1", "job 2"]
    assert read[1]["text"] == letter["ending"]
    assert read[1]["hash"] == "#console=c1&at=5&epoch=e"
    assert {grant.rights for grant in outbox.grants} == {frozenset({"manage"})}


def test_each_device_of_a_person_is_told_once_until_it_is_removed_or_signed_out(
    app, alice, settings, database, ledger, push
):
    devices = [alice]
    for name in ("tablet", "phone"):
        token = logins.open_login(database, settings, 1, device=name, address="127.0.0.1")
        csrf = logins.csrf_token(token)
        devices.append(Person(app, name, token, csrf, alice.workspace))
    channels = [with_push(device, push) for device in devices]
    note(ledger, alice, 1)
    assert sorted(job.place.id for job in ledger.due(())[0]) == sorted(channels)
    assert len(tell_all(ledger)) == 3
    names = [each["name"] for each in alice.get("channels").json["channels"]]
    assert names == ["Test", "tablet", "phone"]
    alice.delete(f"channels/{channels[1]}")  # from another device
    note(ledger, alice, 2)
    devices[2].post("logout")
    assert [job.place.id for job in ledger.due(())[0]] == channels[:1]


def test_a_letter_that_was_there_before_the_clerk_and_one_of_nobody_are_taken(
    alice, bob, settings, outbox, hook
):
    outbox.ring(1)
    with clerk(settings):
        wait_until(lambda: outbox.done == [1], 10, "without a channel it is done at once")
    with_hook(alice, hook)
    with_hook(bob, hook, "bob")
    outbox.ring(2)
    with clerk(settings):
        wait_until(lambda: hook.got, 10, "it is told")
    assert [path for path, _, _ in hook.got] == ["/"]


def start(settings):
    with (settings.data / "clerk.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ide.clerk.main", "--data", str(settings.data),
             "--parent", str(os.getpid())],
            cwd=ROOT, env=clean_environ(settings.to_environ()), stderr=log,
        )  # fmt: skip


def test_killed_between_sending_and_writing_it_tells_again_what_replaces_the_first(
    alice, settings, database, outbox, push
):
    with_push(alice, push)
    push.answer = None  # it has the message and says nothing
    first = start(settings)
    try:
        outbox.ring(1)
        wait_until(lambda: push.got and not outbox.letters, 60, "sent, and the keeper forgot it")
        assert states(database) == {"sending": 1}
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        push.answer = 201
        second = start(settings)
        try:
            wait_until(lambda: states(database) == {"done": 1}, 60, "told by its successor")
        finally:
            second.send_signal(signal.SIGTERM)
            assert second.wait(20) == 0
    finally:
        first.kill()
    assert len(push.got) == 2
    assert len({headers["Topic"] for _, headers, _ in push.got}) == 1
    assert "job 1" not in (settings.data / "clerk.log").read_text()


def test_a_failure_is_tried_again_and_what_helps_nothing_is_not(
    alice, settings, database, outbox, hook, push, quick
):
    channel = with_push(alice, push)
    with_hook(alice, hook)
    push.answer, hook.answer = 500, 403
    with clerk(settings):
        outbox.ring(1)
        wait_until(lambda: len(push.got) >= 3, 20, "a few tries")
        push.answer = 201
        wait_until(lambda: states(database) == {"done": 2}, 20, "one was told, the other refused")
    assert len(hook.got) == 1
    with database.read() as db:
        assert db.get(service.Channel, channel).last_ok is not None


def test_a_webhook_is_told_again_under_the_same_number_until_it_takes_it(
    alice, settings, database, outbox, hook, quick
):
    with_hook(alice, hook)
    hook.answer = 500
    with clerk(settings):
        outbox.ring(1)
        wait_until(lambda: len(hook.got) >= 3, 20, "a few tries")
        hook.answer = 201
        wait_until(lambda: states(database) == {"done": 1}, 20, "it was told")
    assert len({headers["Ide-Delivery"] for _, headers, _ in hook.got}) == 1
    assert len({body for _, _, body in hook.got}) == 1


def test_a_mail_that_is_put_off_goes_out_once_its_server_takes_it(
    alice, settings, database, outbox, mail, quick
):
    alice.post("channels", {"kind": "mail", "address": "alice@example.org"})
    mail.answers[b"RCPT"] = b"450 greylisted, come again"
    with clerk(settings):
        outbox.ring(1)
        put_off = "The mail server"
        kept = lambda: alice.get("channels").json["channels"][0]  # noqa: E731
        wait_until(lambda: put_off in (kept()["last_error"] or ""), 20, "it was put off")
        del mail.answers[b"RCPT"]
        wait_until(lambda: states(database) == {"done": 1}, 20, "it was told")
    (told,) = mail.letters
    assert "To: alice@example.org" in told
    assert "job 1" in told


def test_a_mail_server_that_hangs_holds_no_other_channel_up(alice, settings, outbox, hook):
    with MailServer(says=b"") as hangs:
        alice.post("channels", {"kind": "mail", "address": "alice@example.org"})
        with_hook(alice, hook)
        with clerk(replace(settings, smtp_url=hangs.url)):
            outbox.ring(1)
            wait_until(lambda: hook.got, 10, "the other is told")


def test_a_service_that_says_when_to_come_again_is_left_until_then(
    alice, settings, database, outbox, push
):
    with_push(alice, push)
    push.answer, push.headers = 429, {"Retry-After": "600"}
    with clerk(settings):
        outbox.ring(1)
        wait_until(lambda: push.got and states(database) == {"waits": 1}, 20, "it is to wait")
    jobs, wait = Ledger(database, settings).due(())
    assert (jobs, 590 < wait <= 660) == ([], True)
    (kept,) = alice.get("channels").json["channels"]
    assert kept["last_error"] == "The push service answered 429 (Too Many Requests)."


def test_a_dead_subscription_is_not_asked_again_and_says_so(
    alice, settings, database, outbox, push
):
    with_push(alice, push)
    push.answer = 410
    with clerk(settings):
        outbox.ring(1)
        wait_until(lambda: states(database) == {"done": 1}, 20, "it is over")
        outbox.ring(2)
        wait_until(lambda: outbox.done == [1, 2], 20, "the next one is taken")
    assert len(push.got) == 1
    (kept,) = alice.get("channels").json["channels"]
    assert "Switch it on there again" in kept["last_error"]


def test_a_channel_that_hangs_holds_no_other_up(alice, settings, outbox, hook):
    with_hook(alice, hook)
    with clerk(settings), Service() as slow:
        slow.answer = None
        with_hook(alice, slow)
        for number in range(1, 6):
            outbox.ring(number)
        wait_until(lambda: len(hook.got) == 5, 15, "all are told on the other")
        wait_until(lambda: slow.got, 10, "the other is asked")
        assert len(slow.got) == 1  # for 20 s


def test_a_database_that_is_held_only_delays(alice, settings, outbox, hook, monkeypatch):
    with_hook(alice, hook)
    tries = []
    real = Ledger.take_in

    def held(self, *args):
        tries.append(args)
        if len(tries) == 1:
            raise UnavailableError("held")
        return real(self, *args)

    monkeypatch.setattr(Ledger, "take_in", held)
    with clerk(settings):
        outbox.ring(1)
        wait_until(lambda: hook.got, 20, "it is told all the same")
    assert titles(hook) == ["job 1"]


def test_a_keeper_of_an_earlier_version_and_one_that_lies_are_survived(
    alice, settings, outbox, hook
):
    with_hook(alice, hook)
    refusal = {"ok": False, "code": "forbidden", "message": "no", "detail": {}}
    outbox.answers["outbox.take"] = {"ok": True, "value": {"letters": ["x", {"id": "x"}, 7]}}
    with clerk(settings):
        wait_until(lambda: len(outbox.calls) > 1, 10, "what is no letter is no end")
        outbox.answers["outbox.take"] = refusal
        wait_until(lambda: len(outbox.grants) > 1, 10, "it comes back")
        del outbox.answers["outbox.take"]
        outbox.ring(1)
        wait_until(lambda: hook.got, 20, "it is told")


def test_a_keeper_that_answers_without_waiting_is_not_asked_without_a_pause(
    bob, settings, runtime, outbox, hook, monkeypatch
):
    monkeypatch.setattr(keepers, "BREATH_SECONDS", 60)
    outbox.answers["outbox.take"] = {"ok": True, "value": {"letters": []}}
    with_hook(bob, hook)
    other = OutboxKeeper(runtime, bob.workspace).start()
    with clerk(settings):
        wait_until(lambda: outbox.calls, 10, "it is asked")
        other.ring(1)
        wait_until(lambda: hook.got, 10, "another's is told")
    other.stop()
    assert len(outbox.calls) == 1


def test_a_keeper_that_sends_no_answer_but_events_without_end_is_left_for_a_while(
    alice, settings, outbox, hook, monkeypatch
):
    monkeypatch.setattr(keepers, "MOST_BETWEEN", 50)
    with_hook(alice, hook)
    flood = threading.Event()
    real = OutboxKeeper._call

    def call(self, connection, call, grant):
        while call["op"] == "outbox.take" and not flood.is_set():
            self._event(connection)
        real(self, connection, call, grant)

    monkeypatch.setattr(OutboxKeeper, "_call", call)
    outbox.ring(1)
    with clerk(settings):
        wait_until(lambda: len(outbox.grants) > 1, 10, "it comes back")
        flood.set()
        wait_until(lambda: hook.got, 20, "it is told")


def test_nothing_is_forgotten_before_keepers_brought_what_was_told_already(
    alice, settings, outbox, monkeypatch
):
    done = []
    monkeypatch.setattr("ide.clerk.clerk.TIDY_SECONDS", 0.01)
    monkeypatch.setattr(Ledger, "sum_up", lambda _: done.append("sum up"))
    monkeypatch.setattr(Ledger, "clean", lambda _: done.append("clean"))
    with clerk(settings):
        wait_until(lambda: "clean" in done, 10, "it is tidied")
    assert done.index("clean") == 5  # a minute after the start


def test_a_keeper_that_cannot_forget_is_asked_ever_less(alice, settings, database, outbox):
    outbox.answers["outbox.done"] = {"ok": False, "code": "full", "message": "no", "detail": {}}
    outbox.ring(1)
    line = keepers.Line(
        outbox.path,
        lambda: clerks_grant(database, settings, alice.workspace, 60),
        lambda *_: None,
    )

    async def run():
        task = asyncio.create_task(line.run())
        await wait_until_async(lambda: outbox.taken == 3, 10, "it is brought again")
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(run())
    assert line._pause == 4 * keepers.FIRST_PAUSE


@pytest.fixture
def ledger(database, settings):
    return Ledger(database, settings)


@pytest.fixture
def clock(monkeypatch):
    """The ledger's clock, to be set forward and back."""
    ahead = [timedelta(0)]
    real = ledgers.utc_now
    monkeypatch.setattr(ledgers, "utc_now", lambda: real() + ahead[0])
    return ahead


def note(ledger, person, number):
    letter = {"id": number, "at": float(number), "title": f"job {number}", "ending": "finished"}
    message = letters.message_of(person.workspace, letter)
    user = service_user(ledger)
    return ledger.take_in(person.workspace, user, message, letters.name_of(letter))


def service_user(ledger):
    with ledger._database.engine.connect() as connection:
        return connection.execute(text("select user_id from channels")).scalar()


def tell_all(ledger):
    told = []
    while jobs := ledger.due(())[0]:
        for job in jobs:
            ledger.begin(job)
            ledger.end(job, Outcome("sent"))
            told.append(job.message)
    return told


def test_thirty_an_hour_and_the_rest_in_one_message(alice, ledger, clock, push):
    with_push(alice, push)
    for number in range(42):
        assert note(ledger, alice, number)
    assert len(tell_all(ledger)) == 30
    assert not ledger.sum_up()  # more may be on their way
    clock[0] = timedelta(minutes=2)
    assert ledger.sum_up()
    (summary,) = tell_all(ledger)
    assert summary.title == "and 12 more"
    assert "job 41" in summary.text
    assert note(ledger, alice, 50)
    clock[0] = timedelta(minutes=4)
    assert not ledger.sum_up()  # one every ten minutes
    clock[0] = timedelta(minutes=13)
    assert ledger.sum_up()
    assert [one.title for one in tell_all(ledger)] == ["and 1 more"]
    clock[0] = timedelta(minutes=61)
    assert note(ledger, alice, 51)
    assert [one.title for one in tell_all(ledger)] == ["job 51"]


def test_patience_that_was_asked_for_is_had_and_ends_after_a_day(
    alice, ledger, clock, push, database
):
    with_push(alice, push)
    note(ledger, alice, 1)
    note(ledger, alice, 2)
    ((job,), _) = ledger.due(())
    ledger.begin(job)
    ledger.end(job, Outcome("failed", "The push service answered 429.", 600))
    jobs, wait = ledger.due(())
    assert jobs == []  # nor is the second one sent meanwhile
    assert 599 <= wait <= 660
    clock[0] = timedelta(seconds=590)
    assert ledger.due(())[0] == []
    clock[0] = timedelta(seconds=670)
    ((job,), _) = ledger.due(())
    assert job.message.title == "job 1"
    clock[0] = timedelta(hours=25)
    ledger.begin(job)
    ledger.end(job, Outcome("failed", "The push service answered 500."))
    (kept,) = alice.get("channels").json["channels"]
    assert kept["last_error"] == "Given up after 24 hours. The push service answered 500."
    assert [one.message.title for one in ledger.due(())[0]] == ["job 2"]


def test_what_waits_goes_where_a_device_leads_by_now(alice, ledger, push):
    browser = Browser()
    alice.post("channels", browser.subscription(push.url + "old"))
    note(ledger, alice, 1)
    note(ledger, alice, 2)
    ((old,), _) = ledger.due(())
    ledger.begin(old)
    alice.post("channels", browser.subscription(push.url + "new"))
    ledger.end(old, Outcome("gone", "The push service no longer knows this device."))
    ((new,), _) = ledger.due(())
    assert (new.message, new.place.id) == (old.message, old.place.id)
    assert new.place.config["endpoint"] == push.url + "new"
    assert [one.title for one in tell_all(ledger)] == ["job 1", "job 2"]
    (kept,) = alice.get("channels").json["channels"]
    assert (kept["gone"], kept["last_error"]) == (False, None)


def test_what_was_never_tried_goes_before_what_may_hang(alice, bob, ledger, push):
    with_push(alice, push)
    note(ledger, alice, 1)
    ((job,), _) = ledger.due(())
    ledger.begin(job)
    ledger.recover()
    with_hook(bob, push)
    message = letters.message_of(bob.workspace, {"id": 1, "at": 1.0, "title": "job 2"})
    ledger.take_in(bob.workspace, 2, message, "1-1000")
    assert [one.message.title for one in ledger.due(())[0]] == ["job 2", "job 1"]


def test_a_clock_that_was_set_back_delays_nothing_for_long(alice, ledger, clock, push):
    with_push(alice, push)
    clock[0] = timedelta(days=300)
    note(ledger, alice, 1)
    ((job,), _) = ledger.due(())
    ledger.begin(job)
    ledger.end(job, Outcome("failed", "no"))
    clock[0] = timedelta(0)
    assert len(ledger.due(())[0]) == 1


def test_what_a_clock_ahead_wrote_holds_nothing_back(alice, ledger, clock, push, database):
    with_push(alice, push)
    clock[0] = timedelta(days=300)
    for number in range(31):
        note(ledger, alice, number)
    clock[0] = timedelta(0)
    assert ledger.sum_up()
    assert note(ledger, alice, 50)
    assert {"and 1 more", "job 50"} <= {one.title for one in tell_all(ledger)}
    ledger.clean()
    assert states(database) == {"done": 2}


def test_a_channel_that_is_removed_in_this_moment_costs_the_others_nothing(
    alice, ledger, push, hook, monkeypatch
):
    removed, kept = with_push(alice, push), with_hook(alice, hook)
    real = service.places

    def and_one_less(*given):
        found = real(*given)
        alice.delete(f"channels/{removed}")
        return found

    monkeypatch.setattr(service, "places", and_one_less)
    with pytest.raises(UnavailableError):  # so that the keeper brings it again
        note(ledger, alice, 1)
    assert note(ledger, alice, 1)
    assert [job.place.id for job in ledger.due(())[0]] == [kept]


def test_what_is_over_is_forgotten_and_what_waits_is_not(alice, ledger, clock, push, database):
    with_push(alice, push)
    for number in range(31):
        note(ledger, alice, number)
    ((job,), _) = ledger.due(())
    ledger.begin(job)
    assert ledger.recover() == 1
    clock[0] = timedelta(hours=30)
    ledger.clean()
    assert states(database) == {"waits": 30, "held": 1}
    tell_all(ledger)
    ledger.sum_up()
    tell_all(ledger)
    clock[0] = timedelta(hours=60)
    ledger.clean()
    assert states(database) == {}


def test_letters_of_one_person_have_a_number(alice, ledger, push, monkeypatch):
    with_push(alice, push)
    monkeypatch.setattr(ledgers, "MOST_KEPT", 3)
    assert [note(ledger, alice, number) for number in range(5)] == [True] * 3 + [False] * 2
