"""A report and an answer as ITK3 messages: bundle, header, and what they carry, in the order of the published sample."""

from __future__ import annotations

import base64
import uuid
from html import escape

from pcnhub.connections.mesh.mapping import systems as s
from pcnhub.connections.mesh.mapping.codes import meaning_of
from pcnhub.connections.mesh.mapping.words import FIRST_TITLE, Answer, Envelope, Organisation, Practitioner, Report
from pcnhub.foundations.fhir import codec, dates
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codec import Media


def report_message(report: Report, envelope: Envelope) -> bytes:
    """The message in XML. The same report in the same envelope is the same message, byte for byte."""
    document = _document(report, envelope)
    sender = _header_organisation(envelope, report.organisation)
    header = r.MessageHeader(
        id=envelope.header_id,
        meta=s.meta(s.MESSAGE_HEADER),
        extension=(
            _handling(
                wants_business=envelope.wants_business,
                wants_infrastructure=envelope.wants_infrastructure,
                encounter_id=report.encounter_id,
                definition=s.DEFINITION,
                local_extension=envelope.local_extension,
            ),
        ),
        event=r.Coding(system=s.EVENTS, code=s.SEND_DOCUMENT, display="ITK GP Connect Send Document"),
        sender=s.reference(sender),
        timestamp=dates.written(report.made_at),
        source=r.MessageHeaderSource(endpoint=envelope.mailbox),
        focus=(s.reference(document),),
    )  # no destination, no receiver (GPCM-SD-049): the exchange finds the practice
    return _message(envelope, header, sender, document)


def answer_message(answer: Answer, envelope: Envelope) -> bytes:
    """The answer in XML. It asks for no answer itself (GPCM-SD-050, 051), and says what is wrong where (GPCM-SD-074)."""
    meaning = meaning_of(answer.code)
    outcome = r.OperationOutcome(
        id=_within(envelope.header_id, "outcome"),
        meta=s.meta(s.RESPONSE),
        issue=(
            r.OperationOutcomeIssue(
                severity="information" if answer.is_ok else "fatal",
                code=meaning.issue,  # type: ignore[arg-type]  # the table's issue types are of the value set: a test says so
                details=r.CodeableConcept(
                    coding=(r.Coding(system=s.RESPONSE_CODES, code=answer.code, display=answer.display or None),)
                ),
                diagnostics=answer.diagnostics or None,
            ),
        ),
    )
    sender = _header_organisation(envelope, answer.organisation)
    response = None
    if answer.to_header:
        response = r.MessageHeaderResponse(
            identifier=answer.to_header, code="ok" if answer.is_ok else "fatal-error", details=s.reference(outcome)
        )
    header = r.MessageHeader(
        id=envelope.header_id,
        meta=s.meta(s.MESSAGE_HEADER),
        extension=(_handling(wants_business=False, wants_infrastructure=False, encounter_id=answer.encounter_id),),
        event=r.Coding(system=s.EVENTS, code=s.ITK_RESPONSE, display="ITK Response"),
        sender=s.reference(sender),
        timestamp=dates.written(answer.made_at),
        source=r.MessageHeaderSource(endpoint=envelope.mailbox),
        response=response,
        focus=(s.reference(outcome),),
    )
    return _message(envelope, header, sender, outcome)


def _message(envelope: Envelope, header: r.MessageHeader, sender: r.Organization, payload: r.Resource) -> bytes:
    bundle = r.Bundle(
        id=_within(envelope.header_id, "bundle"),
        meta=s.meta(s.MESSAGE_BUNDLE),
        identifier=r.Identifier(system=s.UUIDS, value=envelope.message_id),
        type="message",
        entry=(s.entry(header), s.entry(sender), s.entry(payload)),
    )
    return codec.encode(bundle, Media.XML)


def _handling(
    *,
    wants_business: bool,
    wants_infrastructure: bool,
    encounter_id: str,
    definition: str = "",
    local_extension: str = "",
) -> r.Extension:
    parts = [
        r.Extension(url="BusAckRequested", value_boolean=wants_business),
        r.Extension(url="InfAckRequested", value_boolean=wants_infrastructure),
        r.Extension(
            url="RecipientType", value_coding=r.Coding(system=s.RECIPIENT_TYPES, code="FA", display="For Action")
        ),
    ]
    if definition:
        parts.append(r.Extension(url="MessageDefinition", value_reference=r.Reference(reference=definition)))
    parts.append(r.Extension(url="SenderReference", value_string=encounter_id))
    if local_extension:
        parts.append(r.Extension(url="LocalExtension", value_string=local_extension))
    return r.Extension(url=s.HANDLING, extension=tuple(parts))


