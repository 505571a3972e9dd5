"""Given an evening at the hub, when five people sign in, then each finds their own work; and whoever strays is told why."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.consultations.operations import start
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.kernel.local_time import london_instant
from tests.cast import World, world
from tests.entrances.client import give_permissions
from tests.evening import visitor, waiting
from tests.insight.watch.evenings import evening, plant_three
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEES = {
    "bilal": "Jane Smith",
    "carys": "Sessions today",
    "ada": "Jane Smith",
    "dilys": "Agreements that wait for you",
    "charlie": "Nothing failed",
}


def an_evening() -> World:
    cast = world()
    for actor in (cast.ada, cast.bilal, cast.carys, cast.dilys, cast.charlie):
        give_permissions(actor)
    day = timezone.localdate()
    first = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=london_instant(day, time(18, 30)))
    waiting(cast, visitor(cast, cast.patient_of_birch, cast.birch), at=london_instant(day, time(19, 0)))
    start(actor=cast.bilal, now=timezone.now(), booking_id=first)
    agreement = cast.agreements[AgreementKind.CARE_RECORD]
    Party.objects.filter(agreement=agreement, organisation=cast.ash).update(state=ActivationState.CREATED)
    return cast


def test_each_finds_their_own_work(visit: Visit) -> None:
    an_evening()
    for username, words in SEES.items():
        person = visit(username)
        person.check(f"today-{username}")
        assert words in person.page.inner_text("main")
        if username == "bilal":
            person.visit("/people", "refused", status=403)
            assert "Who can do this" in person.page.inner_text("main")


def test_a_locked_sign_in_and_a_form_kept_too_long_say_what_to_do(visit: Visit) -> None:
    an_evening()
    nobody = visit()
    page = nobody.visit("/sign-in")
    for _ in range(5):
        page.get_by_label("User name").fill("ada")
        page.get_by_label("Password", exact=True).fill("wrong")
        nobody.press("Continue")
    nobody.check("locked", status=429)
    nobody.visit("/sign-in")
    page.context.clear_cookies()
    nobody.press("Continue")
    nobody.check("stale-form", status=403)


def test_four_oclock_with_three_planted_problems(visit: Visit) -> None:
    """Each is named in order and leads to where it is mended; on paper there is room to tick it off."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    cast = evening(today=tomorrow, now=timezone.now())
    give_permissions(cast.carys)
    plant_three(cast)
    carys = visit("carys")
    page = carys.visit(f"/watch?day={tomorrow}", "tonight")
    said = page.locator(".pcnhub-watch > li").all_inner_texts()
    for place, words in enumerate(("account is switched off", "deactivated at Ash Lane Surgery", "not been traced")):
        assert words in said[place]
    page = carys.follow("Trace the patient")
    assert "JONES, Peter" in page.inner_text("main")
    carys.visit(f"/watch/print?day={tomorrow}", "tonight-on-paper")
