"""Cards on the disk: bounded, found again, made anew when damaged; nobody waits for a lock."""

import asyncio
import contextlib
import shutil
import sqlite3
import threading
import time
from types import SimpleNamespace

import pytest

from ide.errors import BadRequestError, UnavailableError
from ide.keeper import card_calls, card_store, card_thread
from ide.keeper.card import Card
from ide.keeper.card_reader import Origin
from ide.keeper.card_reading import Beginning, Wanted
from ide.keeper.card_reading import begun as begin_reading
from ide.keeper.card_store import CardStore, Query, Seen
from ide.keeper.card_thread import CardThread
from ide.keeper.output_log import OutputLog
from ide.keeper.times import Times
from ide.wire.limits import MAX_CARDS_PER_LIST, MAX_CARDS_PER_WORKSPACE
from tests.waiting import wait_until

KEY = "k" * 32


def card(number, **more):
    usual = {
        "console": "c", "epoch": "e", "kind": "command", "command": f"echo {number}",
        "cwd": "/w\udcff", "interpreter": "/bin/bash", "started": 1.0, "first": 0,
    }  # fmt: skip
    made = Card(id=number, **(usual | more))
    made.end("exit", 0, 2.0, 3)
    return made


@pytest.fixture
def store(tmp_path):
    with contextlib.closing(CardStore(tmp_path / "cards.db")) as opened:
        yield opened


def test_what_is_written_is_there_and_found(store):
    store.write([card(store.new_id(), command=text) for text in ("make", "50% off", "50_")], {})
    assert [one.command for one in store.newest(Query(text="50%"))] == ["50% off"]
    assert [one.id for one in store.newest(Query(before=3, limit=1))] == [2]
    assert store.newest(Query(console="other")) == []
    assert store.get(1) == card(1, command="make")


def test_the_neighbours_of_a_place_in_the_output_are_found_in_its_order(store):
    store.write([card(store.new_id(), first=at) for at in (10, 20, 20, 30)], {})
    above = store.newest(Query(console="c", above=30))
    below = store.newest(Query(console="c", below=10, limit=2))
    assert [one.first for one in above] == [20, 20, 10]
    assert [(one.id, one.first) for one in below] == [(2, 20), (3, 20)]


