"""When a certificate ends: one that a server shows, or one in a file."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509


def ends_at_server(address: str, *, certificate: Path | None, key: Path | None, seconds: float) -> datetime:
    """Of what the server at an https address shows. Nothing is asked of it. Raises OSError where it can't be reached, or shows
    none."""
    parts = urlsplit(address)
    # Only its date is read, and that of one that has ended already, too: whoever calls the server verifies it (ssl's default).
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate and key:
        context.load_cert_chain(certificate, key)
    host = parts.hostname or ""
    with (
        socket.create_connection((host, parts.port or 443), timeout=seconds) as raw,
        context.wrap_socket(raw, server_hostname=host) as line,
    ):
        shown = line.getpeercert(binary_form=True)
    if shown is None:
        raise ssl.SSLError("the server shows no certificate")
    return x509.load_der_x509_certificate(shown).not_valid_after_utc


def ends_in_file(path: Path) -> datetime:
    """Of the certificate in a PEM file that ends first: with a chain, all of it must hold. Raises ValueError, OSError."""
    return min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes()))
