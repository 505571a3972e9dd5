"""The catalogue is whole: every answer has its line, every line its answer, and what comes first comes first."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter

import pytest

from pcnhub.care.organisations.queries import network_of_hub, system_actor_for
from pcnhub.entrances.staff.readiness.pages import mending_page
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.insight.readiness import queries
from pcnhub.insight.readiness.catalogue import ANSWERS, CATALOGUE, PROBES
from pcnhub.insight.readiness.checking import FAILED, SILENT, check
from pcnhub.insight.readiness.rules import ByAttestation, ByProbe, ByState, Gate, NotYet
from tests.cast import NOW, world

IDS = [line.id for line in CATALOGUE]
TOLD = {"CHK-D12", "CHK-D13"}  # by packages beside readiness, or above it (`config/ties.py`)
# What the first release must answer from its own state.
ASKED_OF_STATE = [
    f"CHK-{number:02}"
    for number in (
        1, 4, 5, 6, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 21, 22, 24, 25, 27, 36, 38, 39, 42, 43, 44, 68, 69, 71,
    )
]  # fmt: skip


def test_every_line_has_an_id_of_its_own_and_every_answer_its_line() -> None:
    assert len(set(IDS)) == len(IDS)
    assert all(re.fullmatch(r"CHK-(\d\d|D\d+)", each) for each in IDS)
    assert set(ANSWERS) | set(PROBES) <= set(IDS)
    by_state = {line.id for line in CATALOGUE if isinstance(line.proof, ByState)}
    assert by_state - TOLD == set(ANSWERS)
    assert {line.id for line in CATALOGUE if isinstance(line.proof, ByProbe)} == set(PROBES)


def test_the_whole_checklist_stands_in_it() -> None:
    """All 72 lines of `domain.md` 12."""
    assert {f"CHK-{number:02}" for number in range(1, 73)} <= set(IDS)


def test_what_is_still_to_come_says_so_and_nothing_else_does() -> None:
    """Prescribing, messages, reports and the national extract, case reports of 111, patients' own access."""
    to_come = {line.id for line in CATALOGUE if isinstance(line.proof, NotYet) and not line.id.startswith("CHK-D")}
    assert to_come == {f"CHK-{number}" for number in (32, 34, 45, 46, 47, 48, 49, 52, 55, 60, 62, 63, 64)}
    assert all(
        line.proof.reason.startswith("Not yet in this release") for line in CATALOGUE if isinstance(line.proof, NotYet)
    )


def test_the_state_answers_what_it_can() -> None:
    assert set(ASKED_OF_STATE) <= set(ANSWERS)


def test_what_comes_first_exists_and_nothing_waits_for_itself() -> None:
    assert {each for line in CATALOGUE for each in line.needs} <= set(IDS)
    TopologicalSorter({line.id: line.needs for line in CATALOGUE}).prepare()


def test_every_line_says_why_who_and_how() -> None:
    for line in CATALOGUE:
        assert line.title
        assert line.why.endswith((".", ")"))
        assert line.movers
        assert line.lead_days >= 0
        assert line.often
        if isinstance(line.proof, ByAttestation):
            assert line.proof.role
            assert line.proof.evidence
            assert line.proof.days > 0


def test_what_protects_patients_cannot_be_waived() -> None:
    fixed = {line.id for line in CATALOGUE if not line.may_be_waived}
    assert {"CHK-D1", "CHK-D2", "CHK-05", "CHK-07", "CHK-23"} <= fixed
    assert all(line.gate in (Gate.HUB, Gate.PRACTICE) for line in CATALOGUE if not line.may_be_waived)


@pytest.mark.django_db
def test_every_check_answers_about_every_organisation_that_it_concerns() -> None:
    cast = world()
    check(now=NOW, hub_id=cast.hub.pk)
    whole = queries.grid(actor=cast.carys, now=NOW, hub_id=cast.hub.pk)
    without = [
        f"{cell.requirement.id} {cell.organisation.ods_code}: {cell.evidence}"
        for cell in whole.cells
        if cell.evidence in (FAILED, SILENT) or cell.evidence == "Not checked yet."
    ]
    assert not without


@pytest.mark.django_db
def test_every_finding_names_a_page_that_exists() -> None:
    cast = world(active=False)
    check(now=NOW, hub_id=cast.hub.pk)
    whole = queries.grid(actor=cast.carys, now=NOW, hub_id=cast.hub.pk)
    pageless = [
        f"{cell.requirement.id} {cell.organisation.ods_code}: {cell.fix.page}{cell.fix.page_args}"
        for cell in whole.cells
        if cell.fix and cell.fix.page and not mending_page(cell)
    ]
    assert not pageless


@pytest.mark.django_db
@pytest.mark.parametrize("check_id", sorted(ANSWERS))
def test_no_check_counts_on_another_actors_unit(check_id: str) -> None:
    """Each check stands alone: in the hub's unit of work, as the engine calls it."""
    cast = world()
    actor = system_actor_for(organisation_id=cast.hub.pk, name="readiness")
    network = network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
    with unit_of_work(actor):
        assert {finding.code for finding in ANSWERS[check_id](actor=actor, hub=network, now=NOW)} <= {check_id}
