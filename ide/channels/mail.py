"""One e-mail through the mail server that the settings name."""

import hashlib
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from ide.channels.message import SENT, Message, Outcome, one_line
from ide.settings import Settings

SECONDS: Final = 30.0
"""For all of it, however slowly the server speaks."""
STEP_SECONDS: Final = 10.0
MAX_READ_BYTES: Final = 64 * 1024
"""Of all that the server says."""
MAX_PASSWORD_BYTES: Final = 1024
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""There a certificate is often nobody's."""
READY: Final = 220
_PORTS: Final = {"smtp": 587, "smtps": 465}


class _TooMuchError(Exception):
    """No mail server says so much."""


class _Bounded(smtplib.SMTP):
    """One that does not listen for ever, however much or slowly the other side speaks."""

    def __init__(self, host: str, **more: Any) -> None:
        """Connect to nothing yet, but know whose certificate is wanted. Takes what SMTP does."""
        super().__init__(timeout=STEP_SECONDS, **more)
        self._host = host  # smtplib sets it only where it connects at once
        self._room = MAX_READ_BYTES
        self.is_late = False
        """Whether it was hung up."""

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer of some lines. Raises SMTPException, OSError, _TooMuchError."""
        if self.is_late:
            raise TimeoutError
        if self.file is None and self.sock is not None:
            self.file = _Counted(self.sock.makefile("rb"), self)
        return super().getreply()

    def read_line(self, file: Any, most: int) -> bytes:
        """Read on, but no more than MAX_READ_BYTES in all. Raises _TooMuchError, OSError."""
        line: bytes = file.readline(most)
        self._room -= len(line)
        if self.is_late:
            raise TimeoutError
        if self._room < 0 or len(line) == most:
            raise _TooMuchError
        return line

    def hang_up(self) -> None:
        """End what another thread waits for: closing would wait for that one."""
        self.is_late = True
        if (connection := self.sock) is not None:
            with suppress(OSError):  # not by TLS's own way, which is that other thread's
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same, encrypted from the beginning."""


class _Counted:
    """Lines of a mail server."""

    def __init__(self, file: Any, server: _Bounded) -> None:
        self._file, self._server = file, server

    def readline(self, most: int) -> bytes:
        """Read one. Raises _TooMuchError, OSError."""
        return self._server.read_line(self._file, most)

    def close(self) -> None:
        """Close it."""
        self._file.close()


def send(settings: Settings, to: str, message: Message, page: str) -> Outcome:
    """Send it; blocks SECONDS at most."""
    parts = urlsplit(settings.smtp_url)
    host = parts.hostname or ""
    server = (
        _BoundedTls(host, context=ssl.create_default_context())
        if parts.scheme == "smtps"
        else _Bounded(host)
    )
    ended = threading.Timer(SECONDS, server.hang_up)
    ended.daemon = True
    ended.start()
    try:
        _greet(server, host, parts.port or _PORTS[parts.scheme])
        _sign_in(server, settings)
        server.send_message(_letter(settings, to, message, page), to_addrs=[to])
    except (OSError, smtplib.SMTPException, ValueError, _TooMuchError) as error:
        # A connection that was hung up may end in other ways too.
        return _not_sent(TimeoutError() if server.is_late else error, to)
    finally:
        ended.cancel()
        server.close()
    return SENT


def _greet(server: smtplib.SMTP, host: str, port: int) -> None:
    """Connect and be greeted. Raises SMTPResponseException for any greeting but 220."""
    code, said = server.connect(host, port)
    if code != READY:
        raise smtplib.SMTPConnectError(code, said)


def _sign_in(server: smtplib.SMTP, settings: Settings) -> None:
    """Encrypt where the server can, unless it is on this machine; no password goes out in plain."""
    parts = urlsplit(settings.smtp_url)
    server.ehlo_or_helo_if_needed()
    encrypted = parts.scheme == "smtps" or parts.hostname in _LOCAL_NAMES
    if not encrypted and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        encrypted = True
    if parts.username:
        if not encrypted:
            raise smtplib.SMTPException("it does not encrypt, so it gets no password")
        with Path(settings.smtp_password_file).open(encoding="utf-8") as file:
            password = file.read(MAX_PASSWORD_BYTES).strip()
        server.login(unquote(parts.username), password)


def _letter(settings: Settings, to: str, message: Message, page: str) -> EmailMessage:
    """Return the mail. Its Message-ID is the tag's: a second one is known to be the same."""
    mail = EmailMessage()
    mail["From"] = settings.smtp_from
    mail["To"] = to
    first, _, _ = message.text.partition("\n")
    # A command may have any words: what is said of it begins where its quotes end.
    said = (
        f"“{message.title}” {first}" if message.facts.get("ending") else f"{message.title}: {first}"
    )
    mail["Subject"] = one_line(said, 200)
    mail["Date"] = formatdate(time.time())
    name = hashlib.sha256(f"{message.tag} {to}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{name}@{settings.smtp_from.rpartition('@')[2].strip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    link = f"\n\n{page}{message.hash}" if page else ""
    mail.set_content(f"{message.title}\n{message.text}{link}\n")
    return mail


def _not_sent(error: BaseException, to: str) -> Outcome:
    """Return what is said of what went wrong; another try may help, but where it was for ever."""
    state: Literal["refused", "failed"] = "failed"
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = max(code for code, _ in error.recipients.values())
            state, said = _state(code), f"The mail server does not take mail for {to} ({code})."
        case smtplib.SMTPAuthenticationError():
            said = "The mail server does not take this server's password."
        case smtplib.SMTPResponseException(smtp_code=code) if 400 <= code < 600:
            state, said = _state(code), f"The mail server answered {code}."
        case smtplib.SMTPResponseException():
            said = "The mail server answered something that is not SMTP."
        case _TooMuchError():
            said = "The mail server says more than any mail server does."
        case ssl.SSLCertVerificationError():
            said = f"The certificate of the mail server is not good: {error.verify_message}."
        case _:
            said = f"The mail server took nothing: {_reason(error)}."
    return Outcome(state, said)


def _state(code: int) -> Literal["refused", "failed"]:
    return "refused" if 500 <= code < 600 else "failed"


def _reason(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        error = error.__context__ or ConnectionError(0, "it closed the connection")
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return (isinstance(error, OSError) and error.strerror) or str(error)[:100] or "it broke"
