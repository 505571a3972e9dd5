"""The rota manager's pages: slot types, weekly sessions, the week, one session."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import Session, SlotType
from pcnhub.care.appointments.operations import TemplateDetails, make_sessions, save_template
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import MAPPED, details, session, slot_type, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def carys(w: World) -> Client:
    return signed_in_as(w.carys)


def session_form(w: World, kind: int, **more: object) -> dict[str, object]:
    return {
        "name": "EA GP - practice booking",
        "slot_type_id": kind,
        "holder_id": w.bilal.position_id,
        "site_id": w.site.pk,
        "delivery_channel": "In-person",
        "practitioner_role": "R0260",
        "group_ids": [w.group.pk],
        "counts_to_enhanced_access": "on",
        "starts_at": "18:30",
        "ends_at": "20:00",
        "every_weeks": 1,
        "gp_connect_bookable": "on",
        "variation": "Agreed at any hour",
        **more,
    }


def test_from_a_slot_type_to_a_published_evening(w: World, carys: Client) -> None:
    sent = {"name": "EA GP", "minutes": 15, "mode": "Face to Face (Surgery)", "colour": "blue", "bookable": "on"}
    sent |= MAPPED
    assert "EA GP" in carys.post(reverse("slot-type-new"), sent, follow=True).content.decode()
    tomorrow = london_date(timezone.now()) + timedelta(days=1)
    parts = {f"starts_on-{part}": getattr(tomorrow, part) for part in ("day", "month", "year")}
    form = session_form(w, SlotType.objects.get().pk, weekday=tomorrow.isoweekday(), **parts)
    assert "Saved." in carys.post(reverse("template-new"), form, follow=True).content.decode()
    until = {f"until-{part}": getattr(tomorrow + timedelta(days=7), part) for part in ("day", "month", "year")}
    made = carys.post(reverse("sessions-make"), until).content.decode()
    assert "2 made, 2 of them published." in made
    assert "0 made" in carys.post(reverse("sessions-make"), until).content.decode()
    week = carys.get(reverse("rota"), {"week": tomorrow.isoformat()}).content.decode()
    assert "6 free, 0 booked" in week
    assert "minutes planned of the 1200" in week


def test_a_draft_is_refused_with_every_reason_then_completed_and_published(w: World, carys: Client) -> None:
    tomorrow = london_date(timezone.now()) + timedelta(days=1)
    parts = {f"day-{part}": getattr(tomorrow, part) for part in ("day", "month", "year")}
    bare = {"holder_id": "", "site_id": "", "delivery_channel": "", "practitioner_role": "", "group_ids": []}
    kind = slot_type(w)
    page = carys.post(reverse("session-new"), session_form(w, kind, **bare, **parts), follow=True).content.decode()
    assert "Nobody yet" in page
    made = Session.objects.get().pk
    refused = carys.post(reverse("session-publish", kwargs={"session_id": made}))
    for reason in ("Nobody holds", "no site", "no delivery channel", "no practitioner role", "No organisation group"):
        assert reason in refused.content.decode()
    assert refused.status_code == 422
    carys.post(reverse("session-edit", kwargs={"session_id": made}), session_form(w, kind))
    published = carys.post(reverse("session-publish", kwargs={"session_id": made}), follow=True).content.decode()
    assert "can be booked" in published


def test_a_session_open_to_every_organisation_and_a_code_that_is_not_here(w: World, carys: Client) -> None:
    tomorrow = london_date(timezone.now()) + timedelta(days=1)
    parts = {f"day-{part}": getattr(tomorrow, part) for part in ("day", "month", "year")}
    more: dict[str, object] = {"group_ids": [], "open_to_all": "on", "organisation_ods_codes": "z9z9z", **parts}
    page = carys.post(reverse("session-new"), session_form(w, slot_type(w), **more), follow=True).content.decode()
    assert "Not on this platform: Z9Z9Z. Check that each code is right." in page
    assert "Can be booked by every organisation" in page
    made = Session.objects.get().pk
    published = carys.post(reverse("session-publish", kwargs={"session_id": made}), follow=True).content.decode()
    assert "can be booked" in published
    assert (
        "checked"
        in carys.get(reverse("session-edit", kwargs={"session_id": made}))
        .content.decode()
        .split('name="open_to_all"')[1]
        .split(">")[0]
    )


def test_what_can_not_be_read_is_named_together_with_what_the_rules_refuse(w: World, carys: Client) -> None:
    wrong: dict[str, object] = {
        "starts_at": "late", "window_days": "soon", "release_at": "25:00", "closes_minutes": -1,
        "organisation_ods_codes": "?! A81001", "name": "x" * 201, "site_id": "0", "day-day": "99",
    }  # fmt: skip
    for name, more in (("session-new", {}), ("template-new", {"weekday": 2, "every_weeks": 99})):
        answer = carys.post(reverse(name), session_form(w, 0, **wrong, **more))
        page = answer.content.decode()
        assert answer.status_code == 422
        for said in (
            "Start time: enter a time such as 18:30.", "Days ahead: enter a whole number", "From this time on that day: enter",
            "Closing is 0 to 10080 minutes", "?! is none. An ODS code", "Name: at most 200", "Site: choose from the list.",
            "Slot type: choose from the list.",
        ):  # fmt: skip
            assert said in page, said
    assert not Session.objects.exists()
    late = {"starts_at": "20:00", "ends_at": "18:30", "window_days": "soon"}
    page = carys.post(reverse("session-new"), session_form(w, slot_type(w), **late)).content.decode()
    assert 'href="#ends_at"' in page


def test_block_and_open_a_slot(w: World, carys: Client) -> None:
    now = timezone.now()
    made = session(w, day=london_date(now) + timedelta(days=1), now=now)
    where = {"session_id": made, "slot_id": slots(made)[0].id}
    assert carys.post(reverse("slot-block", kwargs=where), {"reason": ""}).status_code == 422
    assert (
        "Teaching"
        in carys.post(reverse("slot-block", kwargs=where), {"reason": "Teaching"}, follow=True).content.decode()
    )
    assert "Teaching" not in carys.post(reverse("slot-unblock", kwargs=where), follow=True).content.decode()


@pytest.mark.parametrize(
    "name", ["rota", "sessions-make", "session-new", "slot-types", "slot-type-new", "templates", "template-new"]
)
def test_every_page_opens_for_the_manager_and_for_nobody_else(w: World, carys: Client, name: str) -> None:
    assert carys.get(reverse(name)).status_code == 200
    assert signed_in_as(w.ada).get(reverse(name)).status_code == 403


def test_another_hubs_session_does_not_exist(w: World) -> None:
    now = timezone.now()
    made = session(w, day=london_date(now) + timedelta(days=1), now=now)
    charlie = signed_in_as(w.charlie)
    assert charlie.get(reverse("session", kwargs={"session_id": made})).status_code == 404
    assert charlie.get(reverse("rota")).status_code == 404


def test_a_slot_type_is_mapped_on_its_page_or_left_unmapped(w: World, carys: Client) -> None:
    """`domain.md` 12A.2: national statistics count what is mapped."""
    kind = slot_type(w, "EA GP", service_setting="", context_type="", national_category="")
    address = reverse("slot-type", kwargs={"slot_type_id": kind})
    assert "Not mapped" in carys.get(reverse("slot-types")).content.decode()
    form = carys.get(address).content.decode()
    assert 'value="Extended Access Provision"' in form
    assert 'value="Structured Medication Review"' in form
    sent = {"name": "EA GP", "minutes": 15, "mode": "Face to Face (Surgery)", "colour": "blue", "bookable": "on"}
    mapped = {
        "service_setting": "Extended Access Provision",
        "context_type": "Care related encounter",
        "national_category": "General Consultation Routine",
    }
    assert "General Consultation Routine" in carys.post(address, {**sent, **mapped}, follow=True).content.decode()
    assert SlotType.objects.filter(**mapped).count() == 1
    wrong = carys.post(address, {**sent, **mapped, "context_type": "Care related activity"})
    assert (wrong.status_code, "belongs to the context type" in wrong.content.decode()) == (422, True)
    unknown = carys.post(address, {**sent, **mapped, "service_setting": "Corner shop"})
    assert unknown.status_code == 422
    assert carys.post(address, sent).status_code == 302
    assert SlotType.objects.filter(service_setting="", context_type="", national_category="").count() == 1


def test_an_empty_day_leads_to_a_session_on_that_day(w: World, carys: Client) -> None:
    next_week = london_date(timezone.now()) + timedelta(days=7)
    week = carys.get(reverse("rota"), {"week": next_week.isoformat()}).content.decode()
    address = f"{reverse('session-new')}?day={next_week.isoformat()}"
    assert f'href="{address}"' in week
    form = carys.get(address).content.decode()
    for part in ("day", "month", "year"):
        assert re.search(rf'name="day-{part}"[^>]*value="{getattr(next_week, part)}"', form), part
    last_week = carys.get(reverse("rota"), {"week": (next_week - timedelta(days=14)).isoformat()}).content.decode()
    assert "No session in this week" in last_week
    assert "?day=" not in last_week
    assert carys.get(reverse("session-new"), {"day": "someday"}).status_code == 200


def test_a_weekly_session_is_ended_and_what_is_made_stays(w: World, carys: Client) -> None:
    now = timezone.now()
    today = london_date(now)
    kind = slot_type(w)
    template_id = save_template(
        actor=w.carys,
        now=now,
        details=TemplateDetails(
            details(w, kind),
            (today + timedelta(days=1)).isoweekday(),
            time(18, 30),
            time(20),
            today - timedelta(days=30),
        ),
    )
    make_sessions(actor=w.carys, now=now, hub_id=w.hub.pk, until=today + timedelta(days=8))
    address = reverse("template-end", kwargs={"template_id": template_id})
    assert address in carys.get(reverse("template", kwargs={"template_id": template_id})).content.decode()
    assert "2 of them ahead" in carys.get(address).content.decode()

    def ends(day: date) -> dict[str, int]:
        return {f"ends_on-{part}": getattr(day, part) for part in ("day", "month", "year")}

    early = carys.post(address, ends(today - timedelta(days=40)))
    assert (early.status_code, "before its first day" in early.content.decode()) == (422, True)
    ended = carys.post(address, ends(today), follow=True).content.decode()
    assert "There is no weekly session yet" in ended
    assert make_sessions(actor=w.carys, now=now, hub_id=w.hub.pk, until=today + timedelta(days=28)).made == ()
    assert Session.objects.filter(state="published").count() == 2
    assert signed_in_as(w.ada).get(address).status_code == 403
    assert signed_in_as(w.charlie).get(address).status_code == 404
