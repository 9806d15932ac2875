"""What a console is occupied with: whether closing it would end something, and what that is."""

from typing import Any, Protocol

from ide.keeper.bell import title_of
from ide.keeper.card import Card
from ide.keeper.journal import Record
from ide.keeper.session import Session
from ide.keeper.signals import Signals


class Occupied(Protocol):
    """The console."""

    record: Record
    session: Session | None
    signals: Signals

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""


class Occupation:
    """`busy` and `at_prompt` as in the console's JSON, when the kernel was asked last."""

    def __init__(self, console: Occupied) -> None:
        self._console = console
        self.busy = self.at_prompt = False
        self._command: str | None = None
        """What was seen in the foreground last, None for nothing."""
        self._card: Card | None = None
        """What the shell's marks say that runs. Its own parts, as `read`, have no foreground."""

    def begin(self, session: Session) -> None:
        """Ask the kernel, of a session that begins here."""
        self.busy, self.at_prompt = self._asked(session)

    def _asked(self, session: Session) -> tuple[bool, bool]:
        kind = self._console.record.kind
        busy, at_prompt = session.occupation(kind)
        if at_prompt and self._card and kind == "bash":
            at_prompt = session.edits_line()  # another shell may be in its place
        return busy, at_prompt

    def hear(self, card: Card) -> None:
        """Hear that a command of the shell has begun or ended."""
        if card.state == "running":
            self._card = card
        elif self._card and self._card.id == card.id:
            self._card = None
        self.ask()

    def end(self) -> None:
        """Note that nothing runs any more."""
        self.busy = self.at_prompt = False
        self._card = None

    def ask(self) -> None:
        """Ask the kernel who has the foreground, and how it reads its keys; tell a change."""
        console = self._console
        if console.session is None:
            return
        before = (self.busy, self.at_prompt)
        self.busy, self.at_prompt = self._asked(console.session)
        if self.at_prompt and not before[1]:
            console.signals.prompt_came()
        if (self.busy, self.at_prompt) != before:
            console.changed()

    def look(self) -> None:
        """Ask, and remember what has the foreground: a limit may end it; tell another one.

        One program may follow another without a prompt between them.
        """
        self.ask()
        session = self._console.session
        command = session.look() if session else None
        if self._is_shell() and command != self._command:
            self._command = command
            self._console.changed()

    def foreground(self) -> dict[str, Any] | None:
        """Return what a shell has in its foreground; other consoles are called what they run."""
        session = self._console.session
        if session is None or not self._is_shell():
            return None
        front, card = session.foreground(), self._card
        if self.busy or self.at_prompt or card is None:
            return front
        command = "" if self._console.record.never else title_of(card.command)
        return {"command": command, "started": card.started}

    def _is_shell(self) -> bool:
        return self._console.record.kind == "bash"
