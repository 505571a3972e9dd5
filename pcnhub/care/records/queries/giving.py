"""What an organisation gives on of a patient's record to who asks for it over a national service.

Only of its own regular patients, and only what is not confidential; what is left out or not held is said with the section, for
an empty list would read as "none".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, find_active
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.records.models import Item, SectionCoverage
from pcnhub.care.records.particulars import AllergyParticulars, MedicationParticulars
from pcnhub.care.records.rules import CONFIDENTIAL, SECTION_OF, Caution, ItemKind, Section
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotShared

WRONG = "entered-in-error"


@dataclass(frozen=True, slots=True)
class GivenItem:
    """One entry; `key` is its identity at its source, which stays; `held_since` the day on which it was brought in."""

    key: str
    held_since: date
    code: str
    term: str
    status: str
    starts_on: date | None
    ends_on: date | None
    recorded_on: date | None
    detail: Mapping[str, str]
    particulars: Mapping[str, object]

    @property
    def allergy(self) -> AllergyParticulars:
        return AllergyParticulars.of(self.particulars)

    @property
    def medication(self) -> MedicationParticulars:
        return MedicationParticulars.of(self.particulars)


@dataclass(frozen=True, slots=True)
class GivenSection:
    """One section. `is_held` is false when nobody brought it in: then it says nothing about the patient. `is_whole` is false
    when entries of it are left out as confidential. `cautions` are the source's own."""

    section: Section
    items: tuple[GivenItem, ...]
    is_held: bool
    is_whole: bool
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class GivenRecord:
    """A patient and the sections that were asked for. `cautions_elsewhere` are those of sections that were not: a transfer that
    is not complete is said with every list."""

    patient: PatientView
    sections: Mapping[Section, GivenSection]
    cautions_elsewhere: tuple[Caution, ...]


def record_to_give(*, actor: Actor, now: datetime, nhs_number: str, sections: Collection[Section]) -> GivenRecord:
    """The record of an active, regular patient of the actor's organisation, put on record with the sections that are given.

    Raises NotFound for anybody else (who is only temporary here, left, died, is protected or was never here: nobody learns
    which), NotShared ("patient-dissents") for who objects to sharing, NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = find_active(actor=actor, now=now, nhs_number=nhs_number)
        if patient is None or patient.registration_type != RegistrationType.REGULAR:
            raise NotFound("No regular, active patient of this organisation has this NHS number.")
        if patient.dissents_from_sharing:
            raise NotShared(
                "The patient objects to their record being shared.",
                code="patient-dissents",
                remedy="Ask the patient.",
                who_can="the patient, at their practice",
            )
        given = _sections(patient, frozenset(sections))
        trail.record(
            actor=actor,
            now=now,
            action="records.given",
            subject=trail.Subject("record", patient.id, patient.id, patient.nhs_number),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
            detail={"sections": [each.value for each in Section if each in given.sections]},
        )
        return given


def _sections(patient: PatientView, wanted: frozenset[Section]) -> GivenRecord:
    coverage = {Section(row.section): row for row in SectionCoverage.objects.filter(patient=patient.id)}
    items: dict[Section, list[GivenItem]] = {section: [] for section in wanted}
    withheld: set[Section] = set()
    kinds = [kind for kind, section in SECTION_OF.items() if section in wanted]
    if kinds:
        rows = Item.objects.filter(patient=patient.id, kind__in=kinds).exclude(status=WRONG)
        for row in rows.order_by("-starts_on", "-recorded_on", "term", "id"):
            section = SECTION_OF[ItemKind(row.kind)]
            if row.detail.get("certainty") == WRONG:  # an allergy says so there
                continue
            if row.is_confidential:
                withheld.add(section)
            else:
                items[section].append(_item(row))
    return GivenRecord(
        patient,
        {
            section: GivenSection(
                section=section,
                items=tuple(items[section]),
                is_held=section in coverage,
                is_whole=section not in withheld and not _speaks_of(coverage.get(section), CONFIDENTIAL),
                cautions=tuple(each for each in _cautions(coverage.get(section)) if each.code != CONFIDENTIAL),
            )
            for section in Section
            if section in wanted
        },
        tuple(each for section, row in coverage.items() if section not in wanted for each in _cautions(row)),
    )


def _cautions(row: SectionCoverage | None) -> tuple[Caution, ...]:
    return tuple(Caution(each["code"], each["text"]) for each in row.warnings) if row else ()


def _speaks_of(row: SectionCoverage | None, code: str) -> bool:
    return any(each.code == code for each in _cautions(row))


def _item(row: Item) -> GivenItem:
    return GivenItem(
        key=row.source_key,
        held_since=london_date(row.recorded_at),
        code=row.code,
        term=row.term,
        status=row.status,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        recorded_on=row.recorded_on,
        detail=row.detail,
        particulars=row.particulars,
    )