def _document(report: Report, envelope: Envelope) -> r.Bundle:
    patient, author, custodian = _patient(report), _author(report), _custodian(report)
    attached = [
        r.Binary(
            id=_within(report.report_id, f"attachment {number}"),
            meta=s.meta(s.ATTACHMENT),
            content_type=each.content_type,
            content=base64.b64encode(each.content).decode("ascii"),
        )
        for number, each in enumerate(report.attachments, start=1)
    ]
    # the report itself is the first section's entry (GPCM-SD-022), every other file a section of its own (GPCM-SD-019)
    titles = [FIRST_TITLE, *(each.title for each in report.attachments[1:])]
    relates: tuple[r.CompositionRelatesTo, ...] = ()
    if report.replaces_id:
        earlier = r.Identifier(system=s.UUIDS, value=report.replaces_id)
        relates = (r.CompositionRelatesTo(code="replaces", target_identifier=earlier),)
    composition = r.Composition(
        id=report.report_id,
        meta=s.meta(s.COMPOSITION),
        text=r.Narrative(
            status="generated",
            div=f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(report.summary)}</p></div>',
        ),
        identifier=r.Identifier(system=s.UUIDS, value=report.report_id),
        status="final",
        type=r.CodeableConcept(
            coding=(r.Coding(system=s.SNOMED, code=s.REPORT_OF_ENCOUNTER, display="Report of clinical encounter"),)
        ),
        subject=s.reference(patient),
        date=dates.written(report.made_at),
        author=(s.reference(author),),
        title=FIRST_TITLE,
        confidentiality="R" if report.is_confidential else "N",
        custodian=s.reference(custodian),
        relates_to=relates,
        section=tuple(
            r.CompositionSection(title=title, entry=(s.reference(binary),))
            for title, binary in zip(titles, attached, strict=True)
        ),
    )
    return r.Bundle(
        id=_within(report.report_id, "document"),
        meta=s.meta(s.DOCUMENT_BUNDLE),
        identifier=r.Identifier(system=s.UUIDS, value=envelope.message_id),
        type="document",
        entry=tuple(s.entry(each) for each in (composition, *attached, author, custodian, patient)),
    )


def _patient(report: Report) -> r.Patient:
    person = report.patient
    verified = ("01", "Number present and verified") if person.is_verified else ("02", "Number present but not traced")
    return r.Patient(
        id=_within(report.report_id, "patient"),
        meta=s.meta(s.PATIENT),
        identifier=(
            r.Identifier(
                extension=(
                    r.Extension(
                        url=s.VERIFICATION,
                        value_codeable_concept=r.CodeableConcept(
                            coding=(r.Coding(system=s.VERIFICATION_CODES, code=verified[0], display=verified[1]),)
                        ),
                    ),
                ),
                system=s.NHS_NUMBER,
                value=person.nhs_number,
            ),
        ),
        active=True,
        name=(
            r.HumanName(
                use="official",
                family=person.family,
                given=person.given,
                prefix=(person.prefix,) if person.prefix else (),
            ),
        ),
        birth_date=person.birth_date.isoformat(),
    )


def _author(report: Report) -> r.Practitioner:
    author: Practitioner = report.author
    return r.Practitioner(
        id=_within(report.report_id, "author"),
        meta=s.meta(s.PRACTITIONER),
        identifier=(r.Identifier(system=s.SDS_USER, value=author.sds_user_id),) if author.sds_user_id else (),
        name=(
            r.HumanName(
                use="official",
                family=author.family,
                given=(author.given,) if author.given else (),
                prefix=(author.prefix,) if author.prefix else (),
            ),
        ),
        telecom=_phone(author.phone),
    )


def _custodian(report: Report) -> r.Organization:
    return r.Organization(
        id=_within(report.report_id, "custodian"),
        meta=s.meta(s.ORGANISATION),
        identifier=(r.Identifier(system=s.ODS, value=report.organisation.ods_code),),
        name=report.organisation.name,
        telecom=_phone(report.organisation.phone),
    )


def _header_organisation(envelope: Envelope, organisation: Organisation) -> r.Organization:
    return r.Organization(
        id=_within(envelope.header_id, "sender"),
        meta=s.meta(s.HEADER_ORGANISATION),
        identifier=(r.Identifier(system=s.ODS, value=organisation.ods_code),),
    )


def _phone(number: str) -> tuple[r.ContactPoint, ...]:
    return (r.ContactPoint(system="phone", value=number, use="work"),) if number else ()


def _within(whole: str, part: str) -> str:
    """The id of a part: always the same for the same whole, so that building a message twice gives one message."""
    return str(uuid.uuid5(uuid.UUID(whole), part))


def envelope_for(report_id: str, *, mailbox: str, local_extension: str) -> Envelope:
    """The envelope of a report: its ids follow from the report's, so that an answer finds the report by them."""
    return Envelope(_within(report_id, "header"), _within(report_id, "message"), mailbox, local_extension)


def names_of(report_id: str) -> frozenset[str]:
    """Every id by which a system may name a report's message: its header's as it should, its bundle's or identifier's."""
    header_id = _within(report_id, "header")
    return frozenset({header_id, _within(header_id, "bundle"), _within(report_id, "message"), report_id})


def envelope_of_answer(to_message: str, *, kind: str, mailbox: str) -> Envelope:
    """The envelope of one kind of answer to one message of the exchange: answering twice gives the same."""
    whole = str(uuid.uuid5(uuid.NAMESPACE_URL, f"mesh:{mailbox}:{to_message}:{kind}"))
    return Envelope(whole, _within(whole, "message"), mailbox, "", wants_infrastructure=False, wants_business=False)
