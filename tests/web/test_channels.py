"""Where a person is told: the list, what is refused, and a test on each kind of channel."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ide.accounts import logins, throttle
from ide.app import create_app
from ide.channels import keys, sending, service, webpush
from ide.channels.message import Message, Outcome
from ide.channels.sending import DELIVERY, SIGNATURE, signature
from ide.channels.turns import turn
from ide.errors import SettingsError
from ide.settings import Settings
from tests.fakes.outside_servers import Browser, MailServer, Service
from tests.web.conftest import NoPlaces, _person


@pytest.fixture
def settings(settings):
    return replace(settings, channels_loopback=True)


@pytest.fixture
def push():
    with Service() as made:
        yield made


@pytest.fixture
def browser():
    return Browser()


def added(person, body):
    answer = person.post("channels", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def listed(person):
    return person.get("channels").json["channels"]


def try_out(person, channel):
    answer = person.post(f"channels/{channel}/test")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_test_push_is_read_by_the_browser_alone_and_noted(alice, push, browser, database):
    made = added(alice, browser.subscription(push.url + "secret-path"))
    assert (made["kind"], made["name"], made["to"]) == ("push", "Test", "127.0.0.1")
    assert made["this"] is True
    assert try_out(alice, made["id"]) == {"state": "sent", "said": ""}
    path, headers, body = push.got[0]
    assert path == "/secret-path"
    assert headers["Authorization"].endswith(f"k={alice.get('channels').json['push_key']}")
    read = browser.read(body)
    assert read["text"].startswith("This is a test")
    assert read["tag"].startswith("test-")
    assert listed(alice)[0]["last_ok"] is not None
    said = alice.get("channels").get_data(as_text=True)
    for secret in ("secret-path", webpush.encoded(browser.auth), keys.private_key(database)):
        assert secret not in said


def test_the_servers_key_is_made_once_and_kept(alice, bob, settings):
    key = alice.get("channels").json["push_key"]
    assert len(webpush.decoded(key)) == 65
    again = create_app(settings, places=NoPlaces())
    other = again.extensions["ide.gate"].database
    assert (
        webpush.public_key(keys.private_key(other)) == key == bob.get("channels").json["push_key"]
    )
    other.close()
    assert (settings.data / "ide.db").stat().st_mode & 0o077 == 0


def test_a_channel_of_another_is_not_there(alice, bob, push):
    made = added(alice, {"kind": "webhook", "url": push.url})
    for ask in (
        lambda: bob.delete(f"channels/{made['id']}"),
        lambda: bob.ask("PATCH", f"channels/{made['id']}", json={"name": "mine"}),
        lambda: bob.post(f"channels/{made['id']}/test"),
    ):
        assert ask().status_code == 404
    assert listed(bob) == []
    assert [each["id"] for each in listed(alice)] == [made["id"]]
    assert push.got == []


def test_it_is_renamed_and_removed(alice, push):
    made = added(alice, {"kind": "webhook", "url": push.url, "name": "  Chat "})
    assert made["name"] == "Chat"
    renamed = alice.ask("PATCH", f"channels/{made['id']}", json={"name": "Other"})
    assert (renamed.json["name"], listed(alice)[0]["name"]) == ("Other", "Other")
    assert alice.ask("PATCH", f"channels/{made['id']}", json={"name": " "}).status_code == 400
    assert alice.delete(f"channels/{made['id']}").status_code == 200
    assert alice.delete(f"channels/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "pigeon"},
        {"kind": "push", "endpoint": "https://push.example/x"},
        {"kind": "push", "endpoint": "https://push.example/x", "p256dh": "AA", "auth": "AA"},
        {"kind": "push", "endpoint": "https://10.1.2.3/", "p256dh": "AA", "auth": "AA"},
        {"kind": "webhook", "url": "http://hook.example/"},
        {"kind": "webhook", "url": "https://10.0.0.1/"},
        {"kind": "webhook", "url": "https://[::ffff:169.254.169.254]/latest"},
        {"kind": "webhook", "url": "https://u:p@example.org/"},
        {"kind": "webhook", "url": "https://example.org/" + "x" * 2000},
        {"kind": "mail", "address": "me@example.org"},  # no mail server here
        {"kind": "mail", "address": "me@example.org\nBcc: all@example.org"},
        {"kind": "webhook", "url": "https://127.0.0.1/", "name": "x" * 101},
    ],
)
def test_what_is_refused_says_why_and_is_not_kept(alice, body):
    answer = alice.post("channels", body)
    assert answer.status_code == 400
    assert answer.json["error"]["message"]
    assert listed(alice) == []


def test_loopback_is_refused_where_the_setting_does_not_allow_it(settings, tmp_path, push):
    app = create_app(replace(settings, channels_loopback=False), places=NoPlaces())
    database = app.extensions["ide.gate"].database
    person = _person(app, settings, database, "dora")
    for url in (push.url, push.url.replace("http:", "https:"), "https://localhost/"):
        answer = person.post("channels", {"kind": "webhook", "url": url})
        assert answer.status_code == 400, url
    database.close()


def test_a_webhook_is_signed_with_a_secret_that_is_told_once(alice, push):
    made = added(alice, {"kind": "webhook", "url": push.url + "hook"})
    secret = made["secret"]
    assert secret not in alice.get("channels").get_data(as_text=True)
    assert try_out(alice, made["id"])["state"] == "sent"
    _, headers, body = push.got[0]
    stamp, signature = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
    wanted = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signature, wanted)
    value = json.loads(body)
    assert value["id"] == headers[DELIVERY]
    assert (value["test"], value["link"]) == (True, "http://localhost/")


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (410, "gone", "no longer knows this device"),
        (404, "gone", "no longer knows this device"),
        (429, "failed", "429"),
        (500, "failed", "500"),
        (403, "refused", "403"),
        (302, "refused", "not followed"),
        (b"", "failed", "127.0.0.1"),
        (b"\x00\x01garbage\r\n\r\n", "failed", "not HTTP"),
    ],
)
def test_what_a_push_service_answers_is_said_and_a_dead_one_is_used_no_more(
    alice, push, browser, database, settings, answer, state, said
):
    made = added(alice, browser.subscription(push.url))
    push.answer = answer
    outcome = try_out(alice, made["id"])
    assert outcome["state"] == state
    assert said in outcome["said"]
    (kept,) = listed(alice)
    assert (kept["last_error"], kept["last_ok"]) == (outcome["said"], None)
    (row,) = service.channels(database, 1)
    assert bool(service.places(database, settings, row.user_id)) is (state != "gone")
    push.answer = 201
    added(alice, browser.subscription(push.url))  # switched on again
    try_out(alice, listed(alice)[0]["id"])
    assert listed(alice)[0]["last_error"] is None


def test_a_device_has_one_push_and_a_subscription_one_person(alice, bob, push, browser):
    first = added(alice, browser.subscription(push.url + "1"))
    second = added(alice, Browser().subscription(push.url + "2"))
    assert [each["id"] for each in listed(alice)] == [second["id"]] == [first["id"]]
    taken = added(bob, browser.subscription(push.url + "2"))  # another person on the same browser
    assert listed(alice) == []
    assert [each["id"] for each in listed(bob)] == [taken["id"]] != [first["id"]]


def test_a_channel_that_is_added_again_keeps_its_name_and_leads_where_it_was_said_last(alice, push):
    first = added(alice, {"kind": "webhook", "url": push.url, "name": "Chat"})
    again = added(alice, {"kind": "webhook", "url": push.url})
    assert (again["id"], again["name"]) == (first["id"], "Chat")
    assert again["secret"] != first["secret"]
    try_out(alice, first["id"])
    _, headers, body = push.got[0]
    stamp = int(headers[SIGNATURE].removeprefix("t=").partition(",")[0])
    assert headers[SIGNATURE] == signature(again["secret"], body, stamp)


def test_a_dead_push_is_not_said_to_work_until_it_is_switched_on_again(alice, push, browser):
    made = added(alice, browser.subscription(push.url + "1"))
    push.answer = 410
    assert try_out(alice, made["id"])["state"] == "gone"
    assert (listed(alice)[0]["this"], listed(alice)[0]["gone"]) == (True, True)
    added(alice, browser.subscription(push.url + "2"))
    assert [(one["id"], one["gone"], one["last_error"]) for one in listed(alice)] == [
        (made["id"], False, None)
    ]


def test_names_are_looked_up_at_a_rate_and_two_at_a_time(alice, bob, push, monkeypatch):
    hook = {"kind": "webhook", "url": push.url}
    for _ in range(throttle.LOOK_UP_LIMIT):
        added(alice, hook)
    refused = alice.post("channels", hook)
    assert refused.status_code == 429
    assert 0 < refused.json["error"]["detail"]["retry_seconds"] <= 15 * 60 + 1
    added(bob, hook)
    with turn(2), turn(2):
        asked = [bob.post("channels", hook), bob.post(f"channels/{listed(bob)[0]['id']}/test")]
    assert [each.status_code for each in asked] == [429, 429]
    added(bob, hook)


def test_a_browser_renews_its_own_subscription_alone(alice, bob, push, browser):
    added(alice, browser.subscription(push.url + "old"))
    fresh = Browser()
    body = fresh.subscription(push.url + "new") | {"old": push.url + "old"}
    del body["kind"]
    assert bob.post("channels/renew", body).status_code == 404
    assert alice.post("channels/renew", body).status_code == 200
    try_out(alice, listed(alice)[0]["id"])
    assert push.got[0][0] == "/new"
    assert fresh.read(push.got[0][2])
    body |= {"old": None, "endpoint": push.url + "newer"}  # not every browser says which it was
    assert bob.post("channels/renew", body).status_code == 404
    assert alice.post("channels/renew", body).status_code == 200
    try_out(alice, listed(alice)[0]["id"])
    assert push.got[1][0] == "/newer"


def test_what_the_old_subscription_came_to_says_nothing_of_the_new(
    alice, settings, database, push, browser
):
    added(alice, browser.subscription(push.url + "old"))
    (old,) = service.places(database, settings, 1)
    body = Browser().subscription(push.url + "new") | {"old": push.url + "old"}
    del body["kind"]
    alice.post("channels/renew", body)
    service.note(database, old, Outcome("gone", "It no longer knows this device."))
    (new,) = service.places(database, settings, 1)
    assert (new.id, listed(alice)[0]["last_error"]) == (old.id, None)
    service.note(database, new, Outcome("gone", "It no longer knows this device."))
    service.note(database, new, Outcome("failed", "It answered 500."))
    assert service.places(database, settings, 1) == []


def test_whoever_is_signed_out_is_not_told_on_that_device(
    alice, app, settings, database, push, browser
):
    added(alice, browser.subscription(push.url + "here"))
    added(alice, {"kind": "webhook", "url": push.url + "hook"})
    person = next(iter(service.channels(database, 1))).user_id

    def told():
        return [place.kind for place in service.places(database, settings, person)]

    assert told() == ["push", "webhook"]
    with database.write() as db:  # a login that ran out and was not cleared away yet
        db.execute(text("update logins set used = '2001-01-01 00:00:00'"))
    assert told() == ["webhook"]
    login = logins.load(database, replace(settings, login_days=50_000), alice.token).login
    logins.sign_out(database, person, login)
    assert [each.kind for each in service.channels(database, person)] == ["webhook"]


def test_a_fault_of_the_database_says_no_secret(database):
    with pytest.raises(IntegrityError) as fault, database.write() as db:
        db.execute(text("insert into channels (id) values (:id)"), {"id": "a-secret"})
    assert "a-secret" not in str(fault.value)


def test_channels_and_tests_have_a_number(alice, push, monkeypatch):
    for number in range(service.MAX_CHANNELS):
        last = added(alice, {"kind": "webhook", "url": f"{push.url}{number}"})
    assert alice.post("channels", {"kind": "webhook", "url": push.url}).status_code == 429
    added(alice, {"kind": "webhook", "url": f"{push.url}0"})  # the same place: in its stead
    for _ in range(service.MAX_TESTS):
        try_out(alice, last["id"])
    refused = alice.post(f"channels/{last['id']}/test")
    assert refused.status_code == 429
    assert refused.json["error"]["detail"]["retry_seconds"] <= 3600
    monkeypatch.setattr(service, "TESTS_WITHIN", timedelta(0))
    try_out(alice, last["id"])


@pytest.fixture
def mailed(tmp_path, settings):
    """A person where a mail server is named, and that server."""
    with MailServer() as server:
        given = replace(settings, smtp_url=server.url, smtp_from="ide@example.org")
        app = create_app(given, places=NoPlaces())
        database = app.extensions["ide.gate"].database
        yield _person(app, given, database, "dora"), server
        database.close()


def test_a_mail_goes_out_by_the_server_that_is_named(mailed):
    person, server = mailed
    assert person.get("channels").json["mail"] is True
    made = added(person, {"kind": "mail", "address": "dora@example.org"})
    assert try_out(person, made["id"])["state"] == "sent"
    letter = server.letters[0]
    for line in ("From: ide@example.org", "To: dora@example.org", "http://localhost/"):
        assert line in letter
    for odd in ("=?utf-8?q?eve=40evil.example=2C?=@example.org", ".a@b.example", "a@.", "a@b..c"):
        assert person.post("channels", {"kind": "mail", "address": odd}).status_code == 400, odd
    server.answers[b"RCPT"] = b"550 nobody here"
    outcome = try_out(person, made["id"])
    assert (outcome["state"], "does not take mail" in outcome["said"]) == ("refused", True)
    server.answers[b"RCPT"] = b"450 greylisted, come again"
    outcome = try_out(person, made["id"])
    assert (outcome["state"], "(450)" in outcome["said"]) == ("failed", True)


def test_on_a_sub_path_every_link_leads_there(settings, push):
    address = "https://code.example.org/ide/"
    with MailServer() as server:
        given = replace(settings, address=address, smtp_url=server.url, smtp_from="ide@example.org")
        app = create_app(given, places=NoPlaces())
        database = app.extensions["ide.gate"].database
        person = _person(app, given, database, "dora")
        behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "code.example.org"}
        for body in (
            {"kind": "webhook", "url": push.url},
            {"kind": "mail", "address": "dora@example.org"},
            Browser().subscription(push.url),
        ):
            options = {"json": body, "origin": "https://code.example.org", "headers": behind}
            assert person.ask("POST", "channels", **options).status_code == 201
        message = Message("tag", "train.py", "failed", 0, "#console=c1&at=5")
        places = service.places(database, given, 1)
        vapid = keys.private_key(database)
        assert {place.page for place in places} == {address}
        assert all(sending.send(given, vapid, one, message).state == "sent" for one in places)
        assert json.loads(push.got[0][2])["link"] == f"{address}#console=c1&at=5"
        assert f"{address}#console=c1&at=5" in server.letters[0]
        moved = replace(given, address="https://ide.example.net/")
        assert all(sending.send(moved, vapid, one, message).state == "sent" for one in places)
        assert '"https://ide.example.net/#console=c1&at=5"' in push.got[2][2].decode()
        assert "https://ide.example.net/#console=c1&at=5" in server.letters[1]
        database.close()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"IDE_SMTP_URL": "mail.example.org:25"}, "smtp://"),
        ({"IDE_SMTP_URL": "smtp://me:secret@mail.example.org"}, "no password"),
        ({"IDE_SMTP_URL": "smtp://me@mail.example.org"}, "IDE_SMTP_PASSWORD_FILE"),
        ({"IDE_SMTP_URL": "smtp://mail.example.org"}, "IDE_SMTP_FROM"),
    ],
)
def test_settings_of_mail_that_cannot_work_are_said_at_start(given, why):
    with pytest.raises(SettingsError, match=why):
        Settings.load(given)
