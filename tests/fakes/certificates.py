"""Certificates of nobody, for servers of the tests."""

import ssl
import subprocess
from pathlib import Path


class Certificate:
    """One that signs itself: trusted by whoever is given `pem`, for `name` alone."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name` is as in a certificate: "IP:127.0.0.1" or "DNS:localhost"."""
        self.pem, key = folder / f"{name[4:]}.pem", folder / f"{name[4:]}.key"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test"),
                *("-addext", f"subjectAltName={name}", "-keyout", key, "-out", self.pem),
            ],
            check=True,
            capture_output=True,
            timeout=30,
        )
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(self.pem, key)
