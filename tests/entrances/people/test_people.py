"""People of one's own organisation, through the pages. Carys manages the hub's; Charlie manages another's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from pcnhub.care.organisations.models import Account, Position
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db

NEW = {
    "given_name": "Gwen",
    "family_name": "New",
    "username": "gwen",
    "role_code": "R8000",
    "job_category": "General Medical Practitioner",
    "starts_on-day": "1",
    "starts_on-month": "9",
    "starts_on-year": "2026",
    "consulter": "on",
    "activities": ["B0862"],
}


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def carys(cast: World) -> Client:
    return signed_in_as(cast.carys)


def account(username: str) -> Account:
    return Account.objects.get(username=username)


def test_the_list_shows_ones_own_people_only(cast: World, carys: Client) -> None:
    page = carys.get("/people").content.decode()
    assert "Bilal Cast" in page
    assert "Ada Cast" not in page, "Ada works at a practice"
    assert "Charlie" not in page


def test_search_is_sent_as_a_form(cast: World, carys: Client) -> None:
    page = carys.post("/people", {"text": "bil"}).content.decode()
    assert "Bilal Cast" in page
    assert "Carys Cast</" not in page.split("<table", 1)[1]
    assert "Nobody here has a name like this" in carys.post("/people", {"text": "zzz"}).content.decode()


def test_the_list_states_its_queries(
    cast: World, carys: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(24):
        carys.get("/people")


def test_somebody_new_gets_an_account_a_position_and_a_password_shown_once(cast: World, carys: Client) -> None:
    answer = carys.post("/people/new", NEW)
    assert answer.status_code == 200, answer.content.decode()
    shown = re.search(r'pcnhub-secret">([^<]+)<', answer.content.decode())
    assert shown
    gwen = account("gwen")
    assert gwen.check_password(shown[1])
    assert gwen.must_change_password
    held = Position.objects.get(account=gwen)
    assert (held.organisation, held.role_code, held.activities, held.consulter) == (cast.hub, "R8000", ["B0862"], True)
    page = carys.get(f"/people/{gwen.pk}").content.decode()
    assert "Gwen New" in page
    assert shown[1] not in page


def test_every_problem_of_a_new_person_is_said_and_nothing_is_kept(cast: World, carys: Client) -> None:
    empty = carys.post("/people/new", {}).content.decode()
    for words in ("Enter the given name", "Enter a user name", "Choose a role", "Enter the first day"):
        assert words in empty, words
    answer = carys.post("/people/new", NEW | {"username": "bilal", "email": "gwen", "sds_user_id": "12"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: Add a new person" in page.replace("\n", "")
    for words in ("Another account has this", "not an email address", "twelve digits"):
        assert words in page, words
    assert 'href="#sds_user_id"' in page
    refused = carys.post("/people/new", NEW | {"job_category": ""})
    assert refused.status_code == 422
    assert not Account.objects.filter(username="gwen").exists(), "an account without a position must not stay behind"
    assert carys.post("/people/new", NEW | {"starts_on-month": "13"}).status_code == 422


def test_somebody_who_works_elsewhere_gets_a_position_not_a_second_account(cast: World, carys: Client) -> None:
    position = {key: value for key, value in NEW.items() if key not in ("given_name", "family_name", "username")}
    unknown = carys.post("/people/known", position | {"known_as": "nobody"})
    assert "Nobody signs in with this user name" in unknown.content.decode()
    assert carys.post("/people/known", position | {"known_as": "Farah"}).status_code == 302
    assert Position.objects.filter(account=account("farah"), organisation=cast.hub).count() == 1


def test_a_position_is_changed_and_ended(cast: World, carys: Client) -> None:
    held = Position.objects.get(account=account("bilal"))
    page = carys.get(f"/positions/{held.pk}/edit").content.decode()
    assert 'value="General Medical Practitioner"' in page
    changed = {key: value for key, value in NEW.items() if key not in ("given_name", "family_name", "username")}
    changed |= {"job_category": "Advanced Nurse Practitioner", "starts_on-year": "2024"}
    assert carys.post(f"/positions/{held.pk}/edit", changed).status_code == 302
    held.refresh_from_db()
    assert held.job_category == "Advanced Nurse Practitioner"
    tomorrow = timezone.localdate() + timedelta(days=1)
    ends = {"ends_on-day": str(tomorrow.day), "ends_on-month": str(tomorrow.month), "ends_on-year": str(tomorrow.year)}
    assert carys.post(f"/positions/{held.pk}/end", ends).status_code == 302
    assert "Ends soon" in carys.get(f"/people/{held.account_id}").content.decode()


def test_nobody_changes_their_own_position(cast: World, carys: Client) -> None:
    mine = Position.objects.get(account=account("carys"))
    assert "/edit" not in carys.get(f"/people/{mine.account_id}").content.decode().split("Positions at", 1)[1]
    assert carys.post(f"/positions/{mine.pk}/edit", NEW).status_code == 403


def test_details_password_code_and_account_are_looked_after(cast: World, carys: Client) -> None:
    bilal = account("bilal")
    answer = carys.post(f"/people/{bilal.pk}/edit", {"given_name": "Bilal", "family_name": "Khan", "username": "bilal"})
    assert answer.status_code == 302
    reset = carys.post(f"/people/{bilal.pk}/reset-password").content.decode()
    shown = re.search(r'pcnhub-secret">([^<]+)<', reset)
    assert shown
    assert account("bilal").check_password(shown[1])
    signed_in_as(cast.bilal)
    assert carys.post(f"/people/{bilal.pk}/reset-code").status_code == 302
    assert "not set up yet" in carys.get(f"/people/{bilal.pk}").content.decode()
    assert carys.post(f"/people/{bilal.pk}/deactivate", {"reason": ""}).status_code == 422
    assert carys.post(f"/people/{bilal.pk}/deactivate", {"reason": "Left"}).status_code == 302
    assert not account("bilal").is_active
    assert carys.post(f"/people/{bilal.pk}/reactivate").status_code == 302
    assert account("bilal").is_active


def test_a_locked_sign_in_is_unlocked(cast: World, carys: Client, settings: Settings) -> None:
    bilal = account("bilal")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = Client().post("/sign-in", {"username": "bilal", "password": "wrong"})
    assert last.status_code == 429
    assert "Unlock" in carys.get(f"/people/{bilal.pk}").content.decode()
    assert carys.post(f"/people/{bilal.pk}/unlock").status_code == 302
    assert not AccessAttempt.objects.filter(username="bilal").exists()
    with unit_of_work(system_for(cast.hub)):
        assert AuditEvent.objects.filter(action="people.unlocked", subject_id=bilal.pk, user=cast.carys.user).exists()


def test_a_position_for_somebody_from_elsewhere_opens_nothing_of_their_account(cast: World) -> None:
    """Charlie gives himself a colleague of the hub's by their user name, from before anybody else did."""
    charlie, bilal = signed_in_as(cast.charlie), account("bilal")
    before = bilal.password
    given = {key: value for key, value in NEW.items() if key not in ("given_name", "family_name", "username")}
    known = given | {"known_as": "bilal", "starts_on-year": "1950"}
    assert charlie.post("/people/known", known).headers["Location"] == f"/people/{bilal.pk}"
    page = charlie.get(f"/people/{bilal.pk}").content.decode()
    assert "has not said yes" in page
    assert "Riverside Enhanced Access Hub" in page
    for hidden in ("uid-bilal", "reset-password", "reset-code", "deactivate", f"/people/{bilal.pk}/edit", "hand-over"):
        assert hidden not in page, hidden
    for act in ("reset-password", "reset-code", "unlock", "reactivate", "deactivate", "edit"):
        sent = {"reason": "x", "given_name": "C", "family_name": "C", "username": "bilal"}
        assert charlie.post(f"/people/{bilal.pk}/{act}", sent).status_code == 403, act
    answer = charlie.post(f"/people/{bilal.pk}/hand-over", {"organisation_id": cast.outside.pk})
    assert answer.status_code in (403, 422)
    bilal.refresh_from_db()
    assert (bilal.password, bilal.looked_after_by) == (before, cast.hub)


