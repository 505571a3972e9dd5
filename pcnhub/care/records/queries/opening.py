"""Opening a record: one's own, or a practice's under the care record agreement.

The reader always starts from a registration at their own organisation: a hub that does not treat a person has no row of
theirs, and so no way in. What is refused or not held is named, section by section: an empty list would read as "none".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, home_registration, own_registration
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.records.models import FiledConsultation, Item, SectionCoverage
from pcnhub.care.records.queries.views import (
    RecordView,
    SectionState,
    SectionView,
    consultation_views,
    item_view,
)
from pcnhub.care.records.rules import CONFIDENTIAL, SECTION_OF, Caution, Section
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared

SECTION_WORDS = {
    Section.ALLERGIES: "allergies",
    Section.PROBLEMS: "problems",
    Section.MEDICATION: "medication",
    Section.IMMUNISATIONS: "immunisations",
    Section.OBSERVATIONS: "observations",
    Section.CONSULTATIONS: "own consultations",
}


def open_record(
    *, actor: Actor, now: datetime, patient_id: int, sections: Iterable[Section] | None = None, reason: str = ""
) -> RecordView:
    """The record of a patient of the actor's own organisation; a temporary registration leads to the practice's record.

    Put on record with the sections that were shown and those refused. Raises NotFound (also for a sensitive patient),
    NotPermitted; a missing agreement is shown in the sections instead.
    """
    wanted = tuple(dict.fromkeys(sections or Section))
    with unit_of_work(actor):
        own = permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        practice = patient.registered_practice
        if patient.is_untraced:
            refused = _untraced(wanted)
            _put_on_record(patient, own, refused, reason, actor=actor, now=now)
            return RecordView(patient, practice or actor.organisation, None, "", True, refused)
        if patient.registration_type != RegistrationType.TEMPORARY or practice is None:
            shown = _sections(patient, wanted, actor.organisation, london_date(now))
            _put_on_record(patient, own, shown, reason, actor=actor, now=now)
            return RecordView(patient, actor.organisation, patient, own.basis.name, False, shown)
        try:
            grant = _shared(actor, now, patient, practice)
        except NotShared as refusal:
            refused = _all_refused(wanted, refusal.message, refusal.remedy, refusal.who_can)
            _put_on_record(patient, own, refused, reason, actor=actor, now=now)
            return RecordView(patient, practice, None, "", True, refused)
        home = home_registration(actor=actor, registration=patient)
        if home is None:
            refused = _withheld(wanted, practice)
            _put_on_record(patient, grant, refused, reason, actor=actor, now=now)
            return RecordView(patient, practice, None, grant.basis.name, True, refused)
        shown = _sections(home, wanted, practice, london_date(now))
        _put_on_record(home, grant, shown, reason, actor=actor, now=now)
        return RecordView(patient, practice, home, grant.basis.name, True, shown)


def _shared(actor: Actor, now: datetime, patient: PatientView, practice: OrganisationRef) -> Grant:
    """The grant to read the practice's record, for as long as the hub looks after the patient."""
    if not patient.is_active:
        raise NotShared(
            "The patient's temporary registration here has ended.",
            remedy="A new booking by the practice renews it.",
            who_can=f"the reception of {practice.name}",
        )
    return permit(
        actor=actor,
        permission=Permission.VIEW_RECORD,
        now=now,
        data_organisation_id=practice.id,
        agreement=AgreementKind.CARE_RECORD,
    )


def _sections(
    home: PatientView, wanted: tuple[Section, ...], holder: OrganisationRef, today: date
) -> tuple[SectionView, ...]:
    coverage = {row.section: row for row in SectionCoverage.objects.filter(patient=home.id)}
    items: dict[Section, list[Item]] = {section: [] for section in Section}
    for row in Item.objects.filter(patient=home.id).order_by("-starts_on", "-recorded_on", "term", "id"):
        items[SECTION_OF[row.kind]].append(row)  # type: ignore[index]
    filed = FiledConsultation.objects.filter(patient=home.id).select_related("source_organisation")
    consultations = consultation_views(filed) if Section.CONSULTATIONS in wanted else ()
    return tuple(
        _section(
            SectionView(
                section=section,
                state=SectionState.SHOWN,
                items=tuple(item_view(row, today) for row in items[section]),
                consultations=consultations if section is Section.CONSULTATIONS else (),
            ),
            coverage.get(section),
            holder,
        )
        for section in wanted
    )


def _section(view: SectionView, coverage: SectionCoverage | None, holder: OrganisationRef) -> SectionView:
    has_entries = bool(view.items or view.consultations)
    words = SECTION_WORDS[view.section]
    if coverage is None:
        return _replaced(
            view,
            state=SectionState.SHOWN if has_entries else SectionState.NOT_HELD,
            notice=f"{holder.name} has not brought its {words} in here. There may be more than is shown.",
            remedy="Ask the patient, or telephone the practice.",
            who_can=f"whoever runs this installation of PCN Hub, by importing the records that {holder.name} exports",
        )
    return _replaced(
        view,
        state=SectionState.SHOWN if has_entries else SectionState.EMPTY,
        as_of=coverage.as_of,
        warnings=tuple(
            Caution(each["code"], each["text"])
            for each in coverage.warnings
            if each["code"] != CONFIDENTIAL or not any(item.is_confidential for item in view.items)
        ),
        notice="" if has_entries else f"{holder.name} has recorded no {words}.",
    )


def _replaced(view: SectionView, **values: object) -> SectionView:
    kept = {"section": view.section, "items": view.items, "consultations": view.consultations}
    return SectionView(**{**kept, **values})  # type: ignore[arg-type]


def _all_refused(wanted: tuple[Section, ...], notice: str, remedy: str, who_can: str) -> tuple[SectionView, ...]:
    return tuple(
        SectionView(section, SectionState.REFUSED, notice=notice, remedy=remedy, who_can=who_can) for section in wanted
    )


def _untraced(wanted: tuple[Section, ...]) -> tuple[SectionView, ...]:
    """Whatever practice they say they are with, nobody knows yet whose record would be opened."""
    return _all_refused(
        wanted,
        "It is not known who this patient is: they were booked unregistered, and have not been traced.",
        "Trace the patient first. Until then ask them about allergies, medicines and problems.",
        "whoever traces patients at the hub",
    )


def _withheld(wanted: tuple[Section, ...], practice: OrganisationRef) -> tuple[SectionView, ...]:
    return _all_refused(
        wanted,
        f"{practice.name} does not share this person's record: the person objects to sharing, their record is protected, "
        "or their registration there is no longer the one that was booked from.",
        "Ask the patient, or telephone the practice.",
        practice.name,
    )


def _put_on_record(
    patient: PatientView, grant: Grant, sections: tuple[SectionView, ...], reason: str, *, actor: Actor, now: datetime
) -> None:
    refused = [each.section.value for each in sections if each.state is SectionState.REFUSED]
    shown = [each.section.value for each in sections if each.state is not SectionState.REFUSED]
    trail.record(
        actor=actor,
        now=now,
        action="records.opened" if shown else "records.opening-refused",
        subject=trail.Subject("record", patient.id, patient.id, patient.nhs_number),
        data_organisation_id=grant.data_organisation_id,
        basis=grant.basis,
        reason=reason,
        detail={"sections": shown, "refused": refused},
    )
