"""What may be believed of another system's answers, and of what stands there, where our own books are behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import cancel as hub_cancel
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.connections.gpconnect import changing, directory, jobs
from pcnhub.connections.gpconnect.booking import book
from pcnhub.connections.gpconnect.models import BookingElsewhere
from pcnhub.connections.gpconnect.preparing import SlotGone
from pcnhub.connections.gpconnect.refusals import ChangedThere, WishKeyReused
from pcnhub.connections.gpconnect.settling import settle
from pcnhub.connections.gpconnect.standing import look
from pcnhub.connections.gpconnect.views import booking_elsewhere, bookings_elsewhere
from pcnhub.connections.gpconnect.words import State
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from tests.cast import NOW, World, patient
from tests.connections.gpconnect.elsewhere import Elsewhere
from tests.connections.gpconnect.wire import Wire

BOOK, SEARCH = "rest:create:appointment-1", "rest:search:slot-1"


@pytest.fixture
def e(w: World, wire: Wire) -> Elsewhere:
    return Elsewhere(w)


@pytest.mark.parametrize(
    ("status", "content", "media"),
    [
        (408, b"<html>timeout</html>", "text/html"),
        (429, b"<html>slow down</html>", "text/html"),
        (404, b"", "text/plain"),
        (
            400,
            b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]}',
            "application/json",
        ),
    ],
)
def test_only_gp_connects_own_word_is_a_no(
    e: Elsewhere, wire: Wire, status: int, content: bytes, media: str
) -> None:  # fmt: skip
    """The provider has booked; something between us answers in its place."""

    def between(request: httpx.Request) -> httpx.Response:
        wire.through(request)
        return httpx.Response(status, content=content, headers={"Content-Type": media})

    wire.on[BOOK] = between
    booked = e.book()
    (there,) = e.at_hub()
    assert (booked.state, booked.appointment_id) == (State.BOOKED, str(there.pk))
    assert "gpconnect.in-doubt" in e.audited()
    assert "gpconnect.refused" not in e.audited()


def test_an_old_cancelled_appointment_settles_no_new_wish(e: Elsewhere, wire: Wire) -> None:
    """Booked, cancelled, and booked again with the same words; the second call is long on its way."""
    first = e.book()
    changing.cancel(actor=e.charlie, now=NOW, booking_id=first.id, reason="Better")
    held: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response:
        held.append(request)
        raise httpx.ReadTimeout("too late", request=request)

    wire.on[BOOK] = slow
    doubted = e.book(idempotency_key="two")
    assert (doubted.state, doubted.appointment_id) == (State.IN_DOUBT, "")
    wire.through(held[0])
    settled = settle(actor=e.charlie, now=NOW + timedelta(minutes=5), booking_id=doubted.id)
    _, second = e.at_hub()
    assert (settled.state, settled.appointment_id) == (State.BOOKED, str(second.pk))


def test_what_was_made_before_the_wish_is_not_its_appointment(
    e: Elsewhere, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An appointment of the same slot and words that our books do not know, cancelled long ago."""
    first = e.book()
    changing.cancel(actor=e.charlie, now=NOW, booking_id=first.id, reason="Better")
    with unit_of_work(e.charlie):
        BookingElsewhere.objects.update(appointment_id="")
    wire.on[BOOK] = wire.cut_before
    later = NOW + timedelta(minutes=20)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    doubted = book(actor=e.charlie, now=later, wish=e.wish(idempotency_key="two"))
    settled = settle(actor=e.charlie, now=later + timedelta(minutes=3), booking_id=doubted.id)
    assert settled.state is State.NOT_BOOKED


def test_a_booking_that_was_cancelled_there_settles_once_nothing_can_arrive(e: Elsewhere, wire: Wire) -> None:
    def booked_and_cancelled(request: httpx.Request) -> httpx.Response:
        wire.through(request)
        hub_cancel(actor=e.w.carys, now=NOW, booking_id=e.at_hub()[0].pk, version=None, reason="Clinic closed")
        raise httpx.ReadTimeout("too late", request=request)

    wire.on[BOOK] = booked_and_cancelled
    doubted = e.book()
    assert doubted.state is State.IN_DOUBT
    settled = settle(actor=e.charlie, now=NOW + timedelta(minutes=3), booking_id=doubted.id)
    assert settled.state is State.CANCELLED


