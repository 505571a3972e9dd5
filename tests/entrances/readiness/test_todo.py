"""To-do lists on their pages: of the network as it is, and of practices that are to join or to leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pcnhub.care.organisations.models import GroupMember, NetworkMember
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.entrances.readiness.test_pages import dated, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside(few_lines: None) -> World:
    """Ash Lane has not subscribed to the booking group."""
    cast = world()
    GroupMember.objects.filter(organisation=cast.ash).update(subscribed_at=None, subscribed_by="")
    return cast


def test_the_plan_leads_to_a_list_for_every_organisation_and_for_who_is_to_join(riverside: World) -> None:
    then = london_date(timezone.now()) + timedelta(days=40)
    NetworkMember.objects.create(network=riverside.network, organisation=riverside.outside, joined_on=then)
    NetworkMember.objects.filter(organisation=riverside.birch).update(left_on=then)
    carys = signed_in_as(riverside.carys)
    without_day = page(carys, "/readiness/plan")
    carys.post("/readiness/plan", dated("go_live_on", 60))
    with_day = page(carys, "/readiness/plan")
    for each in (riverside.hub, riverside.ash, riverside.outside):
        assert f'href="/readiness/to-do/{each.pk}"' in without_day
        assert f'href="/readiness/to-do/{each.pk}"' in with_day
    assert '<svg class="pcnhub-plan" role="img"' in with_day
    assert "Can run side by side" in with_day
    joins = page(carys, f"/readiness/to-do/{riverside.outside.pk}")
    assert "joins the network on" in joins
    assert "CHK-16" in joins
    assert f'href="/readiness/CHK-05/{riverside.outside.pk}"' in joins
    assert f"/readiness/CHK-16/{riverside.hub.pk}" not in joins  # the grid has another answer today
    theirs = signed_in_as(riverside.charlie)
    assert theirs.get("/readiness")["Location"] == f"/readiness/to-do/{riverside.outside.pk}"
    assert "CHK-05" in page(theirs, f"/readiness/to-do/{riverside.outside.pk}")
    assert "not a party" in page(theirs, f"/readiness/CHK-05/{riverside.outside.pk}").lower()
    for address in (f"/readiness/CHK-05/{riverside.ash.pk}", f"/readiness/to-do/{riverside.ash.pk}"):
        page(theirs, address, 404)
    leaves = page(carys, f"/readiness/to-do/{riverside.birch.pk}")
    assert "leaves the network on" in leaves
    assert "Before it can open" in leaves


def test_a_practice_sees_and_sends_its_own_list_alone(riverside: World) -> None:
    signed_in_as(riverside.carys).post("/readiness/plan", dated("go_live_on", 60))
    dilys = signed_in_as(riverside.dilys)
    ash, birch, hub = (f"/readiness/to-do/{each.pk}" for each in (riverside.ash, riverside.birch, riverside.hub))
    shown = page(dilys, ash)
    assert "Before it can open" in shown
    assert "Begin by" in shown
    assert "Dilys Cast" in shown  # whom to ask
    assert dilys.post(ash).status_code == 302
    assert "The list goes out by e-mail, in 1 letter" in page(dilys, ash)
    for address in (birch, hub):
        page(dilys, address, 404)
        assert dilys.post(address).status_code == 404
    for stranger, status in ((riverside.ada, 403), (riverside.charlie, 404)):
        client = signed_in_as(stranger)
        page(client, ash, status)
        assert client.post(ash).status_code == status
