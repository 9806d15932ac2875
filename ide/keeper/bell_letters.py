"""Which bells of a console ring for what has happened, and the letter of each."""

import time
from typing import Any, Final

from ide.keeper import bell_words
from ide.keeper.bell import Bell
from ide.keeper.bell_programs import Program
from ide.keeper.bell_text import excerpt
from ide.keeper.bell_watch import Watch, boot_seconds
from ide.keeper.console import Console
from ide.keeper.log_parts import read_on

LEAST_SECONDS: Final = 2.0
"""A program that ran shorter, and began after the bell was set, is none to be told of."""
MAX_TITLE_CHARS: Final = 80
EXCERPT_BYTES: Final = 1024
_DIED: Final = {"signal", "limit", "lost", "reboot", "stopped"}

Rung = tuple[Bell, dict[str, Any]]
"""A bell and its letter, which has no number yet."""


def waits_for_end(bell: Bell) -> bool:
    """Whether a bell is of no use once what ran is over."""
    return bell.when in {"finished", "finished_after", "failed"}


def of_end(console: Console, ended: Program) -> list[Rung]:
    """Return what rings because a program in front of a shell has ended."""
    took = boot_seconds() - ended.began
    rings = [
        bell
        for bell in console.bells
        if (bell.when == "finished" and (took >= LEAST_SECONDS or bell.set_at > ended.began))
        or (bell.when == "finished_after" and took > (bell.seconds or 0))
    ]
    sentence = bell_words.finished(took)
    return [(one, letter(console, one, ended.command, sentence)) for one in rings]


def of_session(console: Console, ran: Program | None) -> list[Rung]:
    """Return what rings because a session is over, in which `ran` was the outermost program."""
    record = console.record
    took = boot_seconds() - ran.began if ran else None
    well, died = bell_words.went_well(record), record.exit_how in _DIED
    rings = [
        bell
        for bell in console.bells
        if (bell.when == "finished" and ran)
        or (bell.when == "finished_after" and (took or 0) > (bell.seconds or 0))
        or (bell.when == "failed" and not well)
        or (bell.when == "died" and died)
    ]
    sentence = bell_words.ending(record, took)
    title = ran.command if ran else ""
    ok = well if record.kind == "run" else (False if died else None)
    return [(one, letter(console, one, title, sentence, ok=ok)) for one in rings]


def of_silence(watch: Watch, runs: Program) -> list[Rung]:
    """Return what rings because a program prints nothing; what it prints has bells wait again."""
    now, rings = boot_seconds(), []
    for bell in watch.console.bells:
        if bell.when != "silent":
            continue
        quiet, most = now - max(watch.silent_since, runs.began), bell.seconds or 0
        if quiet < most:
            bell.rung = False
        elif not bell.rung and now - bell.set_at >= most:
            words = bell_words.silent(quiet)
            rings.append((bell, letter(watch.console, bell, runs.command, words)))
    return rings


def of_question(watch: Watch) -> list[Rung]:
    """Return what rings because a program waits for an answer; once for each question.

    One is the same until something is printed, also for a successor.
    """
    console, runs = watch.console, watch.runs()
    if not console.waiting:
        return []
    rings = [
        bell
        for bell in console.bells
        if bell.when == "waiting" and not (bell.rung and bell.offset == console.log.head)
    ]
    title = runs.command if runs else ""
    return [(one, letter(console, one, title, bell_words.WAITS)) for one in rings]


def letter(
    console: Console, bell: Bell, title: str, ending: str,
    *, ok: bool | None = None, at: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the letter of a bell, of output at the offset `at`, by default where it ends."""
    record, offset = console.record, console.log.head if at is None else at
    shown = record.title if record.named or record.never else record.program_title
    lines = None
    if bell.excerpt and not record.never:
        begin = max(console.log.start, offset - 4 * EXCERPT_BYTES)
        end = min(begin + 8 * EXCERPT_BYTES, console.log.head)
        lines = excerpt(read_on(console.log, begin, end), EXCERPT_BYTES)
    return {
        "id": 0, "at": time.time(), "bell": bell.number, "when": bell.when,
        "console": record.id, "console_title": shown or record.title,
        "title": (title or record.title)[:MAX_TITLE_CHARS], "ending": ending, "ok": ok,
        "epoch": record.epoch, "offset": offset, "excerpt": lines,
    }  # fmt: skip
