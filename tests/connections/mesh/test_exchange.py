"""A report's whole way, over NHS England's own sandbox and client: out, in, filed, answered; and everything that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from requests.adapters import HTTPAdapter

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.consultations.rules import Section
from pcnhub.care.patients.models import Patient
from pcnhub.care.records.models import FiledConsultation
from pcnhub.care.writeback import queries
from pcnhub.care.writeback.queries import CopyView
from pcnhub.care.writeback.rules import CONFIDENTIAL_CONSULTATION, NO_MAILBOX, UNANSWERED
from pcnhub.connections.mesh import client, jobs, receiving, sending
from pcnhub.connections.mesh.answered import answers_to
from pcnhub.connections.mesh.configuration import configuration
from pcnhub.connections.mesh.mapping.reading import read
from pcnhub.connections.mesh.mapping.words import Answer, Organisation
from pcnhub.connections.mesh.mapping.writing import answer_message, envelope_of_answer
from pcnhub.connections.mesh.models import Contact, Incoming, Outgoing
from pcnhub.connections.mesh.refusals import NoAnswer, NoMailbox, SaidNo
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from tests.cast import NOW, World, system_for
from tests.connections.mesh.conftest import ASH_BOX, HUB_BOX, Exchange
from tests.entrances.client import signed_in_as
from tests.evening import notes, visitor
from tests.rooms.writeback.test_copies import amended, consulted, drain

pytestmark = pytest.mark.django_db
WINDOW = 180
LATER = WINDOW + 60


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash, title="Ms")


def poll(minutes: int) -> None:
    """What the clock starts, and all that follows from it."""
    jobs.ask_to_poll(at(minutes))
    drain(minutes)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def copies(cast: World, consultation_id: int) -> list[CopyView]:
    return list(queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id))


def sent(cast: World, visiting: Patient) -> int:
    consultation_id = consulted(cast, visiting)
    drain(WINDOW)
    return consultation_id


def inbox(mesh: Exchange, mailbox: str) -> list[str]:
    with mesh.client(mailbox) as there:
        return list(there.list_messages())


def test_a_report_goes_out_is_filed_and_both_answers_come_back(cast: World, visiting: Patient, mesh: Exchange) -> None:
    consultation_id = sent(cast, visiting)
    (copy,) = copies(cast, consultation_id)
    (there,) = inbox(mesh, ASH_BOX)
    assert (copy.state, copy.message_id) == ("sent", there)
    with mesh.client(ASH_BOX) as ash:
        message = ash.retrieve_message(there)
        report = read(message.read()).report
    assert message.workflow_id == "GPFED_CONSULT_REPORT"
    assert (message.local_id or "").startswith("Y07108-")
    assert message.subject == (
        "Consultation report for Ms Jane Smith, NHS Number 9000000009, seen at Riverside Enhanced Access Hub, "
        "ODS Code Y07108, Version 1"
    )
    assert report is not None
    assert report.patient.nhs_number == "9000000009"
    assert report.author.sds_user_id == "555021935107"

    poll(LATER)  # the practice takes it in, files it and answers; the hub may look before or after
    poll(LATER + 1)
    (copy,) = copies(cast, consultation_id)
    assert copy.state == "acknowledged"
    assert copy.receipt.startswith("A81001 30001 ")
    assert inbox(mesh, ASH_BOX) == inbox(mesh, HUB_BOX) == []
    with unit_of_work(system_for(cast.ash)):
        (filed,) = FiledConsultation.objects.filter(organisation=cast.ash)
        assert filed.patient_id == cast.patient_of_ash.pk
        assert len(filed.document_ids) == 1
    with unit_of_work(system_for(cast.hub)):
        assert sorted(Outgoing.objects.values_list("state", flat=True)) == ["accepted"]
        assert b"Smith" not in bytes(Outgoing.objects.get().sealed)
        assert sorted(Incoming.objects.values_list("code", flat=True)) == ["20013", "30001"]
    with unit_of_work(cast.charlie):
        assert not Outgoing.objects.exists()
        assert not Incoming.objects.exists()
        assert not Contact.objects.exists()


def test_an_amendment_replaces_what_was_filed_and_nothing_is_taken_in_twice(
    cast: World, visiting: Patient, mesh: Exchange
) -> None:
    consultation_id = sent(cast, visiting)
    poll(LATER)
    amended(cast, consultation_id, 1, "two", LATER)
    drain(LATER + WINDOW)
    (again,) = inbox(mesh, ASH_BOX)
    ash = system_for(cast.ash)
    receiving.take_in(actor=ash, now=at(LATER + WINDOW), message_id=again)
    receiving.take_in(
        actor=ash, now=at(LATER + WINDOW), message_id=again
    )  # a worker died before it was forgotten there
    poll(LATER + WINDOW + 1)
    poll(LATER + WINDOW + 2)
    assert [copy.state for copy in copies(cast, consultation_id)] == ["acknowledged", "acknowledged"]
    with unit_of_work(ash):
        filed = FiledConsultation.objects.filter(organisation=cast.ash).order_by("version")
        assert [row.version for row in filed] == [1, 2]
        assert len({row.source_key for row in filed}) == 1


def cut_after_it_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange takes the first message; its answer never arrives."""
    through: Callable[..., requests.Response] = HTTPAdapter.send
    cut: list[str] = []

    def send(self: HTTPAdapter, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        answer = through(self, request, **more)
        if request.method == "POST" and (request.url or "").endswith("/outbox") and not cut:
            cut.append(request.url or "")
            raise requests.ConnectionError("cut")
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)


