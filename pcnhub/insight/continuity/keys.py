"""The key pair of a hub's packs. The server holds the public half and can only write; the private half is a file of the hub's
own, closed by a passphrase, that never comes near the server.

The public half, as a setting carries it, is `pcnpack1` and the 32 bytes of an X25519 key (RFC 7748) in base64url. The private
half's file is JSON: the public half, and the private key under ChaCha20-Poly1305 (RFC 8439) with a key that scrypt (RFC 7914)
derives from the passphrase; the public half is its associated data. Knows no Django: a reader has no server.
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem, Refusal

PREFIX = "pcnpack1"
FORMAT = "pcnhub continuity key 1"
SHORTEST_PASSPHRASE = 12  # characters: three words
COST = 2**17  # scrypt's N, with r 8: 128 MiB for each guess
_COSTS = (2**10, 2**20)  # what a file may ask for: one that asks for more memory than there is opens nothing
_BYTES = 32
_NONCE = 12


class KeyRefused(Refusal):
    """The file or text is no key, or the passphrase does not open it."""

    code = "continuity-key-refused"
    remedy = "Take the key file that was made for this hub, and the passphrase that was chosen with it."
    who_can = "whoever keeps the hub’s continuity key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half that seals. `text` is how a setting carries it; `fingerprint` names it in a pack's header."""

    raw: bytes

    @property
    def text(self) -> str:
        return PREFIX + urlsafe_b64encode(self.raw).decode().rstrip("=")

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """Both halves, in the hands of a reader."""

    private: X25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.private.public_key().public_bytes_raw())


def public_key(text: str) -> PublicKey:
    """The key that a setting carries. Raises KeyRefused."""
    body = text.strip().removeprefix(PREFIX)
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (NotBase64, ValueError):
        raw = b""
    if not text.strip().startswith(PREFIX) or len(raw) != _BYTES:
        raise KeyRefused(f"This is no public key of a continuity pack: it begins with {PREFIX} and has 51 characters.")
    return PublicKey(raw)


def make_key_file(path: Path, *, passphrase: str, cost: int = COST) -> PublicKey:
    """Make a key pair, and write it to a file that must not exist yet, for its owner's eyes alone. Raises InvalidInput,
    KeyRefused when there is a file already, OSError."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        problem = f"It has {len(passphrase)} characters, and needs {SHORTEST_PASSPHRASE}"
        raise InvalidInput([Problem("passphrase", "too-short", problem, "Three or four words are easy to keep.")])
    private = X25519PrivateKey.generate()
    public = KeyPair(private).public
    salt, nonce = os.urandom(16), os.urandom(_NONCE)
    sealed = _cipher(passphrase, salt, cost).encrypt(nonce, private.private_bytes_raw(), public.raw)
    kept = {
        "format": FORMAT,
        "public": public.text,
        "scrypt": {"n": cost, "r": 8, "p": 1, "salt": b64encode(salt).decode()},
        "sealed": b64encode(nonce + sealed).decode(),
    }
    try:
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyRefused(
            f"{path.name} is there already: a key is never written over.", remedy="Give another name."
        ) from None
    with os.fdopen(place, "w", encoding="ascii") as file:
        file.write(json.dumps(kept, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return public


def open_key_file(path: Path, *, passphrase: str) -> KeyPair:
    """The key pair of a file. Raises KeyRefused, which says whether the file or the passphrase is wrong; OSError."""
    kept = _read(path)
    try:
        public = public_key(kept["public"])
        salt, sealed = b64decode(kept["scrypt"]["salt"], validate=True), b64decode(kept["sealed"], validate=True)
        cost = kept["scrypt"]["n"]
        if not isinstance(cost, int) or not _COSTS[0] <= cost <= _COSTS[1] or cost & (cost - 1):
            raise ValueError(cost)
    except (KeyError, TypeError, ValueError):
        raise KeyRefused(f"{path.name} is a key file with parts missing or altered.") from None
    try:
        raw = _cipher(passphrase, salt, cost).decrypt(sealed[:_NONCE], sealed[_NONCE:], public.raw)
    except (InvalidTag, ValueError):
        raise KeyRefused(
            f"The passphrase does not open {path.name}, or the file was altered.",
            code="continuity-passphrase-wrong",
            remedy="Type the passphrase again; capitals and spaces count.",
        ) from None
    return KeyPair(X25519PrivateKey.from_private_bytes(raw))


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_bytes()[:10_000])
    except (ValueError, UnicodeDecodeError):
        kept = None
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        raise KeyRefused(f"{path.name} is no key file: `pcnhub continuity key` makes one.")
    return kept


def _cipher(passphrase: str, salt: bytes, cost: int) -> ChaCha20Poly1305:
    derived = Scrypt(salt=salt, length=_BYTES, n=cost, r=8, p=1)
    return ChaCha20Poly1305(derived.derive(passphrase.encode()))
