"""The certificate that `ide make-cert` made: where it lies, whose it is, until when it holds.

A certificate authority of the owner's own signs it, so that a tablet that trusts the one goes on
trusting the other when it is made anew. Both keys stay 0600 with whoever made them; nothing ever
shows or sends one.
"""

import hashlib
import json
import os
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from ide.errors import SettingsError
from ide.settings import Settings

FOLDER: Final = "tls"
WARN_DAYS: Final = 30
MAX_FILE_BYTES: Final = 65536
_FACTS: Final = "certificate.json"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one data folder's certificate."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return those of a data folder, there or not."""
        return cls(settings.data / FOLDER)

    @property
    def authority(self) -> Path:
        """What a tablet installs."""
        return self.folder / "ca.pem"

    @property
    def authority_key(self) -> Path:
        """What signs the next certificate; needed by `make-cert` alone."""
        return self.folder / "ca-key.pem"

    @property
    def server(self) -> Path:
        """What the server shows."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """What proves that it is the server's."""
        return self.folder / "server-key.pem"

    @property
    def all(self) -> tuple[Path, ...]:
        """What serving takes."""
        return self.facts, self.server, self.server_key, self.authority

    @property
    def ready(self) -> Path:
        """A folder that is there while `make-cert` puts what it has made in its place."""
        return self.folder / "ready"

    def put_in_place(self) -> None:
        """Put what `ready` has in its place, also for a `make-cert` that was killed meanwhile.

        The facts last: a server that runs looks at them. Several may do it at once.
        """
        if not self.ready.exists():
            return
        _check_owner(self.ready)
        for name in (self.authority_key, self.authority, self.server_key, self.server, self.facts):
            with suppress(FileNotFoundError):
                (self.ready / name.name).replace(name)
        with suppress(FileNotFoundError):
            self.ready.rmdir()

    @property
    def facts(self) -> Path:
        """What people are told of it, as JSON."""
        return self.folder / _FACTS


@dataclass(frozen=True, slots=True)
class Certificate:
    """What there is to know of it."""

    files: Files
    names: tuple[str, ...]
    """Names and addresses of the server, the one that people are told first."""
    until: datetime
    authority_until: datetime

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Read it. Raises SettingsError: there is none, or not one that can be trusted."""
        files = Files.of(settings)
        files.put_in_place()
        if not files.facts.exists():
            raise SettingsError("there is no certificate yet; make one with: ide make-cert")
        for path in (*files.all, files.folder):
            _check_owner(path)
        try:
            said: dict[str, Any] = json.loads(_read(files.facts))
            return cls(
                files,
                tuple(map(str, said["names"])),
                datetime.fromisoformat(said["until"]),
                datetime.fromisoformat(said["authority_until"]),
            )
        except (ValueError, KeyError, TypeError):
            raise SettingsError(f"{files.facts} cannot be read; run ide make-cert again") from None

    def save(self) -> None:
        """Write what `load` reads."""
        said = {
            "names": self.names,
            "until": self.until.isoformat(),
            "authority_until": self.authority_until.isoformat(),
        }
        self.files.facts.write_text(json.dumps(said))

    def context(self) -> ssl.SSLContext:
        """Return what TLS is served with. Raises SettingsError: key and certificate do not fit."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.files.server, self.files.server_key)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"the certificate in {self.files.folder} cannot be used ({error});"
                " make another with: ide make-cert"
            ) from None
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.set_alpn_protocols(["http/1.1"])
        return context

    def authority_der(self) -> bytes:
        """Return the authority's certificate, which everybody may have."""
        try:
            return ssl.PEM_cert_to_DER_cert(_read(self.files.authority))
        except ValueError:
            raise SettingsError(f"{self.files.authority} is no certificate") from None

    def fingerprint(self) -> str:
        """Return the SHA-256 of the authority's certificate in pairs, as tablets show it."""
        return hashlib.sha256(self.authority_der()).digest().hex(" ").upper()

    def ends_soon(self) -> bool:
        """Whether it is time to make it anew."""
        return self.until - datetime.now(UTC) < timedelta(days=WARN_DAYS)


def _check_owner(path: Path) -> None:
    """Raise SettingsError when somebody else may have put it there."""
    try:
        found = path.lstat()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; run ide make-cert again") from None
    if found.st_uid != os.geteuid() or path.is_symlink():
        raise SettingsError(f"{path} belongs to account {found.st_uid}, not to this one")


def _read(path: Path) -> str:
    with path.open() as file:
        return file.read(MAX_FILE_BYTES)