@pytest.mark.parametrize("asks_first", [True, False])
def test_a_lost_answer_never_sends_twice(
    cast: World, visiting: Patient, mesh: Exchange, monkeypatch: pytest.MonkeyPatch, *, asks_first: bool
) -> None:
    cut_after_it_was_taken(monkeypatch)
    if not asks_first:  # the negative control: without the question, it would be sent again
        monkeypatch.setattr(client.Mailbox, "find_sent", lambda *_: None)
    consultation_id = sent(cast, visiting)
    (copy,) = copies(cast, consultation_id)
    assert copy.state == "sending"
    assert len(inbox(mesh, ASH_BOX)) == 1
    drain(LATER)
    (copy,) = copies(cast, consultation_id)
    assert copy.state == "sent"
    assert len(inbox(mesh, ASH_BOX)) == (1 if asks_first else 2)


@pytest.mark.parametrize(
    ("surname", "code", "words"),
    [("Smyth", "mesh-epl-154", "Surname or date of birth"), ("", "mesh-epl-153", "found nobody")],
)
def test_what_cannot_be_routed_comes_back_in_plain_words(
    cast: World, visiting: Patient, mesh: Exchange, surname: str, code: str, words: str
) -> None:
    from pcnhub.demo.exchange import write_routes

    routes = {"9000000009": {"born": "19800412", "surname": surname, "mailbox": ASH_BOX}}
    write_routes(mesh.folder, routes if surname else {})
    consultation_id = sent(cast, visiting)
    poll(LATER)
    (copy,) = copies(cast, consultation_id)
    assert (copy.state, copy.reason_code) == ("refused", code)
    assert words in copy.reason
    assert copy.remedy


def test_what_nobody_fetched_and_what_the_practice_refuses_is_work_for_a_person(
    cast: World, visiting: Patient, mesh: Exchange
) -> None:
    consultation_id = sent(cast, visiting)
    (copy,) = copies(cast, consultation_id)
    report = {
        "mailbox_id": HUB_BOX, "code": "14", "description": "Not collected", "workflow_id": "GPFED_CONSULT_REPORT",
        "status": "undeliverable", "linked_message_id": copy.message_id,
    }  # fmt: skip
    mesh.admin("POST", "admin/report", json=report)
    jobs.ask_to_poll(at(LATER))
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(family_name="Brown")
    drain(LATER)
    (copy,) = copies(cast, consultation_id)
    assert (copy.state, copy.reason_code) == ("refused", "mesh-14")
    poll(LATER + 1)
    with unit_of_work(system_for(cast.ash)):
        assert not FiledConsultation.objects.filter(organisation=cast.ash).exists()
        assert Incoming.objects.get().code == "30002"
    with unit_of_work(system_for(cast.hub)):
        assert "not known at the practice" in Outgoing.objects.get().said
    # what the refusing system said itself: for who must act, on record, and for nobody else
    by_exchange, arrived, refused = answers_to(actor=cast.bilal, now=at(LATER + 1), copy_id=copy.id)
    assert (by_exchange.is_of_exchange, arrived.code, refused.code) == (True, "20013", "30002")
    assert "another surname is held here" in refused.wording
    shown = signed_in_as(cast.bilal).get(f"/write-back/copies/{copy.id}/answers").content.decode()
    assert "another surname is held here" in shown
    for nobody in (cast.charlie, cast.ada):
        with pytest.raises((NotFound, NotPermitted)):
            answers_to(actor=nobody, now=at(LATER + 1), copy_id=copy.id)
    with unit_of_work(cast.bilal):
        assert AuditEvent.objects.filter(action="mesh.answers-opened").count() == 2


