"""What leaves is the published message, element by element; what arrives is read, and judged by the requirements."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from pcnhub.care.writeback.rules import ReportAuthor
from pcnhub.connections.mesh.building import address_by_routing, practitioner_of, subject_of
from pcnhub.connections.mesh.mapping import codes
from pcnhub.connections.mesh.mapping.codes import ANSWERS, meaning_of
from pcnhub.connections.mesh.mapping.reading import read
from pcnhub.connections.mesh.mapping.words import (
    Answer,
    Attachment,
    Envelope,
    Organisation,
    Person,
    Practitioner,
    Report,
)
from pcnhub.connections.mesh.mapping.writing import (
    answer_message,
    envelope_for,
    envelope_of_answer,
    report_message,
)
from pcnhub.foundations.fhir.codes import IssueType

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "senddocument" / "consultation_report.xml"
SUMMARY = "SendDocument-ConsultationSummary"
PDF = b"%PDF-1.7\n..."
NUMBER = "9434765919"
REPORT = Report(
    report_id="e1580b71-99bd-4c5b-8d54-9b420418135f",
    encounter_id="846ebe66-5ff8-4499-bc57-a112d3d0daa3",
    version=2,
    summary="Consultation report for Mr Richard O'Smith & Sons, NHS Number 9434765919, seen at X, ODS Code Y07108, Version 2",
    made_at=datetime(2026, 7, 1, 18, 5, tzinfo=UTC),
    patient=Person(NUMBER, "O'Smith & Sons", date(1957, 1, 9), ("Richard",), "Mr", is_verified=True),
    author=Practitioner("Pritchard", "Gary", "Dr", "033345750518", "01136323200"),
    organisation=Organisation("Y07108", "Riverside <hub>", "01136323200"),
    attachments=(Attachment("Consultation report", "application/pdf", PDF), Attachment("ECG", "image/png", b"\x89PNG")),
    replaces_id="0f0b5098-ce5a-4a85-a547-2574f90310e4",
)
ENVELOPE = envelope_for(REPORT.report_id, mailbox="X26HUB1", local_extension="SendDocument-ConsultationReport")


def elements(message: bytes) -> list[str]:
    """Every element with its value, by its path; a resource's id by what it is the id of; the order among siblings aside,
    which the published message has otherwise than FHIR's schema."""
    root = etree.fromstring(message, etree.XMLParser(remove_comments=True))
    names: dict[str, str] = {}
    for each in root.iter("{*}id"):
        parent = each.getparent()
        assert parent is not None
        depth = sum(1 for _ in parent.iterancestors())
        names.setdefault(each.get("value", ""), f"<{etree.QName(parent).localname} at {depth}>")
    found: list[str] = []

    def walk(node: etree._Element, path: str) -> None:
        name = etree.QName(node).localname
        here = f"{path}/{name}{'[' + node.get('url', '') + ']' if node.get('url') else ''}"
        value = node.get("value") or (node.text or "").strip()
        for uuid, called in names.items():
            value = value.replace(uuid, called)
        found.append(f"{here}={value}" if value else here)
        for child in node:
            walk(child, here)

    walk(root, "")
    return sorted(found)


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the published message is not beside this checkout")
def test_the_message_is_the_published_one_element_by_element() -> None:
    published = SAMPLE.read_bytes().replace(b"9989453456", NUMBER.encode())  # whose check digit is wrong
    said = read(published)
    assert said.faults == ()
    assert said.report is not None
    assert (said.mailbox, said.sender_ods) == ("MESHGP0001", "GP0001")
    envelope = Envelope(said.header_id, "0bcb5098-ce5a-4a85-a547-2574f90310e4", said.mailbox, SUMMARY)
    built = report_message(said.report, envelope)
    assert read(built).report == said.report
    moments = re.compile(rb'value="20(18|20)-[0-9-]+T[0-9:+]+"')  # header and document were made in different years
    assert elements(moments.sub(b'value="then"', built)) == elements(moments.sub(b'value="then"', published))


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the published message is not beside this checkout")
def test_the_published_messages_own_number_is_refused() -> None:
    assert [fault.code for fault in read(SAMPLE.read_bytes()).faults] == [codes.PAYLOAD_FAULT]


def test_what_is_written_is_what_is_read() -> None:
    message = report_message(REPORT, ENVELOPE)
    assert message == report_message(REPORT, ENVELOPE)
    said = read(message)
    assert said.faults == ()
    assert said.report == REPORT
    assert (said.header_id, said.mailbox, said.sender_ods) == (ENVELOPE.header_id, "X26HUB1", "Y07108")
    assert b"<destination" not in message
    assert b"<receiver" not in message
    assert message.count(b"<meta><profile") == 10  # message, header, its organisation, document, and the six in that


def test_a_file_larger_than_the_parser_takes_is_read_all_the_same() -> None:
    large = replace(REPORT, attachments=(*REPORT.attachments, Attachment("Scan", "image/png", bytes(8_500_000))))
    assert read(report_message(large, ENVELOPE)).report == large


