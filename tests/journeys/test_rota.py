"""`domain.md` 12.2 A16: given a Saturday with patients, when the GP calls in sick, then the gap, the patients and the deficit
are seen, and nobody is forgotten."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.appointments.operations import book
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import CLINICIAN, World, person, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rooms.appointments.book import request, session, slot_type, slots

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def a_saturday(cast: World) -> tuple[date, int, int]:
    """Next Saturday: Bilal's morning with two patients, and Gwen's afternoon of the same slot type, which is free."""
    now = timezone.now()
    today = london_date(now)
    day = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    gwen = person(
        "gwen", cast.hub, CLINICIAN, consulter=True, role_code="R8000", job_category="GP", job_role_code="R0260"
    )
    kind = slot_type(cast)
    morning = session(cast, day=day, times=(time(9), time(12)), slot_type_id=kind, now=now)
    afternoon = session(
        cast, day=day, times=(time(13), time(16)), slot_type_id=kind, now=now, holder_id=gwen.position_id,
        name="EA GP - afternoon",
    )  # fmt: skip
    for actor, slot, patient in (
        (cast.ada, slots(morning)[0], cast.patient_of_ash),
        (cast.efe, slots(morning)[2], cast.patient_of_birch),
    ):
        book(actor=actor, now=now, request=request(slot.id, patient.pk))
    give_permissions(cast.carys)
    return day, morning, afternoon


def test_a_gp_calls_in_sick_for_saturday(visit: Visit) -> None:
    cast = world()
    day, _, _ = a_saturday(cast)
    carys = visit("carys")
    carys.visit(f"/rota?week={day}", "rota-week")
    carys.visit(f"/rota?week={day}&by=site", "rota-week-by-site")
    carys.visit(f"/rota/day?day={day}", "rota-day")
    carys.follow("Print with patients’ names")
    carys.check("rota-print-patients")
    carys.visit(f"/rota/print?week={day}", "rota-print-week")
    carys.visit("/rota/away", "rota-away-empty")
    carys.page.get_by_label("Who").select_option("Bilal Cast")
    carys.page.get_by_label("First day").fill(str(day))
    carys.page.get_by_label("Last day").fill(str(day))
    carys.press("Show their sessions")
    carys.check("rota-away")
    carys.page.get_by_role("link", name="Find somebody else").click()
    carys.check("session-replace")
    carys.page.get_by_label("Gwen Cast").check()
    carys.page.get_by_label("Why", exact=True).fill("Bilal is ill")
    carys.press("Show what it does")
    carys.check("session-replace-plan")
    carys.visit(f"/rota/away?holder={cast.bilal.position_id}&from={day}&to={day}")
    carys.press("See what cancelling these sessions does")
    carys.check("cancel-plan")
    said = carys.page.inner_text("main")
    assert "Then without a GP" in said
    assert "2 patients lose the appointment" in said
    assert "Jane Smith" in said
    assert "minutes too few" in said
    carys.press("Cancel the session")
    carys.check("cancel-plan-refused", status=422)
    carys.page.get_by_label("Why", exact=True).fill("Bilal is ill")
    carys.page.get_by_label("Move each to the nearest free slot").check()
    carys.press("Cancel the session")
    carys.check("people-to-tell")
    assert "2 moved" in carys.page.inner_text("main")
    for _ in range(2):
        carys.page.get_by_label("How was the patient told?").first.select_option("By telephone")
        carys.page.get_by_role("button", name="Told").first.click()
    carys.check("people-to-tell-nobody")
    carys.visit(f"/rota?week={day}", "rota-week-after")
    assert "Bilal Cast" not in carys.page.inner_text("table")


def test_a_session_is_changed_slot_by_slot(visit: Visit) -> None:
    cast = world()
    _, morning, _ = a_saturday(cast)
    carys = visit("carys")
    carys.visit(f"/sessions/{morning}", "session-published")
    carys.press("Change the session")
    carys.check("session-change")
    carys.page.get_by_label("Start time", exact=True).fill("10:00")
    carys.page.get_by_label("Why", exact=True).fill("Bilal comes later")
    carys.press("Show what it does")
    carys.check("session-change-plan")
    carys.press("Change what was entered")
    carys.page.get_by_label("Start time", exact=True).fill("09:15")
    carys.press("Show what it does")
    carys.page.get_by_label("Cancel their appointments").check()
    carys.press("Change the session")
    carys.check("people-to-tell-one")
    carys.visit(f"/sessions/{morning}")
    carys.press("Put a slot in")
    carys.check("slot-new")
    carys.press("Put the slot in")
    carys.check("session-with-a-slot-more")
    carys.page.get_by_role("link", name="Take out").first.click()
    carys.check("slot-take-out")
