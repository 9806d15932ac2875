"""One e-mail through the mail server that the settings name."""

import hashlib
import smtplib
import ssl
import threading
import time
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from ide.channels.message import SENT, Message, Outcome, one_line
from ide.settings import Settings

SECONDS: Final = 30.0
"""For all of it, however slowly the server speaks."""
STEP_SECONDS: Final = 10.0
MAX_PASSWORD_BYTES: Final = 1024
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""There a certificate is often nobody's."""
_PORTS: Final = {"smtp": 587, "smtps": 465}


def send(settings: Settings, to: str, message: Message, page: str) -> Outcome:
    """Send it; blocks SECONDS at most."""
    try:
        server = _connected(settings)
    except (OSError, smtplib.SMTPException) as error:
        return _failed(error)
    ended = threading.Timer(SECONDS, server.close)
    ended.daemon = True
    ended.start()
    try:
        _sign_in(server, settings)
        server.send_message(_letter(settings, to, message, page))
    except smtplib.SMTPRecipientsRefused as error:
        return _not_taken(to, max(code for code, _ in error.recipients.values()))
    except smtplib.SMTPAuthenticationError:
        return Outcome("failed", "The mail server does not take this server's password.")
    except smtplib.SMTPResponseException as error:
        return Outcome(_state(error.smtp_code), f"The mail server answered {error.smtp_code}.")
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return _failed(error)
    finally:
        ended.cancel()
        server.close()
    return SENT


def _connected(settings: Settings) -> smtplib.SMTP:
    parts = urlsplit(settings.smtp_url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=STEP_SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=STEP_SECONDS)


def _sign_in(server: smtplib.SMTP, settings: Settings) -> None:
    """Encrypt where the server can, unless it is on this machine; no password goes out in plain."""
    parts = urlsplit(settings.smtp_url)
    server.ehlo()
    encrypted = parts.scheme == "smtps" or parts.hostname in _LOCAL_NAMES
    if not encrypted and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
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
    mail["Subject"] = one_line(f"{message.title}: {first}", 200)
    mail["Date"] = formatdate(time.time())
    name = hashlib.sha256(f"{message.tag} {to}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{name}@{settings.smtp_from.rpartition('@')[2].strip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    link = f"\n\n{page}{message.hash}" if page else ""
    mail.set_content(f"{message.title}\n{message.text}{link}\n")
    return mail


def _not_taken(to: str, code: int) -> Outcome:
    """Return what is said of an address that is refused for ever (5xx) or for now (4xx)."""
    return Outcome(_state(code), f"The mail server does not take mail for {to} ({code}).")


def _state(code: int) -> Literal["refused", "failed"]:
    return "refused" if 500 <= code < 600 else "failed"


def _failed(error: Exception) -> Outcome:
    if isinstance(error, TimeoutError) or "timed out" in str(error):  # smtplib tells it by words
        reason = "it did not answer in time"
    else:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)[:100] or "it broke"
    return Outcome("failed", f"The mail server took nothing: {reason}.")
