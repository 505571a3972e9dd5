"""Organisations through the pages: one's own is changed, the network's is seen, anyone else's is not found."""

from __future__ import annotations

import pytest
from django.test import Client

from pcnhub.care.organisations.models import (
    GpConnectSwitch,
    GroupMember,
    Organisation,
    OrganisationGroup,
    OrganisationPrescriberCode,
    Site,
)
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.records.operations import import_items
from pcnhub.care.records.rules import Coverage, Section
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, organisation, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def carys(cast: World) -> Client:
    return signed_in_as(cast.carys)


def of(cast: World, name: str, then: str = "") -> str:
    return f"/organisations/{getattr(cast, name).pk}{then}"


def test_ones_own_organisation_with_its_network(cast: World, carys: Client) -> None:
    page = carys.get("/organisation").content.decode()
    assert "Riverside Enhanced Access Hub" in page
    assert "1 River Walk, DN16 3LQ" in page
    assert "Riverside PCN</a> (U12345), adjusted population 20,000" in page
    assert "Change these details" in page


def test_the_networks_organisations_are_seen_and_not_changed(cast: World, carys: Client) -> None:
    page = carys.get(of(cast, "ash")).content.decode()
    assert "Ash Lane Surgery" in page
    assert "Change these details" not in page
    switches = carys.get(of(cast, "ash", "/gp-connect")).content.decode()
    assert "People of Ash Lane Surgery" in switches
    assert carys.post(of(cast, "ash", "/gp-connect"), {"on": ["gp_connect"]}).status_code == 403
    assert not GpConnectSwitch.objects.exists()


def test_a_practice_gives_its_record_on_once_there_is_one(cast: World) -> None:
    dilys, address = signed_in_as(cast.dilys), of(cast, "ash", "/gp-connect")
    wanted = {"on": ["gp_connect", "access_structured"]}
    assert "can be turned on once the records" in dilys.get(address).content.decode()
    refused = dilys.post(address, wanted)
    assert refused.status_code == 422
    assert "Nobody’s allergies or medication have been brought in" in refused.content.decode()
    assert not GpConnectSwitch.objects.exists()  # none of the others either
    Organisation.objects.filter(pk=cast.ash.pk).update(asid="918999198993")
    covered = [Coverage(Section.ALLERGIES)]
    import_items(actor=cast.dilys, now=NOW, patient_id=cast.patient_of_ash.pk, coverage=covered)
    assert dilys.post(address, wanted).status_code == 302
    page = dilys.get(address).content.decode()
    assert "Of 1 active patient, allergies have been brought in for 1 and medication for 0." in page
    assert "brought in" not in signed_in_as(cast.carys).get(address).content.decode()  # another organisation's numbers


def test_an_outsider_is_told_nothing_of_the_network_and_it_nothing_of_them(cast: World, carys: Client) -> None:
    charlie = signed_in_as(cast.charlie)
    for then in ("", "/edit", "/gp-connect", "/sites/new", "/prescriber-codes/new"):
        assert charlie.get(of(cast, "hub", then)).status_code == 404
    assert carys.get(of(cast, "outside")).status_code == 404
    assert charlie.get(f"/groups/{cast.group.pk}").status_code == 404
    assert charlie.post(f"/groups/{cast.group.pk}/subscribe").status_code == 404
    assert charlie.get(f"/sites/{cast.site.pk}/edit").status_code == 404


def test_codes_are_mended_and_on_record(cast: World, carys: Client) -> None:
    given = {"name": "Riverside Hub", "system": "PCN Hub", "national_code": "Y07108", "authentication_nacs": "y07108"}
    assert carys.post(of(cast, "hub", "/edit"), given).status_code == 302
    row = Organisation.objects.get(pk=cast.hub.pk)
    assert (row.name, row.authentication_nacs) == ("Riverside Hub", "Y07108")
    with unit_of_work(system_for(cast.hub)):
        event = AuditEvent.objects.get(action="organisations.organisation-changed")
        assert (event.user, "authentication_nacs" in event.detail) == (cast.carys.user, True)


def test_everything_wrong_is_said_at_once(cast: World, carys: Client) -> None:
    given = {"name": "X", "system": "PCN Hub", "national_code": "!", "email": "nowhere", "list_size": "-5"}
    answer = carys.post(of(cast, "hub", "/edit"), given)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("An ODS code is three to eight", "not an email address", "is not negative"):
        assert words in page
    assert "Error: " in page


