"""Given the demo network, which leaves ten lines red, when people mend each on the pages, then the grid turns green and
the hub goes live."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.utils import timezone

from pcnhub.care.organisations.models import Account
from pcnhub.demo import network
from tests.cli.running import within
from tests.conftest import FreshDatabase
from tests.journeys.browser import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def copied_from(demo_template: str) -> str:
    return demo_template


@pytest.fixture
def demo(fresh_database: FreshDatabase) -> FreshDatabase:
    """The demo's network."""
    Account.objects.update(must_change_password=False)  # each has signed in before
    connection.close()
    return fresh_database


def blocking() -> set[tuple[str, str]]:
    """What `pcnhub readiness` names as blocking, and that its exit code agrees."""
    shown = within("readiness", "--json")
    grid = json.loads(shown.stdout)
    found = {
        (cell["check"], cell["organisation"])
        for cell in grid["cells"]
        if cell["gate"] in ("hub", "practice") and cell["state"] in ("unmet", "unknown")
    }
    assert shown.returncode == (1 if found else 0)
    return found


def mend(who: Visitor, check: str, at: str) -> None:
    """From the grid to the page that mends this check."""
    who.visit("/readiness?show=mine")
    who.page.get_by_role("link", name=re.compile(rf"Mend it\s*: {check} at {at}")).click()


def state(who: Visitor, check: str, title: str) -> None:
    """A statement on the check's own page."""
    page = who.visit("/readiness?show=mine")
    page.get_by_role("link", name=f"{check} {title}").click()
    page.get_by_text("Record a statement").first.click()
    page.get_by_label("Who states it").fill("Carys Evans, hub manager")
    today = timezone.localdate()
    for part, value in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
        page.get_by_role("group", name="Day on which it was stated").get_by_label(part, exact=True).fill(str(value))
    page.get_by_label("Where the evidence is").fill("Governance folder, item 7")
    who.press("Record a statement")


def test_red_turns_green(demo: FreshDatabase, visit: Visit) -> None:
    assert blocking() == {
        ("CHK-D4", "Y99800"), ("CHK-01", "Y99800"), ("CHK-07", "A99802"), ("CHK-72", "A99802"),
        ("CHK-17", "A99803"), ("CHK-05", "A99804"),
        ("CHK-14", "A99804"), ("CHK-68", "A99804"), ("CHK-23", "A99805"), ("CHK-36", "A99805"),
    }  # fmt: skip

    carys = visit("carys")
    carys.visit("/readiness", "readiness-demo")
    carys.visit("/readiness/go-live", "readiness-go-live-refused")
    assert carys.page.get_by_role("button", name="Go live").count() == 0
    mend(carys, "CHK-01", "Riverside Enhanced Access Hub")
    carys.page.get_by_label("Authentication NACS").fill(network.HUB)
    carys.press("Save")
    state(carys, "CHK-D4", "Continuity plan rehearsed")
    state(carys, "CHK-23", "Each practice finds the slots")
    assert {check for check, _ in blocking()} == {
        "CHK-07", "CHK-72", "CHK-17", "CHK-05", "CHK-14", "CHK-68", "CHK-36",
    }  # fmt: skip

    birch = visit("birch-manager")
    mend(birch, "CHK-07", "Birch Road Practice")
    birch.page.get_by_role("button", name="Deactivate your side").click()
    birch.page.get_by_label("Why is it deactivated?").fill("Consultation Write Back has taken over.")
    birch.press("Deactivate now")

    cedar = visit("cedar-manager")
    mend(cedar, "CHK-17", "Cedar House Medical Centre")
    cedar.press(f"Subscribe to {network.GROUP}")

    dale = visit("dale-manager")
    mend(dale, "CHK-14", "Dale View Surgery")
    dale.page.get_by_label("Appointment", exact=False).check()
    dale.press("Save switches")
    mend(dale, "CHK-05", "Dale View Surgery")
    dale.page.get_by_role("button", name="Activate your side").click()
    dale.page.get_by_label("Local formulary").fill("Dale View Surgery formulary")
    dale.page.get_by_label("Prescribing user").select_option(index=1)
    dale.page.get_by_label("I accept these terms for my organisation").check()
    dale.press("Activate")

    elm = visit("elm-manager")
    mend(elm, "CHK-36", "Elm Court Health Centre")
    members = elm.page.get_by_role("group", name="Members").get_by_role("checkbox")
    members.first.wait_for()
    for box in members.all():
        box.check()
    elm.press("Save")

    assert blocking() == set()
    carys.visit("/readiness/go-live", "readiness-go-live-ready")
    carys.press("Go live")
    carys.check("readiness-live")
    said = carys.page.locator("main").inner_text()
    assert "is live, open to" in said
    assert "Every practice of the network has access" in said
