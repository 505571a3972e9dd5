"""Sending copies home: each version of each consultation once, in order, with a receipt at both ends."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.consultations.queries import FinishedVersion
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.records import operations as records
from pcnhub.care.records.rules import CodedEntry, Filing, Passage, Receipt
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.writeback.models import Copy, CopyEvent
from pcnhub.care.writeback.queries import obstacles, standing_patient
from pcnhub.care.writeback.rules import MOVED_ON, WAITS_ITS_TURN, CopyState, Obstacle, source_key, worst
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis, Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, NotFound, Refusal


class NothingToRetry(Conflict):
    """The copy is with the practice already, or on its way."""

    code = "nothing-to-retry"
    remedy = "Open the consultation again to see where its copy is now."


def send_copy(*, actor: Actor, now: datetime, consultation_id: int, version: int) -> CopyState:
    """Send the copy of a finished version home, with whatever of the same patient waits before and behind it.

    Where something stands in the way, the copy is kept with the reason: that is an answer, not a failure. Sent twice, it
    stays one. Raises NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        finished = consultations.finished_version(actor=actor, consultation_id=consultation_id, number=version)
        _wait_for_turn(actor, finished.patient_id)
        if (
            _target(actor, finished) is None
        ):  # nobody to keep a copy for: it is made once the patient is linked (`catch_up`)
            return CopyState.NEEDS_ACTION
        _make_copies(actor, now, finished)
        _send_in_order(actor, now, finished.patient_id)
        return CopyState(Copy.objects.get(consultation=consultation_id, version=version).state)


def catch_up(*, actor: Actor, now: datetime, patient_id: int) -> int:
    """A patient was traced: make the copies that had no receiver yet, and send what was kept of them; how many went out.

    `patient_id` is the row that the consultations were written for. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        _wait_for_turn(actor, patient_id)
        for finished in consultations.newest_finished(actor=actor, patient_id=patient_id):
            if _target(actor, finished) is not None:
                _make_copies(actor, now, finished)
        return _send_in_order(actor, now, patient_id)


def ask_release(*, actor: Actor, now: datetime, key: str) -> int:
    """Have every copy of the acting hub that has no receipt tried again; of how many patients.

    Called when a reason may be gone: an agreement became active, a practice chose its settings, a patient was linked. Each
    patient's copies are a job of their own: what fails for one holds back nobody else's. `key` names the happening.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        waiting = _without_receipt(actor)
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
    """Try every copy of the acting hub that has no receipt (of those for one practice, or of one patient) again, in order;
    how many went out."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        sent = 0
        for one in _without_receipt(actor, practice_id) if patient_id is None else [patient_id]:
            _wait_for_turn(actor, one)
            sent += _send_in_order(actor, now, one)
        return sent


def _without_receipt(actor: Actor, practice_id: int | None = None) -> list[int]:
    """The patients of whom a copy (for that practice) is kept."""
    waiting = Copy.objects.filter(organisation=actor.organisation.id).exclude(state=CopyState.ACKNOWLEDGED)
    if practice_id is not None:
        waiting = waiting.filter(target=practice_id)
    return sorted(set(waiting.values_list("patient_id", flat=True)))


def retry(*, actor: Actor, now: datetime, copy_id: int) -> None:
    """A person asks for a kept copy to be tried again; the worker does it. Raises NotFound, NotPermitted, NothingToRetry."""
    with unit_of_work(actor):
        permission = Permission.CONSULT if actor.may(Permission.CONSULT) else Permission.MEND_FAILURES
        grant = permit(actor=actor, permission=permission, now=now)
        row = Copy.objects.select_for_update().filter(pk=copy_id, organisation=actor.organisation.id).first()
        if row is None:
            raise NotFound("There is no such copy here.", remedy="Choose one from the write-back page.")
        if row.state not in (CopyState.NEEDS_ACTION, CopyState.BLOCKED):
            raise NothingToRetry("This copy needs no retry.")
        asked = CopyEvent.objects.filter(copy=row).count()
        _settle(row, actor, now, CopyState.PENDING, reason=f"{actor.name} asked for another try.", basis=grant.basis)
        publish(
            actor=actor,
            now=now,
            fact="writeback.retry-asked",
            key=f"{row.pk}:{asked}",
            payload={"consultation_id": row.consultation_id, "version": row.version},
            ordering_key=f"write-back:{row.target_id}:{row.patient_id}",
        )


def _wait_for_turn(actor: Actor, patient_id: int) -> None:
    """One patient's copies are sent by one worker at a time, until it commits: so no two can overtake each other, and the
    later one sees what the earlier one left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"write-back:{actor.organisation.id}:{patient_id}"],
        )


def _make_copies(actor: Actor, now: datetime, newest: FinishedVersion) -> None:
    """A row for each version up to this one, so that none can be skipped even if its own job was lost."""
    there = set(Copy.objects.filter(consultation=newest.consultation_id).values_list("version", flat=True))
    for number in range(1, newest.number + 1):
        if number in there:
            continue
        version = consultations.finished_version(actor=actor, consultation_id=newest.consultation_id, number=number)
        copy = Copy.objects.create(
            organisation_id=actor.organisation.id,
            target_id=_receiver(actor, version),
            consultation_id=version.consultation_id,
            patient_id=version.patient_id,
            version=number,
            finished_at=version.saved_at,
            state_changed_at=now,
        )
        _note(copy, actor, now, reason="")


def _receiver(actor: Actor, version: FinishedVersion) -> int:
    target = _target(actor, version)
    if target is None:
        raise NotFound(
            "The patient's practice is not known.",
            remedy="Trace the patient and record the practice.",
            who_can="whoever traces patients at the hub",
        )
    return target


def _target(actor: Actor, version: FinishedVersion) -> int | None:
    """Where the first version went, there its amendments go; otherwise where the patient is registered today
    (`domain.md` 12.2 A18)."""
    went = Copy.objects.filter(consultation=version.consultation_id, state=CopyState.ACKNOWLEDGED).first()
    if went is not None:
        return went.target_id
    patient = standing_patient(actor, version.patient_id)
    return patient.registered_practice.id if patient and patient.registered_practice else version.practice_id


def _send_in_order(actor: Actor, now: datetime, patient_id: int) -> int:
    """Send what can go of one patient, oldest first; how many went. What is behind a kept copy waits."""
    waiting = Copy.objects.filter(organisation=actor.organisation.id, patient=patient_id).exclude(
        state=CopyState.ACKNOWLEDGED
    )
    sent = 0
    stuck: set[int] = set()
    for copy in waiting.order_by("finished_at", "consultation_id", "version"):
        version = consultations.finished_version(actor=actor, consultation_id=copy.consultation_id, number=copy.version)
        _follow_patient(copy, actor, now, version)
        if copy.target_id in stuck:
            _keep(copy, actor, now, WAITS_ITS_TURN)
            continue
        if _send(copy, actor, now, version):
            sent += 1
        else:
            stuck.add(copy.target_id)
    return sent


def _follow_patient(copy: Copy, actor: Actor, now: datetime, version: FinishedVersion) -> None:
    """The patient may have moved to another practice while the copy was kept."""
    target = _receiver(actor, version)
    if target == copy.target_id:
        return
    patient = standing_patient(actor, copy.patient_id)
    left, copy.target_id = copy.target_id, target
    copy.save(update_fields=["target"])
    _note(copy, actor, now, reason="The patient is registered at another practice now: the copy goes there.")
    trail.record(
        actor=actor,
        now=now,
        action="writeback.redirected",
        subject=Subject("copy", copy.pk, copy.patient_id, patient.nhs_number if patient else ""),
        detail={"from": left, "to": target, "version": copy.version},
    )


def _send(copy: Copy, actor: Actor, now: datetime, version: FinishedVersion) -> bool:
    earlier = _filed_under(copy)
    found = obstacles(
        actor=actor,
        now=now,
        patient_id=copy.patient_id,
        practice_id=copy.target_id,
        stands_there=earlier is not None,
    )
    if found:
        _keep(copy, actor, now, worst(found))
        return False
    grant = permit(
        actor=actor,
        permission=Permission.CONSULT,
        now=now,
        data_organisation_id=copy.target_id,
        agreement=AgreementKind.WRITE_BACK,
    )
    patient_there = earlier or _patient_there(copy, actor)
    try:
        receipt = records.file_consultation(
            actor=actor,
            now=now,
            target_organisation_id=copy.target_id,
            target_patient_id=patient_there,
            filing=_filing(actor, version),
            registration_id=registration.id if (registration := standing_patient(actor, copy.patient_id)) else None,
        )
    except Refusal as refusal:  # the receiver's own no: foreseen, and for a person to read
        _keep(copy, actor, now, _refused(refusal))
        return False
    copy.target_patient_id = patient_there
    copy.save(update_fields=["target_patient"])
    _acknowledge(copy, actor, now, receipt, grant.basis)
    return True


