"""A pack's bytes: sealed to a hub's public key, so that whoever writes them can't read them again.

    PCNHUB CONTINUITY PACK 1\\n
    {"ephemeral": ..., "hub": "Y07108", "made_at": "2026-11-23T18:15:00+00:00", "recipient": ...}\\n
    ciphertext

For each pack a new X25519 key: its public half stands in the header (`ephemeral`, base64), its secret with the hub's key goes
through HKDF-SHA256 (RFC 5869; salt: both public keys; info: the first line) into the key of ChaCha20-Poly1305 (RFC 8439). That
key seals one message, so the nonce is nought. Both lines of the header are its associated data: a byte that was altered
anywhere opens nothing. `recipient` is the fingerprint of the hub's key. Knows no Django.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pcnhub.foundations.kernel.refusals import Refusal
from pcnhub.insight.continuity.keys import KeyPair, PublicKey

FIRST_LINE = b"PCNHUB CONTINUITY PACK 1\n"
LONGEST_HEADER = 2000  # bytes
_ONE_MESSAGE = bytes(12)


class PackRefused(Refusal):
    """The file is no pack, was altered, or is sealed to another key."""

    code = "continuity-pack-refused"
    remedy = "Take another of the hub’s packs: the newest of a folder that opens is read with `pcnhub continuity read FOLDER`."
    who_can = "whoever keeps the hub’s continuity key"


@dataclass(frozen=True, slots=True)
class Header:
    """What a pack says of itself to whoever has no key. Believed only once the pack has opened."""

    hub: str
    made_at: datetime
    recipient: str
    ephemeral: bytes


def seal(content: bytes, *, to: PublicKey, hub: str, made_at: datetime) -> bytes:
    """The pack's bytes. `hub` is an ODS code."""
    fresh = X25519PrivateKey.generate()
    ephemeral = fresh.public_key().public_bytes_raw()
    header = {
        "ephemeral": b64encode(ephemeral).decode(),
        "hub": hub,
        "made_at": made_at.isoformat(timespec="seconds"),
        "recipient": to.fingerprint,
    }
    lines = FIRST_LINE + json.dumps(header, sort_keys=True).encode() + b"\n"
    shared = fresh.exchange(X25519PublicKey.from_public_bytes(to.raw))
    return lines + _cipher(shared, ephemeral, to).encrypt(_ONE_MESSAGE, content, lines)


def header_of(sealed: bytes, *, name: str) -> Header:
    """What the header says. `name` is the file's, for the refusal. Raises PackRefused."""
    return _parted(sealed, name)[0]


def open_pack(sealed: bytes, *, key: KeyPair, name: str) -> tuple[Header, bytes]:
    """The header and the content. Raises PackRefused, by the file's name."""
    header, lines = _parted(sealed, name)
    if header.recipient != key.public.fingerprint:
        raise PackRefused(
            f"{name} is sealed to another key: {header.recipient}, and this one is {key.public.fingerprint}.",
            code="continuity-pack-of-another-key",
            remedy="Take the key file that belongs to it.",
        )
    try:
        shared = key.private.exchange(X25519PublicKey.from_public_bytes(header.ephemeral))
        content = _cipher(shared, header.ephemeral, key.public).decrypt(_ONE_MESSAGE, sealed[len(lines) :], lines)
    except (InvalidTag, ValueError):
        raise PackRefused(
            f"{name} was altered or cut short since it was written: nothing in it is shown.",
            code="continuity-pack-altered",
        ) from None
    return header, content


def _parted(sealed: bytes, name: str) -> tuple[Header, bytes]:
    end = sealed.find(b"\n", len(FIRST_LINE), LONGEST_HEADER)
    try:
        if not sealed.startswith(FIRST_LINE) or end < 0:
            raise ValueError
        said = json.loads(sealed[len(FIRST_LINE) : end])
        ephemeral = b64decode(said["ephemeral"], validate=True)
        header = Header(str(said["hub"]), datetime.fromisoformat(said["made_at"]), str(said["recipient"]), ephemeral)
        if header.made_at.tzinfo is None:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise PackRefused(f"{name} is no continuity pack, or its beginning was altered.") from None
    return header, sealed[: end + 1]


def _cipher(shared: bytes, ephemeral: bytes, to: PublicKey) -> ChaCha20Poly1305:
    derived = HKDF(algorithm=SHA256(), length=32, salt=ephemeral + to.raw, info=FIRST_LINE.strip())
    return ChaCha20Poly1305(derived.derive(shared))
