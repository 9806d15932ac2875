"""What `ide serve` prints at its start: what was found, and where to go."""

import sys
from typing import Any

import ide
from ide.build import is_newer
from ide.cli.address import qr_code
from ide.cli.certificate import Certificate
from ide.cli.certificate_page import page_address
from ide.cli.children import SupervisorKeepAlive
from ide.cli.options import command_line, counted, say
from ide.settings import Settings


def say_found(
    settings: Settings,
    supervisor: SupervisorKeepAlive,
    found: dict[str, Any],
    *,
    ran_already: bool,
) -> None:
    """Say which supervisor it is and what this machine can enforce."""
    if ran_already:
        workspaces = supervisor.client.capacity()["workspaces"]
        running = counted(workspaces, "running workspace")
        if supervisor.replaced:
            say(
                f"Upgraded the supervisor from version {supervisor.replaced} to"
                f" {found['version']}; what runs goes on ({running})."
            )
        else:
            say(
                f"Attached to the supervisor that runs already (pid {found['pid']},"
                f" version {found['version']}, {running})."
            )
        if is_newer(found["version"], ide.__version__):
            say(f"  It is newer than this server ({ide.__version__}); start the newer one.")
    if found["kind"] == "bubblewrap":
        own = "each workspace with its own account" if found["own_uids"] else "one account"
        say(
            f"Sandbox: level {found['level']}, bubblewrap of the {found['bwrap_origin']}"
            f" ({found['bwrap']}), {own}."
        )
        if limits := found.get("limits"):  # one of an older version has not looked
            held = "not held by the kernel" if limits == "none" else f"control groups {limits}"
            disk = "project quota" if found["quota"] == "project" else "looked at"
            say(f"  Limits: {held}; disk: {disk}; network device: {found['network']}.")
    elif found["unsafe"]:
        say("WARNING: --unsafe-no-sandbox. Consoles run WITHOUT a sandbox, and whoever may sign")
        if found["own_uids"]:
            say("in, each as an account of their own, can read what every account here can.")
        else:
            say("in can read and do everything that this account can.")
    else:
        say("No sandbox can be made on this machine, so consoles are refused.")
    if found["unsafe"] != settings.unsafe_no_sandbox:
        given = "with" if found["unsafe"] else "without"
        say(f"The running supervisor was started {given} --unsafe-no-sandbox; that holds until")
        say(f"  {command_line(settings, 'stop')}")
    for reason in found["reasons"]:
        say(f"  {reason}")


def say_address(
    settings: Settings, address: str, certificate: Certificate | None, token: str | None
) -> None:
    """Say where the page is, and where a tablet begins. `token` makes the owner's account."""
    say()
    say(f"Ready:  {address}")
    if token:
        say("Make the owner's account here (this link works once):")
        say(f"  {address}setup/{token}")
    if certificate is not None:
        _say_certificate(settings, address, certificate)
    elif settings.lan:
        say("On a tablet in the same network open the address above, or scan:")
        _draw(address)
    say(f"Ctrl-C stops the web; consoles keep running. Server log: {settings.data}/server.log")


def _say_certificate(settings: Settings, address: str, certificate: Certificate) -> None:
    page = page_address(address)
    say("A device that does not trust the certificate yet begins here, by plain http:")
    say(f"  {page}")
    say(f"  SHA-256 {certificate.fingerprint()}")
    _draw(page)
    if certificate.ends_soon():
        say_end(settings, certificate)


def say_end(settings: Settings, certificate: Certificate) -> None:
    """Say when it ends and how to make it anew."""
    again = command_line(settings, f"make-cert {' '.join(certificate.names)}")
    say(f"The certificate ends on {certificate.until:%Y-%m-%d}; renew it: {again}")


def _draw(address: str) -> None:
    if "utf" in (sys.stdout.encoding or "").lower():
        say(qr_code(address))
