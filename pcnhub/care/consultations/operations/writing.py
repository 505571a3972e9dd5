"""Starting a consultation and saving its draft. Nothing is ever deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments import queries as books
from pcnhub.care.appointments.rules import BookingStatus, DeliveryChannel
from pcnhub.care.consultations import queries
from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.operations.standing import (
    ConsultationMovedOn,
    Consulter,
    known_codes,
    locked,
    may_consult,
    refuse,
    refuse_closed,
    refuse_other_revision,
)
from pcnhub.care.consultations.rules import Notes, entries_from_json, problems_to_save, refusal_to_start, tidied
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted

# One writer's saves without a click are one act; each quarter of an hour of it is put on record.
ONE_SITTING = timedelta(minutes=15)


def start(*, actor: Actor, now: datetime, booking_id: int) -> int:
    """Begin the consultation of a booking, or go on with the one that was begun; its id.

    The patient is marked as sent in, or the call as started, where that is the next step. Raises NotPermitted,
    NotFound, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        begun = queries.consultation_of_booking(actor=actor, booking_id=booking_id)
        if begun is not None:
            return begun
        booking = books.booking(actor=actor, booking_id=booking_id)
        if booking.hub_id != actor.organisation.id:
            raise NotPermitted(
                "This appointment is in another hub's book.",
                remedy="Sign in with a position at that hub.",
                who_can=f"a clinician of {booking.hub}",
            )
        refusal = refusal_to_start(
            status=booking.status, starts_on=london_date(booking.slot.starts_at), today=london_date(now)
        )
        if refusal:
            raise ConsultationMovedOn(
                f"A consultation can't be started: {refusal}",
                remedy="Set the right status on the clinic list first.",
                who_can="whoever runs the clinic list",
            )
        patient = patients.open_patient(actor=actor, now=now, patient_id=booking.patient_id, reason="consultation")
        try:
            with transaction.atomic():
                row = Consultation.objects.create(
                    organisation_id=actor.organisation.id,
                    booking_id=booking_id,
                    patient_id=patient.id,
                    patient_practice_id=patient.registered_practice.id if patient.registered_practice else None,
                    author_id=consulter.position_id,
                    author_name=actor.name,
                    site_id=booking.slot.site_id,
                    started_at=now,
                )
        except IntegrityError:  # a colleague's click was faster: one booking has one consultation
            return _begun_meanwhile(actor, booking_id)
        _move_on(actor, now, booking)
        trail.record(
            actor=actor,
            now=now,
            action="consultations.started",
            subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
            data_organisation_id=patient.home_id,
            basis=consulter.basis,
            detail={"booking": booking_id},
        )
        return row.pk


def save_draft(
    *, actor: Actor, now: datetime, consultation_id: int, revision: int, notes: Notes, is_autosave: bool = False
) -> int:
    """Keep the notes of an unfinished consultation; the new revision.

    `revision` is the one that the writer began from; `is_autosave` says that nobody pressed a button. What the draft has
    already may stay, though its code has left the list. Raises InvalidInput, DraftMovedOn, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        refuse_closed(row)
        notes = tidied(notes)
        kept = {entry.code for entry in entries_from_json(row.draft.get("entries", ()))}
        refuse(problems_to_save(notes, known_codes=known_codes(notes) | kept))
        return _keep(row, actor, now, consulter, revision, notes, is_autosave=is_autosave)


def _keep(
    row: Consultation,
    actor: Actor,
    now: datetime,
    consulter: Consulter,
    revision: int,
    notes: Notes,
    *,
    is_autosave: bool,
) -> int:
    if row.draft == notes.as_json():
        return row.revision  # the same text sent twice is no new revision
    refuse_other_revision(row, revision)
    patient = patients.own_registration(actor=actor, patient_id=row.patient_id)
    goes_on = is_autosave and _same_sitting(row, consulter, now)
    row.draft, row.revision = notes.as_json(), row.revision + 1
    row.draft_saved_at, row.draft_saved_by, row.draft_saver_id = now, actor.name, consulter.position_id
    changed = ["draft", "revision", "draft_saved_at", "draft_saved_by", "draft_saver"]
    if not goes_on:
        row.draft_noted_at = now
        changed.append("draft_noted_at")
        trail.record(
            actor=actor,
            now=now,
            action="consultations.draft-saved",
            subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
            data_organisation_id=patient.home_id,
            basis=consulter.basis,
            detail={"revision": row.revision},
        )
    row.save(update_fields=changed)
    return row.revision


def _same_sitting(row: Consultation, consulter: Consulter, now: datetime) -> bool:
    """The last save that is on record is this writer's, and not long ago."""
    return (
        row.draft_saver_id == consulter.position_id
        and row.draft_noted_at is not None
        and now - row.draft_noted_at < ONE_SITTING
    )


def _move_on(actor: Actor, now: datetime, booking: books.BookingView) -> None:
    """What the waiting room would tick: only for who may, and only where it is the next step (`domain.md` R5)."""
    in_person = booking.slot.delivery_channel == DeliveryChannel.IN_PERSON
    following = {
        (BookingStatus.BOOKED, True): BookingStatus.SENT_IN,
        (BookingStatus.ARRIVED, True): BookingStatus.SENT_IN,
        (BookingStatus.BOOKED, False): BookingStatus.CALL_STARTED,
    }.get((BookingStatus(booking.status), in_person))
    if following is not None and actor.may(Permission.RUN_CLINIC_LIST):
        appointments.set_status(actor=actor, now=now, booking_id=booking.id, version=booking.version, status=following)


def _begun_meanwhile(actor: Actor, booking_id: int) -> int:
    begun = queries.consultation_of_booking(actor=actor, booking_id=booking_id)
    if begun is None:
        raise NotFound("There is no such booking here.", remedy="Open the patient from the clinic list.")
    return begun
