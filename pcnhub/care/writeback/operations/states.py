"""Moving a copy on: the one place where a state changes, with a row that says when, by whom and why."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from pcnhub.care.writeback.models import Copy, CopyEvent
from pcnhub.care.writeback.queries import standing_patient
from pcnhub.care.writeback.rules import CopyState, Obstacle, Step, after, looks_at, needs_person
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis, Subject
from pcnhub.foundations.jobs.outbox import publish, publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

NO_REASON = Obstacle(CopyState.PENDING, "", "", "", "")
_AT_THE_PRACTICE = (CopyState.ACKNOWLEDGED, CopyState.SENT, CopyState.RECEIVED, CopyState.SENT_OTHERWISE)


class StepNotPossible(RuntimeError):
    """A step that `rules.TRANSITIONS` does not know was to be taken: a bug."""


def wait_for_turn(actor: Actor, patient_id: int) -> None:
    """One patient's copies are moved on by one worker at a time, until it commits: so no two can overtake each other, and the
    later one sees what the earlier one left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"write-back:{actor.organisation.id}:{patient_id}"],
        )


def held(actor: Actor, copy_id: int) -> Copy:
    """The acting organisation's copy, in its patient's turn and locked until commit. Raises NotFound."""
    patient_id = Copy.objects.filter(pk=copy_id, organisation=actor.organisation.id).values_list(
        "patient_id", flat=True
    )
    for one in patient_id:
        wait_for_turn(actor, one)
        return Copy.objects.select_for_update().get(pk=copy_id)
    raise NotFound("There is no such copy here.", remedy="Choose one from the write-back page.")


def settle(
    copy: Copy, actor: Actor, now: datetime, step: Step, why: Obstacle = NO_REASON, *, basis: Basis = OWN_RECORD
) -> None:
    """Take a step. `why` gives the reason, the remedy and who can. Raises StepNotPossible."""
    state = after(CopyState(copy.state), step)
    if state is None:
        raise StepNotPossible(f"copy {copy.pk}: {step} from {copy.state}")
    asked_before = needs_person(CopyState(copy.state), copy.reason_code)
    copy.state, copy.state_changed_at = state, now
    _give(copy, actor, now, why, "state", "state_changed_at")
    patient = standing_patient(actor, copy.patient_id)
    trail.record(
        actor=actor,
        now=now,
        action=f"writeback.{state}",
        subject=Subject("copy", copy.pk, copy.patient_id, patient.nhs_number if patient else ""),
        data_organisation_id=copy.target_id if state in _AT_THE_PRACTICE else None,
        basis=basis,
        detail={"consultation": copy.consultation_id, "version": copy.version, "reason": why.code},
    )
    asks_now = needs_person(state, why.code)
    if asks_now and not asked_before:
        ask_person(copy, actor, now)
    elif asked_before and not asks_now:
        publish_once(actor=actor, now=now, fact="writeback.standing-changed")


def say(copy: Copy, actor: Actor, now: datetime, why: Obstacle) -> None:
    """The state stays, and why it stays is said; the same said twice is said once."""
    if (copy.reason_code, copy.reason) == (why.code, why.reason):
        return
    _give(copy, actor, now, why)
    if needs_person(CopyState(copy.state), why.code):
        ask_person(copy, actor, now)


def ask_person(copy: Copy, actor: Actor, now: datetime, alarm: str = "state") -> None:
    """Somebody is to be told that the copy waits for a person (SD-094, SD-095); who listens, tells them."""
    steps = CopyEvent.objects.filter(copy=copy).count()
    publish(
        actor=actor,
        now=now,
        fact="writeback.needs-person",
        key=f"{copy.pk}:{alarm}:{steps if alarm == 'state' else copy.report_uuid}",
        payload={"copy_id": copy.pk},
    )


def plan_looks(copy: Copy, actor: Actor, now: datetime) -> None:
    """A report is looked at when its time comes, when it is nearly up, and when it is; first it is asked who the patient is."""
    if copy.due_at is None:
        return
    for number, at in enumerate(looks_at(copy.finished_at, copy.due_at)):
        publish(
            actor=actor,
            now=now,
            fact="writeback.look-due",
            key=f"{copy.report_uuid}:{number}",
            payload={"copy_id": copy.pk, "patient_id": copy.patient_id},
            ordering_key=f"look:{copy.report_uuid}:{number}",
            run_after=max(at, now),
        )


def note(copy: Copy, actor: Actor, now: datetime, *, reason: str) -> None:
    CopyEvent.objects.create(
        organisation_id=copy.organisation_id, copy=copy, state=copy.state, reason=reason, at=now, by=actor.user
    )


def _give(copy: Copy, actor: Actor, now: datetime, why: Obstacle, *fields: str) -> None:
    copy.reason_code, copy.reason, copy.remedy, copy.who_can = why.code, why.reason, why.remedy, why.who_can
    copy.save(update_fields=[*fields, "reason_code", "reason", "remedy", "who_can"])
    note(copy, actor, now, reason=why.reason)
