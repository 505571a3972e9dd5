"""A report for a practice elsewhere, as long as it is in this room: kept, waiting for its time, replaced, or handed over."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations.queries import FinishedVersion
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.operations.states import NO_REASON, settle
from pcnhub.care.writeback.queries import obstacles
from pcnhub.care.writeback.rules import (
    MAY_STAND_THERE,
    WAITS_FOR_EDITS,
    CopyState,
    Obstacle,
    Route,
    Step,
    after,
    goes_at,
    worst,
)
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor


def keep(copy: Copy, actor: Actor, now: datetime, obstacle: Obstacle) -> None:
    """The copy stays here, and says why; said twice, it is said once."""
    if (copy.state, copy.reason_code, copy.reason) == (obstacle.state, obstacle.code, obstacle.reason):
        return
    settle(copy, actor, now, _STEPS[obstacle.state], obstacle)


_STEPS = {CopyState.BLOCKED: Step.KEEP, CopyState.NEEDS_ACTION: Step.ASK, CopyState.PENDING: Step.WAIT}


def put_in_place_of_earlier(copy: Copy, actor: Actor, now: datetime, version: FinishedVersion) -> bool:
    """Whether the copy itself is not to go: a later version goes instead, or it was recorded in error before anything went.

    Earlier versions that have not left are superseded by this one, and the one that may stand at the practice is named as what
    it replaces (SD-123).
    """
    others = Copy.objects.filter(consultation=copy.consultation_id, organisation=copy.organisation_id, route=Route.MESH)
    if others.filter(version__gt=copy.version).exists():
        settle(copy, actor, now, Step.SUPERSEDE, _LATER)
        return True
    went: Copy | None = None
    for earlier in others.filter(version__lt=copy.version).order_by("version"):
        if earlier.state in MAY_STAND_THERE:
            went = earlier
        elif after(CopyState(earlier.state), Step.SUPERSEDE) is not None:
            settle(earlier, actor, now, Step.SUPERSEDE, _LATER)
    by_hand = others.filter(state=CopyState.SENT_OTHERWISE).exists()
    if version.is_in_error and went is None and not by_hand:
        settle(copy, actor, now, Step.SUPERSEDE, _NEVER_WENT)
        return True
    others.filter(version__lt=copy.version).update(
        documents_left_behind=0
    )  # this one takes along what went without them
    copy.replaces_uuid = went.report_uuid if went else None
    copy.save(update_fields=["replaces_uuid"])
    return False


def move_report(copy: Copy, actor: Actor, now: datetime) -> int:
    """Keep the report with its reason, let it wait for its time, or have the connection take it; how many it took (0 or 1)."""
    found = obstacles(actor=actor, now=now, patient_id=copy.patient_id, practice_id=copy.target_id)
    if found:
        keep(copy, actor, now, worst(found))
        return 0
    if copy.due_at is None or now < goes_at(copy.finished_at, copy.due_at):
        keep(copy, actor, now, WAITS_FOR_EDITS)
        return 0
    if copy.state != CopyState.PENDING or copy.reason_code == WAITS_FOR_EDITS.code:
        settle(copy, actor, now, Step.WAIT, NO_REASON)
    publish(
        actor=actor,
        now=now,
        fact="writeback.report-due",
        key=str(copy.report_uuid),
        payload={"copy_id": copy.pk},
        ordering_key=f"report:{copy.target_id or copy.target_ods}:{copy.patient_id}",
    )
    return 1


_LATER = Obstacle(CopyState.SUPERSEDED, "later-version", "A later version of the consultation goes instead.", "", "")
_NEVER_WENT = Obstacle(
    CopyState.SUPERSEDED,
    "in-error-unsent",
    "The consultation was recorded in error before anything of it was sent: the practice is told nothing.",
    "",
    "",
)
