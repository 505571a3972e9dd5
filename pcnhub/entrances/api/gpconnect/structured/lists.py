"""The lists of a structured record: what belongs to which question, and what is missing from it and why.

Source: GP Connect 1.2.7, List: warning codes with their texts, the empty reason. Codes that are our own or unknown have no place
in the protocol's value set: their words stand in the note.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from pcnhub.care.records.queries import GivenRecord, GivenSection
from pcnhub.care.records.rules import Caution
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.entrances.api.gpconnect.structured.concepts import SNOMED, coding, meta, note
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.dates import written
from pcnhub.foundations.kernel.local_time import london_date

WARNING = PROFILES + "Extension-CareConnect-GPC-ListWarningCode-1"
EMPTY = coding(
    "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-ListEmptyReasonCode-1",
    "no-content-recorded",
    "No Content Recorded",
)
NOTHING = "Information not available"
CONFIDENTIAL, IN_TRANSIT, AWAITING = "confidential-items", "data-in-transit", "data-awaiting-filing"
TEXTS = {
    CONFIDENTIAL: "Items excluded due to confidentiality and/or patient preferences.",
    AWAITING: (
        "Patient data may be incomplete as there is data supplied by a third party awaiting review before becoming available."
    ),
}
NOT_HELD = "The practice has not brought this part of the record into this system."


class Title(NamedTuple):
    code: str
    words: str


ALLERGIES = Title("886921000000105", "Allergies and adverse reactions")
ENDED_ALLERGIES = Title("1103671000000101", "Ended allergies")
MEDICATION = Title("933361000000108", "Medications and medical devices")


class Warnings(NamedTuple):
    """The protocol's codes of one list, and all that its note says."""

    codes: tuple[str, ...]
    texts: tuple[str, ...]


def a_list(
    title: Title, *, record: GivenRecord, warnings: Warnings, items: Iterable[str], now: datetime,
    contained: tuple[r.Resource, ...] = (),
) -> r.List:  # fmt: skip
    """`items` are references to the entries, or to what the list contains."""
    entries = tuple(r.ListEntry(item=r.Reference(reference=each)) for each in items)
    return r.List(
        meta=meta("CareConnect-GPC-List-1"),
        contained=contained,
        extension=tuple(r.Extension(url=WARNING, value_code=code) for code in warnings.codes),
        status="current",
        mode="snapshot",
        title=title.words,
        code=coding(SNOMED, title.code, title.words),
        subject=r.Reference(reference=f"Patient/{record.patient.id}"),
        date=written(now),
        note=note(*([] if entries else [NOTHING]), *warnings.texts),
        entry=entries,
        empty_reason=None if entries else EMPTY,
    )


def warnings_of(record: GivenRecord, section: GivenSection, *, now: datetime) -> Warnings:
    """A transfer from the previous practice that is not complete is said with every list, whichever section it was told of. What
    nobody brought in is said in the same words: all that was recorded until today may be missing."""
    said = {each.code for each in section.cautions}
    elsewhere = {each.code for each in (*record.cautions_elsewhere, *_cautions(record))}
    codes, texts = [], []
    if not section.is_whole or CONFIDENTIAL in said:
        codes.append(CONFIDENTIAL)
        texts.append(TEXTS[CONFIDENTIAL])
    if not section.is_held or IN_TRANSIT in said | elsewhere:
        codes.append(IN_TRANSIT)
        texts.append(_in_transit(record.patient.registered_on if section.is_held else london_date(now)))
    if AWAITING in said:
        codes.append(AWAITING)
        texts.append(TEXTS[AWAITING])
    if not section.is_held:
        texts.append(NOT_HELD)
    texts += [each.text for each in section.cautions if each.code not in (CONFIDENTIAL, IN_TRANSIT, AWAITING)]
    return Warnings(tuple(codes), tuple(dict.fromkeys(texts)))


def _cautions(record: GivenRecord) -> Iterable[Caution]:
    return (each for section in record.sections.values() for each in section.cautions)


def _in_transit(day: date) -> str:
    return (
        "Patient record transfer from previous GP practice not yet complete; information recorded before "
        f"{day:%d-%b-%Y} may be missing."
    )
