"""Claiming, failing, trying again, giving up, and what a person does about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import is_at_work, unit_of_work
from pcnhub.foundations.jobs import operations, outbox, queries
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.outbox import PermanentFailure, Told, UnknownFact
from pcnhub.foundations.jobs.tidying import KEPT, tidy
from pcnhub.foundations.jobs.worker import LEASE, LONGEST_JOB, MOST_ATTEMPTS, Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, Problem
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db


class Handler:
    """A handler that notes what it was told and raises what the test says."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.trouble: Exception | None = None

    def __call__(self, told: Told) -> None:
        self.told.append(told)
        if self.trouble:
            raise self.trouble

    @property
    def numbers(self) -> list[Any]:
        return [told.payload["number"] for told in self.told]


@pytest.fixture
def handler() -> Iterator[Handler]:
    before = {fact: dict(handlers) for fact, handlers in outbox._handlers.items()}
    heard = Handler()
    outbox.wire({"tests.happened": {"hear": heard}, "tests.unheard": {}})
    yield heard
    outbox.wire(before)


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def worker(cast: World) -> Worker:
    return Worker("test", lambda _organisation, _request: system_for(cast.hub, "worker"))


def publish(actor: Actor, number: int, *, ordering_key: str = "", is_awaited: bool = False) -> None:
    with unit_of_work(actor):
        outbox.publish(
            actor=actor, now=NOW, fact="tests.happened", key=str(number), payload={"number": number}, ordering_key=ordering_key,
            is_awaited=is_awaited,
        )  # fmt: skip


def the_job() -> Job:
    return Job.objects.get()


def test_a_fact_is_heard_once_by_the_organisation_that_it_concerns(
    cast: World, worker: Worker, handler: Handler
) -> None:
    publish(cast.bilal, 1)
    publish(cast.bilal, 1)  # the same happening
    assert worker.drain(now=NOW) == 1
    (told,) = handler.told
    assert (told.fact, told.payload, told.actor.organisation.id) == ("tests.happened", {"number": 1}, cast.hub.pk)
    assert (the_job().state, the_job().caused_by) == ("done", cast.bilal.user)
    assert worker.drain(now=NOW + timedelta(days=1)) == 0


def test_a_handler_that_calls_other_systems_holds_no_transaction_and_any_other_one_does(
    cast: World, worker: Worker, handler: Handler
) -> None:
    seen: dict[str, bool] = {}
    calls = outbox.opens_own_work(lambda _: seen.update(calls=is_at_work()))
    outbox.wire({"tests.happened": {"call": calls, "change": lambda _: seen.update(change=is_at_work())}})
    publish(cast.bilal, 1)
    assert worker.drain(now=NOW) == 2
    assert seen == {"calls": False, "change": True}
    assert not Job.objects.exclude(state="done").exists()


def test_what_somebody_waits_for_comes_before_older_work_of_which_nobody_does(
    cast: World, worker: Worker, handler: Handler
) -> None:
    publish(cast.bilal, 1)
    publish(cast.bilal, 2)
    publish(cast.bilal, 3, is_awaited=True)
    assert worker.drain(now=NOW) == 3
    assert handler.numbers == [3, 1, 2]


