"""Readiness stays fresh though nobody looks: every hour, and after sharing has changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.sharing.operations import deactivate
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.writeback.operations import import_formulary
from pcnhub.foundations.jobs import chores
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.insight.readiness import queries
from pcnhub.insight.readiness.rules import CellState
from tests.cast import NOW, World, world

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
