"""The worker: claim under a lease, act, finish in the same transaction, try again later.

A job's own effects and its "done" commit together, so killing the worker at any moment neither loses nor doubles them;
what was only claimed comes back when its lease runs out. What leaves the database (mail, messages) is sent at least once,
with an id that the receiver can recognise. `loop.py` runs a worker until it is told to stop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from django.db import connection
from django.db.models import QuerySet

from pcnhub.foundations.database.rehearsing import Rehearsal, rehearsing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Heartbeat, Job, JobState
from pcnhub.foundations.jobs.outbox import Handler, PermanentFailure, Told, handler_named, is_opening_own_work, leaves
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
LONGEST_JOB = timedelta(minutes=30)
MOST_ATTEMPTS = 12
BACK_OFF = (5, 15, 60, 300, 900, 3600)  # seconds; the last one repeats

MOST_AHEAD = 3  # jobs that somebody looks at go before those that nobody does; then one of these has its turn

# What somebody waits for first, then the oldest; never a job behind an unfinished one with the same ordering key, so that order
# is kept.
# `ordering_key <> ''` is said twice so that the partial index on the order serves.
_CLAIM = """
update jobs_job set state = 'running', worker = %(worker)s, claimed_at = %(now)s, lease_until = %(lease)s,
  attempts = attempts + 1
where id = (
  select j.id from jobs_job j
  where ((j.state = 'ready' and j.run_after <= %(now)s) or (j.state = 'running' and j.lease_until < %(now)s))
    and (%(only)s::bigint is null or j.rehearsal_id = %(only)s)
    and (%(is_awaited)s::boolean is null or j.is_awaited = %(is_awaited)s)
    and (j.ordering_key = '' or not exists (
      select 1 from jobs_job earlier
      where earlier.ordering_key = j.ordering_key and earlier.ordering_key <> '' and earlier.id < j.id
        and earlier.state in ('ready', 'running', 'failed')))
  order by j.is_awaited desc, j.run_after, j.id limit 1 for update skip locked)
