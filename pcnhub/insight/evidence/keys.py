"""The deployment's own key: it signs evidence packs, and whoever receives one can pin its public half.

Ed25519 (RFC 8032). Kept as PEM (PKCS #8) in the file of PCNHUB_EVIDENCE_KEY, or made once in PCNHUB_DATA, readable by the hub's
own account alone.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from pcnhub.foundations.kernel.refusals import Refusal

_REMEDY = "Give PCNHUB_EVIDENCE_KEY a PEM file of an Ed25519 key that this process may read: openssl genpkey -algorithm ed25519."


class KeyUnusable(Refusal):
    """There is no key to sign with, or what was given as a key is none."""

    code = "evidence-key-unusable"
    who_can = "whoever runs this installation"


def signing_key(file: Path) -> Ed25519PrivateKey:
    """The key in the file; made there at the first call. Raises KeyUnusable."""
    try:
        if not file.exists():
            _make(file)
        held = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(
            f"The key that signs evidence packs can't be used ({type(error).__name__}).", remedy=_REMEDY
        ) from None
    if not isinstance(held, Ed25519PrivateKey):
        raise KeyUnusable("The key that signs evidence packs is of another kind than Ed25519.", remedy=_REMEDY)
    return held


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        fresh.touch(mode=0o600)
        fresh.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(fresh)  # of several processes that start at once, the first one's key stands
    finally:
        fresh.unlink(missing_ok=True)


def text_of(key: Ed25519PublicKey) -> str:
    """The public key on one line, 44 characters: base64 of its 32 bytes."""
    return base64.b64encode(key.public_bytes_raw()).decode("ascii")


def pem_of(key: Ed25519PublicKey) -> str:
    """The public key as other programmes take it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def public_key(given: str) -> Ed25519PublicKey:
    """A public key from its line of 44 characters, or from PEM. Raises KeyUnusable."""
    with contextlib.suppress(ValueError, binascii.Error, UnsupportedAlgorithm):
        if "-----BEGIN" not in given:
            return Ed25519PublicKey.from_public_bytes(base64.b64decode(given.strip(), validate=True))
        held = load_pem_public_key(given.encode())
        if isinstance(held, Ed25519PublicKey):
            return held
    raise KeyUnusable(
        "This is not the public half of an Ed25519 key.",
        remedy="Give the line that `pcnhub evidence key` prints where the pack was made, or the PEM file of `--pem`.",
        who_can="whoever made the pack",
    )
