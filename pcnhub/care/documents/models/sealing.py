"""A document's bytes at rest: sealed pieces, each for its own place."""

from __future__ import annotations

from pcnhub.foundations.database.sealing import Seal

PIECE = 1024 * 1024  # bytes
SEAL = Seal(
    info="pcnhub documents",
    remedy="Put PCNHUB_SECRET_KEY, or PCNHUB_FORMER_SECRET_KEYS, back as it was; if it never changed, restore the document from "
    "a backup, and find out who altered it.",
    who_can="whoever runs this installation of PCN Hub",
)


def place_of(organisation_id: int, sha256: str, number: int) -> str:
    """Where a piece belongs: what it is sealed for."""
    return f"document {organisation_id} {sha256} {number}"
