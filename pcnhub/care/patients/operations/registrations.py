"""A temporary registration ends, by a person or by the calendar, and may be taken up again; it never becomes a regular one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.holding import held_here, refuse_other_version
from pcnhub.care.patients.operations.temporary import NotRegistrable, last_day
from pcnhub.care.patients.operations.ties import Tie, ties_of
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem

REASON_AT_MOST = 200


class StillNeeded(Conflict):
    """Something about the person is open that this would leave hanging."""

    code = "registration-in-use"


class AlreadySo(Conflict):
    """The registration is that way already."""

    code = "already-so"
    remedy = "Look at the patient as they are now."


class NotUsed(Conflict):
    """The row was merged: another one is used instead."""

    code = "merged-row"
    remedy = "Open the patient again: the entry that is used instead is shown."


def end_registration(*, actor: Actor, now: datetime, patient_id: int, version: int, reason: str) -> None:
    """End a temporary registration of the acting hub today. What stands under it stays; nobody can be booked in under it.

    Raises InvalidInput, NotPermitted, NotFound, KeptElsewhere, PatientChanged, AlreadySo, NotUsed, StillNeeded (an
    appointment to come, a consultation that is not finished).
    """
    refuse_without_reason(reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        row = held_here(actor=actor, patient_id=patient_id)
        refuse_other_version(row, version)
        refuse_merged(row)
        if row.registration_state != RegistrationState.ACTIVE:
            raise AlreadySo("This registration has ended.")
        refuse_ties(ties_of(actor=actor, now=now, patient_ids=[row.pk, *_merged_into(row)]))
        today = london_date(now)
        _set(row, now, registration_state=RegistrationState.LEFT, left_on=today, ends_on=today)
        note_act(row, "patients.registration-ended", reason, actor=actor, now=now)


def reactivate(*, actor: Actor, now: datetime, patient_id: int, version: int, reason: str) -> None:
    """Take up a temporary registration of the acting hub that has ended: temporary again, for its whole time from today.

    Not of who died, nor of who has left the practice that the hub knows: then the present practice's booking, or tracing,
    says where they are. Raises InvalidInput, NotPermitted, NotFound, KeptElsewhere, PatientChanged, AlreadySo, NotUsed,
    NotRegistrable.
    """
    refuse_without_reason(reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        row = held_here(actor=actor, patient_id=patient_id)
        refuse_other_version(row, version)
        refuse_merged(row)
        if row.registration_state == RegistrationState.ACTIVE:
            raise AlreadySo("This registration is active.")
        _refuse_unfit(row)
        today, until = london_date(now), last_day(now)
        _set(
            row, now, registration_state=RegistrationState.ACTIVE, registered_on=today, left_on=None, ends_on=until
        )  # fmt: skip
        note_act(row, "patients.registration-reactivated", reason, actor=actor, now=now)


def lapse(*, actor: Actor, now: datetime) -> int:
    """End the acting hub's temporary registrations whose last day is past, unless something about them is open; how many.

    Done twice, it changes nothing more. A booking that is made meanwhile begins the time anew and is not overtaken: the row
    is locked, and its last day looked at again behind the lock.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        due = list(
            Patient.objects.select_for_update()
            .filter(
                organisation=actor.organisation.id,
                registration_type=RegistrationType.TEMPORARY,
                registration_state=RegistrationState.ACTIVE,
                ends_on__lt=london_date(now),
                merged_into__isnull=True,
            )
            .order_by("pk")
        )
        merged = Patient.objects.filter(merged_into__in=[row.pk for row in due])
        root_of = {row.pk: row.pk for row in due} | dict(merged.values_list("pk", "merged_into"))
        needed = {root_of[tie.patient_id] for tie in ties_of(actor=actor, now=now, patient_ids=list(root_of))}
        over = [row for row in due if row.pk not in needed]
        for row in over:
            _set(row, now, registration_state=RegistrationState.LEFT, left_on=row.ends_on)
            note_act(row, "patients.registration-lapsed", "", actor=actor, now=now)
        return len(over)


def refuse_without_reason(reason: str) -> None:
    """Who asks later why must find it."""
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "Nothing says why.", "Write why, in a few words.")])
    if len(reason) > REASON_AT_MOST:
        said = f"This has {len(reason)} characters; at most {REASON_AT_MOST} are kept."
        raise InvalidInput([Problem("reason", "too-long", said, f"Take out {len(reason) - REASON_AT_MOST}.")])


def refuse_ties(found: Iterable[Tie]) -> None:
    words = list(dict.fromkeys(tie.words for tie in found))
    if words:
        raise StillNeeded(
            f"Something about this patient is open: {'; '.join(words)}.",
            remedy="Cancel the appointment, or finish the consultation, first.",
            who_can="whoever runs the clinic, or the clinician",
        )


def refuse_merged(row: Patient) -> None:
    if row.merged_into_id is not None:
        raise NotUsed("This entry was merged into another one of the same person.")


def note_act(row: Patient, action: str, reason: str, *, actor: Actor, now: datetime) -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number),
        data_organisation_id=row.registered_practice_id,
        reason=reason,
    )


def _refuse_unfit(row: Patient) -> None:
    home = row.registered_patient_id and Patient.objects.filter(pk=row.registered_patient_id).first()
    states = {row.registration_state, home.registration_state} if home else {row.registration_state}
    if RegistrationState.DECEASED in states:
        raise NotRegistrable(
            "This person is recorded as deceased.",
            code="deceased",
            remedy="If that is wrong, the practice corrects it in its own system, imports its list, and books.",
            who_can="the person's practice",
        )
    if home and home.registration_state == RegistrationState.LEFT:
        raise NotRegistrable(
            "This person is not registered any more at the practice that the hub knows.",
            code="left",
            remedy="Trace the person, or let their present practice book.",
            who_can="whoever traces patients at the hub, or the present practice",
        )
    if (
        row.is_sensitive and row.nhs_number is not None
    ):  # of a number that was only said, nobody is told that it is protected
        raise NotRegistrable(
            "This person's record is protected and is not given to a hub.",
            code="sensitive",
            remedy="Offer an appointment at the practice.",
            who_can="the practice",
        )


def _merged_into(row: Patient) -> list[int]:
    return list(Patient.objects.filter(merged_into=row.pk).values_list("pk", flat=True))


def _set(row: Patient, now: datetime, **values: object) -> None:
    for name, value in {**values, "updated_at": now}.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, "updated_at"])
