"""A change of state is an event: written down once, told to whose move it is, counted day by day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.organisations.models import Account, NetworkMember, Position
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.connections.mail.models import Notice
from pcnhub.connections.mail.words import News as MailNews
from pcnhub.connections.mail.words import NoticeKind, text_of
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Fix, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from pcnhub.insight.readiness import operations, queries
from pcnhub.insight.readiness.changing import ChangeView
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.models import Change
from pcnhub.insight.readiness.rules import CellState, Concerns, Gate, NotYet
from tests.cast import NOW, World, world
from tests.insight.lines import SetLines, answering, line

pytestmark = pytest.mark.django_db
WORKER = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))
HOUR = timedelta(hours=1)


@pytest.fixture
def riverside() -> World:
    return world()


def changes(riverside: World) -> list[tuple[str, str | None, str]]:
    found = queries.changes(actor=riverside.carys, now=NOW + HOUR, hub_id=riverside.hub.pk)
    return [(each.check_id, each.was, each.became) for each in reversed(found)]


def ask(riverside: World, set_lines: SetLines, state: State, hours: int = 0) -> None:
    set_lines(
        line("CHK-01", proof=answering("CHK-01", state, riverside.hub.pk)),
        line("CHK-52", proof=NotYet("Not yet in this release.")),
    )
    check(now=NOW + hours * HOUR, hub_id=riverside.hub.pk)


def test_only_what_changes_is_written_down(riverside: World, set_lines: SetLines) -> None:
    ask(riverside, set_lines, State.UNMET)
    ask(riverside, set_lines, State.UNMET, 1)
    ask(riverside, set_lines, State.MET, 1)
    assert changes(riverside) == [("CHK-01", None, CellState.UNMET), ("CHK-01", CellState.UNMET, CellState.MET)]


def test_what_people_say_and_what_runs_out_are_changes_too(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-D1"))
    hub_id = riverside.hub.pk
    check(now=NOW, hub_id=riverside.hub.pk)
    operations.attest(
        actor=riverside.carys, now=NOW, name="Dr Gill", stated_on=london_date(NOW), document="Folder 3",
        expires_on=london_date(NOW) + timedelta(days=2), hub_id=hub_id, check_id="CHK-D1", organisation_id=hub_id,
    )  # fmt: skip
    check(now=NOW + timedelta(days=2), hub_id=riverside.hub.pk)
    found = queries.changes(actor=riverside.carys, now=NOW + timedelta(days=2), hub_id=riverside.hub.pk)
    assert [each.became for each in found] == [CellState.UNMET, CellState.ATTESTED, CellState.UNMET]
    assert "Expired" in found[0].evidence


def test_of_a_practice_that_left_nothing_is_open_any_more(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, proof=answering("CHK-17", State.UNMET, riverside.birch.pk)))
    check(now=NOW, hub_id=riverside.hub.pk)
    NetworkMember.objects.filter(organisation=riverside.birch).update(left_on=london_date(NOW))
    check(now=NOW, hub_id=riverside.hub.pk)
    last = Change.objects.filter(organisation_id=riverside.birch.pk).latest("pk")
    assert (last.was, last.became) == (CellState.UNMET, CellState.NOT_APPLICABLE)


def test_who_may_read_what_changed(riverside: World, set_lines: SetLines) -> None:
    both = (riverside.ash.pk, riverside.birch.pk)
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, proof=answering("CHK-17", State.UNMET, *both)))
    check(now=NOW, hub_id=riverside.hub.pk)

    def seen_by(who: Actor) -> set[int]:
        found = queries.changes(actor=who, now=NOW, hub_id=riverside.hub.pk)
        return {each.organisation_id for each in found}

    assert seen_by(riverside.carys) == set(both)
    assert seen_by(riverside.dilys) == {riverside.ash.pk}
    with pytest.raises(NotFound):
        seen_by(riverside.charlie)
    with pytest.raises(NotPermitted):
        seen_by(riverside.ada)
    with pytest.raises(NotFound):
        queries.trend(actor=riverside.charlie, now=NOW, hub_id=riverside.hub.pk)


def managing(riverside: World) -> None:
    """By the tables: what these people may is asked of their positions, not of the cast."""
    for each in (riverside.carys, riverside.dilys, riverside.charlie):
        Position.objects.filter(pk=each.position_id or 0).update(activities=["B1700"])


def test_whose_move_it_is_hears_of_it_once_a_run_and_in_one_letter(riverside: World, set_lines: SetLines) -> None:
    managing(riverside)
    at_ash, at_hub = riverside.ash.pk, riverside.hub.pk
    ashs = Fix("Turn it on.", f"an administrator of {riverside.ash.name}")
    unmet = answering("CHK-14", State.UNMET, at_ash, fix=ashs)
    set_lines(
        line("CHK-14", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=unmet),
        line("CHK-17", concerns=Concerns.PRACTICE, proof=answering("CHK-17", State.MET, at_ash)),
        line("CHK-01", proof=answering("CHK-01", State.UNMET, at_hub)),
        line("CHK-04", proof=answering("CHK-04", State.UNKNOWN, at_hub)),
    )
    check(now=NOW, hub_id=at_hub)
    WORKER.drain(now=NOW)
    notices = Notice.objects.filter(kind=NoticeKind.READINESS_OPEN)
    told = {(each.organisation_id, each.account_id) for each in notices}
    ids = {each.user: int(each.user.removeprefix("account:")) for each in (riverside.carys, riverside.dilys)}
    assert told == {(at_hub, ids[riverside.carys.user]), (at_ash, ids[riverside.dilys.user])}
    assert not any(each.is_urgent for each in notices)
    many = notices.count()
    check(now=NOW + HOUR, hub_id=at_hub)  # nothing changed
    WORKER.drain(now=NOW + HOUR)
    assert notices.count() == many
    hubs = [MailNews(NoticeKind.READINESS_OPEN, each.about) for each in notices.filter(organisation=at_hub)]
    letter = text_of(news=hubs, organisation="Riverside", address="https://hub.example")
    assert f"{len(hubs)} checks of the go-live checklist are open" in letter.body
    assert "https://hub.example/readiness?show=mine" in letter.body


def test_before_a_session_it_is_urgent_and_what_was_open_already_is_not_told_again(
    riverside: World, set_lines: SetLines
) -> None:
    managing(riverside)
    ask(riverside, set_lines, State.UNMET)
    WORKER.drain(now=NOW)
    Notice.objects.all().delete()
    ask(riverside, set_lines, State.UNKNOWN)
    WORKER.drain(now=NOW)
    assert not Notice.objects.filter(kind=NoticeKind.READINESS_OPEN).exists()
    ask(riverside, set_lines, State.MET)
    set_lines(line("CHK-01", proof=answering("CHK-01", State.UNMET, riverside.hub.pk)))
    check(now=NOW, hub_id=riverside.hub.pk, is_urgent=True)
    WORKER.drain(now=NOW)
    assert [each.is_urgent for each in Notice.objects.filter(kind=NoticeKind.READINESS_OPEN)] == [True]
    assert Account.objects.get(username="charlie").pk not in set(Notice.objects.values_list("account", flat=True))


def test_the_trend_counts_back_from_today(riverside: World, set_lines: SetLines) -> None:
    hub_id = riverside.hub.pk
    set_lines(
        line("CHK-01", proof=answering("CHK-01", State.UNMET, hub_id)),
        line("CHK-25", gate=Gate.WARNING, proof=answering("CHK-25", State.UNMET, hub_id)),
    )
    check(now=NOW, hub_id=hub_id)
    set_lines(
        line("CHK-01", proof=answering("CHK-01", State.MET, hub_id)),
        line("CHK-25", gate=Gate.WARNING, proof=answering("CHK-25", State.UNMET, hub_id)),
    )
    later = NOW + timedelta(days=3)
    check(now=later, hub_id=hub_id)
    days = queries.trend(actor=riverside.carys, now=later, hub_id=hub_id, days=5)
    assert [(each.open, each.blocking) for each in days] == [(0, 0), (2, 1), (2, 1), (2, 1), (1, 0)]
    assert days[-1].day == london_date(later)


def test_what_moved_between_unmet_and_unknown_did_not_open() -> None:
    change = ChangeView(1, "CHK-01", 1, CellState.UNMET, CellState.UNKNOWN, "", NOW)
    assert not change.opened
    assert ChangeView(1, "CHK-01", 1, CellState.MET, CellState.UNKNOWN, "", NOW).opened
    assert ChangeView(1, "CHK-01", 1, None, CellState.UNMET, "", NOW).opened
    assert not ChangeView(1, "CHK-01", 1, CellState.UNMET, CellState.WAIVED, "", NOW).opened
