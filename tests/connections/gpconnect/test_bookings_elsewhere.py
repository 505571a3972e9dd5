"""Finding, booking, amending and cancelling at another system, over a wire on which everything can go wrong."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.models import Patient
from pcnhub.connections.gpconnect import asking, changing, directory, jobs, preparing, searching
from pcnhub.connections.gpconnect import booking as elsewhere
from pcnhub.connections.gpconnect.client import CallInsideUnitOfWork, Question
from pcnhub.connections.gpconnect.preparing import SlotGone
from pcnhub.connections.gpconnect.refusals import (
    IdentityDiffers,
    NoAnswer,
    NotConfigured,
    NotYours,
    SaidNo,
    StillInDoubt,
    Unclear,
)
from pcnhub.connections.gpconnect.settling import settle
from pcnhub.connections.gpconnect.token import WRITE_PATIENT
from pcnhub.connections.gpconnect.views import bookings_elsewhere
from pcnhub.connections.gpconnect.words import State
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World
from tests.connections.gpconnect.elsewhere import NUMBER, Elsewhere
from tests.connections.gpconnect.wire import Wire

BOOK, FIND, REGISTER = "rest:create:appointment-1", "rest:search:patient-1", "operation:gpc.registerpatient-1"


@pytest.fixture
def e(w: World, wire: Wire) -> Elsewhere:
    return Elsewhere(w)


def test_a_patient_is_registered_booked_amended_and_cancelled(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    assert booked.state is State.BOOKED
    (there,) = e.at_hub()
    assert (str(there.pk), there.reason, there.notes) == (booked.appointment_id, "Cough", "Rings first")
    assert wire.asked() == ["rest:search:slot-1", FIND, REGISTER, BOOK]

    amended = changing.amend(
        actor=e.charlie, now=NOW, booking_id=booked.id, description="Cough, worse", comment="Step-free room"
    )
    assert (amended.state, amended.description) == (State.BOOKED, "Cough, worse")
    assert amended.version != booked.version
    assert e.at_hub()[0].reason == "Cough, worse"

    cancelled = changing.cancel(actor=e.charlie, now=NOW, booking_id=booked.id, reason="Better again")
    assert cancelled.state is State.CANCELLED
    assert e.at_hub()[0].status == "cancelled"
    with pytest.raises(NotYours):
        changing.cancel(actor=e.charlie, now=NOW, booking_id=booked.id, reason="Again")
    assert [action for action in e.audited() if action in ("gpconnect.asking", "gpconnect.booked", "gpconnect.cancelled")] == [
        "gpconnect.asking", "gpconnect.booked", "gpconnect.asking", "gpconnect.booked", "gpconnect.asking",
        "gpconnect.cancelled",
    ]  # fmt: skip


def test_xml_and_json_book_the_same(e: Elsewhere, wire: Wire, settings: object) -> None:
    hub = settings.HUB  # type: ignore[attr-defined]
    settings.HUB = hub.model_copy(update={"gp_connect_client_format": "xml"})  # type: ignore[attr-defined]
    assert e.book().state is State.BOOKED
    assert wire.requests[-1].content.startswith(b"<?xml")
    assert wire.requests[-1].headers["Content-Type"] == "application/fhir+xml;charset=utf-8"


def test_each_request_says_anew_who_asks(e: Elsewhere, wire: Wire) -> None:
    e.book()
    traces = [request.headers["Ssp-TraceID"] for request in wire.requests]
    assert len(set(traces)) == len(traces)
    for request in wire.requests:
        assert (request.headers["Ssp-From"], request.headers["Ssp-To"]) == ("200000000359", "918999198738")
        assert request.headers["Accept-Encoding"] == "gzip"
        bearer, token = request.headers["Authorization"].split()
        header, body, signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        assert (bearer, signature, header) == (
            "Bearer",
            "",
            base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode(),
        )
        assert claims["exp"] - claims["iat"] == 300
        assert claims["sub"] == claims["requesting_practitioner"]["id"] == e.charlie.user.replace(":", "-")
        assert claims["requesting_practitioner"]["name"] == [{"family": "Cast", "given": ["Charlie"]}]
        assert claims["requesting_practitioner"]["identifier"][0]["value"] == "UNK"  # Charlie has no national user id
        assert claims["requesting_organization"]["identifier"][0]["value"] == "C83003"
        assert claims["reason_for_request"] == "directcare"
        assert NUMBER not in str(request.url) or Wire.interaction(request) == FIND


def test_the_wish_is_on_record_before_it_is_sent(e: Elsewhere, wire: Wire) -> None:
    seen: list[tuple[str, str]] = []

    def look(request: httpx.Request) -> httpx.Response:
        kept = e.kept()
        seen.append((kept.state, kept.deed))
        return wire.through(request)

    wire.on[BOOK] = look
    e.book()
    assert seen == [("asking", "book")]


def test_nothing_is_asked_for_inside_a_unit_of_work(e: Elsewhere, wire: Wire) -> None:
    """The wish would not be committed when it is sent."""
    place = directory.endpoint(actor=e.charlie, endpoint_id=e.endpoint_id).place
    question = Question(BOOK, WRITE_PATIENT, "Appointment", method="POST", changes=True)
    with pytest.raises(CallInsideUnitOfWork), unit_of_work(e.charlie):
        searching.link_for(actor=e.charlie, now=NOW).ask(place, question)
    assert not wire.requests


def test_a_second_press_of_the_button_asks_nothing(e: Elsewhere, wire: Wire) -> None:
    first = e.book()
    before = len(wire.requests)
    assert e.book().id == first.id
    assert len(wire.requests) == before


def test_a_time_out_is_looked_up_and_never_repeated(e: Elsewhere, wire: Wire) -> None:
    wire.on[BOOK] = wire.cut_after
    booked = e.book()
    assert booked.state is State.BOOKED
    assert len(e.at_hub()) == 1
    assert booked.appointment_id == str(e.at_hub()[0].pk)
    assert wire.asked().count(BOOK) == 1
    assert "gpconnect.in-doubt" in e.audited()


def test_what_did_not_arrive_stays_in_doubt_until_it_cannot_arrive_any_more(e: Elsewhere, wire: Wire) -> None:
    wire.on[BOOK] = wire.cut_before
    doubted = e.book()
    assert doubted.state is State.IN_DOUBT
    with pytest.raises(StillInDoubt):
        changing.cancel(actor=e.charlie, now=NOW, booking_id=doubted.id, reason="x")
    assert e.book().state is State.IN_DOUBT  # the same wish again asks nothing
    assert wire.asked().count(BOOK) == 1
    later = NOW + timedelta(minutes=3)
    settled = settle(actor=e.charlie, now=later, booking_id=doubted.id)
    assert settled.state is State.NOT_BOOKED
    assert not e.at_hub()


def test_the_worker_looks_whoever_died(e: Elsewhere, wire: Wire) -> None:
    """The process is killed between the call and writing down its answer."""

    def killed(request: httpx.Request) -> httpx.Response:
        wire.through(request)
        raise KeyboardInterrupt

    wire.on[BOOK] = killed
    with pytest.raises(KeyboardInterrupt):
        e.book()
    assert e.kept().state == "asking"
    job = Job.objects.get(fact="gpconnect.asked")
    assert job.run_after == NOW + timedelta(minutes=2)
    system = system_actor_for(organisation_id=job.organisation_id)
    jobs.on_asked(Told(job.fact, job.payload, system, job.run_after, job.pk, job.dedup_key))
    assert e.kept().state == "booked"
    assert e.kept().appointment_id == str(e.at_hub()[0].pk)


def test_an_unreachable_provider_leaves_no_doubt(e: Elsewhere, wire: Wire) -> None:
    wire.on[BOOK] = wire.unreachable
    with pytest.raises(NoAnswer) as silence:
        e.book()
    assert not silence.value.was_sent
    assert e.kept().state == "not-booked"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(201, json={"resourceType": "Patient", "id": "1"}),
        httpx.Response(201, content=b""),
        httpx.Response(200, content=b"<html>Welcome</html>", headers={"Content-Type": "text/html"}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(
            500, json={"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]}
        ),
        httpx.Response(502, content=b"bad gateway"),
        httpx.Response(
            200, json={"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "value"}]}
        ),
    ],
)
def test_an_unknown_answer_is_never_success(e: Elsewhere, wire: Wire, answer: httpx.Response) -> None:
    wire.on[BOOK] = lambda _: answer
    assert e.book().state is State.IN_DOUBT
    assert wire.asked().count(BOOK) == 1


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"status": "cancelled"}, {"slot": [{"reference": "Slot/999"}]}, {"start": "2026-11-24T23:00:00+00:00"},
     {"participant": [{"actor": {"reference": "Patient/999"}, "status": "accepted"}]}],
)  # fmt: skip
def test_another_appointment_than_the_one_asked_for_is_not_ours(
    e: Elsewhere, wire: Wire, change: dict[str, object]
) -> None:
    def other(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        answer = {**sent, "id": "77", "meta": {"versionId": "1"}, **change}
        return httpx.Response(201, json={name: value for name, value in answer.items() if value != ""})

    wire.on[BOOK] = other
    assert e.book().state is State.IN_DOUBT


def test_a_lost_race_offers_the_next_slots(e: Elsewhere, wire: Wire) -> None:
    def somebody_else(request: httpx.Request) -> httpx.Response:
        headers = httpx.Headers(request.headers)
        headers["Ssp-TraceID"], headers["Content-Length"] = "1", str(len(request.content) - 1)
        theirs = request.content.replace(b"Cough", b"Knee")
        assert wire.through(httpx.Request("POST", request.url, headers=headers, content=theirs)).status_code == 201
        return wire.through(request)

    wire.on[BOOK] = somebody_else
    with pytest.raises(SlotGone) as gone:
        e.book()
    assert [each.slot_id for each in gone.value.alternatives] == [str(slot.id) for slot in e.slots[1:4]]
    assert e.kept().state == "refused"


def test_a_slot_that_is_gone_is_seen_before_anything_is_asked(e: Elsewhere, wire: Wire) -> None:
    e.book()
    with pytest.raises(SlotGone) as gone:
        e.book(idempotency_key="another")
    assert gone.value.alternatives[0].slot_id == str(e.slots[1].id)
    assert wire.asked().count(BOOK) == 1


def outcome(code: str, status: int) -> httpx.Response:
    coding = {"system": "x", "code": code, "display": code}
    issue = {"severity": "error", "code": "invalid", "details": {"coding": [coding]}, "diagnostics": "Because."}
    return httpx.Response(status, json={"resourceType": "OperationOutcome", "issue": [issue]})


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("ACCESS_DENIED", 403, "have not switched on"),
        ("ACCESS DENIED", 403, "have not switched on"),
        ("FOT_CHECK_FAILED_X", 403, "no national agreement"),
        ("INVALID_RESOURCE", 422, "would not take it"),
        ("SOMETHING_NEW", 400, "They said no"),
    ],
)
def test_errors_in_plain_words(e: Elsewhere, wire: Wire, code: str, status: int, words: str) -> None:
    wire.on[BOOK] = lambda _: outcome(code, status)
    with pytest.raises(SaidNo) as no:
        e.book()
    assert words in no.value.message
    assert "Because." in no.value.message
    assert no.value.remedy
    assert not no.value.try_again
    assert e.kept().state == "refused"


def test_different_demographics_block_until_a_person_says_so(e: Elsewhere, wire: Wire) -> None:
    e.book()
    with unit_of_work(e.w.carys):
        Patient.objects.filter(nhs_number=NUMBER).update(family_name="Oneill-Smith", birth_date=date(1990, 1, 2))
    prepared = preparing.prepare(
        actor=e.charlie,
        now=NOW,
        patient_id=e.patient_id,
        endpoint_id=e.endpoint_id,
        slot_id=str(e.slots[1].id),
        day=e.day,
    )
    assert [each.field for each in prepared.differences] == ["Family name", "Date of birth"]
    again = {"slot": 1, "idempotency_key": "two"}
    with pytest.raises(IdentityDiffers):
        e.book(**again)
    with pytest.raises(IdentityDiffers):
        e.book(**again, identity_seen="something else")
    assert e.book(**again, identity_seen=prepared.seen).state is State.BOOKED
    assert [action for action in e.audited() if "identity" in action] == [
        "gpconnect.identity-differs", "gpconnect.identity-differs", "gpconnect.identity-confirmed",
    ]  # fmt: skip


def test_accents_and_case_are_no_difference(e: Elsewhere) -> None:
    e.book()
    with unit_of_work(e.w.carys):
        Patient.objects.filter(nhs_number=NUMBER).update(family_name="O’NEILL", given_name="ZOE")
    assert e.book(slot=1, idempotency_key="two").state is State.BOOKED


def test_another_patient_than_the_one_asked_for_is_not_taken(e: Elsewhere, wire: Wire) -> None:
    stranger = {
        "resourceType": "Patient",
        "id": "5",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000017"}],
    }
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": stranger}]}
    wire.on[FIND] = lambda _: httpx.Response(200, json=bundle)
    with pytest.raises(Unclear):
        e.book()
    assert BOOK not in wire.asked()


def test_a_cancellation_in_doubt_is_looked_up(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    wire.on["rest:cancel:appointment-1"] = wire.cut_after
    assert changing.cancel(actor=e.charlie, now=NOW, booking_id=booked.id, reason="Better").state is State.CANCELLED


def test_an_amendment_that_did_not_arrive(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    wire.on["rest:update:appointment-1"] = wire.cut_before
    doubted = changing.amend(actor=e.charlie, now=NOW, booking_id=booked.id, description="New", comment="")
    assert doubted.state is State.IN_DOUBT
    settled = settle(actor=e.charlie, now=NOW + timedelta(minutes=3), booking_id=booked.id)
    assert (settled.state, settled.description) == (State.BOOKED, "Cough")
    assert "did not arrive" in settled.answer


def test_a_change_made_there_meanwhile_is_not_overwritten(e: Elsewhere, wire: Wire) -> None:
    booked = e.book()
    wire.on["rest:cancel:appointment-1"] = lambda _: outcome("FHIR_CONSTRAINT_VIOLATION", 409)
    with pytest.raises(SaidNo, match="changed there"):
        changing.cancel(actor=e.charlie, now=NOW, booking_id=booked.id, reason="x")
    assert e.kept().state == "booked"
    assert wire.requests[-1].headers["If-Match"] == f'W/"{booked.version}"'


def test_bad_input_is_refused_all_at_once_before_anything_is_asked(e: Elsewhere, wire: Wire) -> None:
    with pytest.raises(InvalidInput) as found:
        e.book(description="x" * 101, comment="y" * 501, patient_agrees=False)
    assert [problem.field for problem in found.value.problems] == ["description", "comment", "patient_agrees"]
    assert not wire.requests


def test_without_an_asid_it_says_so_and_how_else(e: Elsewhere, wire: Wire) -> None:
    e.w.outside.asid = ""
    e.w.outside.save(update_fields=["asid"])
    with pytest.raises(NotConfigured) as found:
        e.book()
    assert "Telephone Riverside Hub on 01724 222" in found.value.remedy
    assert not wire.requests


def test_nobody_else_sees_or_uses_it(e: Elsewhere) -> None:
    booked = e.book()
    for other in (e.w.ada, e.w.carys, e.w.dilys):
        with pytest.raises(NotFound):
            changing.cancel(actor=other, now=NOW, booking_id=booked.id, reason="x")
        assert bookings_elsewhere(actor=other, now=NOW, patient_id=e.patient_id) == ()
        assert directory.endpoints(actor=other) == ()
        with pytest.raises(NotFound):
            directory.endpoint(actor=other, endpoint_id=e.endpoint_id)
    nobody = replace(e.charlie, permissions=frozenset())
    with pytest.raises(NotPermitted):
        elsewhere.book(actor=nobody, now=NOW, wish=e.wish(idempotency_key="two"))
    with pytest.raises(NotPermitted):
        searching.search(actor=nobody, now=NOW, places=[], from_on=e.day, to_on=e.day)


def test_a_protected_patient_is_sent_nowhere(e: Elsewhere, wire: Wire) -> None:
    with unit_of_work(e.charlie):
        Patient.objects.filter(pk=e.patient_id).update(is_sensitive=True)
    with pytest.raises(NotPermitted):
        e.book()
    assert not wire.requests


def test_slots_come_with_everything_that_must_be_shown(e: Elsewhere, wire: Wire) -> None:
    place = directory.endpoint(actor=e.charlie, endpoint_id=e.endpoint_id).place
    link = searching.link_for(actor=e.charlie, now=NOW)
    found, unshown = asking.free_slots(link, place, from_on=e.day, to_on=e.day)
    assert [each.slot_id for each in found] == [str(slot.id) for slot in e.slots]
    assert unshown == 0
    assert all(each.location and each.role and each.channel and each.slot_type and each.session for each in found)
