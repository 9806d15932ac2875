"""A console's screen, as far as the order matters in which its engine is told things."""

import asyncio
from types import SimpleNamespace

from ide.keeper.console_screen import ConsoleScreen
from ide.keeper.marks import Marks
from ide.keeper.output_log import OutputLog
from ide.keeper.screen_thread import ScreenThread
from ide.screen.engine import Colors
from tests.waiting import wait_until, wait_until_async

BACKGROUND_QUERY = b"\x1b]11;?\x07"


def test_a_query_in_what_an_engine_reads_first_is_answered_with_the_known_colours(
    tmp_path, monkeypatch
):
    """The thread is as fast as it can be: it has read everything before its start returns."""
    start = ScreenThread.start

    def start_and_read(self, *args, **more):
        start(self, *args, **more)
        wait_until(lambda: self.fed == self.head, 30)

    monkeypatch.setattr(ScreenThread, "start", start_and_read)

    async def ask():
        answers = []
        console = SimpleNamespace(
            log=OutputLog(tmp_path, 1 << 30),
            marks=Marks(tmp_path, 0),
            folder=tmp_path,
            record=SimpleNamespace(cols=40, rows=10),
            session=SimpleNamespace(answer=answers.append),
            signals=SimpleNamespace(moved=lambda _cwd: None, titled=lambda _title: None),
        )
        console.log.append(BACKGROUND_QUERY)
        screen = ConsoleScreen(asyncio.get_running_loop(), console)
        theme = {"fg": "#102030", "bg": "#405060", "cursor": "#ffffff", "palette": []}
        screen.set_colors(Colors.from_theme(theme))
        screen.open(replies_from=0)
        try:
            await wait_until_async(lambda: answers, 30)
        finally:
            screen.close()
        return answers

    assert asyncio.run(ask()) == [b"\x1b]11;rgb:4040/5050/6060\x07"]