def test_what_a_removed_console_ran_is_not_in_the_files_either(store, tmp_path):
    for command, console in (("secret " * 99, "gone"), ("make", "c")):
        store.write([card(store.new_id(), command=command, console=console)], {})
    with contextlib.closing(sqlite3.connect(tmp_path / "cards.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cards").fetchall()  # what it sees must stay
        store.remove("gone")
    shutil.copytree(tmp_path, tmp_path / "killed")
    store.write([card(store.new_id(), command="ls")], {})
    with contextlib.closing(CardStore(tmp_path / "killed" / "cards.db")) as successor:
        successor.write([card(successor.new_id(), command="ls")], {})
        for folder in (tmp_path, tmp_path / "killed"):
            left = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
            assert b"make" in left
            assert b"secret" not in left


def test_a_command_that_is_no_text_any_more_holds_up_no_other(store):
    store.write([card(store.new_id()) for _ in range(2)], {})
    store._db.execute("UPDATE cards SET command = CAST(x'41ff42' AS TEXT) WHERE id = 1")
    assert [one.command for one in store.newest(Query())] == ["echo 2", "A\ufffdB"]


def ended(store, how, status, **more):
    made = card(store.new_id(), **more)
    made.end(how, status, 2.0, 3, exception=more.get("exception"))
    return made


def test_what_failed_and_each_kind_is_found(store):
    running = card(store.new_id(), command="goes on")
    running.state, running.how, running.status = "running", None, None
    store.write(
        [running, ended(store, "exit", 0), ended(store, "exit", None),
         ended(store, "stopped", None), ended(store, "exit", 1, command="failed"),
         ended(store, "limit", 137, command="limited"), ended(store, "lost", None, command="lost"),
         ended(store, "exit", 1, command="raised", kind="statement", exception="ValueError")], {},
    )  # fmt: skip
    failed = store.newest(Query(state="failed"))
    assert [one.command for one in failed] == ["raised", "lost", "limited", "failed"]
    assert [one.command for one in store.newest(Query(state="running"))] == ["goes on"]
    assert [one.command for one in store.newest(Query(kind="statement"))] == ["raised"]
    assert store.newest(Query(kind="run")) == []


def test_the_run_before_is_the_newest_that_ended_of_the_same_command_and_folder(store):
    same = {"command": "make " + "x" * 100}
    going = card(store.new_id(), **same)
    going.state = "running"
    others = (
        {"cwd": "/other"}, {"kind": "run"}, {"command": "make " + "x" * 99 + "y"},
    )  # fmt: skip
    last = card(store.new_id(), console="another", **same)
    store.write([card(store.new_id(), **(same | more)) for more in others], {})
    store.write([going, last], {})
    asked = card(store.new_id(), **same)
    assert store.before(asked) == last
    assert store.before(last) is None, "what still runs has nothing to compare with"
    assert store.before(card(store.new_id(), command="")) is None


def test_a_database_from_before_has_its_cards_found_too(tmp_path):
    path = tmp_path / "cards.db"
    with contextlib.closing(CardStore(path)) as old:
        old.write([card(old.new_id(), command="make"), card(old.new_id(), command="make")], {})
        old._db.execute("DROP INDEX cards_of_command")
    with contextlib.closing(CardStore(path)) as store:
        assert store.before(store.get(2)).id == 1
        assert store._db.execute("PRAGMA index_list(cards)").fetchall()[0][1] == "cards_of_command"


def test_the_oldest_go_when_there_are_too_many(store):
    begun = time.process_time()
    old = card(store.new_id())
    old.state = "running"
    store.write([old], {})
    for _ in range(100):
        store.write([card(store.new_id()) for _ in range(1000)], {})
    assert time.process_time() - begun < 60
    assert len(store.newest(Query(limit=10**6))) == MAX_CARDS_PER_WORKSPACE + 1
    assert store.get(1) is not None, "what runs stays"


def test_a_hundred_thousand_cards_are_asked_within_a_second(store, monkeypatch):
    monkeypatch.setattr(card_store, "MAX_CARDS_PER_WORKSPACE", 10**6)
    store.write([card(store.new_id(), command=f"echo {one}") for one in range(100_000)], {})
    alike = [card(store.new_id(), command="x" * 100 + str(one)) for one in range(1000)]
    store.write(alike, {})
    begun = time.process_time()  # of our own work: a busy machine takes its time
    assert store.newest(Query(state="failed")) == []
    assert [one.id for one in store.newest(Query(text="echo 17", limit=1))] == [17_999 + 1]
    assert store.newest(Query(console="other", kind="run", before=50_000)) == []
    assert store.before(card(store.new_id(), command="echo 5")).id == 6
    assert store.before(alike[0]) is None
    same = f"EXPLAIN QUERY PLAN {card_store._SELECT}{card_store._SAME}"
    plan = store._db.execute(same, ("make", b"/", "run", 9)).fetchall()
    assert "SEARCH cards USING INDEX cards_of_command" in plan[0][3], "not all that ran is read"
    assert time.process_time() - begun < 1


def test_an_id_is_never_used_again(store, tmp_path):
    store.write([card(store.new_id(), console="gone")], {"gone": Seen(KEY, "e", 5, 1)})
    store.remove("gone")
    assert store.seen() == {}
    with contextlib.closing(CardStore(tmp_path / "cards.db")) as again:
        assert again.new_id() == 2


class Listener:
    def __init__(self):
        self.cards, self.notices, self.damaged = [], [], 0

    def cards_changed(self, cards):
        self.cards += cards

    def cards_damaged(self):
        self.damaged += 1

    def notice(self, _level, text):
        self.notices.append(text)


@pytest.fixture
def loop():
    made = asyncio.new_event_loop()
    runner = threading.Thread(target=made.run_forever)
    runner.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    runner.join()
    made.close()


@pytest.fixture
def threaded(loop, tmp_path):
    """Return a function that starts the thread, and its listener."""
    started = []

    def start():
        listener = Listener()
        thread = CardThread(loop, tmp_path / "cards.db", listener)
        thread.start()
        started.append(thread)
        return thread, listener

    yield start
    for thread in started:
        thread.stop()


def session(folder, number=1):
    """Return a session that has run `number` commands, each printing "out"."""
    log, times = OutputLog(folder, 10**8), Times(folder)
    origin = Origin("c", "e", KEY, "command", "/bin/bash", "/home/user")
    begun = Beginning(origin, log, times, 0, 1.0, began=True)
    for one in range(1, number + 1):
        tail = f";ide={KEY}-{one}"
        log.append(
            f"\x1b]133;A;s=0{tail}\x1b\\$ \x1b]133;B{tail}\x1b\\echo {one}\r\n\x1b]133;C{tail}"
            f"\x1b\\out\x1b]133;D;0{tail}\x1b\\".encode()
        )
    return log, begun


@pytest.mark.long
def test_a_flood_of_commands_is_read_in_one_go_and_told_once_written(threaded, tmp_path, full):
    count = 100_000 if full else 5000
    thread, listener = threaded()
    log, begun = session(tmp_path / "c", count)
    thread.post(lambda: thread.work.begin(begun))
    thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
    wait_until(lambda: len(listener.cards) == count, 90)
    assert {one.state for one in listener.cards} == {"ended"}
    log.close()


def test_a_mistake_costs_what_it_was_made_in_and_nothing_else(threaded, loop, tmp_path):
    logged = []
    loop.set_exception_handler(lambda _loop, context: logged.append(context["exception"]))
    thread, listener = threaded()
    log, begun = session(tmp_path / "c", 2)
    poison = Card(
        id=7, console="c", epoch="e", kind="command", command="", cwd="", interpreter="",
        started=1.0, first=2**70,
    )  # fmt: skip
    thread.post(lambda: 1 // 0)
    thread.post(lambda: thread.work.begin(begun))
    thread.post(lambda: thread.work._dirty.update({7: poison}))
    thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
    wait_until(lambda: len(listener.cards) == 2, 20)

    async def ask():
        return await thread.ask(lambda _store: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run_coroutine_threadsafe(ask(), loop).result(20)
    assert [type(one) for one in logged] == [ZeroDivisionError, OverflowError]
    log.close()


def test_a_console_that_was_removed_on_a_full_disk_has_no_cards_once_there_is_room(
    threaded, tmp_path, monkeypatch
):
    thread, listener = threaded()
    log, begun = session(tmp_path / "c", 2)
    thread.post(lambda: thread.work.begin(begun))
    thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
    wait_until(lambda: len(listener.cards) == 2, 20)
    with monkeypatch.context() as full:

        def refuse(_store, _console):
            raise sqlite3.OperationalError("database or disk is full")

        full.setattr(CardStore, "remove", refuse)
        thread.post(lambda: thread.work.remove("c"))
        wait_until(lambda: listener.notices, 20)
    asked = thread.ask(lambda store: store.newest(Query()))
    wait_until(asked.done, 20)
    assert asked.result() == []
    log.close()


def test_a_card_has_the_epoch_that_its_output_is_of(threaded, tmp_path):
    thread, listener = threaded()
    log, begun = session(tmp_path / "c", 2)
    thread.post(lambda: thread.work.begin(begun))
    thread.look({"c": Wanted(log.head, 80, never=False, epoch="later")})
    wait_until(lambda: len(listener.cards) == 2)
    assert {one.epoch for one in listener.cards} == {"later"}
    with contextlib.closing(CardStore(tmp_path / "cards.db")) as store:
        assert store.seen()["c"].epoch == "later"
    log.close()


def test_the_first_output_of_a_session_is_read_though_the_thread_was_busy(threaded, tmp_path):
    thread, listener = threaded()
    log, begun = session(tmp_path / "c")
    free = threading.Event()
    thread.post(lambda: free.wait(20))
    thread.look({"another": Wanted(9, 80, never=False, epoch="e")})
    thread.post(lambda: thread.work.begin(begun))
    thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
    free.set()
    wait_until(lambda: listener.cards, 20, "the card")
    log.close()


def test_a_log_that_gives_nothing_is_passed_in_few_steps(tmp_path):
    asked = []
    log = SimpleNamespace(start=100, read=lambda offset, _size: asked.append(offset) or b"")
    origin = Origin("c", "e", KEY, "command", "/bin/bash", "/home/user")
    beginning = Beginning(origin, log, Times(tmp_path), 0, 1.0, began=True)
    reading = begin_reading(beginning, SimpleNamespace(new_id=lambda: 1), None, None)
    assert reading.read(1 << 20, 80, live=True) == []
    assert reading.reader.offset == 1 << 20
    assert asked[:2] == [0, 100]
    assert len(asked) < 20


def test_a_locked_database_delays_cards_and_says_so_once(threaded, tmp_path, monkeypatch):
    monkeypatch.setattr(card_thread, "AGAIN_SECONDS", 0.1)
    thread, listener = threaded()
    log, begun = session(tmp_path / "c")
    thread.post(lambda: thread.work.begin(begun))
    wait_until((tmp_path / "cards.db").exists)
    thread.look({})
    with contextlib.closing(sqlite3.connect(tmp_path / "cards.db", isolation_level=None)) as db:
        wait_until(lambda: locked(db))
        thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
        wait_until(lambda: listener.notices, 20)
        assert not listener.cards
        assert "locked" in listener.notices[0]
        assert "Consoles go on" in listener.notices[0]
        db.execute("ROLLBACK")
    wait_until(lambda: listener.cards, 20)
    assert len(listener.notices) == 1
    log.close()


def locked(db):
    try:
        db.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return False
    return True


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_damaged_database_is_made_anew_from_the_output(threaded, tmp_path, when):
    path = tmp_path / "cards.db"
    log, begun = session(tmp_path / "c", 3)
    if when == "before":
        path.write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    thread, listener = threaded()
    if when == "meanwhile":
        thread.post(lambda: thread.work.begin(begun))
        thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
        wait_until(lambda: len(listener.cards) == 3)
        listener.cards.clear()
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with path.open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * (path.stat().st_size - 100))
        tail = f";ide={KEY}-4"
        log.append(
            f"\x1b]133;A;s=0{tail}\x1b\\\x1b]133;B{tail}\x1b\\x\r\n\x1b]133;C{tail}\x1b\\".encode()
        )
        thread.look({"c": Wanted(log.head, 80, never=False, epoch="e")})
    wait_until(lambda: listener.damaged, 20)
    assert "made anew" in listener.notices[0]
    told = Beginning(begun.origin, log, begun.times, log.head, 1.0)
    thread.post(lambda: thread.work.begin(told))
    thread.post(thread.work.all_told)
    commands = ["echo 1", "echo 2", "echo 3", *(["x"] if when == "meanwhile" else [])]
    wait_until(lambda: [one.command for one in listener.cards] == commands, 20)
    assert path.with_name("cards.db.damaged").exists()
    assert min(one.id for one in listener.cards) > 10**12, "no id comes again"
    log.close()


def test_who_asks_while_there_is_no_database_is_told_why(loop, tmp_path):
    (tmp_path / "cards.db").mkdir()
    thread = CardThread(loop, tmp_path / "cards.db", Listener())
    thread.start()

    async def ask():
        return await thread.ask(lambda store: store.get(1))

    with pytest.raises(UnavailableError, match="Commands cannot be listed"):
        asyncio.run_coroutine_threadsafe(ask(), loop).result(20)
    thread.stop()


@pytest.mark.parametrize(
    "args", [{"limit": "9"}, {"before": -1}, {"state": "x"}, {"text": "x" * 201}, {"console": 4},
             {"text": "\ud800"}, {"before": 2**70}, {"kind": "program"}, {"kind": 1}],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused(args):
    with pytest.raises(BadRequestError):
        card_calls.query_of(args)


def test_what_is_asked_is_bounded():
    assert card_calls.query_of({"limit": 10**6}).limit == MAX_CARDS_PER_LIST
    with pytest.raises(BadRequestError):
        card_calls.card_of({})