def test_a_key_answers_for_its_own_wish_alone(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    other = patient(e.w.outside, "9990000042", "Al", "Two", date(1991, 1, 1)).pk
    before = len(wire.requests)
    for another in (
        {"slot": 1},
        {"description": "Knee"},
        {"comment": ""},
        {"patient_id": other},
        {"endpoint_id": e.endpoint_id + 1},
        {"day": e.day + timedelta(days=1)},
    ):
        with pytest.raises(WishKeyReused):
            e.book(**another)
    assert e.book().id == booked.id
    assert len(wire.requests) == before
    with pytest.raises(NotPermitted):
        book(actor=replace(e.charlie, permissions=frozenset()), now=NOW, wish=e.wish())


def test_a_patient_who_is_protected_later_is_withheld(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    with unit_of_work(e.charlie):
        Patient.objects.filter(pk=e.patient_id).update(is_sensitive=True)
    reception = replace(e.charlie, permissions=e.charlie.permissions - {Permission.VIEW_SENSITIVE})
    before = len(wire.requests)
    with pytest.raises(NotFound):
        booking_elsewhere(actor=reception, now=NOW, booking_id=booked.id)
    with pytest.raises(NotFound):
        changing.amend(actor=reception, now=NOW, booking_id=booked.id, description="x", comment="")
    with pytest.raises(NotFound):
        settle(actor=reception, now=NOW, booking_id=booked.id)
    with pytest.raises(NotFound):
        book(actor=reception, now=NOW, wish=e.wish())
    assert bookings_elsewhere(actor=reception, now=NOW, patient_id=e.patient_id) == ()
    assert len(wire.requests) == before
    assert booking_elsewhere(actor=e.charlie, now=NOW, booking_id=booked.id).id == booked.id
    worker = system_actor_for(organisation_id=e.w.outside.pk)
    assert settle(actor=worker, now=NOW, booking_id=booked.id).id == booked.id


def test_a_slot_that_is_gone_is_said_to_be_though_nothing_else_is_known(e: Elsewhere, wire: Wire) -> None:
    """The provider says that it is taken, or lists nothing, and is then not to be reached for the next free ones."""

    def taken(_: httpx.Request) -> httpx.Response:
        wire.on[SEARCH] = wire.unreachable
        issue = {"severity": "error", "code": "duplicate", "details": {"coding": [{"code": "DUPLICATE_REJECTED"}]}}
        return httpx.Response(409, json={"resourceType": "OperationOutcome", "issue": [issue]})

    def nothing(_: httpx.Request) -> httpx.Response:
        wire.on[SEARCH] = wire.cut_before
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset"})

    wire.on[BOOK] = taken
    with pytest.raises(SlotGone) as gone:
        e.book()
    assert gone.value.alternatives == ()
    assert e.kept().state == "refused"
    wire.on[SEARCH] = nothing
    with pytest.raises(SlotGone):
        e.book(idempotency_key="two")


def test_a_change_there_is_read_before_it_is_written_over(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    with unit_of_work(e.w.carys):
        Booking.objects.update(reason="Bring insulin", notes="Ring first", version=2, changed_at=NOW)
    words = {"description": "Cough, worse", "comment": ""}
    with pytest.raises(ChangedThere):
        changing.amend(actor=e.charlie, now=NOW, booking_id=booked.id, **words)
    assert (e.at_hub()[0].reason, e.kept().description, e.kept().comment) == (
        "Bring insulin", "Bring insulin", "Ring first",
    )  # fmt: skip
    with pytest.raises(ChangedThere):  # another person's page, older than our books
        changing.cancel(actor=e.charlie, now=NOW, booking_id=booked.id, reason="x", version=booked.version)
    done = changing.amend(actor=e.charlie, now=NOW, booking_id=booked.id, version=e.kept().version, **words)
    assert (done.state, e.at_hub()[0].reason) == (State.BOOKED, "Cough, worse")


@pytest.mark.parametrize("act", ["amend", "cancel", "look"])
def test_what_was_cancelled_there_is_cancelled_here(e: Elsewhere, wire: Wire, act: str) -> None:
    booked = e.book()
    hub_cancel(actor=e.w.carys, now=NOW, booking_id=e.at_hub()[0].pk, version=None, reason="Clinic closed")
    it: dict[str, Any] = {"actor": e.charlie, "now": NOW, "booking_id": booked.id}
    if act == "amend":
        found = changing.amend(**it, description="Cough, worse", comment="")
    elif act == "cancel":
        found = changing.cancel(**it, reason="Better")
    else:
        found = look(**it)
    assert (found.state, "cancelled there" in found.answer) == (State.CANCELLED, True)
    assert e.kept().state == "cancelled"
    assert not {"rest:update:appointment-1", "rest:cancel:appointment-1"} & set(wire.asked())


def test_of_a_day_that_has_passed_a_person_is_told_to_telephone(
    e: Elsewhere, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider refuses to look at days that are over, so that the worker would ask for ever."""
    wire.on[BOOK] = wire.cut_before
    e.book()
    later = NOW + timedelta(days=30)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    job = Job.objects.get(fact="gpconnect.asked")
    worker = system_actor_for(organisation_id=e.w.outside.pk)
    jobs.on_asked(Told(job.fact, job.payload, worker, later, job.pk, job.dedup_key))
    assert e.kept().state == "in-doubt"
    assert "Ask by telephone on 01724 222." in e.kept().answer


@pytest.mark.parametrize(("is_https", "problems"), [(True, ["service_root"]), (False, [])])
def test_this_machine_is_no_other_system_in_production(settings: Any, is_https: bool, problems: list[str]) -> None:
    settings.HUB = settings.HUB.model_copy(update={"https": is_https})
    root = "http://127.0.0.1:8001/X99999/STU3/1/gpconnect"
    facts = directory.EndpointFacts(ods_code="X99999", name="Far Hub", service_root=root, asid="918999198739")
    assert [each.field for each in directory.problems_of(facts)] == problems
