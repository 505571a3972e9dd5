"""What the outbox holds for one organisation: what failed, what waits, and who is working on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from pcnhub.foundations.jobs.models import Heartbeat, Job, JobState
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

ALIVE = timedelta(seconds=60)
PAGE = 25


@dataclass(frozen=True, slots=True)
class FailedJob:
    """One job that a person must decide about. `behind` counts the jobs that wait for it, to keep their order."""

    id: int
    fact: str
    handler: str
    payload: dict[str, int | str | bool | None]
    attempts: int
    code: str
    reason: str
    remedy: str
    published_at: datetime
    failed_at: datetime
    request_id: str
    behind: int


@dataclass(frozen=True, slots=True)
class FailurePage:
    jobs: tuple[FailedJob, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits. `trying_again` failed at least once and is due later; `held_back` waits behind a failed one."""

    due: int
    trying_again: int
    held_back: int
    running: int
    failed: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerLife:
    """One worker and its last sign of life. Workers serve all organisations."""

    name: str
    beat_at: datetime
    is_alive: bool


def failures(*, actor: Actor, page: int = 1) -> FailurePage:
    """The failed jobs of the actor's organisation, the oldest first: it is what others wait behind."""
    rows = _failed(actor)
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    shown = rows.order_by("id")[(page - 1) * PAGE : page * PAGE]
    return FailurePage(tuple(_view(row) for row in shown), total, page, pages)


def failure(*, actor: Actor, job_id: int) -> FailedJob:
    """One failed job of the actor's organisation. Raises NotFound, also when somebody has dealt with it."""
    row = _failed(actor).filter(pk=job_id).first()
    if row is None:
        raise NotFound(
            "This failure is not there: it was retried or dropped meanwhile, or it belongs to another organisation.",
            remedy="Go back to the list of failed work.",
        )
    return _view(row)


def backlog(*, actor: Actor, now: datetime) -> Backlog:
    """The state of the actor's organisation's jobs at `now`."""
    failed_before = Job.objects.filter(
        state=JobState.FAILED, ordering_key=OuterRef("ordering_key"), id__lt=OuterRef("id")
    ).exclude(ordering_key="")
    unfinished = Job.objects.filter(
        organisation_id=actor.organisation.id, state__in=[JobState.READY, JobState.RUNNING, JobState.FAILED]
    ).annotate(held=Exists(failed_before))
    ready = Q(state=JobState.READY)
    free = ready & Q(held=False)
    counts = unfinished.aggregate(
        due=Count("id", filter=free & Q(run_after__lte=now)),
        trying_again=Count("id", filter=free & Q(run_after__gt=now, attempts__gt=0)),
        held_back=Count("id", filter=ready & Q(held=True)),
        running=Count("id", filter=Q(state=JobState.RUNNING)),
        failed=Count("id", filter=Q(state=JobState.FAILED)),
        oldest_due_at=Min("run_after", filter=free & Q(run_after__lte=now)),
    )
    return Backlog(**counts)


def workers(*, now: datetime) -> tuple[WorkerLife, ...]:
    """Every worker that has been heard of lately, the liveliest first."""
    return tuple(
        WorkerLife(row.worker, row.beat_at, row.beat_at > now - ALIVE) for row in Heartbeat.objects.order_by("-beat_at")
    )


def is_worker_alive(*, now: datetime) -> bool:
    return Heartbeat.objects.filter(beat_at__gt=now - ALIVE).exists()


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job of a rehearsal that was tried and did not go through, in the worker's own words."""

    fact: str
    message: str
    remedy: str


def jobs_of_rehearsal(run_id: int, *, now: datetime) -> tuple[int, tuple[StuckJob, ...]]:
    """How many jobs of a rehearsal are due and not done, and those that were tried in vain. What is due later (a clock that
    would run out) is not waited for."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_REHEARSAL, {"run": run_id, "now": now})
        rows = cursor.fetchall()
    stuck = tuple(StuckJob(fact, error, remedy) for fact, error, remedy, is_stuck in rows if is_stuck)
    return len(rows) - len(stuck), stuck


# Outside any unit of work, where jobs are looked after whosever they are.
_OF_REHEARSAL = """
select fact, error, remedy, state = 'failed' or (state = 'ready' and error_code <> '') from jobs_job
where rehearsal_id = %(run)s
  and (state in ('running', 'failed') or (state = 'ready' and (run_after <= %(now)s or error_code <> '')))
order by id
"""


def _failed(actor: Actor) -> QuerySet[Job]:
    return Job.objects.filter(organisation_id=actor.organisation.id, state=JobState.FAILED)


def _view(row: Job) -> FailedJob:
    behind = (
        Job.objects.filter(ordering_key=row.ordering_key, id__gt=row.pk, state=JobState.READY).count()
        if row.ordering_key
        else 0
    )
    return FailedJob(
        id=row.pk,
        fact=row.fact,
        handler=row.handler,
        payload=row.payload,
        attempts=row.attempts,
        code=row.error_code,
        reason=row.error,
        remedy=row.remedy,
        published_at=row.created_at,
        failed_at=row.finished_at or row.created_at,
        request_id=row.request_id,
        behind=behind,
    )
