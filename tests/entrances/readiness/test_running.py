"""Checking now, the trend, the table for a spreadsheet, and links that land on the very field."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.care.organisations.models import Organisation, Position
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.entrances.staff.readiness.pages import mending_page
from pcnhub.foundations.jobs.models import Heartbeat
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.insight.readiness import operations, queries
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.models import Run
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.entrances.readiness.test_pages import page

pytestmark = pytest.mark.django_db
WORKER = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))


@pytest.fixture
def riverside() -> World:
    return world()


def test_without_a_worker_it_is_done_while_the_browser_waits(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    answer = carys.post("/readiness/check-now", follow=True)
    assert answer.redirect_chain == [("/readiness", 302)]
    assert "No worker runs here" in answer.content.decode()
    assert Run.objects.get().ended_at is not None


def test_with_a_worker_a_page_shows_how_far_it_is_and_needs_no_script(riverside: World) -> None:
    Heartbeat.objects.create(worker="one", beat_at=timezone.now())
    carys = signed_in_as(riverside.carys)
    address = carys.post("/readiness/check-now").headers["Location"]
    assert (
        carys.post("/readiness/check-now").headers["Location"] == address
    )  # one run is enough for two impatient people
    waiting = page(carys, address)
    assert '<meta http-equiv="refresh" content="2">' in waiting
    assert "Waiting for the worker" in waiting
    assert "http-equiv" not in page(carys, f"{address}?still=yes")
    Run.objects.update(done=12, total=70, doing="The clock is right")
    assert 'value="12"' in page(carys, address)
    for other in (riverside.charlie, riverside.ada):
        page(signed_in_as(other), address, 404 if other is riverside.charlie else 403)
    WORKER.drain(now=timezone.now())
    over = carys.get(address, follow=True)
    assert over.redirect_chain == [("/readiness", 302)]
    assert "Everything was checked at" in over.content.decode()
    run = Run.objects.get()
    assert (run.done, run.total > 50) == (run.total, True)
    ended = run.ended_at
    operations.perform(now=timezone.now(), run_id=run.pk)  # told twice, done once
    assert Run.objects.get().ended_at == ended


def test_a_run_that_died_keeps_nobody_from_asking_again(riverside: World) -> None:
    now = timezone.now()

    def ask(minutes: int) -> int:
        at = now + timedelta(minutes=minutes)
        return operations.ask_run(actor=riverside.carys, now=at, hub_id=riverside.hub.pk)

    first = ask(0)
    assert ask(4) == first
    assert ask(6) != first


def test_the_grid_says_what_stands_behind_a_cell_and_how_it_went(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    shown = page(carys, "/readiness")
    assert "by the hub’s own tables" in shown
    assert "Not yet in this release" in shown
    assert '<polyline class="pcnhub-trend__open"' in shown
    assert re.search(r"Open checks from .* then, \d+ now", shown)
    cell = page(carys, f"/readiness/CHK-01/{riverside.hub.pk}")
    assert "What changed" in cell
    assert "Not met." in cell
    assert "Every week" in cell or "every week" in cell
    to_come = page(carys, f"/readiness/CHK-62/{riverside.hub.pk}")
    assert "It blocks nothing" in to_come


def test_the_grid_as_a_table(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    page(carys, "/readiness")
    rows = list(csv.DictReader(page(carys, "/readiness.csv").splitlines()))
    found = {(row["Check"], row["Organisation"]): row for row in rows}
    one = found["CHK-01", "Riverside Enhanced Access Hub"]
    assert (one["State"], one["Proved by"]) == ("Not met", "by the hub’s own tables")
    dilys = list(csv.DictReader(page(signed_in_as(riverside.dilys), "/readiness.csv").splitlines()))
    assert {row["Organisation"] for row in dilys} == {"Ash Lane Surgery"}
    page(signed_in_as(riverside.charlie), "/readiness.csv", 404)


def test_each_link_that_mends_lands_on_the_very_field() -> None:
    """Whoever follows it finds the field that it names, at the hub and at a practice."""
    riverside = world(active=False)
    Organisation.objects.filter(pk=riverside.ash.pk).update(list_size=None)
    Position.objects.filter(pk=riverside.bilal.position_id or 0).update(contract_ends_on=timezone.now().date())
    check(now=timezone.now(), hub_id=riverside.hub.pk, probes=False)
    followed = 0
    for who in (riverside.carys, riverside.dilys):
        client: Client = signed_in_as(who)
        whole = queries.grid(actor=who, now=timezone.now(), hub_id=riverside.hub.pk)
        mine = [cell for cell in whole.cells if cell.organisation.id == who.organisation.id and cell.fix]
        for cell in mine:
            address, _, field = mending_page(cell).partition("#")
            if field:
                followed += 1
                assert f'id="{field}"' in page(client, address), f"{cell.requirement.id}: {address} has no {field}"
    assert followed > 5