def test_somebody_without_the_activity_may_look(cast: World) -> None:
    ada = signed_in_as(cast.ada)
    assert ada.get("/organisation").status_code == 200
    assert ada.get(of(cast, "ash", "/edit")).status_code == 403
    assert ada.post(of(cast, "ash", "/gp-connect"), {"on": []}).status_code == 403
    assert ada.post(of(cast, "ash", "/gp-connect"), {"on": ["gp_connect"]}).status_code == 403
    assert ada.get("/groups").status_code == 403


def test_switches_start_off_and_each_change_is_on_record(cast: World, carys: Client) -> None:
    assert "Every switch is off." in carys.get("/organisation").content.decode()
    assert carys.post(of(cast, "hub", "/gp-connect"), {"on": ["gp_connect", "foundation"]}).status_code == 302
    assert carys.post(of(cast, "hub", "/gp-connect"), {"on": ["gp_connect"]}).status_code == 302
    assert list(GpConnectSwitch.objects.filter(is_on=True).values_list("capability", flat=True)) == ["gp_connect"]
    with unit_of_work(system_for(cast.hub)):
        assert AuditEvent.objects.filter(action__startswith="organisations.gp-connect-switch").count() == 3


def test_sites_and_prescriber_codes(cast: World, carys: Client) -> None:
    assert carys.post(of(cast, "hub", "/sites/new"), {"name": "North"}).status_code == 422  # no address
    site = {"name": "North", "address_lines": "2 Hill\nTown", "postcode": "dn163lq"}
    assert carys.post(of(cast, "hub", "/sites/new"), site).status_code == 302
    assert carys.post(of(cast, "hub", "/sites/new"), site).status_code == 422  # not changed by mistake
    made = Site.objects.get(name="North")
    assert (made.address_lines, made.postcode) == (["2 Hill", "Town"], "DN16 3LQ")
    assert carys.post(f"/sites/{made.pk}/edit", site | {"name": "North Hill"}).status_code == 302
    assert carys.post(f"/sites/{made.pk}/edit", site | {"name": cast.site.name}).status_code == 422  # taken
    code = {"code": "Y9990001", "kind": "spurious"}
    assert carys.post(of(cast, "hub", "/prescriber-codes/new"), code).status_code == 302
    assert "Y9990001 (spurious)" in carys.get("/organisation").content.decode()
    carys.post(of(cast, "hub", "/prescriber-codes/Y9990001/remove"))
    assert not OrganisationPrescriberCode.objects.exists()


def test_the_hub_keeps_its_groups(cast: World, carys: Client) -> None:
    provider = organisation("7ZZ", "Region 111", OrganisationKind.NHS_111)
    made = carys.post("/groups/new", {"name": "Riverside 111", "purpose": "111"})
    assert made.status_code == 302
    assert carys.post("/groups/new", {"name": cast.group.name, "purpose": "111"}).status_code == 422
    page = carys.get(made["location"]).content.decode()
    assert "Region 111 (7ZZ)" in page
    assert "Outside Surgery" not in page
    carys.post(f"{made['location']}/add", {"organisation_id": provider.pk})
    group = OrganisationGroup.objects.get(name="Riverside 111")
    assert GroupMember.objects.get(group=group).subscribed_at is None
    carys.post(f"{made['location']}/remove/{provider.pk}")
    assert not GroupMember.objects.filter(group=group).exists()


def test_each_member_subscribes_for_itself(cast: World) -> None:
    dilys = signed_in_as(cast.dilys)
    mine = GroupMember.objects.filter(group=cast.group, organisation=cast.ash)
    assert dilys.post(f"/groups/{cast.group.pk}/unsubscribe").status_code == 302
    assert not mine.filter(subscribed_at__isnull=False).exists()
    assert "Not subscribed" in dilys.get("/groups").content.decode()
    dilys.post(f"/groups/{cast.group.pk}/subscribe")
    assert mine.filter(subscribed_by=cast.dilys.user).exists()
    assert dilys.post(f"/groups/{cast.group.pk}/remove/{cast.birch.pk}").status_code == 403
