"""An organisation's own record comes in, entry by entry. The same source twice changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import F

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, own_registration, registration_with
from pcnhub.care.records.models import FiledConsultation, Item, SectionCoverage
from pcnhub.care.records.operations.apart import add_parts, apart, change_parts
from pcnhub.care.records.rules import (
    CONFIDENTIAL,
    CONFIDENTIAL_TEXT,
    SECTION_OF,
    Caution,
    Coverage,
    Extract,
    ItemKind,
    NewConsultation,
    NewItem,
    Origin,
    Section,
    Unread,
    receipt_number,
)
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.refusals import Refusal

ITEM_FIELDS = (
    "kind",
    "code",
    "term",
    "status",
    "starts_on",
    "ends_on",
    "recorded_on",
    "detail",
    "is_confidential",
    "particulars",
)
CONSULTATION_FIELDS = (
    "title",
    "started_at",
    "author_name",
    "author_role",
    "site_name",
    "sections",
    "entries",
    "outcome",
)

Row = TypeVar("Row", Item, FiledConsultation)


class WrongPatient(Refusal):
    """The source's person is not, beyond doubt, one of the practice's patients: nothing of it was taken."""

    code = "wrong-patient"


class OlderThanHeld(Refusal):
    """A newer list of the same section is held: this one would call current what has ended since."""

    code = "older-than-held"
    remedy = "Import the newest file of each patient last, or have the practice's supplier export the record again."


@dataclass(frozen=True, slots=True)
class RecordImport:
    """How many entries (items and consultations) were new, altered and as before; `unread` is what could not be used."""

    patient_id: int
    created: int
    changed: int
    unchanged: int
    unread: tuple[Unread, ...] = ()


def import_extract(*, actor: Actor, now: datetime, extract: Extract, dry_run: bool = False) -> RecordImport | None:
    """Take a source's record of one person into the record of the actor's organisation.

    The person must be one of its patients by NHS number and date of birth; raises WrongPatient otherwise, OlderThanHeld, and
    NotPermitted. A dry run checks as much and answers None.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        patient = _patient_of(actor, extract)
        take_turn("records.import", patient.id)
        _refuse_older(patient, extract)
        if dry_run:
            return None
        done = import_items(
            actor=actor,
            now=now,
            patient_id=patient.id,
            items=extract.items,
            consultations=extract.consultations,
            coverage=extract.coverage,
        )
        return RecordImport(done.patient_id, done.created, done.changed, done.unchanged, extract.unread)


def import_items(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    items: Iterable[NewItem] = (),
    consultations: Iterable[NewConsultation] = (),
    coverage: Iterable[Coverage] = (),
) -> RecordImport:
    """Bring entries into the record of one of the actor's own patients; known ones (by source key) are brought up to date.

    What is held and not named again stays. Raises NotFound, NotPermitted.
    """
    items, consultations = tuple(items), tuple(consultations)
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        take_turn("records.import", patient.id)
        counts = _Counts()
        _write_items(patient, items, counts, now)
        _write_consultations(patient, consultations, counts, now)
        _write_coverage(patient, tuple(coverage), {SECTION_OF[item.kind] for item in items}, now)
        if counts.created or counts.changed:
            trail.record(
                actor=actor,
                now=now,
                action="records.imported",
                subject=trail.Subject("record", patient.id, patient.id, patient.nhs_number),
                basis=grant.basis,
                detail={"created": counts.created, "changed": counts.changed, "unchanged": counts.unchanged},
            )
        return RecordImport(patient.id, counts.created, counts.changed, counts.unchanged)


@dataclass(slots=True)
class _Counts:
    created: int = 0
    changed: int = 0
    unchanged: int = 0


def _patient_of(actor: Actor, extract: Extract) -> PatientView:
    try:
        number = NhsNumber(extract.nhs_number)
    except InvalidIdentifier as error:
        raise WrongPatient(
            f"The source names its patient by a number that is not an NHS number: {error}.",
            remedy="Ask the source's supplier for the record with the person's verified NHS number.",
        ) from None
    patient = registration_with(actor=actor, nhs_number=number)
    if patient is None:
        raise WrongPatient(
            f"The source's patient is not a patient of {actor.organisation.name}.",
            code="patient-unknown",
            remedy="Import the practice's patients first, or choose the practice that the record belongs to.",
        )
    if patient.birth_date != extract.birth_date:
        raise WrongPatient(
            "The source's date of birth is not the one that is held for this NHS number.",
            code="birth-date-differs",
            remedy="Find out which is right before any record is taken in: it may be another person's.",
            who_can="the practice's records staff",
        )
    return patient


