"""The worker: claim under a lease, act, finish in the same transaction, try again later.

A job's own effects and its "done" commit together, so killing the worker at any moment neither loses nor doubles them;
what was only claimed comes back when its lease runs out. What leaves the database (mail, messages) is sent at least once,
with an id that the receiver can recognise.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Heartbeat, Job, JobState
from pcnhub.foundations.jobs.outbox import PermanentFailure, Told, handler_named
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 12
BACK_OFF = (5, 15, 60, 300, 900, 3600)  # seconds; the last one repeats

# Oldest first; never a job behind an unfinished one with the same ordering key, so that order is kept.
_CLAIM = """
update jobs_job set state = 'running', worker = %(worker)s, lease_until = %(lease)s, attempts = attempts + 1
where id = (
  select j.id from jobs_job j
  where ((j.state = 'ready' and j.run_after <= %(now)s) or (j.state = 'running' and j.lease_until < %(now)s))
    and (j.ordering_key = '' or not exists (
      select 1 from jobs_job earlier
      where earlier.ordering_key = j.ordering_key and earlier.id < j.id
        and earlier.state in ('ready', 'running', 'failed')))
  order by j.run_after, j.id limit 1 for update skip locked)
returning id
"""

ActorFor = Callable[[int, str], Actor]
"""Makes the system actor of an organisation (its id, a request id); given by whoever runs the worker."""


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    actor_for: ActorFor

    def claim(self, *, now: datetime) -> Job | None:
        """Take one job that is due, or none."""
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"worker": self.name, "now": now, "lease": now + LEASE})
            row = cursor.fetchone()
        return Job.objects.get(pk=row[0]) if row else None

    def do(self, job: Job, *, now: datetime) -> bool:
        """Act and finish, both or neither. True when done; on failure the job is put back or left for a person."""
        try:
            actor = self.actor_for(job.organisation_id, job.request_id)
            with unit_of_work(actor):
                self._act(job, actor, now)
                self._finish(job, now)
        except PermanentFailure as failure:
            self._give_up(job, now, code=failure.code, message=failure.message, remedy=failure.remedy)
        except LeaseLost:
            log.warning("lease lost", extra={"job": job.pk})
        except Refusal as refusal:
            self._try_later(job, now, code=refusal.code, message=refusal.message, remedy=refusal.remedy)
        except Exception as error:  # the worker's loop: a bug in one handler must not stop the others
            log.exception("job failed", extra={"job": job.pk, "fact": job.fact})
            self._try_later(
                job, now, code=type(error).__name__, message="The handler failed; the log has the trace.", remedy=""
            )
        else:
            return True
        return False

    def _act(self, job: Job, actor: Actor, now: datetime) -> None:
        handler = handler_named(job.fact, job.handler)
        if handler is None:
            raise PermanentFailure(
                f"No handler named {job.handler} listens to {job.fact}.",
                code="no-handler",
                remedy="Upgrade the worker to the release that the web server runs, then retry.",
            )
        told = Told(job.fact, job.payload, actor, now, job.pk, job.dedup_key)
        handler(told)

    def _finish(self, job: Job, now: datetime) -> None:
        """Only while the lease is ours: a slow worker must not finish what another has taken over."""
        mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=self.name, attempts=job.attempts)
        if mine.update(state=JobState.DONE, finished_at=now, lease_until=None, error="", error_code="", remedy="") != 1:
            raise LeaseLost

    def _try_later(self, job: Job, now: datetime, *, code: str, message: str, remedy: str) -> None:
        if job.attempts >= MOST_ATTEMPTS:
            self._give_up(job, now, code=code, message=message, remedy=remedy)
            return
        wait = timedelta(seconds=BACK_OFF[min(job.attempts, len(BACK_OFF)) - 1])
        self._set_back(job, state=JobState.READY, run_after=now + wait, error_code=code, error=message, remedy=remedy)

    def _give_up(self, job: Job, now: datetime, *, code: str, message: str, remedy: str) -> None:
        self._set_back(job, state=JobState.FAILED, finished_at=now, error_code=code, error=message, remedy=remedy)

    def _set_back(self, job: Job, **values: object) -> None:
        mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=self.name, attempts=job.attempts)
        mine.update(lease_until=None, worker="", **values)

    def work_one(self, *, now: datetime) -> bool:
        """Claim and do one job; False when none was due."""
        job = self.claim(now=now)
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
        Heartbeat.objects.update_or_create(worker=self.name, defaults={"beat_at": now})


class LeaseLost(RuntimeError):
    """Another worker took the job over; what was done here is undone."""