def test_however_many_are_waited_for_the_others_have_their_turn(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    for number in range(2, 7):
        publish(cast.bilal, number, is_awaited=True)
    assert worker.drain(now=NOW) == 6
    assert handler.numbers == [2, 3, 4, 1, 5, 6]


def test_what_somebody_waits_for_can_be_done_alone(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    publish(cast.bilal, 2, is_awaited=True)
    assert worker.work_awaited(now=NOW)
    assert not worker.work_awaited(now=NOW)
    assert handler.numbers == [2]
    assert worker.drain(now=NOW) == 1


def test_what_is_undone_was_never_published(cast: World, worker: Worker, handler: Handler) -> None:
    def publish_and_break() -> None:
        with unit_of_work(cast.bilal):
            outbox.publish(actor=cast.bilal, now=NOW, fact="tests.happened", key="1", payload={})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish_and_break()
    assert worker.drain(now=NOW) == 0


def test_facts_must_be_known_and_carry_no_person(cast: World, handler: Handler) -> None:
    with unit_of_work(cast.bilal):
        outbox.publish(actor=cast.bilal, now=NOW, fact="tests.unheard", key="1", payload={})
        assert not Job.objects.exists()
        with pytest.raises(UnknownFact):
            outbox.publish(actor=cast.bilal, now=NOW, fact="tests.misspelt", key="1", payload={})
        for personal in ("Jane Smith", "9000000009", "900 000 0009"):
            with pytest.raises(ValueError, match="a job carries"):
                outbox.publish(actor=cast.bilal, now=NOW, fact="tests.happened", key="1", payload={"who": personal})


def test_a_failure_is_tried_again_later_and_its_effects_are_undone(
    cast: World, worker: Worker, handler: Handler
) -> None:
    publish(cast.bilal, 1)
    publish(cast.bilal, 2)
    handler.trouble = ZeroDivisionError()
    assert worker.drain(now=NOW) == 2, "one failing handler does not stop the next job"
    job = Job.objects.order_by("id").first()
    assert job is not None
    assert (job.state, job.error_code, job.run_after) == ("ready", "ZeroDivisionError", NOW + timedelta(seconds=5))
    assert worker.drain(now=NOW) == 0
    handler.trouble = None
    assert worker.drain(now=NOW + timedelta(seconds=5)) == 2
    assert set(Job.objects.values_list("state", "error")) == {("done", "")}


def test_what_keeps_failing_is_left_for_a_person(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    handler.trouble = Conflict("Busy.", code="busy", remedy="Wait.")
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        assert worker.drain(now=now) == 1
        now += timedelta(hours=2)
    assert worker.drain(now=now) == 0
    (failed,) = queries.failures(actor=cast.carys).jobs
    assert (failed.code, failed.reason, failed.remedy, failed.attempts) == ("busy", "Busy.", "Wait.", MOST_ATTEMPTS)


def test_a_job_keeps_no_value_that_was_given(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    handler.trouble = InvalidInput([Problem("nhs_number", "wrong", "The check digit is wrong", value="9000000008")])
    worker.drain(now=NOW)
    assert the_job().error == "nhs_number: The check digit is wrong"


def test_a_permanent_failure_holds_back_its_key_and_no_other(cast: World, worker: Worker, handler: Handler) -> None:
    handler.trouble = PermanentFailure("Gone.", code="gone", remedy="Mend it.")
    publish(cast.bilal, 1, ordering_key="ash")
    worker.drain(now=NOW)
    handler.trouble = None
    publish(cast.bilal, 2, ordering_key="ash")
    publish(cast.bilal, 3, ordering_key="birch")
    worker.drain(now=NOW + timedelta(days=1))
    assert handler.numbers == [1, 3]
    backlog = queries.backlog(actor=cast.carys, now=NOW)
    assert (backlog.failed, backlog.held_back, backlog.due) == (1, 1, 0)
    (failed,) = queries.failures(actor=cast.carys).jobs
    assert failed.behind == 1

    operations.retry(actor=cast.carys, now=NOW, job_id=failed.id)
    worker.drain(now=NOW)
    assert handler.numbers == [1, 3, 1, 2], "retried first, then what waited behind it"


def test_dropping_needs_a_reason_and_is_on_record(cast: World, worker: Worker, handler: Handler) -> None:
    handler.trouble = PermanentFailure("Gone.", code="gone", remedy="Mend it.")
    publish(cast.bilal, 1, ordering_key="ash")
    worker.drain(now=NOW)
    (failed,) = queries.failures(actor=cast.carys).jobs
    with pytest.raises(InvalidInput):
        operations.drop(actor=cast.carys, now=NOW, job_id=failed.id, reason=" ")
    operations.drop(actor=cast.carys, now=NOW, job_id=failed.id, reason="Sent by telephone")
    assert the_job().state == "dropped"
    with unit_of_work(cast.carys):
        event = AuditEvent.objects.get(action="jobs.dropped")
    assert (event.user, event.reason, event.subject_id) == (cast.carys.user, "Sent by telephone", failed.id)
    with pytest.raises(NotFound):
        operations.retry(actor=cast.carys, now=NOW, job_id=failed.id)
    with pytest.raises(NotFound):
        operations.drop(actor=cast.carys, now=NOW, job_id=failed.id, reason="Again")


def test_failures_are_mended_by_those_who_may_at_their_own_organisation(
    cast: World, worker: Worker, handler: Handler
) -> None:
    assert operations.PERMISSION == Permission.MEND_FAILURES
    handler.trouble = PermanentFailure("Gone.", code="gone", remedy="Mend it.")
    publish(cast.bilal, 1)
    worker.drain(now=NOW)
    (failed,) = queries.failures(actor=cast.carys).jobs
    assert queries.failures(actor=cast.charlie).jobs == ()
    with pytest.raises(NotFound):
        operations.retry(actor=cast.charlie, now=NOW, job_id=failed.id)
    with pytest.raises(NotPermitted):
        operations.retry(actor=cast.bilal, now=NOW, job_id=failed.id)


def test_an_unknown_handler_waits_for_a_person(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    outbox.wire({})
    worker.drain(now=NOW)
    assert (the_job().state, the_job().error_code) == ("failed", "no-handler")


def test_a_claim_comes_back_when_its_lease_runs_out_and_the_late_worker_undoes_its_own(
    cast: World, worker: Worker, handler: Handler
) -> None:
    publish(cast.bilal, 1)
    other = Worker("other", worker.actor_for)
    slow = worker.claim(now=NOW)
    assert slow is not None
    assert other.claim(now=NOW + LEASE) is None, "the lease still holds"
    late = NOW + LEASE + timedelta(seconds=1)
    assert other.work_one(now=late)
    assert not worker.do(slow, now=late)
    assert (the_job().state, the_job().worker, the_job().attempts) == ("done", "other", 2)


def test_a_beat_renews_the_lease_up_to_a_limit(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    worker.claim(now=NOW)
    worker.beat(now=NOW + timedelta(minutes=1))
    assert the_job().lease_until == NOW + timedelta(minutes=1) + LEASE
    worker.beat(now=NOW + LONGEST_JOB)
    assert the_job().lease_until == NOW + timedelta(minutes=1) + LEASE
    (life,) = queries.workers(now=NOW + LONGEST_JOB)
    assert life.is_alive
    worker.sign_off()
    assert queries.workers(now=NOW) == ()


def test_a_job_that_kills_its_worker_every_time_is_left_for_a_person(
    cast: World, worker: Worker, handler: Handler
) -> None:
    publish(cast.bilal, 1)
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        assert worker.claim(now=now) is not None
        now += LEASE + timedelta(seconds=1)
    worker.drain(now=now)
    assert (the_job().state, the_job().error_code) == ("failed", "worker-died")
    assert handler.told == []


def test_what_a_reconnected_worker_had_claimed_is_free_at_once(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    worker.claim(now=NOW)
    assert worker.let_go(now=NOW) == 1
    assert Worker("other", worker.actor_for).work_one(now=NOW)


def test_old_work_is_tidied_away_and_failures_are_kept(cast: World, worker: Worker, handler: Handler) -> None:
    publish(cast.bilal, 1)
    worker.drain(now=NOW)
    handler.trouble = PermanentFailure("Gone.", code="gone", remedy="Mend it.")
    publish(cast.bilal, 2)
    worker.drain(now=NOW)
    worker.beat(now=NOW)
    tidy(NOW + KEPT)
    assert Job.objects.count() == 2
    tidy(NOW + KEPT + timedelta(seconds=1))
    assert [job.state for job in Job.objects.all()] == ["failed"]
    assert queries.workers(now=NOW) == ()


def test_the_claim_reads_its_indexes(cast: World, handler: Handler) -> None:
    from pcnhub.foundations.jobs.worker import _CLAIM

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into jobs_job (fact, handler, payload, organisation_id, caused_by, request_id, dedup_key, ordering_key,"
            " state, attempts, run_after, worker, error_code, error, remedy, created_at, finished_at)"
            " select 'f', 'h', '{}', 1, 'x', '', 'd' || n, 'k' || n %% 50, case when n < 19900 then 'done' else 'ready' end,"
            " 0, %(now)s, '', '', '', '', %(now)s, null from generate_series(1, 20000) n",
            {"now": NOW},
        )
        cursor.execute("set local enable_seqscan = off")
        for is_awaited in (None, True, False):
            cursor.execute(
                f"explain {_CLAIM}",
                {"worker": "w", "now": NOW, "lease": NOW, "only": None, "is_awaited": is_awaited},
            )
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "jobs_in_turn" in plan
            assert "jobs_order" in plan
