"""Signing in, as a browser without JavaScript does it. Charlie's password is never anybody else's way in."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from pcnhub.care.organisations.models import Account, Organisation, Position, SignInReset
from pcnhub.entrances.staff import session
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import LONG_AGO, World, system_for, world
from tests.entrances.client import signed_in_as

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    Account.objects.update(password=make_password(PASSWORD))
    return made


def position_of(actor: Actor) -> Position:
    assert actor.position_id
    return Position.objects.get(pk=actor.position_id)


def account_of(actor: Actor) -> Account:
    return Account.objects.get(positions=position_of(actor))


def device_for(actor: Actor) -> TOTPDevice:
    return TOTPDevice.objects.create(user=account_of(actor), name="app", confirmed=True)


def code(device: TOTPDevice, *, steps_ahead: int = 0) -> str:
    return f"{totp(device.bin_key, drift=steps_ahead):06d}"


def give_password(client: Client, username: str, password: str = PASSWORD, **more: str) -> str:
    response = client.post("/sign-in", {"username": username, "password": password, **more})
    return response.headers.get("Location", "") or f"{response.status_code}: {response.content.decode()}"


def actions(of: Actor, world: World) -> list[tuple[str, str]]:
    return actions_at(position_of(of).organisation, of)


def actions_at(organisation: Organisation, of: Actor) -> list[tuple[str, str]]:
    with unit_of_work(system_for(organisation)):
        rows = AuditEvent.objects.filter(user=of.user).order_by("sequence")
        return list(rows.values_list("action", "reason"))


def test_the_first_sign_in_sets_up_the_code_and_the_only_position_is_taken(cast: World, client: Client) -> None:
    assert give_password(client, " Ada ") == "/sign-in/set-up-code"
    page = client.get("/sign-in/set-up-code").content.decode()
    device = TOTPDevice.objects.get(user=account_of(cast.ada))
    assert not device.confirmed
    shown = re.search(r'pcnhub-secret">([A-Z2-7 ]+)<', page)
    assert shown
    assert len(shown[1].replace(" ", "")) == 32
    before = client.session.session_key
    response = client.post("/sign-in/set-up-code", {"code": code(device)})
    assert response.headers["Location"] == "/sign-in/position"
    assert client.session.session_key != before, "the session key must change when somebody signs in"
    assert client.get("/sign-in/position").headers["Location"] == "/"
    today = client.get("/").content.decode()
    assert "Ash Lane Surgery" in today
    assert "Ada Cast" in today
    assert [action for action, _ in actions(cast.ada, cast)] == [
        "people.code-set-up",
        "people.signed-in",
        "people.position-chosen",
    ]


def test_a_code_works_once(cast: World, client: Client) -> None:
    device = device_for(cast.ada)
    given = code(device)
    assert give_password(client, "ada") == "/sign-in/code"
    assert client.post("/sign-in/code", {"code": given}).status_code == 302
    again = Client()
    give_password(again, "ada")
    response = again.post("/sign-in/code", {"code": given})
    assert response.status_code == 422
    assert "used before" in response.content.decode()
    assert session.SIGNED_IN_AT not in again.session
    assert ("people.sign-in-refused", "wrong-code") in actions(cast.ada, cast)


def test_the_password_alone_opens_nothing(cast: World, client: Client) -> None:
    device_for(cast.ada)
    give_password(client, "ada")
    for address in ("/", "/sign-in/position", "/password"):
        assert client.get(address).headers["Location"].startswith("/sign-in?"), address


def test_an_unknown_name_and_a_wrong_password_read_the_same(cast: World, client: Client) -> None:
    known, unknown = give_password(client, "ada", "wrong"), give_password(client, "nobody", "wrong")
    assert hide_tokens(known).replace("ada", "nobody") == hide_tokens(unknown)
    assert known.startswith("422")
    assert actions(cast.ada, cast) == [("people.sign-in-refused", "wrong-password")]


def hide_tokens(page: str) -> str:
    return re.sub(r'(nonce|value)="[A-Za-z0-9_+/=-]{16,}"', "", page)


@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_too_many_wrong_passwords_lock_even_a_name_that_no_account_has(
    cast: World, client: Client, settings: Settings, username: str
) -> None:
    answers = [give_password(client, username, "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert all(answer.startswith("422") for answer in answers[:-1])
    assert answers[-1].startswith("429")
    assert "Wait 15 minutes" in answers[-1]
    assert give_password(Client(), username).startswith("429"), "the right password is refused too while locked"
    if username == "ada":
        assert ("people.sign-in-locked", "wrong-password") in actions(cast.ada, cast)


def test_wrong_codes_lock_too(cast: World, client: Client, settings: Settings) -> None:
    device = device_for(cast.ada)
    give_password(client, "ada")
    statuses = []
    for _ in range(settings.AXES_FAILURE_LIMIT):
        TOTPDevice.objects.filter(pk=device.pk).update(throttling_failure_timestamp=None, throttling_failure_count=0)
        statuses.append(client.post("/sign-in/code", {"code": "000000"}).status_code)
    assert statuses[-1] == 429
    assert client.post("/sign-in/code", {"code": code(device)}).status_code == 429
    assert ("people.sign-in-locked", "wrong-code") in actions(cast.ada, cast)


def test_after_a_wrong_code_the_next_must_wait(cast: World, client: Client) -> None:
    device = device_for(cast.ada)
    give_password(client, "ada")
    client.post("/sign-in/code", {"code": "000000"})
    response = client.post("/sign-in/code", {"code": code(device)})
    assert response.status_code == 422
    assert "Wait a moment" in response.content.decode()


def test_a_pending_sign_in_lapses(cast: World, client: Client) -> None:
    device = device_for(cast.ada)
    give_password(client, "ada")
    held = client.session
    held["pending"] = [cast.ada.account_id, (timezone.now() - timedelta(minutes=5)).isoformat()]
    held.save()
    assert client.post("/sign-in/code", {"code": code(device)}).headers["Location"] == "/sign-in"
    assert "Start again" in client.get("/sign-in").content.decode()


def test_nobody_is_led_elsewhere_after_signing_in(cast: World, client: Client) -> None:
    for given, expected in (
        ("/password", "/password"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("evil", "/"),
    ):
        browser = Client()
        device = TOTPDevice.objects.filter(user=account_of(cast.ada)).first() or device_for(cast.ada)
        TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
        give_password(browser, "ada", next=given)
        answer = browser.post("/sign-in/code", {"code": code(device)})
        assert browser.get(answer.headers["Location"]).headers["Location"] == expected


def test_of_several_positions_one_is_chosen_and_the_others_say_why_not(cast: World) -> None:
    account = account_of(cast.bilal)
    shared = {"account": account, "role_code": "R8000", "job_category": "General Medical Practitioner"}
    at_ash = Position.objects.create(organisation=cast.ash, starts_on=LONG_AGO, **shared)
    tomorrow = timezone.localdate() + timedelta(days=1)
    later = Position.objects.create(organisation=cast.birch, starts_on=tomorrow, **shared)
    browser = signed_in_as(cast.bilal, position=False)
    assert browser.get("/").headers["Location"] == "/sign-in/position?next=%2F"
    page = browser.get("/sign-in/position").content.decode()
    assert "Ash Lane Surgery" in page
    assert "Positions that you cannot use today" in page
    refused = browser.post("/sign-in/position", {"position": later.pk})
    assert refused.status_code == 422
    others = browser.post("/sign-in/position", {"position": cast.charlie.position_id})
    assert others.status_code == 422
    assert browser.post("/sign-in/position", {"position": at_ash.pk}).headers["Location"] == "/"
    assert "Ash Lane Surgery" in browser.get("/").content.decode()
    change = browser.get("/sign-in/position").content.decode()
    assert "Riverside Enhanced Access Hub" in change, "the position can be changed without signing out"


def test_a_position_that_ends_meanwhile_is_left_at_the_next_request(cast: World) -> None:
    browser = signed_in_as(cast.ada)
    assert browser.get("/").status_code == 200
    Position.objects.filter(account__username="ada").update(ends_on=timezone.localdate())
    assert browser.get("/").headers["Location"].startswith("/sign-in/position")
    assert "no position that can be used today" in browser.get("/sign-in/position").content.decode()


def test_a_session_with_somebody_elses_position_is_refused(cast: World) -> None:
    browser = signed_in_as(cast.charlie)
    held = browser.session
    held[session.POSITION] = cast.ada.position_id
    held.save()
    assert browser.get("/").status_code == 400


def test_the_absolute_limit_ends_a_busy_session(cast: World, settings: Settings) -> None:
    browser = signed_in_as(cast.ada, at=timezone.now() - settings.SESSION_ABSOLUTE_LIMIT)
    answer = browser.get("/")
    assert answer.headers["Location"] == "/sign-in?next=%2F&why=absolute"
    assert "12 hours" in browser.get(answer.headers["Location"]).content.decode()


def test_an_idle_session_ends_and_says_so(cast: World, settings: Settings) -> None:
    settings.SESSION_COOKIE_AGE = 1
    browser = signed_in_as(cast.ada)
    browser.cookies[session.WAS_SIGNED_IN] = "yes"
    assert browser.get("/").status_code == 200
    time.sleep(1.1)
    assert browser.get("/").headers["Location"] == "/sign-in?next=%2F&why=idle"


def test_a_deactivated_account_is_out_at_once(cast: World) -> None:
    browser = signed_in_as(cast.ada)
    Account.objects.filter(username="ada").update(is_active=False)
    assert browser.get("/").status_code == 302
    assert give_password(Client(), "ada").startswith("422")


def test_a_given_password_must_be_changed_before_anything_else(cast: World) -> None:
    Account.objects.filter(username="ada").update(must_change_password=True)
    browser = signed_in_as(cast.ada)
    assert browser.get("/").headers["Location"] == "/password"
    weak = browser.post("/password", {"current": "wrong", "new": "ada", "again": "ada"})
    assert weak.status_code == 422
    page = weak.content.decode()
    assert "not your current password" in page
    assert "too short" in page, "every problem is said at once"
    answer = browser.post(
        "/password", {"current": PASSWORD, "new": "violet tractor sonnet", "again": "violet tractor sonnet"}
    )
    assert answer.headers["Location"] == "/"
    assert browser.get("/").status_code == 200, "the session goes on after one's own change"
    assert give_password(Client(), "ada", "violet tractor sonnet").startswith("/sign-in")


def test_signing_out_is_a_form_not_a_link(cast: World) -> None:
    browser = signed_in_as(cast.ada)
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").headers["Location"] == "/sign-in?why=signed-out"
    assert browser.get("/").status_code == 302
    assert ("people.signed-out", "") in actions(cast.ada, cast)


def test_a_password_that_somebody_replaced_is_told_at_the_next_sign_ins(cast: World) -> None:
    account = account_of(cast.bilal)
    Account.objects.filter(pk=account.pk).update(last_login=timezone.now())
    carys = signed_in_as(cast.carys)
    carys.post(f"/people/{account.pk}/reset-password")
    bilal = signed_in_as(cast.bilal, position=False)
    Account.objects.filter(pk=account.pk).update(must_change_password=False)
    for _ in range(2):  # whoever reset it can't make it go away by looking first
        page = bilal.get("/sign-in/position").content.decode()
        assert "Your password was replaced by Carys Cast, Riverside Enhanced Access Hub" in page
    SignInReset.objects.update(at=timezone.now() - timedelta(days=91))
    assert bilal.get("/sign-in/position").headers["Location"] == "/"


def test_a_position_that_another_organisation_offers_waits_for_a_yes(cast: World) -> None:
    bilal = account_of(cast.bilal)
    offered = Position.objects.create(
        account=bilal, organisation=cast.outside, role_code="R8008", job_category="Administrator",
        starts_on=LONG_AGO, awaits_acceptance=True,
    )  # fmt: skip
    browser = signed_in_as(cast.bilal, position=False)
    assert "Yes, I work at Outside Surgery" in browser.get("/sign-in/position").content.decode()
    assert browser.post("/sign-in/position", {"position": offered.pk}).status_code == 422, "choosing is not saying yes"
    assert browser.post("/sign-in/position", {"position": offered.pk, "accept": "yes"}).status_code == 302
    assert browser.post("/sign-in/position", {"position": offered.pk}).headers["Location"] == "/"
    assert "people.position-accepted" in [action for action, _ in actions_at(cast.outside, cast.bilal)]
    theirs = position_of(cast.ada)
    theirs.awaits_acceptance = True
    theirs.save(update_fields=["awaits_acceptance"])
    assert browser.post("/sign-in/position", {"position": theirs.pk, "accept": "yes"}).status_code == 422
    theirs.refresh_from_db()
    assert theirs.awaits_acceptance
