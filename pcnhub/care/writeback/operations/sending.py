"""Sending copies home: each version of each consultation once, in order, with a receipt at both ends."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.consultations.queries import FinishedVersion
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.models import Copy, CopyEvent
from pcnhub.care.writeback.operations import filing
from pcnhub.care.writeback.operations.handing_over import keep, move_report, put_in_place_of_earlier
from pcnhub.care.writeback.operations.states import (
    ask_person,
    held,
    note,
    plan_looks,
    say,
    settle,
    wait_for_turn,
)
from pcnhub.care.writeback.queries import Receiver, is_regular_here, obstacles, receiver_of, standing_patient, window_of
from pcnhub.care.writeback.rules import (
    HELD,
    MAY_TRY_AGAIN,
    TOO_LATE,
    WAITS_ITS_TURN,
    Alarm,
    CopyState,
    Obstacle,
    Route,
    Step,
    alarm,
    due_again,
    due_at,
    worst,
)
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, NotFound


class NothingToRetry(Conflict):
    """The copy is with the practice already, or on its way."""

    code = "nothing-to-retry"
    remedy = "Open the consultation again to see where its copy is now."


def send_copy(*, actor: Actor, now: datetime, consultation_id: int, version: int) -> CopyState | None:
    """Send the copy of a finished version home, with whatever of the same patient waits before and behind it.

    Where something stands in the way, the copy is kept with the reason: that is an answer, not a failure. Sent twice, it
    stays one. None: the patient is registered here for good, so that nothing is owed (SD-083). Raises NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        finished = consultations.finished_version(actor=actor, consultation_id=consultation_id, number=version)
        wait_for_turn(actor, finished.patient_id)
        if is_regular_here(actor, finished.patient_id):
            return None
        if receiver_of(actor, finished) is None:
            return (
                CopyState.NEEDS_ACTION
            )  # nobody to keep a copy for: it is made once the patient is linked (`catch_up`)
        _make_copies(actor, now, finished)
        _send_in_order(actor, now, finished.patient_id)
        return CopyState(Copy.objects.get(consultation=consultation_id, version=version).state)


def catch_up(*, actor: Actor, now: datetime, patient_id: int) -> int:
    """A patient was traced: make the copies that had no receiver yet, and send what was kept of them; how many went out.

    `patient_id` is the row that the consultations were written for. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        wait_for_turn(actor, patient_id)
        if is_regular_here(actor, patient_id):
            return 0
        for finished in consultations.newest_finished(actor=actor, patient_id=patient_id):
            if receiver_of(actor, finished) is not None:
                _make_copies(actor, now, finished)
        return _send_in_order(actor, now, patient_id)


def ask_release(*, actor: Actor, now: datetime, key: str) -> int:
    """Have every copy of the acting hub that is kept here tried again; of how many patients.

    Called when a reason may be gone: an agreement became active, a practice chose its settings, a patient was linked. Each
    patient's copies are a job of their own: what fails for one holds back nobody else's. `key` names the happening.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        waiting = _kept(actor)
        for patient_id in waiting:
            publish(
                actor=actor,
                now=now,
                fact="writeback.release-asked",
                key=f"{key}:{patient_id}",
                payload={"patient_id": patient_id},
                ordering_key=f"release:{actor.organisation.id}:{patient_id}",
            )
        return len(waiting)


def release(*, actor: Actor, now: datetime, practice_id: int | None = None, patient_id: int | None = None) -> int:
    """Try every copy of the acting hub that is kept here (of those for one practice, or of one patient) again, in order; how
    many went out."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        sent = 0
        for one in _kept(actor, practice_id) if patient_id is None else [patient_id]:
            wait_for_turn(actor, one)
            sent += _send_in_order(actor, now, one)
        return sent


def look(*, actor: Actor, now: datetime, copy_id: int) -> None:
    """See where a report is as its time comes: hand it over, or tell somebody that it has not left. Raises NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        copy = held(actor, copy_id)
        before = alarm(CopyState(copy.state), due_at=copy.due_at, now=now)
        if copy.state in HELD:
            _send_in_order(actor, now, copy.patient_id)
            copy.refresh_from_db()
        found = alarm(CopyState(copy.state), due_at=copy.due_at, now=now)
        if found is Alarm.PASSED and not copy.reason_code:
            say(copy, actor, now, _TOO_LATE)
        if found is Alarm.PASSED or (
            found is before is Alarm.NEAR
        ):  # what went into the queue this moment may still go
            ask_person(copy, actor, now, found)


def retry(*, actor: Actor, now: datetime, copy_id: int) -> None:
    """A person asks for a kept or refused copy to be tried again; the worker does it. What may have reached the practice is
    never tried again. Raises NotFound, NotPermitted, NothingToRetry."""
    with unit_of_work(actor):
        permission = Permission.CONSULT if actor.may(Permission.CONSULT) else Permission.MEND_FAILURES
        grant = permit(actor=actor, permission=permission, now=now)
        row = held(actor, copy_id)
        if row.state not in MAY_TRY_AGAIN:
            raise NothingToRetry("This copy needs no retry.")
        if row.route == Route.MESH:
            _number_anew(row, now)
        asked = CopyEvent.objects.filter(copy=row).count()
        why = Obstacle(CopyState.PENDING, "", f"{actor.name} asked for another try.", "", "")
        settle(row, actor, now, Step.WAIT, why, basis=grant.basis)
        plan_looks(row, actor, now)
        publish(
            actor=actor,
            now=now,
            fact="writeback.retry-asked",
            key=f"{row.pk}:{asked}",
            payload={"consultation_id": row.consultation_id, "version": row.version},
            ordering_key=f"write-back:{row.target_id or row.target_ods}:{row.patient_id}",
        )


