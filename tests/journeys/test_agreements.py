"""Given a network that is being set up, when each side does its part on the pages, then the agreements take effect."""

from __future__ import annotations

import pytest

from pcnhub.care.sharing.queries import effective_between
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WRITE = AgreementKind.WRITE_BACK


def test_both_sides_activate_write_back(visit: Visit) -> None:
    cast = world(active=False)
    for actor in (cast.carys, cast.dilys, cast.ada):
        give_permissions(actor)
    path = f"/agreements/{cast.agreements[WRITE].pk}"

    dilys = visit("dilys")
    dilys.page.get_by_role("link", name="Agreements", exact=True).click()
    dilys.check("agreements-of-a-practice")
    dilys.visit(path, "agreement-not-active")
    dilys.page.get_by_role("button", name="Activate your side").click()
    dilys.check("agreement-activate")
    dilys.press("Activate")
    dilys.check("agreement-activate-refused", status=422)
    dilys.page.get_by_label("Local formulary").fill("Ash Lane formulary")
    dilys.page.get_by_label("Prescribing user").select_option(label="Farah Cast, G1234567")
    dilys.page.get_by_label("I accept these terms").check()
    dilys.press("Activate")
    dilys.check("agreement-own-side-active")
    dilys.visit(f"{path}/settings", "agreement-settings")

    carys, plain = visit("carys"), visit("carys", scripted=False)
    carys.visit("/agreements", "agreements-of-the-hub")
    plain.visit(f"{path}/activate")
    plain.page.get_by_label("I accept these terms").check()
    plain.press("Activate")
    plain.check("agreement-active")
    carys.visit(path, "agreement-active")
    today = london_date(NOW)
    assert effective_between(kind=WRITE, hub_id=cast.hub.pk, practice_id=cast.ash.pk, day=today)
    carys.visit(f"{path}/edit", "agreement-edit")
    carys.visit(f"{path}/deactivate", "agreement-deactivate")
    carys.press("Deactivate now")
    carys.check("agreement-deactivate-refused", status=422)
    plain.visit(f"{path}/deactivate")
    plain.page.get_by_label("Why is it deactivated?").fill("The supplier changes the terms")
    plain.press("Deactivate now")
    plain.check("agreement-deactivated")
    carys.visit(path, "agreement-deactivated")
    assert not effective_between(kind=WRITE, hub_id=cast.hub.pk, practice_id=cast.ash.pk, day=today)


def test_the_hub_keeps_its_configuration(visit: Visit) -> None:
    cast = world()
    give_permissions(cast.carys)
    carys = visit("carys")
    carys.visit("/organisation", "organisation")
    carys.follow("Change these details")
    carys.check("organisation-edit")
    carys.page.get_by_label("Authentication NACS").fill("!")
    carys.press("Save")
    carys.check("organisation-edit-refused", status=422)
    plain = visit("carys", scripted=False)
    plain.beside(carys)
    plain.page.get_by_label("Authentication NACS").fill("Y07108")
    plain.press("Save")
    plain.check("organisation-saved")
    carys.visit("/organisation", "organisation-saved")
    hub = f"/organisations/{cast.hub.pk}"
    for name, path in {
        "organisation-of-a-practice": f"/organisations/{cast.ash.pk}",
        "site-new": f"{hub}/sites/new",
        "site-edit": f"/sites/{cast.site.pk}/edit",
        "prescriber-code-new": f"{hub}/prescriber-codes/new",
        "gp-connect-of-a-practice": f"/organisations/{cast.ash.pk}/gp-connect",
        "groups": "/groups",
        "group": f"/groups/{cast.group.pk}",
        "group-new": "/groups/new",
        "gp-connect": f"{hub}/gp-connect",
    }.items():
        carys.visit(path, name)
    carys.page.get_by_label("Foundation").check()
    carys.press("Save switches")
    carys.check("gp-connect-saved")