returning id, rehearsal_id
"""

ActorFor = Callable[[int, str], Actor]
"""Makes the system actor of an organisation (its id, a request id); given by whoever runs the worker."""


class LeaseLost(RuntimeError):
    """Another worker took the job over; what was done here is undone."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One claimer of jobs. `name` is unique among the workers that are alive. `only`: it takes this rehearsal's jobs alone."""

    name: str
    actor_for: ActorFor
    lease: timedelta = LEASE
    only: int | None = None
    _turns: Iterator[int] = field(default_factory=count, init=False, repr=False, compare=False)

    def claim(self, *, now: datetime) -> Job | None:
        """Take one job that is due, or none. However many come that somebody looks at, the others are never left for good."""
        of_nobody = next(self._turns) % (MOST_AHEAD + 1) == MOST_AHEAD
        return (self._taken(now, is_awaited=False) if of_nobody else None) or self._taken(now)

    def _taken(self, now: datetime, *, is_awaited: bool | None = None) -> Job | None:
        """A job that is ours from now on; None: of either kind."""
        until = now + self.lease
        with connection.cursor() as cursor:
            cursor.execute(
                _CLAIM,
                {"worker": self.name, "now": now, "lease": until, "only": self.only, "is_awaited": is_awaited},
            )
            row: tuple[int, int | None] | None = cursor.fetchone()
        if row is None:
            return None
        job = Job.objects.get(pk=row[0])
        job.rehearsal_id = row[1]
        return job

    def do(self, job: Job, *, now: datetime) -> bool:
        """Act and finish, both or neither. True when done; on failure the job is put back or left for a person."""
        if job.attempts > MOST_ATTEMPTS:  # every try ended with the worker's death: no handler reported anything
            self._give_up(
                job,
                now,
                code="worker-died",
                message=f"The worker stopped in the middle of this {MOST_ATTEMPTS} times.",
                remedy="Look in the worker's log and in the system's for why (memory, a time limit), mend it, then retry.",
            )
            return False
        rehearsal = Rehearsal(job.rehearsal_id) if job.rehearsal_id else None
        try:
            actor = self.actor_for(job.organisation_id, job.request_id)
            handler = self._handler(job)
            work = nullcontext() if is_opening_own_work(handler) else unit_of_work(actor)
            with rehearsing(rehearsal), work:
                self._act(job, actor, now)
                self._finish(job, now)
        except PermanentFailure as failure:
            self._give_up(job, now, code=failure.code, message=failure.message, remedy=failure.remedy)
        except LeaseLost:
            log.warning("lease lost", extra={"job": job.pk, "fact": job.fact})
        except Refusal as refusal:
            self._try_later(job, now, code=refusal.code, message=_unquoted(refusal), remedy=refusal.remedy)
        except Exception as error:  # the worker's loop: a bug in one handler must not stop the others
            log.exception("job failed", extra={"job": job.pk, "fact": job.fact})
            self._try_later(
                job,
                now,
                code=type(error).__name__,
                message="The handler failed; the worker's log says where.",
                remedy="If it goes on failing, send the log's lines about this job to whoever maintains the hub.",
            )
        else:
            return True
        return False

    def _handler(self, job: Job) -> Handler:
        handler = handler_named(job.fact, job.handler)
        if handler is None:
            raise PermanentFailure(
                f"No handler named {job.handler} listens to {job.fact}.",
                code="no-handler",
                remedy="Upgrade the worker to the release that the web server runs, then retry.",
            )
        return handler

    def _act(self, job: Job, actor: Actor, now: datetime) -> None:
        """A rehearsal's job ends without the act where that would leave the rehearsal."""
        if job.rehearsal_id is None or not leaves(job.handler):
            handler = self._handler(job)
            handler(Told(job.fact, job.payload, actor, now, job.pk, job.dedup_key, job.attempts))

    def _finish(self, job: Job, now: datetime) -> None:
        """Only while the lease is ours: a slow worker must not finish what another has taken over."""
        if not self._put(
            job, state=JobState.DONE, finished_at=now, lease_until=None, error="", error_code="", remedy=""
        ):
            raise LeaseLost

    def _try_later(self, job: Job, now: datetime, *, code: str, message: str, remedy: str) -> None:
        if job.attempts >= MOST_ATTEMPTS:
            self._give_up(job, now, code=code, message=message, remedy=remedy)
            return
        self._put(
            job,
            state=JobState.READY,
            run_after=now + wait_after(job.attempts),
            lease_until=None,
            worker="",
            error_code=code,
            error=message,
            remedy=remedy,
        )

    def _give_up(self, job: Job, now: datetime, *, code: str, message: str, remedy: str) -> None:
        self._put(
            job,
            state=JobState.FAILED,
            finished_at=now,
            lease_until=None,
            worker="",
            error_code=code,
            error=message,
            remedy=remedy,
        )

    def _put(self, job: Job, **values: object) -> bool:
        """Change the job while this very claim holds; `attempts` tells it from any later claim of the same worker."""
        mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=self.name, attempts=job.attempts)
        return mine.update(**values) == 1

    def work_one(self, *, now: datetime) -> bool:
        """Claim and do one job; False when none was due."""
        job = self.claim(now=now)
        if job is None:
            return False
        self.do(job, now=now)
        return True

    def work_awaited(self, *, now: datetime) -> bool:
        """Claim and do one job that somebody looks at; False when none was due."""
        job = self._taken(now, is_awaited=True)
        if job is None:
            return False
        self.do(job, now=now)
        return True

    def drain(self, *, now: datetime, most: int = 100_000) -> int:
        """Do everything that is due at `now`; how many jobs were tried."""
        tried = 0
        while tried < most and self.work_one(now=now):
            tried += 1
        return tried

    def beat(self, *, now: datetime) -> None:
        """Say that this worker is alive, and hold on to what it is doing, up to LONGEST_JOB."""
        Heartbeat.objects.update_or_create(worker=self.name, defaults={"beat_at": now})
        self._mine().filter(claimed_at__gt=now - LONGEST_JOB).update(lease_until=now + self.lease)

    def let_go(self, *, now: datetime) -> int:
        """Put back what this worker has claimed and can't be doing any more: its connection was lost. How many jobs."""
        return self._mine().update(state=JobState.READY, run_after=now, worker="", lease_until=None)

    def sign_off(self) -> None:
        """The worker stops: it is not missed."""
        Heartbeat.objects.filter(worker=self.name).delete()

    def _mine(self) -> QuerySet[Job]:
        return Job.objects.filter(state=JobState.RUNNING, worker=self.name)


def wait_after(attempts: int) -> timedelta:
    """How long a job waits after so many failed tries (1 or more)."""
    return timedelta(seconds=BACK_OFF[min(attempts, len(BACK_OFF)) - 1])


def _unquoted(refusal: Refusal) -> str:
    """The refusal without the values that were given: a job keeps no person's data."""
    if isinstance(refusal, InvalidInput):
        return "; ".join(f"{problem.field}: {problem.message}" for problem in refusal.problems)
    return refusal.message
