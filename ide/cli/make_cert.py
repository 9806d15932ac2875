"""`ide make-cert`: a certificate for https in one's own network, and what signs it.

By the program `openssl`, which is where root certificates are. Limits are Apple's: name or address
in the SAN, serverAuth, SHA-256, and no more than 398 days.
"""

import fcntl
import ipaddress
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from ide.cli.address import lan_address
from ide.cli.certificate import Certificate, Files
from ide.cli.options import command_line, say, with_settings
from ide.errors import SettingsError, UnavailableError
from ide.settings import Settings

SERVER_DAYS: Final = 397
AUTHORITY_DAYS: Final = 3650
OPENSSL_SECONDS: Final = 30.0
MOST_NAMES: Final = 20
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\Z")
_CURVE: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256")


@click.command("make-cert")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@with_settings
def make_cert(settings: Settings, names: tuple[str, ...]) -> None:
    """Make a certificate for https in your own network.

    NAME is what people type for this server; without one it is this machine's name and address.
    Run it again to renew it: with the same names no tablet needs a new authority.
    """
    wanted = checked_names(names or own_names())
    files = _folder(settings)
    before = _before(settings)
    is_new = before is None or before.names != wanted or _is_old(before)
    authority_until = datetime.now(UTC) + timedelta(days=AUTHORITY_DAYS)
    if before is not None and not is_new:
        authority_until = before.authority_until
    until = datetime.now(UTC) + timedelta(days=SERVER_DAYS)
    made = Certificate(files, wanted, until, authority_until)
    # All of it, then all at once: whoever is killed leaves the last certificate or this one.
    with _making(files) as making:
        if is_new:
            _make_authority(making, wanted)
        _make_server(making, wanted, making if is_new else files)
        new = replace(made, files=making)
        new.context()
        new.save()
        making.folder.rename(files.ready)
    files.put_in_place()
    is_awaited = before is not None and before.names == wanted
    _say_made(settings, made, is_new=is_new, is_awaited=is_awaited)


def own_names() -> tuple[str, ...]:
    """Return what other devices may call this machine: its mDNS name and its address."""
    host = socket.gethostname().lower().partition(".")[0]
    named = (f"{host}.local",) if _NAME.match(host) and host != "localhost" else ()
    address = lan_address()
    return (*named, address) if address else named


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names in lower case and addresses in their usual form, each once.

    Raises SettingsError, naming it, when one is neither.
    """
    checked = dict.fromkeys(map(_checked, names))
    if not checked or len(checked) > MOST_NAMES:
        raise SettingsError(f"give between 1 and {MOST_NAMES} names: ide make-cert NAME…")
    return tuple(checked)


def _checked(name: str) -> str:
    if "%" not in name:  # the zone of an address means something on one device alone
        with suppress(ValueError):
            return str(ipaddress.ip_address(name))
    plain = name.lower().rstrip(".")
    # Browsers take a name that ends in a number for an address.
    if len(plain) > 253 or not _NAME.match(plain) or plain.rpartition(".")[2].isdecimal():
        raise SettingsError(
            f"{name!r} is neither a name nor an address; give the name that people type,"
            " without https:// and port"
        )
    return plain


def _folder(settings: Settings) -> Files:
    files = Files.of(settings)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.folder.mkdir(mode=0o700, exist_ok=True)
    found = files.folder.lstat()
    if found.st_uid != os.geteuid() or files.folder.is_symlink():
        raise SettingsError(f"{files.folder} belongs to account {found.st_uid}, not to this one")
    return files


def _before(settings: Settings) -> Certificate | None:
    try:
        before = Certificate.load(settings)
    except SettingsError:
        return None
    return before if _can_sign(before.files) else None


def _can_sign(files: Files) -> bool:
    """Whether there is an authority with its key, and not with that of another."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            files.authority, files.authority_key
        )
    except (OSError, ssl.SSLError):
        return False
    return True


