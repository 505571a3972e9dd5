"""An imported file at rest: sealed pieces, each for its own place."""

from __future__ import annotations

from pcnhub.foundations.database.sealing import Seal, SealBroken

__all__ = ["SealBroken", "seal", "unseal"]

_FILES = Seal(
    info="pcnhub imported files",
    remedy="Drop it, and send the file again.",
    who_can="whoever imports patients",
)


def seal(content: bytes, *, place: str) -> bytes:
    """The content, to be opened at this place alone."""
    return _FILES.close(content, place=place)


def unseal(sealed: bytes | memoryview, *, place: str) -> bytes:
    """Raises SealBroken."""
    return _FILES.open(sealed, place=place)
