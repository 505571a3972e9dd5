"""Given a hub that is not ready, when its manager works down the grid, then what is mended turns green."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_manager_states_and_waives(visit: Visit) -> None:
    give_permissions(world().carys)
    carys = visit("carys")
    page = carys.visit("/readiness", "readiness")
    carys.follow("My move")
    carys.check("readiness-my-move")
    page.get_by_role("link", name="CHK-D1 Data protection impact assessment signed").click()
    carys.check("readiness-check")
    page.get_by_text("Record a statement").first.click()
    carys.press("Record a statement")
    carys.check("readiness-check-refused", status=422)
    plain = visit("carys", scripted=False)
    page = plain.beside(carys)
    page.get_by_text("Record a statement").first.click()
    page.get_by_label("Who states it").fill("Dr Gill, data protection officer")
    for part, value in (("Day", "1"), ("Month", "11"), ("Year", "2026")):
        page.get_by_role("group", name="Day on which it was stated").get_by_label(part, exact=True).fill(value)
    page.get_by_label("Where the evidence is").fill("Governance folder, item 3")
    plain.press("Record a statement")
    plain.check("readiness-check-attested")
    page = carys.beside(plain)
    carys.check("readiness-check-attested")
    assert page.get_by_text("Attested", exact=True).count() == 1
    carys.visit("/readiness/go-live", "readiness-go-live")
    assert "CHK-D1 " not in page.locator("main").inner_text()


def test_a_practice_manager_sees_the_own_move_and_its_part_of_the_plan(visit: Visit) -> None:
    cast = world()
    for actor in (cast.dilys, cast.carys):
        give_permissions(actor)
    dilys, carys = visit("dilys"), visit("carys")
    dilys.visit("/readiness?show=mine", "readiness-practice")
    carys.visit("/readiness/plan", "readiness-plan-none")
    ahead = london_date(timezone.now()) + timedelta(days=30)
    for part, value in (("Day", ahead.day), ("Month", ahead.month), ("Year", ahead.year)):
        carys.page.get_by_role("group", name="Day of going live").get_by_label(part, exact=True).fill(str(value))
    carys.press("Set the day")
    carys.check("readiness-plan")
    dilys.visit("/readiness/plan", "readiness-plan-practice")