def _refuse_older(patient: PatientView, extract: Extract) -> None:
    """By the days that the source gave its lists; one without a day counts as of when it was brought in, and is not compared."""
    held = {
        row.section: row.as_of
        for row in SectionCoverage.objects.filter(patient=patient.id).exclude(as_of=F("imported_at"))
    }
    older = [
        each.section.value
        for each in extract.coverage
        if each.as_of is not None and each.section.value in held and each.as_of < held[each.section.value]
    ]
    if older:
        raise OlderThanHeld(f"What is held of this patient is newer than the file: {', '.join(older)}.")


def _write_items(patient: PatientView, items: Sequence[NewItem], counts: _Counts, now: datetime) -> None:
    held = {row.source_key: row for row in Item.objects.filter(patient=patient.id)}
    created, changed = [], []
    for item in {item.source_key: item for item in items}.values():
        values = {name: getattr(item, name) for name in ITEM_FIELDS} | {"detail": dict(item.detail)}
        values["particulars"] = item.particulars.kept() if item.particulars else {}
        row = held.get(item.source_key)
        if row is None:
            created.append(
                Item(
                    organisation_id=patient.organisation_id,
                    patient_id=patient.id,
                    origin=Origin.IMPORT,
                    source_key=item.source_key,
                    recorded_at=now,
                    **values,
                )
            )
        elif _differs(row, values):
            changed.append(_set(row, values))
        else:
            counts.unchanged += 1
    Item.objects.bulk_create(created)
    Item.objects.bulk_update(changed, ITEM_FIELDS)
    counts.created += len(created)
    counts.changed += len(changed)


def _write_consultations(
    patient: PatientView, consultations: Sequence[NewConsultation], counts: _Counts, now: datetime
) -> None:
    own = FiledConsultation.objects.filter(patient=patient.id, origin=Origin.IMPORT)
    held = {row.source_key: row for row in own}
    for consultation in consultations:
        key = f"{patient.id}:{consultation.source_key}"
        values: dict[str, Any] = {name: getattr(consultation, name) for name in CONSULTATION_FIELDS}
        said = apart(consultation.sections, consultation.entries)
        values |= {"sections": said.sections, "entries": said.entries}
        row = held.get(key)
        if row is None:
            organisation = patient.organisation_id
            made = FiledConsultation.objects.create(
                organisation_id=organisation,
                patient_id=patient.id,
                origin=Origin.IMPORT,
                source_organisation_id=organisation,
                source_key=key,
                receipt=receipt_number(target=organisation, source=organisation, source_key=key, version=1),
                received_at=now,
                **values,
            )
            add_parts(made, said.parts)
            counts.created += 1
        elif _differs(row, values) | change_parts(row, said.parts):
            _set(row, values).save(update_fields=CONSULTATION_FIELDS)
            counts.changed += 1
        else:
            counts.unchanged += 1


def _write_coverage(
    patient: PatientView, coverage: Sequence[Coverage], brought: Collection[Section], now: datetime
) -> None:
    """A section with confidential entries says so itself: the hub is shown the warning and not the entries.

    One that neither a list nor an entry of this import speaks of stays as old as it was, with its warnings, or unheld.
    """
    marked = Item.objects.filter(patient=patient.id, is_confidential=True).values_list("kind", flat=True).distinct()
    confidential = {SECTION_OF[ItemKind(kind)] for kind in marked}
    spoken = {each.section: each for each in coverage}
    for section in Section:
        each = spoken.get(section, Coverage(section) if section in confidential and section in brought else None)
        if each is None:
            continue
        warnings = list(each.warnings)
        if section in confidential and CONFIDENTIAL not in {warning.code for warning in warnings}:
            warnings.append(Caution(CONFIDENTIAL, CONFIDENTIAL_TEXT))
        SectionCoverage.objects.update_or_create(
            patient_id=patient.id,
            section=section,
            defaults={
                "organisation_id": patient.organisation_id,
                "as_of": each.as_of or now,
                "warnings": [asdict(warning) for warning in warnings],
                "imported_at": now,
            },
        )


def _differs(row: Item | FiledConsultation, values: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _set(row: Row, values: dict[str, Any]) -> Row:
    for name, value in values.items():
        setattr(row, name, value)
    return row
