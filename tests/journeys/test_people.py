"""Given a manager, when somebody joins, then their account and position are made on the pages, with and without JavaScript."""

from __future__ import annotations

import pytest

from pcnhub.care.organisations.models import Account
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def add(visitor: Visitor, given_name: str) -> None:
    page = visitor.page
    page.get_by_label("Given name").fill(given_name)
    page.get_by_label("Family name").fill("New")
    page.get_by_label("User name").fill(given_name.lower())
    page.get_by_label("Role", exact=True).select_option("R8000")
    page.get_by_label("Job category").fill("General Medical Practitioner")
    page.get_by_label("Consults patients").check()
    visitor.press("Add person")


def test_somebody_joins_the_hub(visit: Visit) -> None:
    cast = world()
    give_permissions(cast.carys)
    carys = visit("carys")
    page = carys.page
    carys.follow("People")
    carys.check("people")
    page.get_by_role("button", name="Add a new person").or_(page.get_by_role("link", name="Add a new person")).click()
    carys.check("person-new")
    plain = visit("carys", scripted=False)
    plain.beside(carys)
    plain.press("Add person")
    plain.check("person-new-refused", status=422)
    add(plain, "Hana")
    plain.check("person-added")
    assert Account.objects.filter(username="hana").exists()
    carys.press("Add person")
    carys.check("person-new-refused", status=422)
    add(carys, "Gwen")
    carys.check("person-added")
    carys.follow("Go to the page of Gwen New")
    carys.check("person")
    carys.follow("Change these details")
    carys.check("person-edit")
    gwen = Account.objects.get(username="gwen")
    held = gwen.positions.get()
    for name, path in {
        "position-new": f"/people/{gwen.pk}/position",
        "position-edit": f"/positions/{held.pk}/edit",
        "position-end": f"/positions/{held.pk}/end",
        "person-deactivate": f"/people/{gwen.pk}/deactivate",
        "person-known": "/people/known",
        "person-self": f"/people/{cast.carys.account_id}",
    }.items():
        carys.visit(path, name)
