"""A certificate that is made anew while the server runs: noticed, looked at, taken up."""

from typing import Final

from ide.cli.certificate import Certificate, Files
from ide.cli.options import say
from ide.cli.serve_words import say_end
from ide.errors import SettingsError
from ide.settings import Settings

LOOK_SECONDS: Final = 5.0


class Renewal:
    """Knows which certificate is served, and looks whether another lies in its place."""

    def __init__(self, settings: Settings, served: Certificate) -> None:
        """Begin with `served`, read just now, which was said to end soon if it does."""
        self._settings = settings
        self._served = served
        self._said_end = served.ends_soon()
        self._seen = self._mark()

    def look(self) -> bool:
        """Whether another one is to be served from now on; says why one is not, once.

        Serving one with other names takes a new start: the server's address is another then.
        """
        self._say_end()
        mark = self._mark()
        if mark in {self._seen, None}:
            return False
        self._seen = mark
        try:
            made = Certificate.load(self._settings)
            made.context()
        except SettingsError as error:
            say(f"The new certificate is not taken: {error.message}.")
            return False
        if made.names != self._served.names:
            say(f"There is a certificate for {', '.join(made.names)}; to serve it, start again.")
            return False
        self._served = made
        self._said_end = made.ends_soon()
        say(f"Took up the new certificate, valid until {made.until:%Y-%m-%d}.")
        return True

    def _say_end(self) -> None:
        if not self._said_end and self._served.ends_soon():
            self._said_end = True
            say_end(self._settings, self._served)

    def _mark(self) -> tuple[int, int] | None:
        """Return what is another after each `make-cert`, None where nothing can be read."""
        try:
            found = Files.of(self._settings).facts.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns
