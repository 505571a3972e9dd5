"""Bytes at rest: pieces that only the hub's own key opens, each bound to its place, so that none can be put elsewhere.

What is sealed for one use (`Seal`) opens for no other. Whoever replaces PCNHUB_SECRET_KEY names the former one in
PCNHUB_FORMER_SECRET_KEYS, and what was sealed under it still opens.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from pcnhub.foundations.kernel.refusals import Refusal

_NONCE = 12  # bytes (NIST SP 800-38D, 8.2.2: random nonces of 96 bits)


class SealBroken(Refusal):
    """A piece was sealed under another PCNHUB_SECRET_KEY, or altered since."""

    code = "seal-broken"


@dataclass(frozen=True, slots=True)
class Seal:
    """One use of sealing: `info` sets its key apart from every other use's; remedy and who_can are of its refusal."""

    info: str
    remedy: str
    who_can: str

    def close(self, content: bytes, *, place: str) -> bytes:
        """The content under AES-256-GCM, to be opened at this place alone."""
        nonce = os.urandom(_NONCE)
        return nonce + _cipher(settings.SECRET_KEY, self.info).encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes | memoryview, *, place: str) -> bytes:
        """Raises SealBroken."""
        held = memoryview(sealed)
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                return _cipher(secret, self.info).decrypt(bytes(held[:_NONCE]), held[_NONCE:], place.encode())
            except (InvalidTag, ValueError):  # ValueError: shorter than a nonce and a tag
                continue
        raise SealBroken(
            "What was kept can't be opened: it was sealed under another secret key of the hub, or altered since.",
            remedy=self.remedy,
            who_can=self.who_can,
        )


@lru_cache(maxsize=32)
def _cipher(secret: str, info: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode())
    return AESGCM(derived.derive(secret.encode()))