def _number_anew(copy: Copy, now: datetime) -> None:
    """A report that came back goes out as a document of its own, at once."""
    copy.report_uuid, copy.due_at = uuid4(), due_again(now)
    copy.message_id, copy.sent_at = "", None
    copy.save(update_fields=["report_uuid", "due_at", "message_id", "sent_at"])


def _kept(actor: Actor, practice_id: int | None = None) -> list[int]:
    """The patients of whom a copy (for that practice) is kept here."""
    waiting = Copy.objects.filter(organisation=actor.organisation.id, state__in=HELD)
    if practice_id is not None:
        waiting = waiting.filter(target=practice_id)
    return sorted(set(waiting.values_list("patient_id", flat=True)))


def _make_copies(actor: Actor, now: datetime, newest: FinishedVersion) -> None:
    """A row for each version up to this one, so that none can be skipped even if its own job was lost."""
    there = set(Copy.objects.filter(consultation=newest.consultation_id).values_list("version", flat=True))
    for number in range(1, newest.number + 1):
        if number in there:
            continue
        version = consultations.finished_version(actor=actor, consultation_id=newest.consultation_id, number=number)
        receiver = _receiver(actor, version)
        copy = Copy(
            organisation_id=actor.organisation.id,
            consultation_id=version.consultation_id,
            patient_id=version.patient_id,
            version=number,
            finished_at=version.saved_at,
            state_changed_at=now,
        )
        _address(copy, actor, receiver)
        copy.save(force_insert=True)
        note(copy, actor, now, reason="")
        plan_looks(copy, actor, now)


def _address(copy: Copy, actor: Actor, receiver: Receiver) -> None:
    """Put the receiver on the row, and what its way needs."""
    copy.target_id, copy.target_ods, copy.route = receiver.id, "" if receiver.id else receiver.ods_code, receiver.route
    if receiver.route is Route.RECORD:
        copy.due_at = None  # filed at once, whatever its time by the other way was
    elif copy.due_at is None:
        copy.report_uuid = uuid4()
        copy.due_at = due_at(copy.finished_at, window_of(organisation_id=actor.organisation.id))


def _receiver(actor: Actor, version: FinishedVersion) -> Receiver:
    receiver = receiver_of(actor, version)
    if receiver is None:
        raise NotFound(
            "The patient's practice is not known.",
            remedy="Trace the patient and record the practice.",
            who_can="whoever traces patients at the hub",
        )
    return receiver


def _send_in_order(actor: Actor, now: datetime, patient_id: int) -> int:
    """Send what can go of one patient, oldest first; how many went. In a record, what is behind a kept copy waits."""
    waiting = Copy.objects.filter(organisation=actor.organisation.id, patient=patient_id, state__in=HELD)
    sent = 0
    stuck: set[int | None] = set()
    for copy in waiting.order_by("finished_at", "consultation_id", "version"):
        version = consultations.finished_version(actor=actor, consultation_id=copy.consultation_id, number=copy.version)
        if is_regular_here(actor, patient_id):
            settle(copy, actor, now, Step.SUPERSEDE, _REGULAR)
            continue
        _follow_patient(copy, actor, now, version)
        if copy.route == Route.MESH:
            if not put_in_place_of_earlier(copy, actor, now, version):
                sent += move_report(copy, actor, now)
            continue
        if copy.target_id in stuck:
            keep(copy, actor, now, WAITS_ITS_TURN)
            continue
        against = _file(copy, actor, now, version)
        if against is None:
            sent += 1
        else:
            stuck.add(copy.target_id)
            keep(copy, actor, now, against)
    return sent


def _follow_patient(copy: Copy, actor: Actor, now: datetime, version: FinishedVersion) -> None:
    """The patient may have moved to another practice while the copy was kept, or the practice to another system."""
    receiver = _receiver(actor, version)
    left = copy.target_id
    if (receiver.id, receiver.route) == (left, copy.route) and (receiver.id or receiver.ods_code == copy.target_ods):
        return
    patient = standing_patient(actor, copy.patient_id)
    was_by_mesh = copy.route == Route.MESH
    _address(copy, actor, receiver)
    copy.save(update_fields=["target", "target_ods", "route", "report_uuid", "due_at"])
    if not was_by_mesh:
        plan_looks(copy, actor, now)
    note(copy, actor, now, reason="The patient is registered at another practice now: the copy goes there.")
    trail.record(
        actor=actor,
        now=now,
        action="writeback.redirected",
        subject=Subject("copy", copy.pk, copy.patient_id, patient.nhs_number if patient else ""),
        detail={"from": left, "to": receiver.id, "version": copy.version},
    )


def _file(copy: Copy, actor: Actor, now: datetime, version: FinishedVersion) -> Obstacle | None:
    earlier = filing.filed_under(copy)
    found = obstacles(
        actor=actor,
        now=now,
        patient_id=copy.patient_id,
        practice_id=copy.target_id,
        stands_there=earlier is not None,
    )
    return worst(found) if found else filing.file_at_practice(copy, actor, now, version, earlier=earlier)


_REGULAR = Obstacle(
    CopyState.SUPERSEDED, "regular-here", "The patient is registered here for good: nothing is sent elsewhere.", "", ""
)
_TOO_LATE = Obstacle(
    CopyState.PENDING,
    TOO_LATE,
    "The report should have left by now, and has not.",
    "Look at the page of failed work, and whether the worker runs; or bring it to the practice in another way.",
    "whoever runs this installation; a manager of the hub for the other way",
)
