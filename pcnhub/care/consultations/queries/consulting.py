"""One consultation, and its finished versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from pcnhub.care.consultations.models import Consultation, Version
from pcnhub.care.consultations.queries.views import ConsultationView, FinishedVersion
from pcnhub.care.consultations.rules import (
    ConsultationState,
    Notes,
    entries_from_json,
    follow_up_from_json,
    notes_from_json,
    sections_from_json,
)
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.queries.patients import known_to
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import NotFound


def consultation(*, actor: Actor, now: datetime, consultation_id: int) -> ConsultationView:
    """Open a consultation of the actor's own organisation. Audited. Raises NotPermitted or NotFound."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = _one(actor=actor, consultation_id=consultation_id)
        try:
            patient = patients.open_patient(actor=actor, now=now, patient_id=row.patient_id, reason="consultation")
        except NotFound:  # a protected person's consultation is none at all
            raise no_such_consultation(actor) from None
        trail.record(
            actor=actor,
            now=now,
            action="consultations.opened",
            subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
            data_organisation_id=patient.home_id,
            basis=grant.basis,
        )
        return ConsultationView(
            id=row.pk,
            organisation=organisations.organisation_ref(id=row.organisation_id),
            booking_id=row.booking_id,
            patient=patient,
            site_name=row.site.name if row.site else "",
            author_name=row.author_name,
            state=ConsultationState(row.state),
            started_at=row.started_at,
            finished_at=row.finished_at,
            draft=notes_from_json(row.draft),
            draft_saved_at=row.draft_saved_at,
            draft_saved_by=row.draft_saved_by,
            draft_saver_id=row.draft_saver_id,
            revision=row.revision,
            version=row.version,
            versions=tuple(_version(version) for version in _versions().filter(consultation=row.pk)),
            in_error_at=row.in_error_at,
            in_error_by=row.in_error_by,
            in_error_reason=row.in_error_reason,
        )


def consultation_of_booking(*, actor: Actor, booking_id: int) -> int | None:
    """The id of the consultation that a booking led to, or None; of a protected person's, too, for who may not know of it.
    What was recorded in error does not count."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(booking=booking_id).exclude(state=ConsultationState.IN_ERROR)
        return rows.filter(known_to(actor, "patient__")).values_list("pk", flat=True).first()


def finished_version(*, actor: Actor, consultation_id: int, number: int) -> FinishedVersion:
    """One finished version. For work inside the house (write-back): whoever shows it audits it. Raises NotFound."""
    with unit_of_work(actor):
        row = _versions().filter(consultation=consultation_id, number=number).first()
        if row is None:
            raise NotFound(
                f"Consultation {consultation_id} has no version {number} at {actor.organisation.name}.",
                remedy="Open the consultation to see which versions it has.",
                who_can=f"any clinician of {actor.organisation.name} who consults",
            )
        return _version(row)


def finished_between(*, actor: Actor, day_from: date, day_to: date) -> tuple[FinishedVersion, ...]:
    """Every version that was finished on the London days from `day_from` to `day_to`, both included, oldest first."""
    with unit_of_work(actor):
        first, last = day_bounds(day_from)[0], day_bounds(day_to)[1]
        return tuple(_version(row) for row in _versions().filter(saved_at__gte=first, saved_at__lt=last))


def finished_except(*, actor: Actor, taken: QuerySet[Any], limit: int) -> tuple[FinishedVersion, ...]:
    """The acting organisation's finished versions that are not in `taken`, rows that have a `consultation_id` and a `version`:
    at most so many, oldest first; not of whom it has for good. For work inside the house (write-back)."""
    with unit_of_work(actor):
        there = taken.filter(consultation_id=OuterRef("consultation_id"), version=OuterRef("number"))
        rows = _versions().filter(~Exists(there), organisation=actor.organisation.id)
        rows = rows.exclude(consultation__patient__registration_type=RegistrationType.REGULAR)
        return tuple(_version(row) for row in rows[:limit])


def newest_finished(*, actor: Actor, patient_id: int) -> tuple[FinishedVersion, ...]:
    """The newest version of each finished consultation of one patient of the acting organisation, oldest first. For work
    inside the house (write-back)."""
    with unit_of_work(actor):
        rows = _versions().filter(organisation=actor.organisation.id, consultation__patient=patient_id)
        newest = {row.consultation_id: _version(row) for row in rows}
        return tuple(newest.values())


def newest_version(*, actor: Actor, consultation_id: int) -> FinishedVersion | None:
    """The version that counts today; None while nothing is finished. For work inside the house (write-back)."""
    with unit_of_work(actor):
        row = _versions().filter(consultation=consultation_id).order_by("-number").first()
        return _version(row) if row else None


def _one(*, actor: Actor, consultation_id: int) -> Consultation:
    row = (
        Consultation.objects.select_related("site")
        .filter(pk=consultation_id, organisation=actor.organisation.id)
        .first()
    )
    if row is None:
        raise no_such_consultation(actor)
    return row


def no_such_consultation(actor: Actor) -> NotFound:
    """The same words of none, and of a protected person's."""
    return NotFound(
        f"There is no such consultation at {actor.organisation.name}.",
        remedy="Open it from the clinic list. What was finished elsewhere is in the patient's record.",
    )


def _versions() -> QuerySet[Version]:
    return Version.objects.select_related("consultation__site").order_by("saved_at", "consultation_id", "number")


def _version(row: Version) -> FinishedVersion:
    site = row.consultation.site
    return FinishedVersion(
        id=row.pk,
        consultation_id=row.consultation_id,
        organisation_id=row.organisation_id,
        number=row.number,
        patient_id=row.consultation.patient_id,
        practice_id=row.consultation.patient_practice_id,
        started_at=row.consultation.started_at,
        saved_at=row.saved_at,
        site_name=site.name if site else "",
        notes=Notes(
            sections=sections_from_json(row.sections),
            entries=entries_from_json(row.entries),
            outcome=row.outcome_code,
            is_confidential=row.is_confidential,
            follow_up=follow_up_from_json(row.follow_up),
        ),
        outcome_name=row.outcome_name,
        author_position_id=row.author_position_id,
        author_name=row.author_name,
        author_role=row.author_role,
        amendment_reason=row.amendment_reason,
        is_in_error=row.is_in_error,
    )
