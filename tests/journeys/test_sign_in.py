"""Given an account with a first password, when its owner signs in, then they stand at today's work and can leave again."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.models import Account
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.journeys.browser import PASSWORD, Visit, code_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_first_sign_in(visit: Visit, scripted: bool) -> None:
    give_permissions(world().carys)
    Account.objects.filter(username="carys").update(password=make_password(PASSWORD), must_change_password=True)
    carys = visit(scripted=scripted)
    page = carys.visit("/", "sign-in")
    page.get_by_label("User name").fill("carys")
    page.get_by_label("Password", exact=True).fill("wrong")
    carys.press("Continue")
    carys.check("sign-in-refused", status=422)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    carys.press("Continue")
    carys.check("set-up-code")
    page.get_by_label("Six-digit code").fill("12")
    carys.press("Finish setting up")
    carys.check("set-up-code-refused", status=422)
    page.get_by_label("Six-digit code").fill(code_of(TOTPDevice.objects.get()))
    carys.press("Finish setting up")
    carys.check("change-password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("violet tractor sonnet")
    page.get_by_label("New password again").fill("violet tractor sonnet")
    carys.press("Change password")
    carys.check("today-carys")
    assert "Your password is changed" in page.inner_text("main, .nhsuk-notification-banner")
    assert "Riverside Enhanced Access Hub" in page.inner_text("header")
    carys.follow("Change position")
    carys.check("choose-position")
    carys.visit("/nowhere", "not-found", status=404)
    carys.visit("/")
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    carys.check("signed-out")
    assert "You have signed out" in page.inner_text("main")