def test_the_practices_mailbox_is_looked_up_where_routing_is_not_allowed(
    cast: World, visiting: Patient, mesh: Exchange, settings: Any
) -> None:
    settings.HUB = settings.HUB.model_copy(update={"mesh_routing": "lookup"})
    (copy,) = copies(cast, sent(cast, visiting))
    assert copy.state == "sent"
    assert inbox(mesh, ASH_BOX) == [copy.message_id]
    with client.opened(configuration(), "Y07108") as mailbox:
        assert mailbox.lookup("B82002", "GPFED_CONSULT_REPORT") == ()


def test_without_a_mailbox_it_waits_and_goes_by_itself_once_there_is_one(
    cast: World, visiting: Patient, mesh: Exchange, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = settings.HUB
    settings.HUB = whole.model_copy(update={"mesh_url": "", "mesh_mailbox": (), "mesh_password": None})
    consultation_id = sent(cast, visiting)
    poll(LATER)
    (copy,) = copies(cast, consultation_id)
    assert (copy.state, copy.reason_code, copy.message_id) == ("handed-over", NO_MAILBOX, "")
    settings.HUB = whole
    with monkeypatch.context() as broken:  # one that can't be built holds up nothing but itself
        broken.setattr(sending, "report_message", lambda *_: 1 / 0)
        poll(LATER + 1)
    with unit_of_work(system_for(cast.hub)):
        assert Contact.objects.get().answered_at == at(LATER + 1)
    poll(LATER + 30)
    (copy,) = copies(cast, consultation_id)
    assert (copy.state, copy.reason_code) == ("sent", "")


def test_late_answers_are_told_once_and_an_answer_that_comes_yet_counts(
    cast: World, visiting: Patient, mesh: Exchange
) -> None:
    consultation_id = sent(cast, visiting)
    for minutes in (WINDOW + 23 * 60, WINDOW + 25 * 60, WINDOW + 26 * 60):
        jobs.ask_to_watch(at(minutes))
        drain(minutes)
        (copy,) = copies(cast, consultation_id)
        assert (copy.reason_code == UNANSWERED) == (minutes > WINDOW + 24 * 60)
    poll(WINDOW + 27 * 60)
    poll(WINDOW + 27 * 60 + 1)
    (copy,) = copies(cast, consultation_id)
    assert (copy.state, copy.reason_code) == ("acknowledged", "")


def test_what_fits_nothing_is_kept_for_a_person_and_forgotten_at_the_exchange(cast: World, mesh: Exchange) -> None:
    with mesh.client(ASH_BOX) as ash:
        ash.send_message(HUB_BOX, b"<x/>", workflow_id="GPFED_CONSULT_REPORT_ACK")
        ash.send_message(HUB_BOX, b"<x/>", workflow_id="SOMETHING_ELSE")
    poll(0)
    assert inbox(mesh, HUB_BOX) == []
    failed = Job.objects.filter(fact="mesh.kept")
    assert [job.state for job in failed] == [JobState.FAILED, JobState.FAILED]
    assert all(job.error_code == receiving.KEPT and job.remedy for job in failed)


def test_of_a_confidential_consultation_no_word_leaves(cast: World, visiting: Patient, mesh: Exchange) -> None:
    from tests.evening import waiting

    consultation_id = consulting.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, visiting))
    secret = replace(notes(), sections=(Section("History", "SECRETWORD"),), is_confidential=True)
    revision = consulting.save_draft(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=secret
    )
    consulting.finish(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=revision)
    drain(WINDOW)
    with mesh.client(ASH_BOX) as ash:
        message = ash.retrieve_message(ash.list_messages()[0])
        body = message.read()
    report = read(body).report
    assert report is not None
    assert report.is_confidential
    assert b"SECRETWORD" not in body
    assert message.subject == "Consultation report for Ms Jane Smith, NHS Number 9000000009, Version 1"
    (copy,) = copies(cast, consultation_id)
    shown = queries.report(actor=cast.bilal, now=NOW, copy_id=copy.id)
    from pcnhub.care.writeback.rules import redacted
    from pcnhub.connections.mesh.report import page_of

    page = str(page_of(redacted(shown)))
    assert CONFIDENTIAL_CONSULTATION in page
    assert not any(word in page for word in ("SECRETWORD", "Bilal", "Riverside", "Cough"))


