"""A network through the pages: its hub changes it, its practices look, anyone else's does not exist."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.care.organisations.models import Network, NetworkMember, Organisation
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.sharing.models import Party
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, organisation, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db
CHANGED = {"name": "Riverside and Hill PCN", "adjusted_population": "21000", "session_name_pattern": "EA .+"}


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def carys(cast: World) -> Client:
    return signed_in_as(cast.carys)


def of(cast: World, then: str = "") -> str:
    return f"/networks/{cast.network.pk}{then}"


def on(days: int, field: str) -> dict[str, str]:
    """A day from today on, as a date field's three inputs."""
    day = timezone.localdate() + timedelta(days=days)
    return {f"{field}-day": str(day.day), f"{field}-month": str(day.month), f"{field}-year": str(day.year)}


def test_the_hub_sees_its_network_and_changes_it(cast: World, carys: Client) -> None:
    assert of(cast) in carys.get("/organisation").content.decode()
    page = carys.get(of(cast)).content.decode()
    for words in ("Riverside PCN", "U12345", "20,000", "Ash Lane Surgery", "1 January 2024", "No end", "any name"):
        assert words in page
    assert carys.post(of(cast, "/edit"), CHANGED)["location"] == of(cast)
    row = Network.objects.get(pk=cast.network.pk)
    assert (row.name, row.adjusted_population, row.session_name_pattern) == ("Riverside and Hill PCN", 21_000, "EA .+")
    assert row.ods_code == "U12345"
    with unit_of_work(system_for(cast.hub)):
        assert AuditEvent.objects.get(action="organisations.network-changed").user == cast.carys.user


def test_everything_wrong_with_a_network_is_said_at_once(cast: World, carys: Client) -> None:
    wrong = {"name": " ", "adjusted_population": "", "session_name_pattern": "("}
    page = carys.post(of(cast, "/edit"), wrong)
    assert (page.status_code, "Error: " in page.content.decode()) == (422, True)
    refused = carys.post(of(cast, "/edit"), {"name": "R", "adjusted_population": "0", "session_name_pattern": "("})
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "above zero" in text
    assert "can&#39;t be read" in text


def test_a_practice_joins_from_a_day(cast: World, carys: Client) -> None:
    page = carys.get(of(cast, "/join")).content.decode()
    assert "Outside Surgery (C83003)" in page
    assert "Ash Lane Surgery (A81001)" not in page  # a member already
    given = {"organisation_id": cast.outside.pk, **on(7, "joined_on")}
    assert carys.post(of(cast, "/join"), given)["location"] == of(cast)
    row = NetworkMember.objects.get(organisation=cast.outside)
    assert (row.joined_on, row.left_on) == (timezone.localdate() + timedelta(days=7), None)
    page = carys.get(of(cast)).content.decode()
    assert "Not yet" in page
    assert "sharing agreements" in page  # what is left to do
    assert not Party.objects.filter(organisation=cast.outside).exists()  # joining opens nothing
    assert carys.post(of(cast, "/join"), given).status_code == 422
    assert carys.post(of(cast, "/join"), {}).status_code == 422


def test_a_practice_leaves_on_a_day_once_it_is_said_what_that_means(cast: World, carys: Client) -> None:
    leave = of(cast, f"/leave/{cast.ash.pk}")
    page = carys.get(leave).content.decode()
    for agreement in cast.agreements.values():
        assert agreement.name in page
    for words in (cast.group.name, "/readiness", "stay as they are"):
        assert words in page
    assert NetworkMember.objects.filter(organisation=cast.ash, left_on__isnull=True).exists()
    assert carys.post(leave, {}).status_code == 422
    assert carys.post(leave, on(-100_00, "left_on")).status_code == 422  # before it joined
    assert carys.post(leave, on(3, "left_on"))["location"] == of(cast)
    row = NetworkMember.objects.get(organisation=cast.ash)
    assert row.left_on == timezone.localdate() + timedelta(days=3)
    assert carys.get(leave).status_code == 404  # it leaves already
    assert "Let it stay" in carys.get(of(cast)).content.decode()
    assert carys.post(of(cast, f"/stay/{row.pk}")).status_code == 302
    assert NetworkMember.objects.get(pk=row.pk).left_on is None


def test_what_those_who_left_are_still_joined_by_is_named(cast: World, carys: Client) -> None:
    row = NetworkMember.objects.get(organisation=cast.ash)
    assert "still joined to the hub" not in carys.get(of(cast)).content.decode()
    assert carys.post(of(cast, f"/leave/{cast.ash.pk}"), on(0, "left_on")).status_code == 302
    page = carys.get(of(cast)).content.decode()
    assert "Left, but still joined to the hub" in page
    assert "Former members" in page
    assert f"/groups/{cast.group.pk}" in page
    assert carys.post(of(cast, f"/stay/{row.pk}")).status_code == 404  # over is over
    dilys = signed_in_as(cast.dilys)
    assert dilys.get(of(cast)).status_code == 404  # no member any more


