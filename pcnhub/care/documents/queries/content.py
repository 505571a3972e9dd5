"""Bytes as they were kept, or none at all: unsealed piece by piece, and compared with their SHA-256."""

from __future__ import annotations

import hashlib

from pcnhub.care.documents.models import Content, Piece
from pcnhub.care.documents.models.sealing import SEAL, place_of
from pcnhub.foundations.database.sealing import SealBroken
from pcnhub.foundations.kernel.refusals import Refusal


class ContentAltered(Refusal):
    """The bytes at rest are not those that were kept. Nothing of them is shown."""

    code = "document-altered"


def bytes_of(content: Content, *, expected: str) -> bytes:
    """The whole content, whose SHA-256 is `expected`. Raises ContentAltered."""
    rows = Piece.objects.filter(content=content).order_by("number").values_list("number", "sealed")
    pieces: list[bytes] = []
    try:
        for place, (number, sealed) in enumerate(rows):
            if place != number:
                raise altered()
            pieces.append(SEAL.open(sealed, place=place_of(content.organisation_id, content.sha256, number)))
    except SealBroken as broken:
        raise altered() from broken
    whole = b"".join(pieces)
    if hashlib.sha256(whole).hexdigest() != expected or len(whole) != content.size:
        raise altered()
    return whole


def altered() -> ContentAltered:
    return ContentAltered(
        "This document is not shown: its bytes are no longer those that were kept.",
        remedy="Don't rely on a copy of it that you may have. " + SEAL.remedy,
        who_can=SEAL.who_can,
    )
