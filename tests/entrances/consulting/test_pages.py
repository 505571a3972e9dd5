"""The consultation in the browser, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import Booking
from pcnhub.care.consultations import operations, queries
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
HISTORY = "text-history"


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


@pytest.fixture
def client(cast: World) -> Client:
    return signed_in_as(cast.bilal)


@pytest.fixture
def begun(cast: World, visiting: Patient) -> int:
    now = timezone.now()
    return operations.start(actor=cast.bilal, now=now, booking_id=waiting(cast, visiting, at=now))


Page = Callable[[int], str]


def form(text: str, *, action: str = "save", revision: int = 0, **more: object) -> dict[str, object]:
    return {HISTORY: text, "revision": revision, "action": action, **more}


def test_starting_from_the_booking_shows_who_it_is_and_then_the_form(
    cast: World, visiting: Patient, client: Client
) -> None:
    booking = waiting(cast, visiting, at=timezone.now())
    asked = client.get(f"/bookings/{booking}/consultation")
    assert asked.status_code == 200
    assert "900 000 0009" in asked.content.decode() or "9000000009" in asked.content.decode()
    page = client.post(f"/bookings/{booking}/consultation", follow=True)
    assert page.redirect_chain
    assert "SMITH, Jane" in page.content.decode()
    assert "900 000 0009" in page.content.decode()
    assert client.get(f"/bookings/{booking}/consultation").status_code == 302


def test_every_button_keeps_what_was_typed(cast: World, client: Client, begun: int) -> None:
    address = f"/consultations/{begun}"
    found = client.post(address, form("Three days.", action="find", find="cou"))
    assert "Add Cough" in found.content.decode()
    assert "Three days." in found.content.decode()
    added = client.post(address, form("Three days.", action="add-49727002", revision=1), follow=True)
    assert "Cough: value" in added.content.decode()
    entry = {"entry-code": ["49727002"], "entry-value": ["dry"]}
    client.post(address, form("Four days.", action="save", revision=2, **entry))
    view = queries.consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun)
    assert view.draft.text_under("History") == "Four days."
    assert view.draft.entries[0].value == "dry"
    client.post(address, form("Four days.", action="remove-0", revision=3, **entry))
    view = queries.consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun)
    assert view.draft.entries == ()


def test_return_in_the_search_field_searches(client: Client, begun: int) -> None:
    page = client.post(f"/consultations/{begun}", form("x", action="save", find="cough"))
    assert "Add Cough" in page.content.decode()
    nothing = client.post(f"/consultations/{begun}", form("x", action="find", find="zzz", revision=1))
    assert "No code begins like" in nothing.content.decode()


def test_both_texts_are_shown_when_somebody_saved_meanwhile(cast: World, client: Client, begun: int) -> None:
    operations.save_draft(
        actor=cast.bilal, now=timezone.now(), consultation_id=begun, revision=0, notes=notes("The colleague's text.")
    )
    page = client.post(f"/consultations/{begun}", form("My own text."))
    text = page.content.decode()
    assert page.status_code == 409
    assert "<title>Error: " in text.replace("\n", "")
    assert "My own text." in text
    assert "The colleague&#39;s text." in text
    assert client.post(f"/consultations/{begun}", form("Both together.", revision=1)).status_code == 302


def test_finishing_says_what_is_missing(client: Client, begun: int) -> None:
    client.post(f"/consultations/{begun}", form("Three days."))
    page = client.get(f"/consultations/{begun}/finish")
    assert page.status_code == 422
    assert "Choose the outcome" in page.content.decode()
    assert 'href="#outcome"' in page.content.decode()


def test_finish_warns_when_the_copy_will_be_kept(cast: World, client: Client, begun: int) -> None:
    """`domain.md` 12.2 A10."""
    client.post(f"/consultations/{begun}", form("Three days.", outcome="seen", action="finish"))
    calm = client.get(f"/consultations/{begun}/finish").content.decode()
    assert "A copy goes to Ash Lane Surgery at once" in calm
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.ash).update(
        state=ActivationState.INACTIVE
    )
    warned = client.get(f"/consultations/{begun}/finish").content.decode()
    assert "will not reach the practice yet" in warned
    assert "is not active at Ash Lane Surgery" in warned
    assert "an agreement manager at Ash Lane Surgery" in warned
    finished = client.post(f"/consultations/{begun}/finish", {"revision": 1}, follow=True).content.decode()
    assert "Consultation finished." in finished
    assert "Waiting for the worker" in finished


def finished(client: Client, begun: int) -> None:
    client.post(f"/consultations/{begun}", form("Three days.", outcome="seen", action="finish"))
    client.post(f"/consultations/{begun}/finish", {"revision": 1})


def test_amending_keeps_both_versions(client: Client, begun: int) -> None:
    finished(client, begun)
    address = f"/consultations/{begun}/amend"
    assert "Three days." in client.get(address).content.decode()
    without = client.post(address, form("Four days.", outcome="seen", action="amend", revision=1))
    assert without.status_code == 422
    assert "Say why you amend it" in without.content.decode()
    assert "Four days." in without.content.decode()
    searched = client.post(address, form("Four days.", action="find", find="cough", revision=1, reason="Typo"))
    assert "Add Cough" in searched.content.decode()
    assert "Typo" in searched.content.decode()
    page = client.post(
        address, form("Four days.", outcome="seen", action="amend", revision=1, reason="Typo"), follow=True
    ).content.decode()
    assert "Four days." in page
    assert "Three days." in page
    assert "Amended because: Typo" in page


def test_what_was_typed_after_a_colleague_finished_becomes_an_amendment(client: Client, begun: int) -> None:
    finished(client, begun)
    page = client.post(f"/consultations/{begun}", form("Late words.", revision=1))
    assert page.status_code == 409
    assert "Late words." in page.content.decode()
    assert "save it as an amendment" in page.content.decode()


def test_nobody_else_gets_in(cast: World, visiting: Patient, begun: int) -> None:
    for actor, status in ((cast.charlie, 404), (cast.farah, 404), (cast.ada, 403), (cast.carys, 403)):
        stranger = signed_in_as(actor)
        for address in (f"/consultations/{begun}", f"/consultations/{begun}/finish", f"/consultations/{begun}/amend"):
            page = stranger.get(address)
            assert page.status_code == status
            assert "SMITH" not in page.content.decode()


def test_what_the_booking_said_stays_in_sight_while_writing(cast: World, client: Client, begun: int) -> None:
    with unit_of_work(cast.bilal):
        Booking.objects.update(reason="Cough", notes="Polish interpreter; step-free room")
    operations.save_draft(actor=cast.bilal, now=timezone.now(), consultation_id=begun, revision=0, notes=notes())
    for page in (f"/consultations/{begun}", f"/consultations/{begun}/finish"):
        shown = client.get(page).content.decode()
        assert "Polish interpreter; step-free room" in shown
        assert "Reason: Cough" in shown


@pytest.mark.parametrize(
    ("state", "said"), [("deceased", "Recorded as deceased on 20 November 2026"), ("left", "Recorded as having left")]
)
def test_who_died_or_left_is_marked_so_beside_the_name(
    cast: World, client: Client, visiting: Patient, begun: int, state: str, said: str
) -> None:
    assert "Recorded as" not in client.get(f"/consultations/{begun}").content.decode()
    with unit_of_work(cast.carys):
        Patient.objects.filter(pk=visiting.pk).update(registration_state=state, died_on="2026-11-20")
    assert said in client.get(f"/consultations/{begun}").content.decode()


def test_after_finishing_the_appointment_can_be_closed_on_the_same_page(
    cast: World, client: Client, begun: int
) -> None:
    now = timezone.now()
    operations.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    finished = client.post(f"/consultations/{begun}/finish", {"revision": 1}, follow=True).content.decode()
    assert "The appointment is still open" in finished
    with unit_of_work(cast.bilal):
        booking = Booking.objects.get()
    pressed = client.post(
        reverse("booking-status", args=[booking.pk]),
        {"status": "left", "version": booking.version, "day": now.date().isoformat()},
    )
    assert pressed.status_code == 302
    assert "The appointment is still open" not in client.get(f"/consultations/{begun}").content.decode()
    with unit_of_work(cast.bilal):
        assert Booking.objects.get().status == "left"