@pytest.mark.parametrize(("names", "expected"), [("header", "accepted"), ("nothing", "accepted"), ("another", "sent")])
def test_an_answer_counts_for_the_version_that_it_names(
    cast: World, visiting: Patient, mesh: Exchange, names: str, expected: str
) -> None:
    sent(cast, visiting)
    with unit_of_work(system_for(cast.hub)):
        row = Outgoing.objects.get()
    to_header = {"header": str(row.header_id), "nothing": "", "another": str(uuid4())}[names]
    answer = Answer("30001", "", str(row.encounter_id), Organisation("A81001"), at(LATER), to_header)
    body = answer_message(answer, envelope_of_answer(names, kind="business", mailbox=ASH_BOX))
    with mesh.client(ASH_BOX) as ash:
        ash.send_message(HUB_BOX, body, workflow_id="GPFED_CONSULT_REPORT_ACK")
        ash.acknowledge_message(row.message_id)
    poll(LATER)
    with unit_of_work(system_for(cast.hub)):
        assert Outgoing.objects.get().state == expected
        assert Incoming.objects.get().state == ("kept" if names == "another" else "taken")


def test_the_command_says_what_is_amiss_by_its_exit_code(
    cast: World, mesh: Exchange, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from click.testing import CliRunner

    from pcnhub.entrances.cli import hub
    from pcnhub.entrances.cli.mesh import command

    monkeypatch.setattr(hub, "opened_hub", nullcontext)
    run = CliRunner().invoke
    good = run(command, ["check", "--practice", "a81001"])
    assert (good.exit_code, "Y07108 X26HUB1: answered in" in good.stdout) == (0, True)
    amiss = run(command, ["check", "--organisation", "Y07108", "--practice", "B82002", "--json"])
    assert amiss.exit_code == 1
    assert json.loads(amiss.stdout)[0]["routes"] == [{"ods_code": "B82002", "mailboxes": []}]
    settings.HUB = settings.HUB.model_copy(update={"mesh_url": ""})
    assert isinstance(run(command, ["check"]).exception, NoMailbox)


def test_who_shows_no_certificate_or_trusts_another_authority_gets_nowhere(mesh: Exchange, settings: Any) -> None:
    from pydantic import SecretStr

    with client.opened(configuration(), "Y07108") as mailbox:
        mailbox.handshake()
    whole = settings.HUB
    for change in ({"mesh_certificate": None, "mesh_key": None}, {"mesh_authority": mesh.stranger}):
        settings.HUB = whole.model_copy(update=change)
        with client.opened(configuration(), "Y07108") as mailbox, pytest.raises(NoAnswer):
            mailbox.handshake()
    settings.HUB = whole.model_copy(update={"mesh_shared_key": SecretStr("another")})
    with client.opened(configuration(), "Y07108") as mailbox, pytest.raises(SaidNo, match="password"):
        mailbox.handshake()


def test_the_probe_greets_the_mailbox_and_asks_where_reports_would_go(
    cast: World, mesh: Exchange, settings: Any
) -> None:
    from pcnhub.care.organisations.models import Organisation
    from pcnhub.care.organisations.queries import network_of_hub
    from pcnhub.connections.mesh.models import Contact
    from pcnhub.connections.mesh.probes import PROBES
    from pcnhub.foundations.kernel.findings import State

    def probed() -> tuple[State, str]:
        network = network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
        (found,) = PROBES["CHK-D6"](actor=system_for(cast.hub), hub=network, now=NOW)
        return found.state, found.evidence

    state, said = probed()
    assert (state, "answered, and 1 practices elsewhere have one mailbox each" in said) == (State.MET, True)
    with unit_of_work(system_for(cast.hub)):
        assert Contact.objects.get().answered_at == NOW
    Organisation.objects.filter(pk=cast.birch.pk).update(system="TPP")
    state, said = probed()
    assert (state, "reports to B82002 to no mailbox" in said) == (State.UNMET, True)
    whole = settings.HUB
    settings.HUB = whole.model_copy(update={"mesh_certificate": None, "mesh_key": None})
    assert probed()[0] is State.UNKNOWN  # silence is no answer
    settings.HUB = whole.model_copy(update={"mesh_url": ""})
    assert probed()[0] is State.UNMET
