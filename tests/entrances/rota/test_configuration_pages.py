"""The rota manager's pages of what sessions are made from: who may book when, limits, single days, closed days, copies."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import HubClosure, Session, SessionTemplate, SlotType, TemplateException
from pcnhub.care.appointments.operations import TemplateDetails, make_sessions, save_template
from pcnhub.care.appointments.queries import template as read_template
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.entrances.rota.test_rota_pages import session_form
from tests.rooms.appointments.book import EVENING, MAPPED, details, session, slot_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def carys(w: World) -> Client:
    return signed_in_as(w.carys)


def today() -> date:
    return london_date(timezone.now())


def in_parts(name: str, day: date) -> dict[str, int]:
    return {f"{name}-{part}": getattr(day, part) for part in ("day", "month", "year")}


def weekly(w: World, **more: object) -> int:
    values: dict[str, object] = {
        "session": details(w, slot_type(w, "EA GP")),
        "weekday": today().isoweekday(),
        "starts_at": EVENING[0],
        "ends_at": EVENING[1],
        "starts_on": today() - timedelta(days=28),
        **more,
    }
    return save_template(actor=w.carys, now=timezone.now(), details=TemplateDetails(**values))  # type: ignore[arg-type]


def test_all_that_is_asked_of_a_weekly_session_is_kept_and_shown_again(w: World, carys: Client) -> None:
    kind = slot_type(w, "EA GP")
    form = session_form(
        w, kind, weekday=2, every_weeks=2, on_bank_holidays="on", organisation_types=["urgent-care"],
        organisation_ods_codes="a81001, A81002", window_days=14, closes_minutes=30, release_group_id=w.group.pk,
        release_at="16:00", variation="Letter of 1 May", **in_parts("starts_on", today()),
    )  # fmt: skip
    form |= {
        f"quotas.group.{w.group.pk}": 4,
        "quotas.organisation.A81001": 2,
        "quotas.organisation-type.urgent-care": 1,
    }
    assert carys.post(reverse("template-new"), form).status_code == 302
    key = SessionTemplate.objects.get().pk
    view = read_template(hub_id=w.hub.pk, template_id=key)
    assert (view.every_weeks, view.on_bank_holidays, view.window_days, view.closes_minutes) == (2, True, 14, 30)
    assert (view.organisation_types, view.organisation_ods_codes) == (
        frozenset({"urgent-care"}),
        frozenset({"A81001", "A81002"}),
    )
    assert (view.release_group_id, f"{view.release_at:%H:%M}", view.variation) == (
        w.group.pk,
        "16:00",
        "Letter of 1 May",
    )
    assert {(one.profile, one.subject, one.at_most) for one in view.quotas} == {
        ("group", str(w.group.pk), 4), ("organisation", "A81001", 2), ("organisation-type", "urgent-care", 1),
    }  # fmt: skip
    shown = carys.get(reverse("template", kwargs={"template_id": key})).content.decode()
    for words in ('value="A81001 A81002"', 'value="16:00"', 'value="Letter of 1 May"', "Every how many weeks"):
        assert words in shown
    assert '<details class="nhsuk-details" open' in shown


def test_every_fault_is_said_beside_its_field(w: World, carys: Client) -> None:
    form = session_form(
        w, slot_type(w, "EA GP"), weekday=2, every_weeks=13, organisation_ods_codes="?!", window_days=-1,
        **in_parts("starts_on", today()), **{"quotas.organisation-type.urgent-care": -1},
    )  # fmt: skip
    answer = carys.post(reverse("template-new"), form)
    assert answer.status_code == 422
    text = answer.content.decode()
    for field in ("every_weeks", "organisation_ods_codes", "window_days", "quotas.organisation-type.urgent-care"):
        assert f'href="#{field}"' in text
        assert f'id="{field}-error"' in text
    assert not SessionTemplate.objects.exists()


def test_what_a_weekly_session_would_make_is_shown_before_it_is_saved(w: World, carys: Client) -> None:
    closed = today() + timedelta(days=7)
    HubClosure.objects.create(hub=w.hub, day=closed, reason="Training day")
    form = session_form(w, slot_type(w, "EA GP"), weekday=today().isoweekday(), **in_parts("starts_on", today()))
    shown = carys.post(reverse("template-new"), form | {"preview": "1"}).content.decode()
    assert "Nothing is saved yet" in shown
    assert f"Not {closed:%a %-d %b %Y}, 18:30 to 20:00" in shown
    assert "the hub is closed: Training day" in shown
    assert not SessionTemplate.objects.exists()


def test_a_change_from_a_day_on_leads_to_what_is_there_already(w: World, carys: Client) -> None:
    key = weekly(w)
    make_sessions(actor=w.carys, now=timezone.now(), hub_id=w.hub.pk, until=today() + timedelta(days=21))
    made = set(Session.objects.filter(starts_at__gt=timezone.now()).values_list("pk", flat=True))
    page = carys.get(reverse("template", kwargs={"template_id": key})).content.decode()
    assert "The change holds from" in page
    day = today() + timedelta(days=1)
    form = session_form(
        w, SlotType.objects.get().pk, weekday=today().isoweekday(), starts_at="18:00",
        **in_parts("starts_on", today()), **in_parts("from_day", day),
    )  # fmt: skip
    answer = carys.post(reverse("template", kwargs={"template_id": key}), form, follow=True)
    old, new = SessionTemplate.objects.order_by("pk")
    assert (old.ends_on, new.starts_on, f"{old.starts_at:%H:%M} {new.starts_at:%H:%M}") == (day, day, "18:30 18:00")
    ahead = Session.objects.filter(template=new)
    assert set(ahead.values_list("pk", flat=True)) <= made
    assert all(f"/sessions/{one.pk}" in answer.content.decode() for one in ahead)


def test_a_single_day_is_taken_out_and_let_be_again(w: World, carys: Client) -> None:
    key = weekly(w)
    day = today() + timedelta(days=7)
    address = reverse("template-day", kwargs={"template_id": key})
    assert carys.post(address, {}).status_code == 422
    sent = {"takes_place": "out", "reason": "The room is painted", **in_parts("day", day)}
    page = carys.post(address, sent, follow=True).content.decode()
    assert "does not take place, The room is painted" in page
    assert f"Not {day:%a %-d %b %Y}" in page
    row = TemplateException.objects.get()
    forget = reverse("template-day-forget", kwargs={"template_id": key, "single_day_id": row.pk})
    carys.get(forget)
    assert TemplateException.objects.exists()
    assert "No day is taken out" in carys.post(forget, follow=True).content.decode()
    assert carys.post(forget).status_code == 404


def test_a_closed_day_leads_to_what_is_there_already(w: World, carys: Client) -> None:
    day = today() + timedelta(days=3)
    session(w, day=day, now=timezone.now())
    address = reverse("closed-days")
    listed = carys.get(address).content.decode()
    coming = next(one for n in range(366) if bank_holiday(one := today() + timedelta(days=n)))
    assert f"{coming:%a %-d %B %Y}: {bank_holiday(coming)}" in listed
    assert carys.post(address, {"is_open": "closed"}).status_code == 422
    answer = carys.post(address, {"is_open": "closed", "reason": "Training day", **in_parts("day", day)})
    assert answer.headers["Location"] == f"{reverse('rota')}?week={day.isoformat()}"
    assert "1 session is there on that day already" in carys.get(answer.headers["Location"]).content.decode()
    row = HubClosure.objects.get()
    carys.post(reverse("closed-day-forget", kwargs={"closure_id": row.pk}))
    assert not HubClosure.objects.exists()


def test_drafts_of_some_days_are_published_and_the_others_say_why_not(w: World, carys: Client) -> None:
    now, day = timezone.now(), today() + timedelta(days=2)
    kind = slot_type(w, "EA GP")
    session(w, day=day, now=now, slot_type_id=kind, publish=False)
    bare = session(w, day=day + timedelta(days=1), now=now, slot_type_id=kind, publish=False, holder_id=None)
    days = {**in_parts("from_on", day), **in_parts("to_on", day + timedelta(days=1))}
    text = carys.post(reverse("sessions-publish"), days).content.decode()
    assert "1 published" in text
    assert "Nobody holds this session" in text
    assert Session.objects.get(pk=bare).state == "draft"
    assert carys.post(reverse("sessions-publish"), {}).status_code == 422


def test_copies_start_from_the_original_and_are_not_saved_by_looking(w: World, carys: Client) -> None:
    key = weekly(w)
    copied = carys.get(reverse("template-new"), {"copy": key}).content.decode()
    assert 'value="EA GP - practice booking (copy)"' in copied
    kind = SlotType.objects.get().pk
    assert 'value="EA GP (copy)"' in carys.get(reverse("slot-type-new"), {"copy": kind}).content.decode()
    assert (SessionTemplate.objects.count(), SlotType.objects.count()) == (1, 1)
    assert carys.get(reverse("template-new"), {"copy": 0}).status_code == 404


def test_a_slot_type_says_when_it_opens_and_what_it_was_mapped_to(w: World, carys: Client) -> None:
    kind = slot_type(w, "EA GP")
    address = reverse("slot-type", kwargs={"slot_type_id": kind})
    sent = {"name": "EA GP", "minutes": 15, "mode": "Face to Face (Surgery)", "colour": "blue", "bookable": "on"}
    carys.post(address, {**sent, **MAPPED, "embargo_minutes": 1440, "dna_after_minutes": 20})
    row = SlotType.objects.get(pk=kind)
    assert (row.embargo_minutes, row.dna_after_minutes) == (1440, 20)
    page = carys.get(address).content.decode()
    assert "Extended Access Provision, Care related encounter, General Consultation Routine" in page
    assert f"By {w.carys.name}" in page
    wrong = carys.post(address, {**sent, **MAPPED, "embargo_minutes": -5})
    assert (wrong.status_code, 'id="embargo_minutes-error"' in wrong.content.decode()) == (422, True)


def test_these_pages_are_the_rota_managers(w: World) -> None:
    key = weekly(w)
    for actor in (w.charlie, w.ada, w.bilal):
        client = signed_in_as(actor)
        for address in (
            reverse("closed-days"),
            reverse("sessions-publish"),
            reverse("template-day", kwargs={"template_id": key}),
            reverse("template-sessions", kwargs={"template_id": key}),
        ):
            assert client.get(address).status_code in (403, 404)
