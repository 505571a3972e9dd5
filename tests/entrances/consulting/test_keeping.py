"""What the page's script saves by itself, and what a consultation recorded in error looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.rules import EntryKind, FollowUp, Section
from pcnhub.care.writeback.operations import send_copy
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def begun(cast: World) -> int:
    now = timezone.now()
    patient = visitor(cast, cast.patient_of_ash, cast.ash)
    return operations.start(actor=cast.bilal, now=now, booking_id=waiting(cast, patient, at=now))


def seen(cast: World, begun: int) -> queries.ConsultationView:
    return queries.consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun)


def finish(cast: World, begun: int) -> None:
    now = timezone.now()
    operations.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    operations.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=1)


def test_a_draft_is_saved_by_itself_and_answered_in_a_few_words(cast: World, begun: int) -> None:
    address, client = f"/consultations/{begun}/draft", signed_in_as(cast.bilal)
    first = client.post(address, {"text-history": "One.", "revision": 0})
    assert (first.status_code, first.json()["revision"], first.json()["problem"]) == (200, 1, "")
    assert "One." not in first.content.decode()  # what is written does not travel back
    late = client.post(address, {"text-history": "Two.", "revision": 0})
    assert (late.status_code, "in another window" in late.json()["problem"]) == (409, True)
    much = client.post(address, {"text-history": "x" * 20_001, "revision": 1})
    assert (much.status_code, "20,000" in much.json()["problem"]) == (422, True)
    odd = client.post(address, {"text-history": "Three.", "revision": 1, "follow-up-due-day": "31"})
    assert (odd.status_code, odd.json()["revision"], "not a day" in odd.json()["problem"]) == (200, 2, True)
    assert seen(cast, begun).draft.text_under("History") == "Three."


def test_nobody_saves_into_it_without_the_right_to(cast: World, begun: int) -> None:
    address = f"/consultations/{begun}/draft"
    lost = Client().post(address, {"text-history": "x", "revision": 0})
    assert (lost.status_code, lost.headers["Location"].split("?")[0]) == (302, "/sign-in")
    for actor in (cast.charlie, cast.farah, cast.dilys):
        for page in ("draft", "in-error"):
            sent = {"text-history": "x", "revision": 0, "reason": "x"}
            assert signed_in_as(actor).post(f"/consultations/{begun}/{page}", sent).status_code in (403, 404)
    assert signed_in_as(cast.bilal).get(address).status_code == 405
    assert seen(cast, begun).revision == 0


def test_units_kinds_notes_follow_up_and_confidential_marks_come_back(cast: World, begun: int) -> None:
    client, address = signed_in_as(cast.bilal), f"/consultations/{begun}"
    client.post(address, {"action": "add-75367002", "revision": 0})
    added = seen(cast, begun).draft.entries[0]
    assert (added.unit, added.kind) == ("mmHg", EntryKind.EXAMINATION)
    sent = {
        "action": "save", "revision": 1, "text-plan": "Fluids.", "confidential": ["all", "text-plan"],
        "entry-code": "75367002", "entry-value": "120/80", "entry-unit": "mmHg", "entry-kind": "examination",
        "entry-note": "left arm", "entry-confidential": "0",
        "follow-up": "Repeat", "follow-up-due-day": "1", "follow-up-due-month": "3", "follow-up-due-year": "2027",
    }  # fmt: skip
    page = client.post(address, sent, follow=True).content.decode()
    draft = seen(cast, begun).draft
    assert draft.is_confidential
    assert draft.sections[0].is_confidential
    assert (draft.entries[0].measured, draft.entries[0].note) == ("120/80 mmHg", "left arm")
    assert draft.entries[0].is_confidential
    assert draft.follow_up == FollowUp("Repeat", date(2027, 3, 1))
    assert page.count(" checked") == 3
    assert 'value="2027"' in page


def test_a_day_that_is_none_is_told_and_the_rest_is_saved(cast: World, begun: int) -> None:
    sent = {"action": "finish", "revision": 0, "text-plan": "Fluids.", "follow-up": "Repeat", "follow-up-due-day": "31"}
    client = signed_in_as(cast.bilal)
    page = client.post(f"/consultations/{begun}", sent)
    assert (page.status_code, "not a day" in page.content.decode()) == (422, True)
    assert 'value="31"' in page.content.decode()
    assert "data-unsaved" in page.content.decode()
    assert seen(cast, begun).draft.follow_up == FollowUp("Repeat")
    for year in ("27", "9" * 30):  # the year 27 is nobody's, and no figure is too long to be told
        odd = {**sent, "revision": 1, "follow-up-due-day": "1", "follow-up-due-month": "3", "follow-up-due-year": year}
        told = client.post(f"/consultations/{begun}/draft", {**odd, "text-plan": "Fluids\x00."})
        assert (told.status_code, "not a day" in told.json()["problem"]) == (200, True)


def test_marking_warns_with_whom_it_is_about_once_a_copy_has_been_sent(cast: World, begun: int) -> None:
    """GP Connect Send Document, SD-135: patient, NHS number, date, registered practice."""
    finish(cast, begun)
    client, address = signed_in_as(cast.bilal), f"/consultations/{begun}/in-error"
    assert "A copy has been sent" not in client.get(address).content.decode()
    with unit_of_work(system_for(cast.hub)):
        send_copy(actor=system_for(cast.hub), now=timezone.now(), consultation_id=begun, version=1)
    warned = client.get(address).content.decode()
    warning = warned[warned.index("A copy has been sent to Ash Lane Surgery") :]
    started = f"{timezone.localtime(seen(cast, begun).started_at):%-d %B %Y}"
    for named in ("SMITH, Jane", "900 000 0009", started, "Ash Lane Surgery"):
        assert named in warning[warning.index("<dl") :]
    assert client.post(address, {"reason": " "}).status_code == 422
    after = client.post(address, {"reason": "Wrong person"}, follow=True).content.decode()
    assert "Recorded in error" in after
    assert "Wrong person" in after
    assert f"/consultations/{begun}/amend" not in after
    assert client.get(f"/consultations/{begun}/amend").status_code == 302


def test_what_is_typed_into_one_that_was_marked_meanwhile_is_shown_again(cast: World, begun: int) -> None:
    operations.mark_in_error(actor=cast.bilal, now=timezone.now(), consultation_id=begun, reason="Wrong person")
    page = signed_in_as(cast.bilal).post(f"/consultations/{begun}", {"text-plan": "My words.", "action": "save"})
    assert page.status_code == 409
    assert "My words." in page.content.decode()


def test_two_who_amend_are_told_and_see_both_and_no_text_is_lost_to_a_mark(cast: World, begun: int) -> None:
    finish(cast, begun)
    now, client, address = timezone.now(), signed_in_as(cast.bilal), f"/consultations/{begun}/amend"
    theirs = replace(notes("Their words."), sections=(Section("History", "Their words.", is_confidential=True),))
    operations.amend(actor=cast.bilal, now=now, consultation_id=begun, version=1, notes=theirs, reason="Asked")
    sent = {"text-history": "My words.", "outcome": "seen", "reason": "Call", "action": "amend", "revision": 1}
    page = client.post(address, sent)
    text = page.content.decode()
    assert (page.status_code, "My words." in text, "Their words." in text) == (409, True, True)
    assert text.count(" checked") == 2  # the outcome, and the colleague's mark
    operations.mark_in_error(actor=cast.bilal, now=now, consultation_id=begun, reason="Wrong person")
    marked = client.post(address, sent)
    assert (marked.status_code, "My words." in marked.content.decode()) == (409, True)


def test_the_right_consultation_leads_to_the_one_that_was_recorded_in_error(cast: World, begun: int) -> None:
    booking_id = seen(cast, begun).booking_id
    operations.mark_in_error(actor=cast.bilal, now=timezone.now(), consultation_id=begun, reason="Wrong person")
    client = signed_in_as(cast.bilal)
    started = client.post(f"/bookings/{booking_id}/consultation", follow=True)
    right = int(started.redirect_chain[-1][0].rsplit("/", 1)[1])
    assert right != begun
    assert f'href="/consultations/{begun}"' in started.content.decode()
    assert queries.in_error_of_booking(actor=cast.charlie, booking_id=booking_id or 0) == ()


def test_a_colleague_who_may_be_writing_still_is_named(cast: World, begun: int) -> None:
    operations.save_draft(actor=cast.bilal, now=timezone.now(), consultation_id=begun, revision=0, notes=notes("Mine."))
    client = signed_in_as(cast.bilal)
    assert "may be writing still" not in client.get(f"/consultations/{begun}").content.decode()
    with unit_of_work(cast.bilal):
        Consultation.objects.filter(pk=begun).update(draft_saved_by="Someone Else")
    assert "Someone Else saved this at" in client.get(f"/consultations/{begun}").content.decode()
