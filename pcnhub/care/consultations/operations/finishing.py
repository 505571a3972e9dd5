"""Finishing, amending, and recording in error: each adds a version, and no finished version ever changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pcnhub.care.consultations import queries
from pcnhub.care.consultations.models import Consultation, Version
from pcnhub.care.consultations.operations.asked import AskAnswer, send_notices, settle
from pcnhub.care.consultations.operations.standing import (
    ConsultationMovedOn,
    Consulter,
    locked,
    may_consult,
    refuse,
    refuse_closed,
    refuse_in_error,
    refuse_other_revision,
)
from pcnhub.care.consultations.rules import (
    ConsultationState,
    Notes,
    notes_from_json,
    plain,
    problems_of_reason,
    tidied,
)
from pcnhub.care.consultations.rules.protocols import Moment
from pcnhub.care.patients import queries as patients
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, Problem

IN_ERROR = "consultations.recorded-in-error"


def finish(
    *, actor: Actor, now: datetime, consultation_id: int, revision: int, answers: Sequence[AskAnswer] = ()
) -> int:
    """Finish a saved draft as version 1, and let its copy go home; the version.

    Needs text under at least one heading, exactly one outcome of the hub's list, and what the hub's protocols ask for;
    `answers` says what was done of it, or why it is not needed. Raises InvalidInput with all that is missing, DraftMovedOn
    when somebody saved after `revision`, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        refuse_closed(row)
        notes = notes_from_json(row.draft).without_empty()
        refuse_other_revision(row, revision)
        settled = settle(
            actor=actor, now=now, row=row, notes=notes, moment=Moment.FINISH, answers=answers, basis=consulter.basis
        )
        notes = settled.notes
        outcome_name = _check_whole(actor, now, notes, list(settled.problems))
        row.state, row.version, row.finished_at = ConsultationState.FINISHED, 1, now
        row.save(update_fields=["state", "version", "finished_at"])
        _new_version(row, actor, now, consulter, notes, outcome_name, reason="")
        send_notices(actor=actor, now=now, row=row, notices=settled.notices, basis=consulter.basis)
        return 1


def amend(
    *,
    actor: Actor,
    now: datetime,
    consultation_id: int,
    version: int,
    notes: Notes,
    reason: str,
    answers: Sequence[AskAnswer] = (),
) -> int:
    """Add a version to a finished consultation, and let it follow the first one home; its number.

    `version` is the one that the writer began from; earlier versions stay as they were. `answers` as for finishing. Raises
    InvalidInput, ConsultationMovedOn.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        refuse_in_error(row)
        if row.state != ConsultationState.FINISHED:
            raise ConsultationMovedOn(
                "This consultation is not finished yet: there is nothing to amend.", remedy="Go on writing the draft."
            )
        if row.version != version:
            raise ConsultationMovedOn(
                f"Version {row.version} was saved while you were writing; you began from version {version}.",
                remedy="Read the newest version, then amend that one.",
            )
        notes, reason = tidied(notes).without_empty(), plain(reason)
        problems = problems_of_reason(reason)
        newest = queries.finished_version(actor=actor, consultation_id=row.pk, number=version)
        if notes == newest.notes:
            problems.append(
                Problem(
                    "reason", "nothing-changed", "Nothing is different from the version before", "Change the notes."
                )
            )
        settled = settle(
            actor=actor, now=now, row=row, notes=notes, moment=Moment.AMEND, answers=answers, basis=consulter.basis
        )
        notes = settled.notes
        outcome_name = _check_whole(actor, now, notes, [*problems, *settled.problems], kept=newest)
        row.version = version + 1
        row.save(update_fields=["version"])
        _new_version(row, actor, now, consulter, notes, outcome_name, reason=reason)
        send_notices(actor=actor, now=now, row=row, notices=settled.notices, basis=consulter.basis)
        return row.version


def mark_in_error(*, actor: Actor, now: datetime, consultation_id: int, reason: str) -> int:
    """Say of all of a consultation that it was recorded in error; the number of the version that says so, or 0.

    Nothing is deleted: what was finished gets one more version, which goes home as the others did, so that the copy at the
    practice is marked too. A draft is closed as it stands, and its appointment can be consulted on anew. Raises InvalidInput
    without a reason, ConsultationMovedOn when it is marked already.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        refuse_in_error(row)
        refuse(problems_of_reason(reason, act="mark it as recorded in error"))
        reason = plain(reason)
        newest = None
        if row.version:
            newest = queries.finished_version(actor=actor, consultation_id=row.pk, number=row.version)
            row.version += 1
        row.state, row.in_error_at = ConsultationState.IN_ERROR, now
        row.in_error_by, row.in_error_reason = actor.name, reason
        row.save(update_fields=["state", "version", "in_error_at", "in_error_by", "in_error_reason"])
        if newest is not None:
            _new_version(row, actor, now, consulter, newest.notes, newest.outcome_name, reason=reason, is_in_error=True)
        else:
            _note(row, actor, now, consulter, action=IN_ERROR, reason=reason, detail={"version": 0})
        return row.version


def _check_whole(
    actor: Actor,
    now: datetime,
    notes: Notes,
    problems: list[Problem] | None = None,
    *,
    kept: queries.FinishedVersion | None = None,
) -> str:
    """Everything that finishing needs, refused all at once; the outcome's name. What `kept` had stays allowed."""
    hub, day = actor.organisation.id, london_date(now)
    refuse([*(problems or []), *queries.missing_to_finish(hub_id=hub, day=day, notes=notes, before=kept)])
    names = {outcome.code: outcome.name for outcome in queries.outcomes(hub_id=hub, day=day)}
    if kept is not None:
        names.setdefault(kept.notes.outcome, kept.outcome_name)
    return names[notes.outcome]


def _new_version(
    row: Consultation,
    actor: Actor,
    now: datetime,
    consulter: Consulter,
    notes: Notes,
    outcome_name: str,
    *,
    reason: str,
    is_in_error: bool = False,
) -> None:
    """Write the version down, and the fact that lets its copy go home, in the same transaction."""
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
        is_in_error=is_in_error,
        saved_at=now,
    )
    action = IN_ERROR if is_in_error else "consultations.amended" if reason else "consultations.finished"
    detail = {"version": row.version, "outcome": notes.outcome, "confidential": notes.has_confidential}
    patient = _note(row, actor, now, consulter, action=action, reason=reason, detail=detail)
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


def _note(
    row: Consultation,
    actor: Actor,
    now: datetime,
    consulter: Consulter,
    *,
    action: str,
    reason: str,
    detail: dict[str, Any],
) -> patients.PatientView:
    patient = patients.patients_by_id(actor=actor, ids=[row.patient_id]).get(row.patient_id)
    if patient is None:
        raise NotFound("There is no such patient here.", remedy="Open the consultation again.")
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
        data_organisation_id=patient.home_id,
        basis=consulter.basis,
        reason=reason,
        detail=detail,
    )
    return patient
