"""Which bells of a console ring for what has happened, and the letter of each."""

import time
from typing import Any, Final

from ide.keeper import bell_words
from ide.keeper.bell import Bell, title_of
from ide.keeper.bell_commands import CommandEnd
from ide.keeper.bell_programs import Program
from ide.keeper.bell_text import excerpt
from ide.keeper.bell_watch import Watch, boot_seconds
from ide.keeper.card import Card
from ide.keeper.console import Console
from ide.keeper.log_parts import read_on

LEAST_SECONDS: Final = 2.0
"""A program that ran shorter, and began after the bell was set, is none to be told of."""
EXCERPT_BYTES: Final = 1024
_DIED: Final = {"signal", "limit", "lost", "reboot", "stopped"}

Rung = tuple[Bell, dict[str, Any]]
"""A bell and its letter, which has no number yet."""


def of_end(console: Console, ended: Program) -> list[Rung]:
    """Return what rings because a program has ended of which nobody knows how."""
    took = boot_seconds() - ended.began
    rings = [
        bell
        for bell in console.bells
        if bell.card is None and _rings_for(bell, ended.began, took, failed=True)
    ]
    words = {True: bell_words.not_known(took), False: bell_words.finished(took)}
    return [
        (one, letter(console, one, ended.command, words[one.when == "failed"])) for one in rings
    ]


def of_command(console: Console, end: CommandEnd, ran: Program | None) -> list[Rung]:
    """Return what rings because a command has ended, in which `ran` was the outermost program."""
    card = end.card
    rings = [
        bell
        for bell in console.bells
        if _is_of(bell, end) and _rings_for(bell, end.began, end.took, failed=end.failed)
    ]
    title, took = title_of(card.command), end.took
    if ran and _is_fg(card):
        title, took = ran.command, boot_seconds() - ran.began
    words = bell_words.command(card, took)
    ok = False if end.failed else (True if card.status == 0 else None)
    return [(one, letter(console, one, title, words, ok=ok, end=end)) for one in rings]


def spent(console: Console, end: CommandEnd) -> list[Bell]:
    """Return bells that were about a command which is over."""
    return [one for one in console.bells if one.card is not None and _is_of(one, end)]


def of_stop(console: Console, end: CommandEnd) -> list[Rung]:
    """Return what rings because a command was stopped: its card ends there."""
    title = title_of(end.card.command)
    words = bell_words.stopped(end.took)
    return [(one, letter(console, one, title, words, end=end)) for one in spent(console, end)]


def of_next(console: Console, card: Card) -> list[Rung]:
    """Return what rings because another command began than that which bells were about."""
    over = [one for one in console.bells if one.card is not None and card.first > one.offset]
    return [(one, letter(console, one, one.command, bell_words.OVER)) for one in over]


def _is_of(bell: Bell, end: CommandEnd) -> bool:
    """Whether a bell has still to hear of an end, by where the command printed."""
    if (end.card.last or 0) < bell.offset:
        return False
    return bell.card is None or end.card.first <= bell.offset


def _rings_for(bell: Bell, began: float, took: float, *, failed: bool) -> bool:
    if bell.when == "finished_after":
        return took > (bell.seconds or 0)
    if bell.when == "finished" or (bell.when == "failed" and failed):
        return bell.card is not None or took >= LEAST_SECONDS or bell.set_at > began
    return False


def of_session(console: Console, ran: Program | None) -> list[Rung]:
    """Return what rings because a session is over, in which `ran` was the outermost program."""
    record = console.record
    took = boot_seconds() - ran.began if ran else None
    interrupted, well = bell_words.was_interrupted(record), bell_words.went_well(record)
    died = record.exit_how in _DIED and not interrupted
    failed = not well and not interrupted

    def rings(bell: Bell) -> bool:
        had_it = ran is not None or bell.card is not None
        if bell.when == "failed":
            return failed and (had_it or record.kind == "run")
        if bell.when == "finished_after":
            return (took or 0) > (bell.seconds or 0)
        return (bell.when == "finished" and had_it) or (bell.when == "died" and died)

    sentence = bell_words.ending(record, took)
    title = ran.command if ran else ""
    ok: bool | None = False if died else None
    if record.kind == "run" and not interrupted:
        ok = well
    return [
        (one, letter(console, one, one.command or title, sentence, ok=ok))
        for one in console.bells
        if rings(one)
    ]


def title_now(watch: Watch, card: Card | None) -> str:
    """Return what runs, "" when nobody knows: the command of `card` as it was typed.

    Not one of the programs that it runs in turn; but what runs in a shell within it.
    """
    front = watch.programs.front
    within = len(front) > 1 and (card is None or card.state == "running")
    if card is None or card.kind == "run" or within or _is_fg(card):
        return front[-1].command if front else ""
    return title_of(card.command)


def _is_fg(card: Card) -> bool:
    return card.command.split()[:1] == ["fg"]


def of_silence(watch: Watch, runs: Program, title: str) -> list[Rung]:
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
            rings.append((bell, letter(watch.console, bell, title, words)))
    return rings


def of_question(watch: Watch, title: str) -> list[Rung]:
    """Return what rings because a program waits for an answer; once for each question.

    One is the same until something is printed, also for a successor.
    """
    console = watch.console
    if not console.waiting:
        return []
    rings = [
        bell
        for bell in console.bells
        if bell.when == "waiting" and not (bell.rung and bell.offset == console.log.head)
    ]
    return [(one, letter(console, one, title, bell_words.WAITS)) for one in rings]


def letter(
    console: Console, bell: Bell, title: str, ending: str,
    *, ok: bool | None = None, at: int | None = None, end: CommandEnd | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the letter of a bell, of output at the offset `at`, by default where it ends.

    Of the `end` of a command it is that of the command's last line.
    """
    record, offset = console.record, console.log.head if at is None else at
    shown = record.title if record.named or record.never else record.program_title
    if end:
        offset = end.last_line
    lines = None
    if bell.excerpt and not record.never:
        lines = excerpt(read_on(console.log, *_around(console, offset, end)), EXCERPT_BYTES)
    return {
        "id": 0, "at": time.time(), "bell": bell.number, "when": bell.when,
        "console": record.id, "console_title": shown or record.title,
        "title": title_of(title or record.title), "ending": ending, "ok": ok,
        "epoch": end.card.epoch if end else record.epoch, "offset": offset, "excerpt": lines,
        "card": end.card.id if end else None,
    }  # fmt: skip


def _around(console: Console, offset: int, end: CommandEnd | None) -> tuple[int, int]:
    """Return where to take an excerpt from; of a command what it printed, nothing else."""
    begin = max(console.log.start, offset - 4 * EXCERPT_BYTES)
    if end:
        return max(begin, end.card.first), max(begin, end.card.last or 0)
    return begin, min(begin + 8 * EXCERPT_BYTES, console.log.head)
