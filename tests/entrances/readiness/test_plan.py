"""The way to go-live on the pages: set the day, see what must begin when, ask what if, take it along."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from pcnhub.care.organisations.models import Organisation
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.entrances.readiness.test_pages import dated, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside(few_lines: None) -> World:
    return world()


def aimed(client: Client, days: int) -> None:
    assert client.post("/readiness/plan", dated("go_live_on", days)).status_code == 302


def test_the_hub_sets_the_day_and_the_plan_counts_back_from_it(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    assert "No day of going live is set" in page(carys, "/readiness/plan")
    assert carys.post("/readiness/plan", dated("go_live_on", -1)).status_code == 422
    assert carys.post("/readiness/plan", {}).status_code == 422
    aimed(carys, 3)
    shown = page(carys, "/readiness/plan")
    assert "That day can’t be kept" in shown
    assert "Decides the day" in shown
    assert "Late by" in shown
    aimed(carys, 300)
    assert "could go live on" in page(carys, "/readiness/plan")


def test_once_the_hub_is_live_the_lists_remain(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    aimed(carys, 60)
    Organisation.objects.filter(pk=riverside.hub.pk).update(opened_at=timezone.now())
    shown = page(carys, "/readiness/plan")
    assert "is live. The lists say what each organisation still needs." in shown
    assert "means to go live" not in shown
    assert f"/readiness/to-do/{riverside.birch.pk}" in shown
    listed = page(carys, f"/readiness/to-do/{riverside.hub.pk}")
    assert "At the earliest" in listed
    assert "Begin by" not in listed


def test_what_if_is_kept_in_the_address_and_can_be_taken_away(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    aimed(carys, 60)
    day = london_date(timezone.now()) + timedelta(days=2)
    asked = {"step": f"CHK-D1:{riverside.hub.pk}", **dated("by", 2)}
    answer = carys.get("/readiness/plan", asked)
    assert answer.status_code == 302
    shown = page(carys, answer.headers["Location"])
    assert "as assumed" in shown
    assert f"if=CHK-D1:{riverside.hub.pk}:{day.isoformat()}" in answer.headers["Location"]
    assert page(carys, "/readiness/plan?if=nonsense&if=CHK-D1:x:2026-01-01").count("as assumed") == 0
    assert carys.get("/readiness/plan", {"step": "", "by-day": "1"}).status_code == 422
    mistyped = carys.get("/readiness/plan", {**asked, "by-year": "9999"})
    assert (mistyped.status_code, "more than two years away" in mistyped.content.decode()) == (422, True)
    assert "as assumed" not in page(carys, f"/readiness/plan?if=CHK-D1:{riverside.hub.pk}:9999-12-31")


def test_it_goes_along_as_a_table_and_as_a_calendar(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    aimed(carys, 60)
    page(carys, "/readiness/plan")
    rows = list(csv.DictReader(page(carys, "/readiness/plan.csv").splitlines()))
    events = Calendar.from_ical(carys.get("/readiness/plan.ics").content).walk("VEVENT")
    assert len(events) == len(rows) + 1
    assert {row["Check"] for row in rows} >= {"CHK-D1", "CHK-02"}
    days = [row["Begin by"] for row in rows]
    assert days == sorted(days)


def test_a_practice_sees_its_own_steps_and_sets_no_day(riverside: World) -> None:
    aimed(signed_in_as(riverside.carys), 60)
    dilys = signed_in_as(riverside.dilys)
    shown = page(dilys, "/readiness/plan")
    assert "Ash Lane Surgery" in shown
    assert "Birch Road Practice" not in shown
    assert dilys.post("/readiness/plan", dated("go_live_on", 90)).status_code == 403
    charlie = signed_in_as(riverside.charlie)
    for address in ("/readiness/plan", "/readiness/plan.csv", "/readiness/plan.ics"):
        assert charlie.get(address).status_code == 404
        assert signed_in_as(riverside.ada).get(address).status_code == 403
