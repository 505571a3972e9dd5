"""Given a hub that opens a fortnightly clinic, when its manager sets it up, then bank holidays, limits and 111 are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pcnhub.care.appointments.models import SessionTemplate
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rooms.appointments.book import slot_type

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_fortnightly_clinic_is_set_up(visit: Visit) -> None:
    cast = world()
    give_permissions(cast.carys)
    kind = slot_type(cast, "EA GP F2F")
    today = london_date(timezone.now())
    carys = visit("carys")
    page = carys.page
    carys.visit(f"/slot-types/{kind}", "slot-type-history")
    carys.visit("/weekly-sessions/new", "weekly-session-new")
    carys.press("Save the weekly session")
    carys.check("weekly-session-errors", status=422)
    page.get_by_label("Name", exact=True).fill("EA GP Saturday – practice booking")
    page.get_by_label("Slot type").select_option(str(kind))
    page.get_by_label("Day of the week").select_option("6")
    page.get_by_role("textbox", name="Start time", exact=True).fill("09:00")
    page.get_by_role("textbox", name="End time", exact=True).fill("13:00")
    page.get_by_label("Every how many weeks").fill("2")
    page.get_by_label("Days ahead").fill("28")
    page.get_by_label("On the day, open what is left to").select_option(str(cast.group.pk))
    page.get_by_label("From this time on that day").fill("08:00")
    page.get_by_text("Limits: how many slots one may book").click()
    page.get_by_label("Ash Lane Surgery").fill("4")
    carys.press("Show the next six weeks")
    carys.check("weekly-session-preview")
    carys.press("Save the weekly session")
    carys.check("weekly-session-saved")
    carys.follow("Take a day out, or bring one in")
    carys.press("Save the day")
    carys.check("weekly-session-day-errors", status=422)
    [template] = SessionTemplate.objects.all()
    carys.visit(f"/weekly-sessions/{template.pk}/sessions", "weekly-session-sessions")
    carys.visit("/weekly-sessions", "weekly-sessions")
    carys.visit("/closed-days", "closed-days")
    for part in ("day", "month", "year"):
        page.get_by_label(part.title(), exact=True).fill(str(getattr(today + timedelta(days=5), part)))
    page.get_by_label("Closed: no session is made").check()
    page.get_by_label("Why").fill("Training day")
    carys.press("Save the day")
    carys.check("closed-days-set")
    carys.visit("/rota/make", "sessions-make")
    carys.press("Make and publish")
    carys.check("sessions-made")
    carys.visit("/rota/publish", "drafts-publish")
    carys.press("Publish the drafts")
    carys.check("drafts-published")