def test_an_account_is_handed_over_to_where_its_person_works(cast: World, carys: Client) -> None:
    bilal = account("bilal")
    assert "hand-over" not in carys.get(f"/people/{bilal.pk}").content.decode(), "he works nowhere else"
    Position.objects.create(
        account=bilal, organisation=cast.ash, role_code="R8000", job_category="GP", starts_on=timezone.localdate()
    )
    assert "hand-over" in carys.get(f"/people/{bilal.pk}").content.decode()
    address = f"/people/{bilal.pk}/hand-over"
    assert "Ash Lane Surgery" in carys.get(address).content.decode()
    assert carys.post(address, {}).status_code == 422
    assert carys.post(address, {"organisation_id": cast.outside.pk}).status_code == 422
    assert carys.post(address, {"organisation_id": cast.ash.pk}).status_code == 302
    assert account("bilal").looked_after_by == cast.ash
    assert carys.post(f"/people/{bilal.pk}/reset-password").status_code == 403


def test_who_gave_access_to_records_is_shown(cast: World, carys: Client) -> None:
    carys.post("/people/new", NEW | {"activities": ["B0380"]})
    page = carys.get(f"/people/{account('gwen').pk}").content.decode()
    assert "Given by Carys Cast on" in page


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/people/{account}"),
        ("get", "/people/{account}/edit"),
        ("post", "/people/{account}/edit"),
        ("post", "/people/{account}/reset-password"),
        ("post", "/people/{account}/reset-code"),
        ("post", "/people/{account}/unlock"),
        ("post", "/people/{account}/deactivate"),
        ("post", "/people/{account}/reactivate"),
        ("post", "/people/{account}/position"),
        ("post", "/positions/{position}/edit"),
        ("post", "/positions/{position}/end"),
    ],
)
def test_charlie_manages_people_but_not_these(cast: World, method: str, path: str) -> None:
    charlie = signed_in_as(cast.charlie)
    bilal = account("bilal")
    held = Position.objects.get(account=bilal)
    before = (bilal.password, held.job_category, held.ends_on, bilal.is_active)
    address = path.format(account=bilal.pk, position=held.pk)
    ending = {"ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2027"}
    answer = charlie.post(address, NEW | {"reason": "x"} | ending) if method == "post" else charlie.get(address)
    assert answer.status_code in (403, 404)
    bilal.refresh_from_db()
    held.refresh_from_db()
    assert before == (bilal.password, held.job_category, held.ends_on, bilal.is_active)


def test_without_the_permission_the_page_says_who_can(cast: World) -> None:
    answer = signed_in_as(cast.bilal).get("/people")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "does not let you manage people" in page
    assert "administrator of Riverside Enhanced Access Hub" in page
    with unit_of_work(system_for(cast.hub)):
        assert AuditEvent.objects.filter(action="access.refused", user=cast.bilal.user).exists()