def _filed_under(copy: Copy) -> int | None:
    """The receiver's own row that an earlier version was filed under."""
    earlier = Copy.objects.filter(
        consultation=copy.consultation_id, target=copy.target_id, target_patient__isnull=False, version__lt=copy.version
    )
    return earlier.values_list("target_patient_id", flat=True).first()


def _patient_there(copy: Copy, actor: Actor) -> int:
    """The receiver's own row of the patient, as the hub's registration links to it."""
    patient = standing_patient(actor, copy.patient_id)
    if patient is None or patient.registered_patient_id is None:
        raise NotFound("The patient is not linked to the practice's record.", remedy="Link the patient, then retry.")
    return patient.registered_patient_id


def _filing(actor: Actor, version: FinishedVersion) -> Filing:
    return Filing(
        source_key=source_key(hub_ods_code=actor.organisation.ods_code, consultation_id=version.consultation_id),
        version=version.number,
        started_at=version.started_at,
        author_name=version.author_name,
        author_role=version.author_role,
        site_name=version.site_name,
        sections=tuple(Passage(section.heading, section.text) for section in version.notes.sections),
        entries=tuple(CodedEntry(entry.code, entry.term, entry.value) for entry in version.notes.entries),
        outcome=version.outcome_name,
        amendment_reason=version.amendment_reason,
    )


def _refused(refusal: Refusal) -> Obstacle:
    return Obstacle(
        CopyState.NEEDS_ACTION,
        refusal.code,
        refusal.message,
        refusal.remedy or "Settle it with the practice, then retry.",
        refusal.who_can or "an administrator of the hub",
    )


def _keep(copy: Copy, actor: Actor, now: datetime, obstacle: Obstacle) -> None:
    if (copy.state, copy.reason_code, copy.reason) != (obstacle.state, obstacle.code, obstacle.reason):
        _settle(
            copy,
            actor,
            now,
            obstacle.state,
            reason_code=obstacle.code,
            reason=obstacle.reason,
            remedy=obstacle.remedy,
            who_can=obstacle.who_can,
        )


def _acknowledge(copy: Copy, actor: Actor, now: datetime, receipt: Receipt, basis: Basis) -> None:
    copy.receipt, copy.acknowledged_at = receipt.number, receipt.received_at
    copy.save(update_fields=["receipt", "acknowledged_at"])
    _settle(copy, actor, now, CopyState.ACKNOWLEDGED, reason=_moved_on(copy, actor), basis=basis)


def _moved_on(copy: Copy, actor: Actor) -> str:
    """What the practice where the patient is registered today gets, when an amendment stands with the one before."""
    patient = standing_patient(actor, copy.patient_id)
    today = patient.registered_practice if patient else None
    if today is None or today.id == copy.target_id:
        return ""
    return MOVED_ON.format(today=today.name, then=copy.target.name)


def _settle(
    copy: Copy,
    actor: Actor,
    now: datetime,
    state: CopyState,
    *,
    reason_code: str = "",
    reason: str = "",
    remedy: str = "",
    who_can: str = "",
    basis: Basis = OWN_RECORD,
) -> None:
    """A state never changes without a row that says when, by whom and why."""
    copy.state, copy.state_changed_at = state, now
    copy.reason_code, copy.reason, copy.remedy, copy.who_can = reason_code, reason, remedy, who_can
    copy.save(update_fields=["state", "state_changed_at", "reason_code", "reason", "remedy", "who_can"])
    _note(copy, actor, now, reason=reason)
    delivered = state is CopyState.ACKNOWLEDGED
    patient = standing_patient(actor, copy.patient_id)
    trail.record(
        actor=actor,
        now=now,
        action=f"writeback.{state}",
        subject=Subject("copy", copy.pk, copy.patient_id, patient.nhs_number if patient else ""),
        data_organisation_id=copy.target_id if delivered else None,
        basis=basis,
        detail={"consultation": copy.consultation_id, "version": copy.version, "reason": reason_code},
    )


def _note(copy: Copy, actor: Actor, now: datetime, *, reason: str) -> None:
    CopyEvent.objects.create(
        organisation_id=copy.organisation_id, copy=copy, state=copy.state, reason=reason, at=now, by=actor.user
    )