@contextmanager
def _making(files: Files) -> Iterator[Files]:
    """Give a folder to make all of it in. What one that was killed left of its own goes first."""
    held = os.open(files.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SettingsError(f"another ide make-cert is at work in {files.folder}") from None
    else:
        making = files.folder / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        try:
            yield Files(making)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    finally:
        os.close(held)


def _is_old(before: Certificate) -> bool:
    """Whether its authority ends before a certificate that it would sign now."""
    return before.authority_until < datetime.now(UTC) + timedelta(days=SERVER_DAYS)


def _make_authority(files: Files, names: tuple[str, ...]) -> None:
    """Make the authority. It vouches for these names alone, also should its key be stolen."""
    lines = [
        *("basicConstraints = critical, CA:TRUE, pathlen:0", "keyUsage = critical, keyCertSign"),
        # The second: else also for senders of mail and programs, to which the names do not apply.
        *("subjectKeyIdentifier = hash", "extendedKeyUsage = serverAuth"),
        # Not critical: a device that does not know the limits must not refuse the whole.
        f"nameConstraints = {', '.join(_limits(names))}",
    ]
    title = f"ide on {names[0]} ({datetime.now(UTC):%Y-%m-%d})"[:64]
    with _work(files, title, lines) as work:
        _openssl(
            *("req", "-x509", *_CURVE, "-days", str(AUTHORITY_DAYS), "-config", work / "config"),
            *("-extensions", "made", "-keyout", work / "key", "-out", work / "pem"),
        )
        _take_over(work / "key", files.authority_key)
        _take_over(work / "pem", files.authority)


def _make_server(files: Files, names: tuple[str, ...], signed_by: Files) -> None:
    alternatives = ", ".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names)
    lines = [
        *("basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature"),
        *("extendedKeyUsage = serverAuth", f"subjectAltName = {alternatives}"),
        *("subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid"),
    ]
    with _work(files, names[0][:64], lines) as work:
        _openssl(
            *("req", "-new", *_CURVE, "-config", work / "config"),
            *("-keyout", work / "key", "-out", work / "request"),
        )
        _openssl(
            *("x509", "-req", "-in", work / "request", "-CA", signed_by.authority),
            *("-CAkey", signed_by.authority_key, "-set_serial", f"0x{secrets.token_hex(15)}"),
            *("-days", str(SERVER_DAYS), "-sha256", "-extfile", work / "config"),
            *("-extensions", "made", "-out", work / "pem"),
        )
        _take_over(work / "key", files.server_key)
        _take_over(work / "pem", files.server)


def _limits(names: tuple[str, ...]) -> list[str]:
    """Return what it may vouch for, as OpenSSL writes it; a kind that is not named is shut."""
    hosts = [name for name in names if not _is_address(name)]
    addresses = [ipaddress.ip_address(name) for name in names if _is_address(name)]
    masks = {4: "255.255.255.255", 6: ":".join(["ffff"] * 8)}
    everything = ("0.0.0.0/0.0.0.0", f"{':'.join('0' * 8)}/{':'.join('0' * 8)}")
    return [
        *(f"permitted;DNS:{name}" for name in hosts or ["none.invalid"]),
        *(f"permitted;IP:{each.exploded}/{masks[each.version]}" for each in addresses),
        *(() if addresses else (f"excluded;IP:{each}" for each in everything)),
    ]


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdecimal()


@contextmanager
def _work(files: Files, title: str, extensions: list[str]) -> Iterator[Path]:
    """Give a folder for openssl, with its configuration."""
    body = ["[req]", "distinguished_name = dn", "prompt = no", "[dn]", f"CN = {title}"]
    with tempfile.TemporaryDirectory(dir=files.folder) as name:
        folder = Path(name)
        (folder / "config").write_text("\n".join([*body, "[made]", *extensions, ""]))
        yield folder


def _openssl(*words: str | Path) -> None:
    """Run it. Raises UnavailableError: it is not there, or it failed, with its last words."""
    program = shutil.which("openssl")
    if program is None:
        raise UnavailableError("openssl is missing; as root: apt-get install -y openssl")
    try:
        done = subprocess.run(
            [program, *words], capture_output=True, text=True, timeout=OPENSSL_SECONDS, check=False,
            umask=0o077, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"openssl did not end within {OPENSSL_SECONDS:.0f} s") from None
    if done.returncode:
        raise UnavailableError(f"openssl failed: {done.stderr.strip()[-500:]}")


def _take_over(made: Path, name: Path) -> None:
    made.chmod(0o600)
    made.replace(name)


def _say_made(settings: Settings, made: Certificate, *, is_new: bool, is_awaited: bool) -> None:
    say(f"Made a certificate for {', '.join(made.names)}, valid until {made.until:%Y-%m-%d}.")
    if is_new:
        say("Each device trusts it after it has installed this authority:")
        say(f"  SHA-256 {made.fingerprint()}")
    else:
        say("Devices that trust the last one trust it too.")
    if is_awaited:
        say("A server that runs with the last one takes it up by itself within seconds. Else:")
    else:
        say("Serve with it (end a server that runs before); it prints where devices begin:")
    say(f"  {command_line(settings, '--lan --tls')}")
