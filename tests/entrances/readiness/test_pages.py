"""The readiness pages: who sees what, what they can state, and how it is shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness.models import Attestation, Waiver
from tests.cast import World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside() -> World:
    return world()


@pytest.fixture
def carys(riverside: World) -> Client:
    return signed_in_as(riverside.carys)


def dated(name: str, days: int) -> dict[str, str]:
    day = london_date(timezone.now()) + timedelta(days=days)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def test_the_grid_shows_every_organisation_with_headers_and_unique_links(carys: Client) -> None:
    shown = page(carys, "/readiness")
    for name in ("Riverside Enhanced Access Hub", "Ash Lane Surgery", "Birch Road Practice"):
        assert f'<th role="columnheader" scope="col">{name}</th>' in shown
    assert "Outside Surgery" not in shown
    assert 'scope="row"' in shown
    links: dict[str, set[str]] = {}
    for address, inner in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', shown, re.DOTALL):
        text = " ".join(re.sub(r"<[^>]+>", "", inner).split())
        links.setdefault(text, set()).add(address)
    assert not {text: where for text, where in links.items() if len(where) > 1}


def test_filters(carys: Client) -> None:
    everything = page(carys, "/readiness")
    mine = page(carys, "/readiness?show=mine")
    assert "CHK-02" in everything  # the ICB's move
    assert "CHK-02" not in mine
    assert "CHK-D1" in mine
    assert rows(page(carys, "/readiness?show=nonsense")) == rows(everything)
    assert 0 < rows(mine) < rows(page(carys, "/readiness?show=open")) <= rows(everything)


def rows(shown: str) -> int:
    """How many checks the grid shows."""
    return shown.count('scope="row"')


def test_a_practice_manager_sees_the_own_practice_alone(riverside: World) -> None:
    dilys = signed_in_as(riverside.dilys)
    shown = page(dilys, "/readiness")
    assert "Ash Lane Surgery" in shown
    assert "Birch Road Practice" not in shown
    assert "Go live" not in shown
    page(dilys, f"/readiness/CHK-14/{riverside.birch.pk}", 404)
    page(dilys, f"/readiness/CHK-D1/{riverside.hub.pk}", 404)
    page(dilys, "/readiness/go-live", 403)


def test_outsiders_and_those_without_the_permission_get_no_further_than_the_door(riverside: World) -> None:
    charlie = signed_in_as(riverside.charlie)
    for address in ("/readiness", f"/readiness/CHK-14/{riverside.ash.pk}", "/readiness/go-live"):
        page(charlie, address, 404)
        page(signed_in_as(riverside.ada), address, 403)
        assert Client().get(address).status_code == 302


def test_a_statement_from_the_page(carys: Client, riverside: World) -> None:
    address = f"/readiness/CHK-D1/{riverside.hub.pk}"
    before = page(carys, address)
    assert "the data protection officer" in before
    wrong = carys.post(address, {"action": "attest", "name": "", "document": "", "stated_on-day": "31"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "Error: " in text
    assert 'href="#stated_on"' in text
    empty = carys.post(address, {"action": "attest"}).content.decode()
    assert all(f'href="#{field}"' in empty for field in ("name", "document", "stated_on"))
    given = {"action": "attest", "name": "Dr Gill", "document": "Folder 3", **dated("stated_on", 0)}
    assert carys.post(address, given).status_code == 302
    after = page(carys, address)
    assert "Attested" in after
    assert "Dr Gill" in after
    assert "is attested" in after
    assert Attestation.objects.get().by == riverside.carys.user
    assert carys.post(address, {"action": "withdraw-attestation", "withdrawal_reason": "Old."}).status_code == 302
    assert "Withdrawn" in page(carys, address)


def test_a_waiver_from_the_page(carys: Client, riverside: World) -> None:
    address = f"/readiness/CHK-03/{riverside.hub.pk}"
    wrong = carys.post(address, {"action": "waive", "waiver_reason": ""})
    assert 'href="#waiver_reason"' in wrong.content.decode()
    assert 'href="#waiver_ends_on"' in wrong.content.decode()
    given = {"action": "waive", "waiver_reason": "The supplier is late.", **dated("waiver_ends_on", 7)}
    assert carys.post(address, given).status_code == 302
    assert "Waived" in page(carys, address)
    assert carys.post(address, {"action": "withdraw-waiver"}).status_code == 302
    assert Waiver.objects.count() == 2
    fixed = f"/readiness/CHK-D1/{riverside.hub.pk}"
    assert "can’t be waived" in page(carys, fixed)
    assert carys.post(fixed, given).status_code == 422


def test_unknown_checks_and_actions(carys: Client, riverside: World) -> None:
    page(carys, f"/readiness/CHK-99/{riverside.hub.pk}", 404)
    page(carys, f"/readiness/CHK-D1/{riverside.outside.pk}", 404)
    assert carys.post(f"/readiness/CHK-D1/{riverside.hub.pk}", {"action": "erase"}).status_code == 422


def test_going_live_is_refused_with_the_reasons(carys: Client) -> None:
    shown = page(carys, "/readiness/go-live")
    assert "CHK-D1" in shown
    assert 'method="post"' not in shown.split("<main")[1].split("</main")[0]
    refused = carys.post("/readiness/go-live")
    assert refused.status_code == 409
    assert "CHK-D1" in refused.content.decode()
