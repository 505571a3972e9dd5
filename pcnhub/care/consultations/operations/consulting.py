"""Starting, saving, finishing and amending a consultation. Nothing is ever deleted, and no finished version changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments import queries as books
from pcnhub.care.appointments.rules import BookingStatus, DeliveryChannel
from pcnhub.care.consultations import queries
from pcnhub.care.consultations.models import Consultation, Version
from pcnhub.care.consultations.rules import (
    ConsultationState,
    Notes,
    notes_from_json,
    problems_of_reason,
    problems_to_finish,
    problems_to_save,
    refusal_to_start,
    tidied,
)
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Basis, Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, Problem


class DraftMovedOn(Conflict):
    """Somebody saved this draft meanwhile. `theirs` is what they saved, at `revision`: both texts stay visible."""

    code = "draft-moved-on"
    remedy = "Both texts are kept below. Put them together, then save again."
    who_can = "any clinician of the hub who consults"

    def __init__(self, *, theirs: Notes, revision: int, saved_by: str, saved_at: datetime | None) -> None:
        super().__init__(f"{saved_by} saved this consultation while you were writing.")
        self.theirs, self.revision, self.saved_by, self.saved_at = theirs, revision, saved_by, saved_at


class ConsultationMovedOn(Conflict):
    """The consultation is not in the state, or at the version, that the act was meant for."""

    code = "consultation-moved-on"
    remedy = "Open it again to see how it stands now."
    who_can = "any clinician of the hub who consults"


@dataclass(frozen=True, slots=True)
class _Consulter:
    """The position that writes, and the ground that it writes on."""

    position_id: int
    basis: Basis


def start(*, actor: Actor, now: datetime, booking_id: int) -> int:
    """Begin the consultation of a booking, or go on with the one that was begun; its id.

    The patient is marked as sent in, or the call as started, where that is the next step. Raises NotPermitted,
    NotFound, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = _may_consult(actor, now)
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


def save_draft(*, actor: Actor, now: datetime, consultation_id: int, revision: int, notes: Notes) -> int:
    """Keep the notes of an unfinished consultation; the new revision.

    `revision` is the one that the writer began from. Raises InvalidInput, DraftMovedOn, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = _may_consult(actor, now)
        row = _locked(actor, consultation_id)
        _refuse_finished(row)
        notes = tidied(notes)
        _refuse(problems_to_save(notes, known_codes=_known(notes)))
        return _keep_draft(row, actor, now, consulter, revision, notes)


def finish(*, actor: Actor, now: datetime, consultation_id: int, revision: int) -> int:
    """Finish a saved draft as version 1, and let its copy go home; the version.

    Needs text under at least one heading and exactly one outcome of the hub's list. Raises InvalidInput with all that is
    missing, DraftMovedOn when somebody saved after `revision`, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = _may_consult(actor, now)
        row = _locked(actor, consultation_id)
        _refuse_finished(row)
        notes = notes_from_json(row.draft)
        _refuse_other_revision(row, revision)
        outcome_name = _check_whole(actor, now, notes)
        row.state, row.version, row.finished_at = ConsultationState.FINISHED, 1, now
        row.save(update_fields=["state", "version", "finished_at"])
        _new_version(row, actor, now, consulter, notes, outcome_name, reason="")
        return 1


