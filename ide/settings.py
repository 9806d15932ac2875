"""One frozen settings object, read once at start from `IDE_*` and the command line.

Nobody else reads the environment. Each field is documented in docs/settings.md; a test compares.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from ide.errors import SettingsError

ENVIRONMENT_PREFIX = "IDE_"
CEILING = "ceiling_"
NETWORKS = ("none", "packages", "web", "outbound", "full")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner decides. Paths are absolute, times in seconds, sizes in bytes."""

    data: Path
    bind: str = "127.0.0.1:8000"
    lan: bool = False
    tls: bool = False
    address: str = ""
    database_url: str = ""
    login_days: int = 30
    max_body_bytes: int = 1024 * 1024 * 1024
    log_cap_bytes: int = 256 * 1024 * 1024
    log_workspace_cap_bytes: int = 1024 * 1024 * 1024
    log_min_free_bytes: int = 1024 * 1024 * 1024
    search_cap_bytes: int = 256 * 1024 * 1024
    network: str = "web"
    network_range: str = "100.64.0.0/16"
    resolver: str = ""
    smtp_url: str = ""
    smtp_from: str = ""
    smtp_password_file: str = ""
    channels_loopback: bool = False
    ceiling_memory_bytes: int = 0
    ceiling_cpu_percent: int = 0
    ceiling_processes: int = 0
    ceiling_open_files: int = 0
    ceiling_disk_bytes: int = 0
    ceiling_files: int = 0
    ceiling_tmp_bytes: int = 0
    ceiling_shm_bytes: int = 0
    unsafe_no_sandbox: bool = False
    runtime_dir: str = ""
    uid_base: int = 200_000
    threads: int = 256
    log_level: str = "info"

    @classmethod
    def load(cls, environ: Mapping[str, str], **given: Any) -> Self:
        """Read `IDE_*` and let `given` (the command line; None means not given) win.

        Raises SettingsError on an unknown `IDE_*` name or a value of the wrong shape.
        """
        values: dict[str, Any] = {"data": Path("workspaces")}
        known = {field.name: field for field in fields(cls)}
        for name, text in environ.items():
            if not name.startswith(ENVIRONMENT_PREFIX):
                continue
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
            if key not in known:
                raise SettingsError(f"{name} is not a setting; docs/settings.md lists them")
            values[key] = _read(name, text, known[key].type)
        values |= {key: value for key, value in given.items() if value is not None}
        values["data"] = Path(values["data"]).absolute()
        settings = cls(**values)
        settings.validate()
        return settings

    def validate(self) -> None:
        """Raise SettingsError, naming the setting, when a value cannot work."""
        host, _, port = self.bind.rpartition(":")
        if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise SettingsError(
                f"bind {self.bind!r} is not ADDRESS:PORT, for example 127.0.0.1:8000"
            )
        if self.address:
            parts = urlsplit(self.address)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
                raise SettingsError(
                    f"address {self.address!r} is not a web address, for example"
                    " https://code.example.org/ide/"
                )
            if self.tls and parts.scheme != "https":
                raise SettingsError(f"with tls the address begins with https://: {self.address!r}")
        if self.network not in NETWORKS:
            raise SettingsError(f"network is one of {', '.join(NETWORKS)}")
        if below := next((name for name, value in self.ceilings.items() if value < 0), ""):
            raise SettingsError(f"{CEILING}{below} is 0 or more, where 0 is no ceiling")
        _check_addresses(self.network_range, self.resolver)
        _check_mail(self.smtp_url, self.smtp_from, self.smtp_password_file)
        if self.search_cap_bytes < 0:
            raise SettingsError("search_cap_bytes is 0 or more, where 0 is no index")
        if self.login_days < 1 or self.threads < 8:
            raise SettingsError("login_days is at least 1 and threads at least 8")

    @property
    def ceilings(self) -> dict[str, int]:
        """What no plan goes beyond, by the name of the limit; 0 is no ceiling."""
        return {
            field.name.removeprefix(CEILING): getattr(self, field.name)
            for field in fields(self)
            if field.name.startswith(CEILING)
        }

    def to_environ(self) -> dict[str, str]:
        """Return the `IDE_*` variables from which `load` makes these settings again."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            f"{ENVIRONMENT_PREFIX}{name.upper()}": (
                str(int(value)) if isinstance(value, bool) else str(value)
            )
            for name, value in values.items()
        }

    @property
    def mount(self) -> str:
        """The path the page lives under, with a slash at both ends: `/` or `/ide/`."""
        path = urlsplit(self.address).path.strip("/") if self.address else ""
        return f"/{path}/" if path else "/"

    @property
    def behind_proxy(self) -> bool:
        """Whether a proxy stands before us, whose headers are believed."""
        return bool(self.address) and not self.tls

    @property
    def origin(self) -> str:
        """The one Origin that is accepted, or "" when it must equal the request's own."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}" if self.address else ""

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the people's database."""
        return self.database_url or f"sqlite:///{self.data / 'ide.db'}"

    @property
    def runtime(self) -> Path:
        """The short folder of sockets, locks and process ids; one per data folder and account.

        A unix socket's path may have 107 bytes, so it cannot lie in the data folder. `serve` hands
        it on as IDE_RUNTIME_DIR, because its children may run as another account.
        """
        if self.runtime_dir:
            return Path(self.runtime_dir)
        name = "ide-" + hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:12]
        if os.geteuid() == 0:
            return Path("/run") / name
        return Path(f"/tmp/{name}-{os.geteuid()}")  # noqa: S108 - created 0700 and checked


def _read(name: str, text: str, kind: Any) -> Any:
    if kind in (bool, "bool"):
        if text not in {"0", "1"}:
            raise SettingsError(f"{name} is 0 or 1, not {text!r}")
        return text == "1"
    if kind in (int, "int"):
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{name} is a whole number, not {text!r}") from None
    return text


def _check_addresses(network_range: str, resolver: str) -> None:
    try:
        network = IPv4Network(network_range)
    except ValueError:
        network = IPv4Network("0.0.0.0/0")
    if network.is_global or network.prefixlen > 30 or network.prefixlen < 8:
        raise SettingsError(
            "network_range is a private IPv4 network of 4 addresses or more, for example"
            " 100.64.0.0/16"
        )
    try:
        if resolver and IPv4Address(resolver).is_loopback:
            raise SettingsError("resolver is on loopback, which no sandbox reaches")
    except ValueError:
        raise SettingsError("resolver is an IPv4 address, for example 9.9.9.9") from None


def _check_mail(url: str, sender: str, password_file: str) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise SettingsError("IDE_SMTP_URL is smtp://HOST:PORT or smtps://HOST:PORT, or with USER@")
    if parts.password is not None:
        raise SettingsError(
            "IDE_SMTP_URL holds no password: name a file with it, IDE_SMTP_PASSWORD_FILE"
        )
    if parts.username and not password_file:
        raise SettingsError("IDE_SMTP_URL names a user, so IDE_SMTP_PASSWORD_FILE names a file")
    if not sender.rpartition("@")[0] or not sender.isprintable():
        raise SettingsError("IDE_SMTP_FROM is the address that mails come from, as ide@example.org")
