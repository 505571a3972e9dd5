"""To-do lists by e-mail: on request, and on Mondays while a hub that is not live has set its day, or a practice still waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.connections.mail.models import Notice
from pcnhub.connections.mail.words import News, NoticeKind, text_of
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import Conflict, NotFound, NotPermitted
from pcnhub.insight.readiness import checking, operations, reminding
from pcnhub.insight.readiness.rules import Concerns, Gate
from tests.cast import NOW, World, world
from tests.entrances.client import give_permissions
from tests.insight.lines import SetLines, answering, line

pytestmark = pytest.mark.django_db
MONDAY = NOW  # 09:00 in London
WORKER = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))


@pytest.fixture
def riverside(set_lines: SetLines) -> World:
    cast = world()
    for actor in (cast.carys, cast.dilys):
        give_permissions(actor)
    set_lines(
        line("CHK-01", proof=answering("CHK-01", State.UNMET, cast.hub.pk)),
        line(
            "CHK-17",
            concerns=Concerns.PRACTICE,
            gate=Gate.PRACTICE,
            proof=answering("CHK-17", State.UNMET, cast.ash.pk, cast.birch.pk),
        ),
    )
    checking.check(now=NOW, hub_id=cast.hub.pk)
    return cast


def lists() -> dict[str, Notice]:
    return {notice.key: notice for notice in Notice.objects.filter(kind=NoticeKind.TO_DO)}


def monday_comes(at: datetime = MONDAY) -> list[Notice]:
    reminding.ask_to_remind(at)
    WORKER.drain(now=at)
    return list(lists().values())


def aim(cast: World, on: date = date(2026, 12, 1)) -> None:
    operations.aim_for(actor=cast.carys, now=NOW, hub_id=cast.hub.pk, go_live_on=on)


def test_each_monday_every_organisation_that_is_not_open_hears_what_it_needs_once(riverside: World) -> None:
    aim(riverside)
    first = monday_comes()
    assert {(notice.organisation_id, notice.about) for notice in first} == {
        (each.pk, each.pk) for each in (riverside.hub, riverside.ash, riverside.birch)
    }
    ash = next(notice for notice in first if notice.organisation_id == riverside.ash.pk)
    assert ash.account_id == riverside.dilys.account_id
    birch = next(notice for notice in first if notice.organisation_id == riverside.birch.pk)
    assert birch.account_id is None  # nobody looks after readiness there: its own address
    assert ash.figures["list"] == "CHK-17 Title of CHK-17: begin by 30 November 2026"
    assert len(monday_comes(MONDAY + timedelta(hours=3))) == 3
    assert len(monday_comes(MONDAY + timedelta(days=1))) == 3  # a Tuesday


def test_nobody_hears_without_a_day_before_seven_or_once_all_are_open(riverside: World) -> None:
    assert monday_comes() == []
    aim(riverside)
    assert monday_comes(MONDAY - timedelta(hours=3)) == []
    Organisation.objects.filter(pk__in=[riverside.hub.pk, riverside.ash.pk, riverside.birch.pk]).update(opened_at=NOW)
    assert monday_comes() == []
    assert not Job.objects.filter(fact="readiness.lists-due").exists()


def test_once_the_hub_is_live_whoever_still_waits_hears_on_without_a_day_that_is_over(riverside: World) -> None:
    Organisation.objects.filter(pk__in=[riverside.hub.pk, riverside.ash.pk]).update(opened_at=NOW)
    (birch,) = monday_comes()
    assert birch.organisation_id == riverside.birch.pk
    assert birch.figures == {"day": "", "steps": 1, "late": 0, "list": "CHK-17 Title of CHK-17"}


def test_on_request_the_hub_sends_any_list_and_a_practice_its_own(riverside: World) -> None:
    asked: dict[str, Any] = {"now": NOW, "hub_id": riverside.hub.pk}
    assert reminding.send_list(actor=riverside.carys, organisation_id=riverside.ash.pk, **asked) == 1
    assert reminding.send_list(actor=riverside.dilys, organisation_id=riverside.ash.pk, **asked) == 1
    (notice,) = lists().values()  # within a minute it is the same list
    assert notice.figures == {"day": "", "steps": 1, "late": 0, "list": "CHK-17 Title of CHK-17"}
    for actor, organisation, refusal in (
        (riverside.dilys, riverside.birch, NotFound),
        (riverside.charlie, riverside.ash, NotFound),
        (riverside.bilal, riverside.ash, NotPermitted),
    ):
        with pytest.raises(refusal):
            reminding.send_list(actor=actor, organisation_id=organisation.pk, **asked)
    with unit_of_work(riverside.carys):
        assert AuditEvent.objects.filter(action="readiness.list-mailed", subject_id=riverside.ash.pk).count() == 1


def test_an_empty_list_is_not_sent(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)))
    checking.check(now=NOW, hub_id=riverside.hub.pk)
    with pytest.raises(Conflict):
        reminding.send_list(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk, organisation_id=riverside.hub.pk)


def test_the_letter_has_the_list_and_where_to_see_more() -> None:
    figures: dict[str, int | str] = {
        "day": "2026-12-01",
        "steps": 2,
        "late": 1,
        "list": "CHK-05 One: begin by 3 November 2026\nCHK-17 Two",
    }
    letter = text_of(news=[News(NoticeKind.TO_DO, 7, figures=figures)], organisation="Ash Lane", address="https://hub")
    assert "2 steps are open before 1 December 2026; 1 is late:\n" in letter.body
    assert "  CHK-05 One: begin by 3 November 2026\n  CHK-17 Two\n" in letter.body
    assert "https://hub/readiness/to-do/7" in letter.body
    undated = text_of(
        news=[News(NoticeKind.TO_DO, 7, figures={**figures, "day": "", "late": 0})], organisation="Ash", address=""
    )
    assert "late" not in undated.body
