"""Opening a record: one's own, or a practice's under the care record agreement.

The reader always starts from a registration at their own organisation: a hub that does not treat a person has no row of
theirs, and so no way in. What is refused or not held is named, section by section: an empty list would read as "none".
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, home_registration, own_registration
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.records.models import FiledConsultation, Item, SectionCoverage
from pcnhub.care.records.queries.elsewhere import HomeElsewhere, home_elsewhere, why_not_elsewhere
from pcnhub.care.records.queries.gaps import SECTION_WORDS, all_refused, kept_elsewhere, untraced, withheld
from pcnhub.care.records.queries.permission import (
    NOT_NEEDED,
    PermissionView,
    permission_to_view,
    permission_under,
    why_closed,
)
from pcnhub.care.records.queries.views import (
    RecordView,
    SectionState,
    SectionView,
    consultation_views,
    item_view,
)
from pcnhub.care.records.rules import CONFIDENTIAL, SECTION_OF, Caution, PermissionStanding, Section
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared


def open_record(
    *, actor: Actor, now: datetime, patient_id: int, sections: Iterable[Section] | None = None, reason: str = ""
) -> RecordView:
    """The record of a patient of the actor's own organisation; a temporary registration leads to the practice's record.

    Put on record with the sections that were shown and those refused. Raises NotFound (also for a sensitive patient),
    NotPermitted; a missing agreement, or a patient who was not asked or said no, is shown in the sections instead.
    """
    wanted = tuple(dict.fromkeys(sections or Section))
    with unit_of_work(actor):
        own = permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        opening = _Opening(actor, now, reason, wanted, patient)
        elsewhere = home_elsewhere(patient)
        practice = patient.registered_practice
        if patient.is_untraced:
            return opening.refused(practice or actor.organisation, own, untraced(wanted))
        if elsewhere is not None:
            return _kept_elsewhere(opening, elsewhere, own)
        if patient.registration_type != RegistrationType.TEMPORARY or practice is None:
            shown = _sections(patient, wanted, actor.organisation, london_date(now))
            opening.noted(patient, own, shown)
            return RecordView(patient, actor.organisation, patient, own.basis.name, False, shown)
        try:
            grant = _shared(actor, now, patient, practice)
        except NotShared as refusal:
            return opening.refused(practice, own, all_refused(wanted, refusal), names_basis=False)
        home = home_registration(actor=actor, registration=patient)
        if home is None:
            return opening.refused(practice, grant, withheld(wanted, practice))
        permission = permission_under(
            actor=actor, now=now, patient=patient, practice=practice, agreement_id=grant.basis.agreement_id
        )
        if why := why_closed(permission):
            return opening.refused(practice, grant, all_refused(wanted, why), permission)
        shown = _sections(home, wanted, practice, london_date(now))
        opening.noted(home, grant, shown, permission)
        return RecordView(patient, practice, home, grant.basis.name, True, shown, permission)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Who opens what, of whom, and why: what every way to a record, and every refusal, puts down."""

    actor: Actor
    now: datetime
    reason: str
    wanted: tuple[Section, ...]
    patient: PatientView

    def refused(
        self,
        holder: OrganisationRef,
        grant: Grant,
        sections: tuple[SectionView, ...],
        permission: PermissionView = NOT_NEEDED,
        *,
        names_basis: bool = True,
    ) -> RecordView:
        self.noted(self.patient, grant, sections, permission)
        is_another = grant.data_organisation_id != self.actor.organisation.id
        basis = grant.basis.name if names_basis and is_another else ""
        return RecordView(self.patient, holder, None, basis, True, sections, permission)

    def noted(
        self,
        subject: PatientView,
        grant: Grant,
        sections: tuple[SectionView, ...],
        permission: PermissionView = NOT_NEEDED,
    ) -> None:
        refused = [each.section.value for each in sections if each.state is SectionState.REFUSED]
        shown = [each.section.value for each in sections if each.state in (SectionState.SHOWN, SectionState.EMPTY)]
        missing = [each.section.value for each in sections if each.section.value not in {*shown, *refused}]
        asked = (
            {} if permission.standing is PermissionStanding.NOT_NEEDED else {"permission": permission.standing.value}
        )
        trail.record(
            actor=self.actor,
            now=self.now,
            action="records.opened" if shown or missing else "records.opening-refused",
            subject=trail.Subject("record", subject.id, subject.id, subject.nhs_number),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
            reason=self.reason,
            detail={"sections": shown, "missing": missing, "refused": refused, **asked},
        )


def _kept_elsewhere(opening: _Opening, elsewhere: HomeElsewhere, own: Grant) -> RecordView:
    """What is here of it: what the practice brought in under the agreement, or nothing; the rest is asked for there.

    The patient is asked in any case: no agreement with that practice says that they need not be (GP Connect, design
    principles: the consumer sees to permission to view).
    """
    actor, patient, wanted = opening.actor, opening.patient, opening.wanted
    holder = elsewhere.practice or actor.organisation
    if why := why_not_elsewhere(actor, opening.now, patient):
        return opening.refused(holder, own, all_refused(wanted, why))
    permission = permission_to_view(
        actor=actor, now=opening.now, patient=patient, holder_ods=elsewhere.ods_code, holder_name=elsewhere.name
    )
    if why := why_closed(permission):
        view = opening.refused(holder, own, all_refused(wanted, why), permission)
        return replace(view, elsewhere=elsewhere)
    home, grant = None, own
    if elsewhere.practice is not None and patient.registered_patient_id:
        with suppress(NotShared):
            grant = _shared(actor, opening.now, patient, elsewhere.practice)
            home = home_registration(actor=actor, registration=patient)
    held = _sections(home, wanted, holder, london_date(opening.now)) if home else ()
    here = {each.section: each for each in held if each.state is not SectionState.NOT_HELD}
    shown = tuple(here.get(section) or kept_elsewhere(section, elsewhere) for section in wanted)
    opening.noted(home or patient, grant if home else own, shown, permission)
    basis = grant.basis.name if home else ""
    return RecordView(patient, holder, home, basis, True, shown, permission, elsewhere)


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
    kinds = [kind for kind, section in SECTION_OF.items() if section in wanted]
    for row in Item.objects.filter(patient=home.id, kind__in=kinds).order_by(
        "-starts_on", "-recorded_on", "term", "id"
    ):
        items[SECTION_OF[row.kind]].append(row)  # type: ignore[index]
    filed = FiledConsultation.objects.filter(patient=home.id).select_related("source_organisation")
    filed = filed.prefetch_related("confidential_parts")
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
