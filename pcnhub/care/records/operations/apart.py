"""What is confidential in a consultation that is open otherwise is kept apart, where its own row security stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pcnhub.care.records.models import ConfidentialPart, FiledConsultation
from pcnhub.care.records.rules import CodedEntry, PartKind, Passage, kept, without_words

Parts = dict[tuple[str, int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Apart:
    """`sections` and `entries` for the consultation's own row, and the confidential ones of both by their kind and place."""

    sections: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    parts: Parts


def apart(sections: Sequence[Passage], entries: Sequence[CodedEntry] = ()) -> Apart:
    parts: Parts = {}

    def in_the_row(kind: PartKind, values: Sequence[Passage | CodedEntry]) -> list[dict[str, Any]]:
        rows = [kept(value) for value in values]
        for place, value in enumerate(values):
            if value.is_confidential:
                parts[kind.value, place] = rows[place]
                rows[place] = without_words(rows[place])
        return rows

    return Apart(in_the_row(PartKind.SECTION, sections), in_the_row(PartKind.ENTRY, entries), parts)


def add_parts(row: FiledConsultation, parts: Parts) -> None:
    """In the unit of work that writes the consultation."""
    ConfidentialPart.objects.bulk_create(
        ConfidentialPart(
            organisation_id=row.organisation_id,
            source_organisation_id=row.source_organisation_id,
            filed=row,
            kind=kind,
            place=place,
            content=content,
        )
        for (kind, place), content in parts.items()
    )


def change_parts(row: FiledConsultation, parts: Parts) -> bool:
    """Have just these, of one's own; whether anything changed."""
    own = ConfidentialPart.objects.filter(filed=row)
    if {(each.kind, each.place): each.content for each in own} == parts:
        return False
    own.delete()
    add_parts(row, parts)
    return True
