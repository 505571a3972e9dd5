"""What a person can do about a failed job: let it be tried again, or decide with a reason that it shall not happen."""

from __future__ import annotations

from datetime import datetime

from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.jobs.outbox import wake_on_commit
from pcnhub.foundations.jobs.queries import FailedJob, failure
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Problem

PERMISSION = "mend-failures"  # a test holds it to organisations.rules.Permission
LONGEST_REASON = 500


class FailureDealtWith(Conflict):
    """Somebody else retried or dropped it first."""

    code = "failure-dealt-with"
    remedy = "Go back to the list of failed work and look again."


def retry(*, actor: Actor, now: datetime, job_id: int) -> None:
    """Put a failed job back to be tried at once, with its full number of tries.

    Raises NotPermitted, NotFound, FailureDealtWith.
    """
    with unit_of_work(actor):
        job = _mendable(actor, job_id)
        _move(job, state=JobState.READY, run_after=now, attempts=0, finished_at=None)
        record(
            actor=actor,
            now=now,
            action="jobs.retried",
            subject=Subject("job", job.id),
            detail={"fact": job.fact, "handler": job.handler, "error": job.code},
        )
        wake_on_commit()


def drop(*, actor: Actor, now: datetime, job_id: int, reason: str) -> None:
    """Decide that a failed job shall not happen; what waits behind it goes on. `reason` is kept in the audit.

    Raises NotPermitted, NotFound, FailureDealtWith, InvalidInput.
    """
    reason = reason.strip()
    with unit_of_work(actor):
        job = _mendable(actor, job_id)
        if not reason:
            raise InvalidInput([Problem("reason", "missing", "Say why this shall not happen", "Enter a reason")])
        if len(reason) > LONGEST_REASON:
            raise InvalidInput(
                [Problem("reason", "too-long", f"The reason is longer than {LONGEST_REASON} characters", "Shorten it")]
            )
        _move(job, state=JobState.DROPPED, finished_at=now)
        record(
            actor=actor,
            now=now,
            action="jobs.dropped",
            subject=Subject("job", job.id),
            reason=reason,
            detail={"fact": job.fact, "handler": job.handler, "error": job.code},
        )
        wake_on_commit()


def _mendable(actor: Actor, job_id: int) -> FailedJob:
    if not actor.may(PERMISSION):
        raise NotPermitted(
            f"Your position at {actor.organisation.name} does not let you retry or drop failed work.",
            remedy="If it is part of your job, ask for the activity to be added to your position, then sign in again.",
            who_can=f"a manager of {actor.organisation.name}",
        )
    return failure(actor=actor, job_id=job_id)


def _move(job: FailedJob, **values: object) -> None:
    if Job.objects.filter(pk=job.id, state=JobState.FAILED).update(**values) != 1:
        raise FailureDealtWith("Somebody else has dealt with this failure.")
