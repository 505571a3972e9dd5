"""At four o'clock the hub's managers are told by e-mail, once a day however many workers ask, and of nobody by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.connections.mail.models import Notice
from pcnhub.connections.mail.words import News, NoticeKind, text_of
from pcnhub.foundations.jobs import chores
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from tests.cast import NOW, world
from tests.entrances.client import give_permissions
from tests.insight.watch.evenings import AT_FOUR, evening, plant_three

pytestmark = pytest.mark.django_db
WORKER = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))


def ask(now: datetime) -> None:
    next(each for each in chores.wired() if each.name == "watch.tell").do(now)


def test_the_managers_are_told_once_at_four() -> None:
    cast = evening()
    give_permissions(cast.carys)
    plant_three(cast)
    ask(NOW)
    ask(NOW + timedelta(hours=1))
    WORKER.drain(now=AT_FOUR - timedelta(minutes=1))
    assert not Notice.objects.exists()
    WORKER.drain(now=AT_FOUR)
    ask(AT_FOUR + timedelta(hours=1))
    WORKER.drain(now=AT_FOUR + timedelta(hours=1))
    [notice] = Notice.objects.all()
    assert (notice.account_id, notice.kind, notice.is_urgent) == (cast.carys.account_id, "tonight", True)
    assert notice.figures == {"day": "2026-11-23", "sessions": 3, "stops": 1, "harms": 2, "breaks": 0, "drifts": 0}
    text = text_of(
        news=[News(NoticeKind.TONIGHT, notice.about, figures=notice.figures)],
        organisation="Riverside",
        address="https://hub.example.nhs.uk",
    )
    assert text.subject == "PCN Hub: 3 will go wrong at Riverside"
    assert "Monday 23 November, 3 sessions: 1 stops a session, 2 harm a patient’s way." in text.body
    assert "https://hub.example.nhs.uk/watch?day=2026-11-23" in text.body
    for name in ("Jane", "Smith", "Peter", "Jones", "Bilal"):
        assert name not in text.body


def test_a_day_without_sessions_or_that_no_worker_came_to_is_told_of_to_nobody() -> None:
    cast = world()
    give_permissions(cast.carys)
    ask(NOW)
    WORKER.drain(now=AT_FOUR + timedelta(days=1))
    ask(AT_FOUR + timedelta(days=1))
    WORKER.drain(now=AT_FOUR + timedelta(days=1))
    assert not Notice.objects.exists()
    assert not Job.objects.exclude(state="done").exists()
    Job.objects.all().delete()
    Organisation.objects.filter(pk=cast.hub.pk).update(system="EMIS")
    ask(NOW)
    assert not Job.objects.exists(), "whatever is left of a book here, its evenings are seen elsewhere"


def test_four_oclock_is_londons_in_summer_too() -> None:
    world()
    ask(datetime(2027, 7, 1, 6, 0, tzinfo=UTC))
    assert Job.objects.get(fact="watch.due").run_after == datetime(2027, 7, 1, 15, 0, tzinfo=UTC)
