"""Putting on record what a patient said when asked whether their record may be opened, or that somebody opens it unasked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, own_registration, require_traced
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.records.models import OverrideReview, ViewPermission
from pcnhub.care.records.queries.elsewhere import home_elsewhere
from pcnhub.care.records.queries.overrides import override_held
from pcnhub.care.records.rules import PermissionAnswer
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, Problem

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class _Holder:
    ods_code: str
    practice: OrganisationRef | None
    patient_id: int | None


def record_permission(
    *, actor: Actor, now: datetime, patient_id: int, answer: PermissionAnswer, reason: str = ""
) -> int:
    """What the patient said today about the record that their practice keeps; the id of what was put down.

    `given` and `refused` hold for everybody of the actor's organisation today. `overridden` holds for the actor alone, needs a
    reason, and is told to those who answer for privacy at both ends; sent again with the same words it is one. An objection to
    sharing is beyond any answer.
    Raises InvalidInput, NotPermitted, NotFound, NotTraced.
    """
    reason = " ".join(reason.split())
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        if actor.is_system:
            raise NotPermitted("A person asks a patient, never a system.", remedy="Sign in, and ask the patient.")
        patient = own_registration(actor=actor, patient_id=patient_id)
        require_traced(patient)
        holder = _holder_of(patient)
        if problems := _problems(answer, reason):
            raise InvalidInput(problems)
        if answer is PermissionAnswer.OVERRIDDEN:
            again = _sent_again(actor, now, patient, holder, reason)
            if again is not None:
                return again
        row = ViewPermission.objects.create(
            organisation_id=actor.organisation.id,
            patient_id=patient.id,
            holder_ods=holder.ods_code,
            holder_id=holder.practice.id if holder.practice else None,
            holder_patient_id=holder.patient_id,
            answer=answer,
            reason=reason,
            user=actor.user,
            user_name=actor.name,
            answered_at=now,
            answered_on=london_date(now),
        )
        trail.record(
            actor=actor,
            now=now,
            action=f"records.permission-{answer.value}",
            subject=trail.Subject("view-permission", row.pk, patient.id, patient.nhs_number),
            data_organisation_id=holder.practice.id if holder.practice else None,
            basis=grant.basis,
            reason=reason,
            detail={"holder": holder.ods_code},
        )
        if answer is PermissionAnswer.OVERRIDDEN:
            _alert(actor, now, row.pk, holder)
        return row.pk


def review_override(*, actor: Actor, now: datetime, permission_id: int, finding: str) -> None:
    """Somebody who answers for privacy at either end has looked at an override. Nobody reviews their own.

    Raises InvalidInput, NotPermitted, NotFound, Conflict (it was reviewed meanwhile).
    """
    finding = " ".join(finding.split())
    with unit_of_work(actor):
        # One at a time, so that the second of two reads what the first found. (The row itself is the asker's: no lock on it.)
        take_turn("records.override", permission_id)
        seen = override_held(actor=actor, now=now, permission_id=permission_id)
        if not seen.is_open:
            raise Conflict(f"{seen.reviewed_by} has looked at it already.", remedy="Read what they found.")
        if seen.is_readers_own:
            raise NotPermitted(
                "Nobody reviews their own override.",
                remedy="Ask a colleague.",
                who_can="somebody else who sees the audit",
            )
        if not finding or len(finding) > LONGEST_REASON:
            raise InvalidInput([_missing("finding", "Enter what you found", finding)])
        OverrideReview.objects.create(
            organisation_id=actor.organisation.id, permission_id=seen.id, finding=finding, user=actor.user,
            user_name=actor.name, reviewed_at=now,
        )  # fmt: skip
        trail.record(
            actor=actor,
            now=now,
            action="records.override-reviewed",
            subject=trail.Subject("view-permission", seen.id, seen.patient.id if seen.patient else None),
            data_organisation_id=seen.by_organisation.id,
            reason=finding,
        )


def _holder_of(patient: PatientView) -> _Holder:
    elsewhere = home_elsewhere(patient)
    if elsewhere is not None:
        return _Holder(elsewhere.ods_code, elsewhere.practice, _linked(patient, elsewhere.practice))
    practice = patient.registered_practice
    if patient.registration_type != RegistrationType.TEMPORARY or practice is None:
        raise NotFound(
            "No other organisation keeps this patient's record, as far as is known here: there is nothing to ask for."
        )
    return _Holder(practice.ods_code, practice, patient.registered_patient_id)


def _sent_again(actor: Actor, now: datetime, patient: PatientView, holder: _Holder, reason: str) -> int | None:
    """A button pressed twice: the actor's own override with this reason, where nobody has answered otherwise since."""
    take_turn("records.permission", patient.id)
    last = (
        ViewPermission.objects.filter(
            organisation=actor.organisation.id,
            patient=patient.id,
            holder_ods=holder.ods_code,
            answered_on=london_date(now),
        )
        .order_by("-pk")
        .first()
    )
    if last is None or (last.answer, last.user, last.reason) != (PermissionAnswer.OVERRIDDEN, actor.user, reason):
        return None
    return last.pk


def _linked(patient: PatientView, practice: OrganisationRef | None) -> int | None:
    return patient.registered_patient_id if practice else None


def _problems(answer: PermissionAnswer, reason: str) -> list[Problem]:
    if answer is PermissionAnswer.OVERRIDDEN and not reason:
        return [_missing("reason", "Enter why the record must be opened without the patient's permission", reason)]
    if len(reason) > LONGEST_REASON:
        return [Problem("reason", "too-long", "The reason is too long", f"Use at most {LONGEST_REASON} characters.")]
    return []


def _missing(field: str, message: str, value: str) -> Problem:
    remedy = f"In at most {LONGEST_REASON} characters. It is kept on record with your name."
    return Problem(field, "too-long" if value else "missing", message, remedy)


def _alert(actor: Actor, now: datetime, permission_id: int, holder: _Holder) -> None:
    """One fact for each end: its handlers act for that end, and tell its own people."""
    told = {actor.organisation.id} | ({holder.practice.id} if holder.practice else set())
    for organisation_id in sorted(told):
        publish(
            actor=actor,
            now=now,
            fact="records.permission-overridden",
            key=f"{permission_id}:{organisation_id}",
            payload={"permission_id": permission_id},
            organisation_id=organisation_id,
        )
