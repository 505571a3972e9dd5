"""Given five practices, when the hub's manager rehearses an evening, then the grid says of each what works and who mends what
does not; and nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from pcnhub.care.organisations.models import GroupMember
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.rehearsal import jobs, operations
from pcnhub.rehearsal.configuration import Configuration
from pcnhub.rehearsal.queries import runs_of
from pcnhub.rehearsal.rules import OF_PRACTICE, STEP_WORDS, StepState
from pcnhub.rehearsal.worker import as_the_worker
from tests.cli.running import within
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rehearsal.ready import join, ready_world

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_manager_rehearses_an_evening_over_five_practices_in_the_browser_and_at_the_prompt(
    visit: Visit, address: str, drain: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    w = ready_world()
    give_permissions(w.carys)
    others = [join(w, f"D8400{number}", f"{name} Surgery") for number, name in enumerate(("Cedar", "Dale", "Elm"))]
    GroupMember.objects.filter(organisation=others[2]).update(subscribed_at=None)
    here = Configuration(address, {}, "{ods}/STU3/1/gpconnect", None)
    monkeypatch.setattr(jobs, "configuration", lambda: here)
    # what the worker is asked for by the button is this short here, because the whole of it is played at the prompt
    monkeypatch.setattr(jobs, "rehearse", partial(operations.rehearse, practices=[others[2].pk]))

    carys = visit("carys")
    carys.visit("/rehearsals", "rehearsals-none")
    carys.press("Rehearse now")
    drain()
    grid = carys.visit("/rehearsals", "rehearsals-one").inner_text("main")
    assert "Search for slots, Elm Surgery:" in grid

    whole = partial(operations.rehearse, settle=lambda run_id: as_the_worker(run_id, jobs._actor_for))
    monkeypatch.setattr(operations, "rehearse", whole)
    said = within("rehearse", "--url", address)
    grid = carys.visit("/rehearsals", "rehearsals").inner_text("main")

    run, _ = runs_of(w.hub.pk)
    assert run.is_clean
    if in_london(run.started_at).hour == 23 and "Today ends" in run.rows[0].steps[0].said:
        assert "Rehearse again after midnight." in grid
        return  # the hub that serves goes by the real clock: nobody can arrive so late for an appointment of today
    for row in run.rows[:4]:
        assert [step.state for step in row.steps] == [StepState.PASSED] * len(OF_PRACTICE), row
    assert "every table was looked through" in grid
    codes = [row.organisation.ods_code for row in run.rows if row.organisation]
    assert (len(codes), said.returncode) == (6, 1)
    for words in ("Search for slots, Elm Surgery: The search was answered", "has not subscribed to the group"):
        assert words in grid
        assert words in " ".join(said.stdout.split())
    [header] = [line.split() for line in said.stdout.splitlines() if line.strip().startswith("Step ")]
    assert header == ["Step", *codes, "Outsider"]
    begins = [line.strip() for line in said.stdout.splitlines()]
    assert all(any(each.startswith(STEP_WORDS[name]) for each in begins) for name in OF_PRACTICE)
    assert f"{run.counts[StepState.PASSED]} of {sum(run.counts.values())} steps passed" in said.stdout
