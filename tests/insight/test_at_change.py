"""What changes is asked about at once: the lines that it can move, about a minute later, and once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta

import pytest

from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations import queries as directory
from pcnhub.care.organisations.operations import OrganisationFacts
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.care.tasks.operations import TeamRequest, save_team
from pcnhub.config.facts import HANDLERS
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.refusals import NotFound
from pcnhub.insight.readiness import scheduling
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.rules import ByState
from tests.cast import NOW, World, world
from tests.rooms.appointments.book import TUESDAY, put_in, slot_type, slots
from tests.rooms.appointments.book import session as put_on

MINUTE = timedelta(minutes=1)
WORKER = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))
ASKED = {fact for fact, handlers in HANDLERS.items() if "readiness.ask" in handlers}
MOVING_ANY = {"elsewhere.kept", "organisations.network-changed"}


def untouched(touches: dict[str, frozenset[str]]) -> set[str]:
    """The lines that the tables answer, and that no fact moves by name."""
    by_state = {line.id for line in CATALOGUE if isinstance(line.proof, ByState)}
    return by_state - frozenset().union(*touches.values())


def test_every_line_that_the_tables_answer_is_moved_by_a_fact_or_by_time_alone() -> None:
    assert untouched(dict(scheduling.TOUCHES)) == set(scheduling.BY_TIME_ALONE)
    without = {fact: lines for fact, lines in scheduling.TOUCHES.items() if fact != "organisations.groups-changed"}
    assert {"CHK-16", "CHK-17", "CHK-18"} <= untouched(without)
    assert set(scheduling.TOUCHES) | MOVING_ANY == ASKED


def test_asking_is_no_change_that_is_asked_about() -> None:
    assert not {fact for fact in ASKED if fact.startswith("readiness.")}


def ends(cast: World) -> None:
    position = cast.bilal.position_id or 0
    organisations.end_position(actor=cast.carys, now=NOW, position_id=position, ends_on=NOW.date() + timedelta(days=9))


def unsubscribes(cast: World) -> None:
    organisations.unsubscribe(actor=cast.dilys, now=NOW, group_id=cast.group.pk)


def stranger_in(cast: World) -> None:
    organisations.add_to_group(actor=cast.carys, now=NOW, group_id=cast.group.pk, organisation_id=cast.outside.pk)


def switches(cast: World) -> None:
    organisations.set_gp_connect_switch(
        actor=cast.dilys, now=NOW, organisation_id=cast.ash.pk, capability=GpConnectCapability.FOUNDATION, is_on=True
    )


def other_list_size(cast: World) -> None:
    view = directory.organisation(id=cast.ash.pk)
    same = {each.name: getattr(view, each.name) for each in fields(OrganisationFacts)}
    organisations.save_organisation(actor=cast.dilys, now=NOW, facts=OrganisationFacts(**same | {"list_size": 9_000}))


def makes_team(cast: World) -> None:
    members = frozenset({cast.ada.position_id or 0})
    save_team(actor=cast.dilys, now=NOW, request=TeamRequest(name="Evenings", members=members))


CHANGES: dict[str, Callable[[World], None]] = {
    "CHK-11": ends,
    "CHK-17": unsubscribes,
    "CHK-16": stranger_in,
    "CHK-14": switches,
    "CHK-29": other_list_size,
    "CHK-36": makes_team,
}


@pytest.mark.django_db
def test_each_change_is_told_as_what_moves_its_line() -> None:
    cast = world()
    for line, change in CHANGES.items():
        change(cast)
        (job,) = Job.objects.all()
        assert line in (scheduling.touched_by(job.fact) or ())
        job.delete()


@pytest.mark.django_db
def test_a_change_is_asked_about_a_minute_later_and_that_asks_nothing_more() -> None:
    cast = world()
    stranger_in(cast)  # of no network: whose group it is, is told
    WORKER.drain(now=NOW)
    assert not Result.objects.exists()
    WORKER.drain(now=NOW + MINUTE)
    answered = set(Result.objects.values_list("check_id", flat=True))
    assert "CHK-16" in answered
    assert "CHK-50" not in answered
    before = Job.objects.count()
    WORKER.drain(now=NOW + 3 * MINUTE)
    assert Job.objects.count() == before


@pytest.mark.django_db
def test_many_changes_are_one_piece_of_news_and_a_booking_is_none() -> None:
    cast = world()
    for _ in range(2):
        with unit_of_work(cast.carys):
            for ahead in range(20, 40):
                day = NOW.date() + timedelta(days=ahead)
                organisations.end_position(
                    actor=cast.carys, now=NOW, position_id=cast.bilal.position_id or 0, ends_on=day
                )
    assert list(Job.objects.values_list("fact", flat=True)) == ["organisations.people-changed"] * 2
    WORKER.drain(now=NOW)
    assert Job.objects.filter(fact="readiness.check-due").count() == 1
    Job.objects.all().delete()
    kind = slot_type(cast)
    Job.objects.all().delete()
    with unit_of_work(cast.carys):
        made = [put_on(cast, day=TUESDAY + timedelta(days=ahead), slot_type_id=kind) for ahead in range(3)]
    assert list(Job.objects.values_list("fact", flat=True)) == ["appointments.session-changed"]
    Job.objects.all().delete()
    put_in(cast, slots(made[0])[0].id)
    assert not Job.objects.exists()


def unsubscribes_and_loses_it(cast: World) -> None:
    unsubscribes(cast)
    raise NotFound("There is no such page.")


@pytest.mark.django_db
def test_what_was_undone_is_no_news() -> None:
    cast = world()
    with unit_of_work(cast.dilys):
        with pytest.raises(NotFound), unit_of_work(cast.dilys):
            unsubscribes_and_loses_it(cast)
        switches(cast)
    assert list(Job.objects.values_list("fact", flat=True)) == ["organisations.switches-changed"]
