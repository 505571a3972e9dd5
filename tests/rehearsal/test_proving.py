"""What the steps of rehearsals prove of the checklist, and what they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.models import SlotType
from pcnhub.care.organisations.models import GroupMember, Organisation
from pcnhub.care.organisations.queries import network_of_hub, organisation
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.rehearsed import joined
from pcnhub.insight.readiness.rules import Cell, CellState, ProofKind
from pcnhub.rehearsal import jobs
from pcnhub.rehearsal.checks import CHECKS
from pcnhub.rehearsal.models import Run
from pcnhub.rehearsal.operations import record_manual_step
from pcnhub.rehearsal.rules import ELSEWHERE, OF_111, OF_PRACTICE, StepName, StepState, Subject
from tests.cast import NOW, World, system_for

DAY = timedelta(days=1)
Ran = Callable[..., int]


@pytest.fixture
def ran(w: World) -> Ran:
    """A rehearsal that ended, as it is kept: every step passed, but those of `steps` (state, and whatever else is known)."""
    urgent = organisation(ods_code="7ZZ").id

    def make(at: datetime = NOW, **steps: dict[str, Any]) -> int:
        def row(subject: Subject, organisation_id: int | None, names: tuple[StepName, ...]) -> dict[str, Any]:
            same = {"state": "passed", "took_ms": 9, "said": "", "remedy": ""}
            taken = [{"name": name, **same, **steps.get(name.name.lower(), {})} for name in names]
            return {"subject": subject, "organisation": organisation_id, "steps": taken}

        rows = [row(Subject.PRACTICE, each.pk, OF_PRACTICE) for each in (w.ash, w.birch)]
        rows += [row(Subject.NHS_111, urgent, OF_111), row(Subject.OUTSIDER, None, (StepName.REFUSED,))]
        made = Run.objects.create(
            hub_id=w.hub.pk, started_at=at, ended_at=at, asked_by="test", rows=rows, is_clean=True
        )
        return made.pk

    return make


def failed(said: str, **more: Any) -> dict[str, Any]:
    return {"state": StepState.FAILED, "said": said} | more


def shown(w: World, check_id: str, now: datetime = NOW, *, at: Organisation | None = None) -> Finding:
    hub = network_of_hub(hub_id=w.hub.pk, day=now.date())
    found = {each.target: each for each in CHECKS[check_id](actor=system_for(w.hub), hub=hub, now=now)}
    return found[(at or w.ash).pk]


def cell(w: World, check_id: str) -> Cell:
    grid = queries.grid(actor=system_for(w.hub), now=NOW, hub_id=w.hub.pk)
    return next(each for each in grid.cells if (each.requirement.id, each.organisation.id) == (check_id, w.ash.pk))


def test_what_passed_is_a_proof_and_says_in_which_rehearsal_and_when(w: World, ran: Ran) -> None:
    assert shown(w, "CHK-37").state is State.UNKNOWN
    run = ran()
    for check_id, at in (
        ("CHK-23", w.ash), ("CHK-23", w.hub), ("CHK-37", w.ash), ("CHK-70", w.birch),
    ):  # fmt: skip
        found = shown(w, check_id, at=at)
        assert (found.state, found.proved_by) == (State.MET, "rehearsal"), found
        assert f"in rehearsal {run} on 23 November 2026 at" in found.evidence
    found = shown(w, "CHK-54", at=w.hub)  # what 111's own system does, only 111 can say
    assert (found.state, "111’s own system took no part" in found.evidence) == (State.UNKNOWN, True)
    assert found.fix is not None
    assert (found.fix.what, "hub's manager" in found.fix.who) == (
        "Have Riverside 111 book a dummy patient, and record it.", True,
    )  # fmt: skip


def test_what_failed_is_red_in_its_own_words_with_who_must_act_and_no_other_line_is(w: World, ran: Ran) -> None:
    run = ran(accept=failed("Nobody sees it.", remedy="Add a member.", who="a manager of Ash Lane"))
    found = shown(w, "CHK-37")
    assert (found.state, "Accept the task failed in rehearsal" in found.evidence) == (State.UNMET, True)
    assert "Nobody sees it." in found.evidence
    assert found.fix is not None
    assert (found.fix.who, found.fix.page_args) == ("a manager of Ash Lane", (run,))
    assert shown(w, "CHK-70").state is State.MET

    assert shown(w, "CHK-37", NOW + 60 * DAY).state is State.UNMET, "a no does not end by waiting"
    ran(NOW + 60 * DAY, accept={"state": StepState.SKIPPED})
    assert shown(w, "CHK-37", NOW + 60 * DAY).state is State.UNMET, "nor by a night in which it was not tried"
    ran(NOW + 61 * DAY)
    assert shown(w, "CHK-37", NOW + 61 * DAY).state is State.MET


def test_what_is_older_than_the_lines_turn_is_unknown(w: World, ran: Ran) -> None:
    ran()
    for check_id, at, turn in (("CHK-23", w.ash, DAY), ("CHK-70", w.ash, 7 * DAY)):
        assert shown(w, check_id, NOW + turn, at=at).state is State.MET
        old = shown(w, check_id, NOW + turn + DAY, at=at)
        assert (old.state, "too long ago" in old.evidence) == (State.UNKNOWN, True), old


def test_where_nobody_answered_nobody_knows_and_without_a_111_service_here_its_own_word_stays_possible(
    w: World, ran: Ran
) -> None:
    ran(search=failed("The hub did not answer.", was_answered=False))
    for check_id, at in (("CHK-23", w.ash), ("CHK-54", w.hub)):
        assert shown(w, check_id, at=at).state is State.UNKNOWN
    ran(search=failed("Refused."))
    assert shown(w, "CHK-54", at=w.hub).state is State.UNMET
    GroupMember.objects.filter(organisation__ods_code="7ZZ").delete()
    assert shown(w, "CHK-54", at=w.hub).state is State.UNKNOWN


def test_at_a_practice_elsewhere_of_a_hub_here_people_say_it_once_for_later_nights(w: World, ran: Ran) -> None:
    Organisation.objects.filter(pk=w.ash.pk).update(system=ClinicalSystem.EMIS)
    by_hand = {step.name.lower(): {"state": StepState.MANUAL} for step in ELSEWHERE}
    Organisation.objects.filter(pk=w.birch.pk).update(system=ClinicalSystem.EMIS)
    run = ran(**by_hand)
    assert shown(w, "CHK-70").state is State.UNKNOWN
    assert shown(w, "CHK-23").state is State.MET
    for practice in (w.ash.pk, w.birch.pk):
        for step in ELSEWHERE:
            record_manual_step(
                actor=w.carys,
                now=NOW,
                run_id=run,
                practice_id=practice,
                step=step,
                passed=True,
                took_minutes=5,
                comment="",
            )
    assert "by hand (Carys Cast)" in shown(w, "CHK-70").evidence

    ran(NOW + DAY, **by_hand)
    assert shown(w, "CHK-D13", NOW + DAY, at=w.hub).state is State.MET, "nobody need say it anew each morning"
    assert shown(w, "CHK-70", NOW + 89 * DAY).state is State.MET
    assert shown(w, "CHK-70", NOW + 91 * DAY).state is State.UNKNOWN
    ran(NOW + 91 * DAY, **by_hand)
    assert shown(w, "CHK-D13", NOW + 91 * DAY, at=w.hub).state is State.UNMET


def test_what_a_rehearsal_tried_itself_no_word_on_an_earlier_one_covers(w: World, ran: Ran) -> None:
    by_hand = {step.name.lower(): {"state": StepState.MANUAL} for step in ELSEWHERE}
    old = ran(**by_hand)  # of a time when the practice worked in another system
    ran(NOW + DAY, accept=failed("Nobody sees it."))
    record_manual_step(
        actor=w.carys, now=NOW + 2 * DAY, run_id=old, practice_id=w.ash.pk, step=StepName.ACCEPT,
        passed=True, took_minutes=5, comment="",
    )  # fmt: skip
    assert shown(w, "CHK-37", NOW + 2 * DAY).state is State.UNMET


def test_the_grid_takes_it_as_proof_where_the_tables_do_not_know(w: World, ran: Ran) -> None:
    checking.check(now=NOW, hub_id=w.hub.pk, only={"CHK-37"})
    assert cell(w, "CHK-37").state is CellState.UNKNOWN
    ran()
    checking.check(now=NOW, hub_id=w.hub.pk, only={"CHK-37"})
    found = cell(w, "CHK-37")
    assert (found.state, found.proved_by) == (CellState.MET, ProofKind.REHEARSAL)


def answer(state: State, *, took_ms: int | None = None, proved_by: str = "") -> Finding:
    return Finding("CHK-23", 1, state, f"{proved_by} {state}", took_ms=took_ms, proved_by=proved_by)


@pytest.mark.parametrize(
    ("own", "rehearsed", "counts"),
    [
        (State.UNKNOWN, State.MET, State.MET),
        (State.UNMET, State.MET, State.UNMET),
        (State.MET, State.UNMET, State.UNMET),
        (State.MET, State.UNKNOWN, State.MET),
        (State.UNKNOWN, State.UNKNOWN, State.UNKNOWN),
        (State.NOT_APPLICABLE, State.UNMET, State.NOT_APPLICABLE),
    ],
)
def test_the_worse_counts_and_not_to_know_is_not_worse(own: State, rehearsed: State, counts: State) -> None:
    found = checking._merged(joined([answer(own)], [answer(rehearsed, proved_by="rehearsal")]))
    assert found[1].state is counts


def test_what_was_called_and_stayed_silent_is_not_held_up_by_last_night() -> None:
    silent = answer(State.UNKNOWN, took_ms=5000)
    rehearsed = answer(State.MET, proved_by="rehearsal")
    assert checking._merged(joined([silent], [rehearsed]))[1].state is State.UNKNOWN
    assert checking._merged(joined([], [rehearsed]))[1].state is State.MET


NIGHT = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)


def asked() -> list[Job]:
    return list(Job.objects.filter(fact="rehearsal.due"))


def test_every_hub_that_works_here_is_rehearsed_each_night_without_a_first_time_by_hand(w: World) -> None:
    jobs.ask_for_tonight(NIGHT - timedelta(hours=1))
    assert asked() == []
    jobs.ask_for_tonight(NIGHT)
    jobs.ask_for_tonight(NIGHT + timedelta(minutes=20))
    assert [each.payload for each in asked()] == [{"hub_id": w.hub.pk, "at_night": True}]

    Organisation.objects.filter(pk=w.hub.pk).update(system=ClinicalSystem.EMIS)
    jobs.ask_for_tonight(NIGHT + DAY)
    assert len(asked()) == 1, "of a hub elsewhere nothing here can take a step"


def test_a_hub_with_nothing_to_rehearse_in_is_not_rehearsed_at_night_and_is_told_what_it_lacks(w: World) -> None:
    assert "each night, from 03:00" in shown(w, "CHK-D13", at=w.hub).evidence
    SlotType.objects.all().delete()
    jobs.ask_for_tonight(NIGHT)
    Worker("test", lambda organisation_id, _: system_for(Organisation.objects.get(pk=organisation_id))).drain(now=NIGHT)
    assert [each.state for each in asked()] == ["done"]
    assert not Run.objects.exists()
    told = shown(w, "CHK-D13", at=w.hub)
    assert (told.state, "lacks a slot type" in told.evidence) == (State.UNMET, True)
    assert told.fix is not None
    assert told.fix.who == "the hub's rota manager"
