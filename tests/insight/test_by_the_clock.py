"""Readiness stays fresh though nobody looks: every hour, and after sharing has changed."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from pcnhub.care.appointments.models import Session as PutOn
from pcnhub.care.organisations.queries import networks, system_actor_for
from pcnhub.care.sharing.operations import deactivate
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.writeback.operations import import_formulary
from pcnhub.foundations.jobs import chores, outbox
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.insight.readiness import jobs, queries, scheduling
from pcnhub.insight.readiness.catalogue import BY_ID
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.rules import CellState
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments.book import cancelled
from tests.rooms.appointments.book import session as put_on

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def riverside() -> World:
    return world()


WORKER = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))


def chore(name: str) -> chores.Chore:
    return next(each for each in chores.wired() if each.name == name)


def state(riverside: World, check: str, ods: str) -> CellState:
    whole = queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    return next(cell.state for cell in whole.cells if (cell.requirement.id, cell.organisation.ods_code) == (check, ods))


def test_every_hour_each_hub_is_asked_once_however_many_workers_ask(riverside: World) -> None:
    hourly = chore("readiness.check")
    assert hourly.every == HOUR
    hourly.do(NOW)
    hourly.do(NOW + timedelta(minutes=10))
    assert Job.objects.filter(fact="readiness.check-due").count() == 1
    WORKER.drain(now=NOW + timedelta(minutes=10))
    assert not Job.objects.exclude(state="done").exists()
    as_of = queries.summary(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk).as_of
    assert as_of == NOW + timedelta(minutes=10)
    hourly.do(NOW + HOUR)
    WORKER.drain(now=NOW + HOUR)
    assert queries.summary(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk).as_of == NOW + HOUR


def test_many_hubs_are_asked_one_after_the_other_and_what_people_wait_for_comes_between(
    riverside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (network,) = networks(day=NOW.date())
    many = tuple(replace(network, hub=replace(network.hub, id=each)) for each in range(1, 1251))
    due: list[datetime] = []
    for name, instead in (
        ("networks", lambda **_: many), ("system_actor_for", lambda **_: system_for(riverside.hub)),
        ("publish", lambda **told: due.append(told["run_after"])), ("unit_of_work", nullcontext),
    ):  # fmt: skip
        monkeypatch.setattr(jobs, name, instead)
    jobs.ask_to_check(NOW)
    assert (len(due), due[0]) == (1250, NOW)
    assert all(timedelta(seconds=1) < later - earlier for earlier, later in pairwise(due))
    assert due[-1] < NOW + timedelta(minutes=50)  # before the next hour asks


def test_a_side_that_ends_turns_the_grid_red_a_minute_later(riverside: World) -> None:
    import_formulary(
        actor=riverside.dilys,
        now=NOW,
        name="Ash Lane formulary",
        file_name="f.csv",
        content=b"code,name\n322236009,X\n",
    )
    chore("readiness.check").do(NOW)
    WORKER.drain(now=NOW)
    assert state(riverside, "CHK-68", "A81001") is CellState.MET
    agreement = riverside.agreements[AgreementKind.CARE_RECORD].pk
    before = state(riverside, "CHK-05", "A81001")
    deactivate(actor=riverside.dilys, now=NOW, agreement_id=agreement, side=Side.GIVES, reason="Partner meeting")
    WORKER.drain(now=NOW)
    assert state(riverside, "CHK-05", "A81001") is before
    WORKER.drain(now=NOW + timedelta(minutes=1))
    assert state(riverside, "CHK-05", "A81001") is CellState.UNMET
    assert not Job.objects.exclude(state="done").exists()


def asked(name: str) -> list[tuple[str, str]]:
    """What each job of this fact asks, in order: what it is asked after, and its key without the hub."""
    rows = Job.objects.filter(fact=name).order_by("pk")
    return [(row.payload["after"], row.dedup_key.partition(":readiness.check:")[2].partition(":")[2]) for row in rows]


def test_before_each_session_what_can_spoil_it_is_asked_24_and_2_hours_ahead_and_once(riverside: World) -> None:
    made = put_on(riverside)  # Tuesday 18:30
    watch = chore("readiness.before-sessions")
    Job.objects.all().delete()
    starts_at = NOW.replace(day=24, hour=18, minute=30)
    watch.do(starts_at - timedelta(hours=25))
    assert asked("readiness.check-due") == []
    for minutes in (0, 5, 10):
        watch.do(starts_at - timedelta(hours=24) + timedelta(minutes=minutes))
    then = f"{starts_at:%Y%m%dT%H%M}"
    assert asked("readiness.check-due") == [("session", f"before:24:{then}:{made}")]
    for minutes in (0, 5):
        watch.do(starts_at - timedelta(hours=2) + timedelta(minutes=minutes))
    assert asked("readiness.check-due")[1:] == [("session", f"before:2:{then}:{made}")]
    later = put_on(riverside, times=(time(20), time(21)), now=starts_at - timedelta(hours=1, minutes=50))
    watch.do(starts_at - timedelta(hours=1))
    at_eight = f"{starts_at.replace(hour=20, minute=0):%Y%m%dT%H%M}"
    assert asked("readiness.check-due")[2:] == [("session", f"before:24:{at_eight}:{later}")]
    moved_to = starts_at + timedelta(days=1)  # then both turns are to come again
    PutOn.objects.filter(pk=later).update(starts_at=moved_to, ends_at=moved_to + timedelta(hours=1))
    watch.do(starts_at + timedelta(hours=1))
    ((_, moved),) = asked("readiness.check-due")[3:]
    assert moved == f"before:24:{moved_to:%Y%m%dT%H%M}:{later}"
    WORKER.drain(now=starts_at)
    answered = set(Result.objects.values_list("check_id", flat=True))
    assert {"CHK-42", "CHK-20", "CHK-12"} <= answered
    assert not {"CHK-25", "CHK-01", "CHK-05"} & answered


def test_a_change_asks_what_it_touches_and_what_is_not_named_asks_everything(riverside: World) -> None:
    cancelled(riverside, put_on(riverside))
    WORKER.drain(now=NOW)
    assert not Result.objects.exists()
    WORKER.drain(now=NOW + timedelta(minutes=1))
    answered = set(Result.objects.values_list("check_id", flat=True))
    assert {"CHK-19", "CHK-24"} <= answered
    assert not {"CHK-05", "CHK-36"} & answered
    assert scheduling.touched_by("elsewhere.kept") is None
    assert set().union(*scheduling.TOUCHES.values()) <= set(BY_ID)
    assert not [fact for fact in scheduling.TOUCHES if outbox.handler_named(fact, "readiness.ask") is None]


def test_sessions_that_ran_out_are_forgotten_each_day() -> None:
    held, over = SessionStore(), SessionStore()
    for session in (held, over):
        session.create()
    Session.objects.filter(pk=held.session_key).update(expire_date=NOW + HOUR)
    Session.objects.filter(pk=over.session_key).update(expire_date=NOW - HOUR)
    daily = chore("sessions.forget")
    assert daily.every == timedelta(days=1)
    daily.do(NOW)
    assert set(Session.objects.values_list("pk", flat=True)) == {held.session_key}