def amend(*, actor: Actor, now: datetime, consultation_id: int, version: int, notes: Notes, reason: str) -> int:
    """Add a version to a finished consultation, and let it follow the first one home; its number.

    `version` is the one that the writer began from; earlier versions stay as they were. Raises InvalidInput,
    ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = _may_consult(actor, now)
        row = _locked(actor, consultation_id)
        if row.state != ConsultationState.FINISHED:
            raise ConsultationMovedOn(
                "This consultation is not finished yet: there is nothing to amend.", remedy="Go on writing the draft."
            )
        if row.version != version:
            raise ConsultationMovedOn(
                f"Version {row.version} was saved while you were writing; you began from version {version}.",
                remedy="Read the newest version, then amend that one.",
            )
        notes = tidied(notes)
        problems = problems_of_reason(reason)
        newest = queries.finished_version(actor=actor, consultation_id=row.pk, number=version)
        if notes == newest.notes:
            problems.append(
                Problem(
                    "reason", "nothing-changed", "Nothing is different from the version before", "Change the notes."
                )
            )
        outcome_name = _check_whole(actor, now, notes, problems, kept=newest)
        row.version = version + 1
        row.save(update_fields=["version"])
        _new_version(row, actor, now, consulter, notes, outcome_name, reason=reason.strip())
        return row.version


def _may_consult(actor: Actor, now: datetime) -> _Consulter:
    """A consulter of a hub, with the activity for it."""
    grant = permit(actor=actor, permission=Permission.CONSULT, now=now)
    held = None
    if actor.position_id is not None:
        held = organisations.position(id=actor.position_id, day=london_date(now))
    if held is None or not held.consulter:
        raise NotPermitted(
            f"Your position at {actor.organisation.name} is not marked as a consulter.",
            remedy="Ask for the consulter mark on your position.",
            who_can=f"an administrator of {actor.organisation.name}",
        )
    if actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "Consultations are written at the hub.",
            remedy="Sign in with your position at the hub.",
            who_can="a clinician of the hub",
        )
    return _Consulter(held.id, grant.basis)


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


def _locked(actor: Actor, consultation_id: int) -> Consultation:
    """The consultation, held until commit: two savers come one after the other."""
    row = (
        Consultation.objects.select_for_update().filter(pk=consultation_id, organisation=actor.organisation.id).first()
    )
    if row is None or not patients.patients_by_id(actor=actor, ids=[row.patient_id]):
        raise queries.no_such_consultation(actor)
    return row


def _refuse_finished(row: Consultation) -> None:
    if row.state == ConsultationState.FINISHED:
        raise ConsultationMovedOn(
            "This consultation was finished meanwhile, so the draft can't change any more.",
            remedy="Open it and amend it: what you write becomes a new version.",
        )


def _refuse_other_revision(row: Consultation, revision: int) -> None:
    if row.revision != revision:
        raise DraftMovedOn(
            theirs=notes_from_json(row.draft),
            revision=row.revision,
            saved_by=row.draft_saved_by,
            saved_at=row.draft_saved_at,
        )


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)


def _known(notes: Notes) -> set[str]:
    return set(queries.concepts(codes=[entry.code for entry in notes.entries]))


def _check_whole(
    actor: Actor,
    now: datetime,
    notes: Notes,
    problems: list[Problem] | None = None,
    *,
    kept: queries.FinishedVersion | None = None,
) -> str:
    """Everything that finishing needs, refused all at once; the outcome's name. What `kept` had stays allowed."""
    offered = {
        outcome.code: outcome.name for outcome in queries.outcomes(hub_id=actor.organisation.id, day=london_date(now))
    }
    known = _known(notes)
    if kept is not None:
        offered.setdefault(kept.notes.outcome, kept.outcome_name)
        known |= {entry.code for entry in kept.notes.entries}
    _refuse(
        [
            *(problems or []),
            *problems_to_save(notes, known_codes=known),
            *problems_to_finish(notes, outcomes=offered),
        ]
    )
    return offered[notes.outcome]


def _keep_draft(
    row: Consultation, actor: Actor, now: datetime, consulter: _Consulter, revision: int, notes: Notes
) -> int:
    if row.draft == notes.as_json():
        return row.revision  # the same text sent twice is no new revision
    _refuse_other_revision(row, revision)
    patient = patients.own_registration(actor=actor, patient_id=row.patient_id)
    row.draft, row.revision = notes.as_json(), row.revision + 1
    row.draft_saved_at, row.draft_saved_by = now, actor.name
    row.save(update_fields=["draft", "revision", "draft_saved_at", "draft_saved_by"])
    trail.record(
        actor=actor,
        now=now,
        action="consultations.draft-saved",
        subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
        data_organisation_id=patient.home_id,
        basis=consulter.basis,
        detail={"revision": row.revision},
    )
    return row.revision


def _new_version(
    row: Consultation,
    actor: Actor,
    now: datetime,
    consulter: _Consulter,
    notes: Notes,
    outcome_name: str,
    *,
    reason: str,
) -> None:
    """Write the version down, and the fact that lets its copy go home, in the same transaction."""
    patient = patients.patients_by_id(actor=actor, ids=[row.patient_id]).get(row.patient_id)
    if patient is None:
        raise NotFound("There is no such patient here.", remedy="Open the consultation again.")
    Version.objects.create(
        organisation_id=row.organisation_id,
        consultation_id=row.pk,
        number=row.version,
        sections=notes.sections_json(),
        entries=notes.entries_json(),
        is_confidential=notes.is_confidential,
        follow_up=notes.follow_up_json(),
        outcome_code=notes.outcome,
        outcome_name=outcome_name,
        author_position_id=consulter.position_id,
        author_name=actor.name,
        author_role=actor.role_name or actor.job_category,
        amendment_reason=reason,
        saved_at=now,
    )
    trail.record(
        actor=actor,
        now=now,
        action="consultations.amended" if reason else "consultations.finished",
        subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
        data_organisation_id=patient.home_id,
        basis=consulter.basis,
        reason=reason,
        detail={"version": row.version, "outcome": notes.outcome},
    )
    practice = patient.registered_practice.id if patient.registered_practice else 0
    publish(
        actor=actor,
        now=now,
        fact="consultations.finished",
        key=f"{row.pk}:{row.version}",
        payload={"consultation_id": row.pk, "version": row.version},
        # One patient's copies reach one practice in the order in which they were finished.
        ordering_key=f"write-back:{practice}:{row.patient_id}",
    )
