"""Given five practices, when the hub's manager rehearses an evening, then the grid says of each what works and who mends what
does not; and nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pcnhub.care.organisations.models import GroupMember
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.rehearsal import jobs
from pcnhub.rehearsal.configuration import Configuration
from pcnhub.rehearsal.queries import runs_of
from pcnhub.rehearsal.rules import OF_PRACTICE, StepState
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rehearsal.ready import join, ready_world

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_manager_rehearses_an_evening_over_five_practices(
    visit: Visit, address: str, drain: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    w = ready_world()
    give_permissions(w.carys)
    others = [join(w, f"D8400{number}", f"{name} Surgery") for number, name in enumerate(("Cedar", "Dale", "Elm"))]
    GroupMember.objects.filter(organisation=others[2]).update(subscribed_at=None)
    here = Configuration(address, {}, "{ods}/STU3/1/gpconnect", None)
    monkeypatch.setattr(jobs, "configuration", lambda: here)

    carys = visit("carys")
    carys.visit("/rehearsals", "rehearsals-none")
    carys.press("Rehearse now")
    drain()
    page = carys.visit("/rehearsals", "rehearsals")

    [run] = runs_of(w.hub.pk)
    if in_london(run.started_at).hour == 23 and "Today ends" in run.rows[0].steps[0].said:
        assert "Rehearse again after midnight." in page.inner_text("main")
        assert run.is_clean
        return  # the hub that serves goes by the real clock: nobody can arrive so late for an appointment of today
    for row in run.rows[:4]:
        assert [step.state for step in row.steps] == [StepState.PASSED] * len(OF_PRACTICE), row
    assert run.is_clean
    grid = page.inner_text("main")
    assert "every table was looked through" in grid
    assert "Search for slots, Elm Surgery: The search was answered" in grid
    assert "has not subscribed to the group" in grid
