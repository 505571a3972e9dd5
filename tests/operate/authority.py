"""A test authority in the shape of Spine's: a root, a sub-authority under it, and each one's list of revoked certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key


@dataclass
class Authority:
    root: trustme.CA = field(default_factory=trustme.CA)
    sub: trustme.CA = field(init=False)
    revoked: list[x509.Certificate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sub = self.root.create_child_ca()

    def issue(self, common_name: str, organisation: str = "Test") -> trustme.LeafCert:
        return self.sub.issue_cert(common_name, common_name=common_name, organization_name=organisation)

    def revoke(self, certificate: trustme.LeafCert) -> None:
        self.revoked.append(x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes()))

    def write(self, folder: Path) -> None:
        """`spine-ca.pem` and `spine-crl.pem`, as the configuration names them."""
        (folder / "spine-ca.pem").write_bytes(self.sub.cert_pem.bytes() + self.root.cert_pem.bytes())
        (folder / "spine-crl.pem").write_bytes(_list_of(self.sub, self.revoked) + _list_of(self.root, []))


def _list_of(authority: trustme.CA, revoked: list[x509.Certificate]) -> bytes:
    now = datetime.now(UTC)
    name = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    listed = x509.CertificateRevocationListBuilder(name).last_update(now).next_update(now + timedelta(days=1))
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder(certificate.serial_number, now).build()
        listed = listed.add_revoked_certificate(entry)
    key = load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return listed.sign(key, SHA256()).public_bytes(Encoding.PEM)


def trusting(server: trustme.CA, showing: trustme.LeafCert | None = None) -> ssl.SSLContext:
    """A client's side: it trusts the server's authority and shows a certificate, or none."""
    context = ssl.create_default_context()
    server.configure_trust(context)
    if showing:
        showing.configure_cert(context)
    return context