def test_practices_look_and_do_not_touch(cast: World) -> None:
    for actor in (cast.ada, cast.dilys):
        page = signed_in_as(actor).get(of(cast))
        assert page.status_code == 200
        assert "Change name" not in page.content.decode()
        assert "Let a practice join" not in page.content.decode()
    dilys = signed_in_as(cast.dilys)
    membership = NetworkMember.objects.get(organisation=cast.ash)
    for then in ("/edit", "/join", f"/leave/{cast.ash.pk}"):
        assert dilys.get(of(cast, then)).status_code == 403
        assert dilys.post(of(cast, then), CHANGED).status_code == 403
    assert dilys.post(of(cast, f"/stay/{membership.pk}")).status_code == 403
    assert dilys.get("/networks/new").status_code == 403
    assert signed_in_as(cast.bilal).get(of(cast, "/edit")).status_code == 403


def test_an_outsider_is_told_of_no_network(cast: World) -> None:
    charlie = signed_in_as(cast.charlie)
    membership = NetworkMember.objects.get(organisation=cast.ash)
    for then in ("", "/edit", "/join", f"/leave/{cast.ash.pk}"):
        assert charlie.get(of(cast, then)).status_code == 404
    given = {"organisation_id": cast.outside.pk, **on(0, "joined_on"), **on(0, "left_on"), **CHANGED}
    for then in ("/edit", "/join", f"/leave/{cast.ash.pk}", f"/stay/{membership.pk}"):
        assert charlie.post(of(cast, then), given).status_code == 404
    assert Network.objects.get().name == "Riverside PCN"
    assert NetworkMember.objects.filter(left_on__isnull=True).count() == 2


def test_a_hub_without_a_network_makes_it(cast: World, carys: Client) -> None:
    assert carys.get("/networks/new")["location"] == of(cast)  # there is one
    NetworkMember.objects.all().delete()
    Network.objects.all().delete()
    assert "/networks/new" in carys.get("/organisation").content.decode()
    given = {"ods_code": "u99999", "name": "Hill PCN", "adjusted_population": "30000"}
    assert carys.post("/networks/new", {**given, "ods_code": "?"}).status_code == 422
    made = carys.post("/networks/new", given)
    assert made.status_code == 302
    assert "No practice is a member yet" in carys.get(made["location"]).content.decode()
    assert Network.objects.get().ods_code == "U99999"


def test_the_hub_adds_and_keeps_other_organisations(cast: World, carys: Client) -> None:
    page = carys.get("/organisations").content.decode()
    assert "Ash Lane Surgery" in page
    assert "Outside Surgery" not in page  # it has staff of its own, and another hub or none
    board = {"ods_code": "qm7", "kind": "icb", "name": "Fens ICB", "system": "other"}
    assert carys.post("/organisations/new", board)["location"] == "/organisations"
    assert carys.post("/organisations/new", board).status_code == 422  # never changed by mistake
    made = Organisation.objects.get(ods_code="QM7")
    assert "Fens ICB" in carys.get("/organisations").content.decode()
    page = carys.get(f"/organisations/{made.pk}").content.decode()
    assert "Change its directory entry" in page
    assert "Prescriber codes" not in page  # it treats nobody
    assert carys.post(f"/organisations/{made.pk}/edit", {"name": "Fens", "system": "other"}).status_code == 302
    assert Organisation.objects.get(pk=made.pk).name == "Fens"
    ash = {"name": "Ash Lane", "system": "EMIS", "parent_icb_ods": "QM7", "list_size": "9000"}
    assert carys.post(f"/organisations/{cast.ash.pk}/edit", ash).status_code == 302
    assert Organisation.objects.get(pk=cast.ash.pk).parent_icb_id == made.pk
    taken = carys.post("/organisations/new", {**board, "ods_code": "C83003", "kind": "practice"})
    assert (taken.status_code, "Outside Surgery has this code" in taken.content.decode()) == (422, True)
    assert carys.post("/organisations/new", {**board, "ods_code": "Y1", "kind": "hub"}).status_code == 422


def test_a_new_practice_goes_on_to_join(cast: World, carys: Client) -> None:
    given = {"ods_code": "D84004", "kind": "practice", "name": "Dale View", "system": "TPP", "list_size": "8000"}
    added = carys.post("/organisations/new", given)
    dale = Organisation.objects.get(ods_code="D84004")
    assert added["location"] == of(cast, f"/join?practice={dale.pk}")
    page = carys.get(added["location"]).content.decode()
    assert f'<option value="{dale.pk}" selected' in page


def test_only_a_hub_keeps_other_organisations(cast: World) -> None:
    board = organisation("QM7", "Fens ICB", OrganisationKind.ICB)
    for actor in (cast.dilys, cast.charlie):
        client = signed_in_as(actor)
        assert client.get("/organisations").status_code == 403
        assert client.post("/organisations/new", {"ods_code": "X1Y"}).status_code == 403
        assert client.get(f"/organisations/{board.pk}/edit").status_code == 404
        assert client.post(f"/organisations/{board.pk}/edit", {"name": "Mine"}).status_code == 404
    assert signed_in_as(cast.ada).get("/organisations").status_code == 403
