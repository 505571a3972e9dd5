"""A file at rest: pieces that only the hub's own key opens, each bound to its place, so that none can be put elsewhere."""

from __future__ import annotations

import os
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


def seal(content: bytes, *, place: str) -> bytes:
    """The content under AES-256-GCM, to be opened at this place alone."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, content, place.encode())


def unseal(sealed: bytes | memoryview, *, place: str) -> bytes:
    """Raises SealBroken."""
    held = memoryview(sealed)
    try:
        return _cipher(settings.SECRET_KEY).decrypt(bytes(held[:_NONCE]), held[_NONCE:], place.encode())
    except InvalidTag:
        raise SealBroken(
            "The file that was kept can't be opened: the hub's secret key is another one now.",
            remedy="Drop it, and send the file again.",
            who_can="whoever imports patients",
        ) from None


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"pcnhub imported files")
    return AESGCM(derived.derive(secret.encode()))
