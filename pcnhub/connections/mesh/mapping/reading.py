"""An ITK3 message as it arrives: what it says, how it wants to be answered, and everything that is wrong with it.

Reading is lenient where FHIR lets a sender add something, and strict where the requirements name what must be there: such a
message is invalid (GPCM-SD-065), and the faults say so with the code of the answer that it gets (GPCM-SD-066, 074).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from pcnhub.connections.mesh.mapping import codes
from pcnhub.connections.mesh.mapping import systems as s
from pcnhub.connections.mesh.mapping.documents import Files, Parts, report_of
from pcnhub.connections.mesh.mapping.words import Answer, Fault, Organisation, Report
from pcnhub.foundations.fhir import codec, dates
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codec import Media, NotFhir

LARGEST = 100_000_000  # bytes: the most that the exchange carries in one message
LOCAL_EXTENSIONS = (
    "SendDocument-ConsultationReport",
    "SendDocument-ConsultationSummary",
)  # requirement and sample differ


@dataclass(frozen=True, slots=True)
class Read:
    """One message. Exactly one of `report` and `answer` stands where there are no faults.

    The answers wanted are assumed where the message doesn't say (ITK3: respond wherever possible).
    """

    header_id: str = ""
    mailbox: str = ""
    encounter_id: str = ""
    sender_ods: str = ""
    wants_infrastructure: bool = True
    wants_business: bool = True
    report: Report | None = None
    answer: Answer | None = None
    faults: tuple[Fault, ...] = ()


_LARGE_FILE = re.compile(rb"""value=(["'])([A-Za-z0-9+/=\s]{1000000,})\1""")


def _apart(body: bytes) -> tuple[bytes, Files]:
    """The message with its large files taken out, and those by what stands in their place: the parser's limit of 10 MB for
    one value stays on, and a file as large as any document may be is read all the same."""
    files: dict[str, str] = {}

    def placed(found: re.Match[bytes]) -> bytes:
        name = base64.b64encode(f"file {len(files)} is read apart".encode())
        files[name.decode()] = found[2].decode("ascii")
        return b'value="' + name + b'"'

    return (_LARGE_FILE.sub(placed, body) if len(body) <= LARGEST else body), files


def read(body: bytes) -> Read:
    """What a message says. Never raises for what a message holds: that is a fault of it."""
    bare, files = _apart(body)
    try:
        answered = codec.read_answer(bare, Media.XML, largest=LARGEST)
    except NotFhir as refused:
        where = "; ".join(f"{each.field or 'message'}: {each.message}" for each in refused.problems[:5])
        return Read(faults=(Fault(codes.UNREADABLE, where),))
    bundle = answered.resource
    header = bundle.entry[0].resource if isinstance(bundle, r.Bundle) and bundle.entry else None
    if not isinstance(bundle, r.Bundle) or not isinstance(header, r.MessageHeader):
        return Read(faults=(Fault(codes.HEADER_FAULT, "Bundle.entry[0]: a MessageHeader is needed"),))
    return _of_message(bundle, header, files)


def _of_message(bundle: r.Bundle, header: r.MessageHeader, files: Files) -> Read:
    parts = Parts(bundle)
    handling = {each.url: each for whole in header.extension if whole.url == s.HANDLING for each in whole.extension}
    sender = parts.of(header.sender, r.Organization)
    sender_ods = next((one.value or "" for one in (sender.identifier if sender else ()) if one.system == s.ODS), "")
    found = Read(
        header_id=header.id or "",
        mailbox=header.source.endpoint,
        encounter_id=_text(handling, "SenderReference"),
        sender_ods=sender_ods.upper(),
        wants_infrastructure=_flag(handling, "InfAckRequested"),
        wants_business=_flag(handling, "BusAckRequested"),
    )
    faults = _faults_of_header(bundle, header, handling, found)
    payload = next((each for each in map(parts.any_of, header.focus) if each is not None), None)
    if header.event.code == s.ITK_RESPONSE:
        return _with_answer(found, header, payload, faults)
    if not isinstance(payload, r.Bundle):
        faults.append(Fault(codes.PAYLOAD_FAULT, "MessageHeader.focus: the document's Bundle is not in the message"))
        return _replaced(found, faults=tuple(faults))
    report, wrong = report_of(payload, encounter_id=found.encounter_id, files=files)
    return _replaced(found, report=report, faults=(*faults, *wrong))


def _faults_of_header(
    bundle: r.Bundle, header: r.MessageHeader, handling: dict[str, r.Extension], found: Read
) -> list[Fault]:
    is_answer = header.event.code == s.ITK_RESPONSE
    local = _text(handling, "LocalExtension")
    definition = handling.get("MessageDefinition")
    named = (definition.value_reference.reference if definition and definition.value_reference else "") or ""
    checks: list[tuple[bool, str, str]] = [
        (bundle.type != "message", codes.HEADER_FAULT, "Bundle.type: message is needed"),
        (not header.id, codes.HEADER_FAULT, "MessageHeader.id is missing"),
        (not handling, codes.HEADER_FAULT, "MessageHeader.extension: ITK-MessageHandling-2 is missing"),
        (
            header.event.code not in (s.SEND_DOCUMENT, s.ITK_RESPONSE),
            codes.WRONG_MESSAGE,
            "MessageHeader.event: ITK007C is needed",
        ),
        (not found.encounter_id, "10007", "SenderReference is missing"),
        (not found.sender_ods, codes.HEADER_FAULT, "MessageHeader.sender: an organisation with its ODS code is needed"),
    ]
    if not is_answer:
        checks += [
            (named != s.DEFINITION, codes.WRONG_MESSAGE, f"MessageDefinition: {s.DEFINITION} is needed"),
            (
                "InfAckRequested" not in handling or "BusAckRequested" not in handling,
                "10008",
                "InfAckRequested and BusAckRequested are needed",
            ),
            (
                local not in LOCAL_EXTENSIONS,
                codes.WRONG_MESSAGE,
                f"LocalExtension: {LOCAL_EXTENSIONS[0]} is needed",
            ),
            (
                bool(header.destination or header.receiver),
                codes.HEADER_FAULT,
                "MessageHeader.destination and receiver must not be there (GPCM-SD-049)",
            ),
        ]
    return [Fault(code, said) for wrong, code, said in checks if wrong]


def _with_answer(found: Read, header: r.MessageHeader, payload: r.Resource | None, faults: list[Fault]) -> Read:
    issue = payload.issue[0] if isinstance(payload, r.OperationOutcome) and payload.issue else None
    codings = issue.details.coding if issue and issue.details else ()
    coding = next((each for each in codings if each.system == s.RESPONSE_CODES), codings[0] if codings else None)
    if issue is None or coding is None or not coding.code:
        faults.append(Fault(codes.PAYLOAD_FAULT, "OperationOutcome.issue.details: a response code is needed"))
        return _replaced(found, faults=tuple(faults))
    said_ok = header.response.code == "ok" if header.response else issue.severity == "information"
    answer = Answer(
        code=coding.code,
        display=coding.display or "",
        encounter_id=found.encounter_id,
        organisation=Organisation(found.sender_ods),
        made_at=dates.instant_of(header.timestamp),
        to_header=header.response.identifier if header.response else "",
        diagnostics=issue.diagnostics or "",
        # good only where code and severity both say so: a doubtful answer is a person's, never a success
        is_ok=said_ok and coding.code in (codes.RECEIVED, codes.ACCEPTED),
    )
    return _replaced(found, answer=answer, faults=tuple(faults))


def _replaced(
    found: Read, *, faults: tuple[Fault, ...], report: Report | None = None, answer: Answer | None = None
) -> Read:
    return Read(
        header_id=found.header_id,
        mailbox=found.mailbox,
        encounter_id=found.encounter_id,
        sender_ods=found.sender_ods,
        wants_infrastructure=found.wants_infrastructure,
        wants_business=found.wants_business,
        report=None if faults else report,
        answer=None if faults else answer,
        faults=faults,
    )


def _text(handling: dict[str, r.Extension], name: str) -> str:
    each = handling.get(name)
    return (each.value_string or "") if each else ""


def _flag(handling: dict[str, r.Extension], name: str) -> bool:
    each = handling.get(name)
    return each.value_boolean is not False if each else True
