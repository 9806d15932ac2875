"""What plain http gets at the https port: the certificate, and the steps to trust it.

Plain http, because nothing else is trusted yet; so the page asks to compare the fingerprint with
the one that the server printed, and does not say it.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final, Self

import segno

from ide.cli.certificate import Certificate

PAGE_PATH: Final = "/certificate"
FILE_PATH: Final = "/certificate/ide.crt"
MAX_HEAD_BYTES: Final = 8192
_PAGE: Final = Path(__file__).with_name("certificate_page.html")
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?\Z|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?\Z")
_TARGET = re.compile(r"/[!-~]{0,2000}\Z")


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """The page, the authority's certificate, and where the rest is."""

    address: str
    authority: bytes
    page: bytes

    @classmethod
    def of(cls, certificate: Certificate, address: str) -> Self:
        """Make the page once; `address` is the https address that people open."""
        return cls(address, certificate.authority_der(), _page(address).encode())

    def answer(self, head: bytes) -> bytes:
        """Return the whole answer to a request's head; everything but the page leads to https."""
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3 or words[0] not in {"GET", "HEAD"} or not _TARGET.match(words[1]):
            return _answer("400 Bad Request", "text/plain", b"This port speaks https.\n")
        target = words[1]
        path = target.partition("?")[0]
        only_head = words[0] == "HEAD"
        if path == PAGE_PATH:
            return _answer("200 OK", "text/html; charset=utf-8", self.page, only_head=only_head)
        if path == FILE_PATH:
            kind = "application/x-x509-ca-cert"
            return _answer("200 OK", kind, self.authority, only_head=only_head)
        host = next((each[5:].strip() for each in lines if each.lower().startswith("host:")), "")
        there = f"https://{host}{target}" if _HOST.match(host) else self.address
        return _answer("308 Permanent Redirect", "text/plain", b"", f"Location: {there}")


def _answer(status: str, kind: str, body: bytes, *more: str, only_head: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; img-src data:; style-src 'unsafe-inline'",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if only_head else body)


def page_address(address: str) -> str:
    """Return where the page is, for an https address of ours."""
    host = address.removeprefix("https://").partition("/")[0]
    return f"http://{host}{PAGE_PATH}"


def _page(address: str) -> str:
    picture = segno.make(page_address(address), error="l").svg_data_uri(
        scale=4, border=2, light="white"
    )
    return Template(_PAGE.read_text()).substitute(
        address=html.escape(address), file=FILE_PATH, picture=picture
    )