def test_attachments_keep_their_order_and_a_confidential_report_says_so() -> None:
    message = report_message(replace(REPORT, is_confidential=True, replaces_id=""), ENVELOPE)
    root = etree.fromstring(message)
    sections = [each.get("value") for each in root.findall(".//{*}section/{*}title")]
    assert sections == ["Consultation report", "ECG"]
    first = root.find(".//{*}section/{*}entry/{*}reference")
    binary = root.find(".//{*}Binary/{*}id")
    assert first is not None
    assert binary is not None
    assert first.get("value") == f"urn:uuid:{binary.get('value')}"
    assert [each.get("value") for each in root.findall(".//{*}confidentiality")] == ["R"]
    assert root.find(".//{*}relatesTo") is None


@pytest.mark.parametrize("code", [codes.RECEIVED, codes.ACCEPTED, codes.PATIENT_UNKNOWN, codes.PAYLOAD_FAULT])
def test_an_answer_names_what_it_answers(code: str) -> None:
    is_ok = code in (codes.RECEIVED, codes.ACCEPTED)
    answer = Answer(
        code, meaning_of(code).display, REPORT.encounter_id, Organisation("A81001"), REPORT.made_at, ENVELOPE.header_id,
        "" if is_ok else "Composition.status: final is needed", is_ok,
    )  # fmt: skip
    message = answer_message(answer, envelope_of_answer("1", kind="business", mailbox="X26GP01"))
    said = read(message)
    assert (said.faults, said.answer, said.report) == ((), answer, None)
    assert not said.wants_business
    assert not said.wants_infrastructure


def test_an_answer_that_contradicts_itself_is_not_good() -> None:
    answer = Answer(codes.PATIENT_UNKNOWN, "", "1", Organisation("A81001"), REPORT.made_at, ENVELOPE.header_id)
    said = read(answer_message(answer, envelope_of_answer("1", kind="business", mailbox="X26GP01")))
    assert said.answer is not None
    assert not said.answer.is_ok


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"ITK007C", b"ITK003D", codes.WRONG_MESSAGE),
        (b"<Bundle", b"<Bundel", codes.UNREADABLE),
        (b"SendDocument-ConsultationReport", b"SendDocument-Generic", codes.WRONG_MESSAGE),
        (b'value="371531000"', b'value="371531001"', codes.PAYLOAD_FAULT),
        (b"9434765919", b"9434765918", codes.PAYLOAD_FAULT),
        (b'<birthDate value="1957-01-09"/>', b"", codes.PAYLOAD_FAULT),
        (b'<contentType value="application/pdf"/>', b'<contentType value="text/html"/>', codes.WRONG_FILE),
        (b"JVBERi0xLjcKLi4u", b"AAAA", codes.WRONG_FILE),
        (b"ITK-Document-Bundle-1", b"", codes.PAYLOAD_FAULT),
        (b"<focus>", b'<receiver><reference value="x"/></receiver><focus>', codes.HEADER_FAULT),
        (b'<extension url="BusAckRequested"><valueBoolean value="true"/></extension>', b"", "10008"),
    ],
)
def test_what_breaks_a_requirement_is_invalid_and_says_where(old: bytes, new: bytes, code: str) -> None:
    message = report_message(REPORT, ENVELOPE)
    assert old in message
    said = read(
        message.replace(old, new).replace(b'<profile value="https://fhir.nhs.uk/STU3/StructureDefinition/"/>', b"")
    )
    assert said.report is None
    assert code in [fault.code for fault in said.faults]
    assert all(fault.diagnostics and "Smith" not in fault.diagnostics for fault in said.faults)


def test_a_damaged_message_is_a_fault_and_no_crash() -> None:
    for damaged in (b"", b"not xml", b"<Bundle xmlns='http://hl7.org/fhir'/>", report_message(REPORT, ENVELOPE)[:-40]):
        assert next(fault.code for fault in read(damaged).faults) in (codes.UNREADABLE, codes.HEADER_FAULT)


def test_the_address_is_of_the_messages_own_patient() -> None:
    assert address_by_routing(REPORT.patient) == "GPPROVIDER_9434765919_19570109_O'SMITH & SONS"
    assert subject_of(replace(REPORT, summary="Łucja\r\nX-Evil: 1")) == "?ucja X-Evil: 1"


def test_a_name_is_divided_as_fhir_has_it() -> None:
    assert practitioner_of(ReportAuthor("Dr Gary van Pritchard", "GP", "1"), "2") == Practitioner(
        "Pritchard", "Gary van", "Dr", "1", "2"
    )
    assert practitioner_of(ReportAuthor("Prince", "GP"), "") == Practitioner("Prince")


def test_every_code_has_words_a_remedy_and_an_issue_type_of_fhir() -> None:
    for code, meaning in ANSWERS.items():
        assert meaning.issue in IssueType.__args__  # type: ignore[attr-defined]
        assert meaning.plain.endswith(".")
        assert bool(meaning.remedy) != (code in (codes.RECEIVED, codes.ACCEPTED))
    assert "no list has" in meaning_of("99999").plain
