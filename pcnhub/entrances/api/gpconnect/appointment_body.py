"""What is wrong with an Appointment in a request, all of it in one reading, and what it asks when nothing is.

Source: GP Connect 1.2.7, book an appointment; what the official assurance tests assert (docs/gpconnect.md). Elements that
this product does not keep are refused, not dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pcnhub.entrances.api.gpconnect.answers import PROFILES, Refused, Spine
from pcnhub.entrances.api.gpconnect.appointment_elements import not_kept
from pcnhub.entrances.api.gpconnect.scheduling import DELIVERY_CHANNEL, PRACTITIONER_ROLE
from pcnhub.entrances.api.gpconnect.slot_search import ODS_CODES, ORGANISATION_TYPES
from pcnhub.foundations.fhir import resources as r

APPOINTMENT = PROFILES + "GPConnect-Appointment-1"
BOOKING_ORGANISATION = PROFILES + "Extension-GPConnect-BookingOrganisation-1"
CANCELLATION_REASON = PROFILES + "Extension-GPConnect-AppointmentCancellationReason-1"
_VALUES = {
    BOOKING_ORGANISATION: "value_reference",
    CANCELLATION_REASON: "value_string",
    DELIVERY_CHANNEL: "value_code",
    PRACTITIONER_ROLE: "value_codeable_concept",
}
OF_A_BOOKING = frozenset({BOOKING_ORGANISATION, DELIVERY_CHANNEL, PRACTITIONER_ROLE})

AT_MOST = {"description": 100, "comment": 500}  # characters; longer is refused, never cut
NAME_AT_MOST = 255  # characters of a name, a code, a number or an identifier that is kept as sent
LISTED_AT_MOST = 10  # telecoms of the booking organisation; identifiers
CANCELLATION_REASON_AT_MOST = 1000
_WITH_TIME = re.compile(r".{10}T.*")


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """The appointment that a body asks for; ids as its references have them. `contact` is what the booking organisation
    says of itself and of the appointment, kept as sent."""

    slots: tuple[str, ...]
    patient: str
    location: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    description: str
    comment: str
    ods_code: str
    organisation_type: str
    contact: dict[str, object]
    delivery_channel: str
    practitioner_role: str


def read_booking(sent: r.Appointment) -> Asked:
    """What a body asks to be booked. Raises Refused (INVALID_RESOURCE) with every problem."""
    refuse([*_problems_of_booking(sent), *problems_of_any(sent, OF_A_BOOKING)])
    booker, actors = _there(booking_organisation(sent)), actors_of(sent)
    return Asked(
        slots=slots_of(sent),
        patient=actors["Patient"],
        location=actors["Location"],
        practitioner=actors.get("Practitioner", ""),
        starts_at=_there(instant(sent.start)),
        ends_at=_there(instant(sent.end)),
        created_at=_there(instant(sent.created)),
        description=sent.description or "",
        comment=sent.comment or "",
        ods_code=ods_code_of(booker),
        organisation_type=type_of(booker),
        contact=contact_of(sent, booker),
        delivery_channel=channel_of(sent),
        practitioner_role=role_of(sent),
    )


def refuse(problems: list[str]) -> None:
    if problems:
        raise Refused(Spine.INVALID_RESOURCE, " ".join(problems))


def _problems_of_booking(sent: r.Appointment) -> Iterator[str]:
    if sent.id is not None:
        yield "id may not be sent: the hub gives one."
    if sent.status != "booked":
        yield "status must be booked."
    if not (sent.description or "").strip():
        yield "description is missing."
    if any(each.status != "accepted" for each in sent.participant):
        yield "participant.status must be accepted."
    booker = booking_organisation(sent)
    if booker and not (booker.name or "").strip():
        yield "The booking organisation has no name."
    if booker and not any((each.value or "").strip() for each in booker.telecom):
        yield "The booking organisation has no telecom."


def problems_of_any(sent: r.Appointment, extensions: frozenset[str]) -> Iterator[str]:
    """What would be wrong in a body of any interaction; `extensions` are those that this one may have."""
    if sent.meta is None or APPOINTMENT not in sent.meta.profile:
        yield f"meta.profile must be {APPOINTMENT}."
    yield from (f"{path} may not be sent." for path in not_kept(sent))
    yield from _problems_of_times(sent)
    yield from _problems_of_participants(sent)
    yield from _problems_of_booker(sent)
    yield from _problems_of_extensions(sent, extensions)
    if any(not (each.value or "").strip() for each in sent.identifier):
        yield "identifier must have a value."
    if not sent.slot:
        yield "slot is missing."
    elif not all(_relative(each.reference, "Slot") for each in sent.slot):
        yield "slot must be relative references, such as Slot/1."
    elif len(set(slots_of(sent))) < len(sent.slot):
        yield "slot names one slot twice."
    yield from _problems_of_lengths(sent)


def _problems_of_lengths(sent: r.Appointment) -> Iterator[str]:
    booker = booking_organisation(sent)
    names = [("identifier", text) for each in sent.identifier for text in (each.system, each.value)]
    if booker:
        names += [
            ("The booking organisation's name", booker.name),
            ("The booking organisation's type", type_of(booker)),
        ]
        names += [("The booking organisation's telecom", each.value) for each in booker.telecom]
        if len(booker.telecom) > LISTED_AT_MOST:
            yield f"The booking organisation may have {LISTED_AT_MOST} telecoms."
    if len(sent.identifier) > LISTED_AT_MOST:
        yield f"identifier may come {LISTED_AT_MOST} times."
    bounded = [
        *((name, getattr(sent, name), most) for name, most in AT_MOST.items()),
        *((name, text, NAME_AT_MOST) for name, text in names),
        ("The cancellation reason", cancellation_reason_of(sent), CANCELLATION_REASON_AT_MOST),
    ]
    for name, text, most in bounded:
        if text and len(text) > most:
            yield f"{name} has {len(text)} characters, and may have {most}."


def _problems_of_times(sent: r.Appointment) -> Iterator[str]:
    for name in ("start", "end", "created"):
        value = getattr(sent, name)
        if value is None:
            yield f"{name} is missing."
        elif not _WITH_TIME.fullmatch(value):
            yield f"{name} must have a date, a time and an offset."
        elif instant(value) is None:
            yield f"{name} is no time that exists."


def _problems_of_participants(sent: r.Appointment) -> Iterator[str]:
    kinds = []
    for each in sent.participant:
        reference = each.actor.reference if each.actor else None
        kind = (reference or "").partition("/")[0]
        if not reference:
            yield "participant.actor must have a reference."
        elif kind not in ("Patient", "Location", "Practitioner") or not _relative(reference, kind):
            yield "participant.actor must be a relative reference to a Patient, a Location or a Practitioner."
        kinds.append(kind)
    for kind in ("Patient", "Location"):
        if kind not in kinds:
            yield f"participant lacks the {kind}."
    for kind in ("Patient", "Location", "Practitioner"):
        if kinds.count(kind) > 1:
            yield f"participant has more than one {kind}."


def _problems_of_booker(sent: r.Appointment) -> Iterator[str]:
    booker = booking_organisation(sent)
    if len(sent.contained) > 1:
        yield "contained must be the booking organisation alone."
    if booker is None:
        yield f"The extension {BOOKING_ORGANISATION} must refer to a contained Organization, by # and its id."
        return
    if not ods_code_of(booker):
        yield f"The booking organisation has no ODS code ({ODS_CODES})."


def _problems_of_extensions(sent: r.Appointment, allowed: frozenset[str]) -> Iterator[str]:
    urls = [each.url for each in sent.extension]
    for url in dict.fromkeys(urls):
        if url not in allowed:
            yield f"The extension {url} may not be sent."
        elif urls.count(url) > 1:
            yield f"The extension {url} comes more than once."
    for each in sent.extension:
        values = {
            name for name in each.__struct_fields__ if name.startswith("value_") and getattr(each, name) is not None
        }
        wanted = _VALUES.get(each.url)
        if wanted and (
            values - {wanted} or (wanted not in values and each.url in (DELIVERY_CHANNEL, PRACTITIONER_ROLE))
        ):
            yield f"The extension {each.url} must have a value of its own type."


def booking_organisation(sent: r.Appointment) -> r.Organization | None:
    """The contained organisation that the extension refers to; None when there is none."""
    reference = next((each.value_reference for each in sent.extension if each.url == BOOKING_ORGANISATION), None)
    wanted = reference.reference if reference else None
    return next(
        (each for each in sent.contained if isinstance(each, r.Organization) and each.id and f"#{each.id}" == wanted),
        None,
    )


def ods_code_of(organisation: r.Organization) -> str:
    codes = (each.value for each in organisation.identifier if each.system == ODS_CODES)
    return next(
        (code.strip().upper() for code in codes if code and re.fullmatch(r"[A-Za-z0-9]{3,10}", code.strip())), ""
    )


def type_of(organisation: r.Organization) -> str:
    """The organisation type, as a search sends it; "" when none is said."""
    codes = (coding for concept in organisation.type for coding in concept.coding)
    return next((each.code for each in codes if each.system == ORGANISATION_TYPES and each.code), "")


def actors_of(sent: r.Appointment) -> dict[str, str]:
    """The ids in the participants' references, by what they are: Patient, Location, Practitioner."""
    references = (each.actor.reference or "" for each in sent.participant if each.actor)
    return {kind: id_ for kind, _, id_ in (reference.partition("/") for reference in references)}


def slots_of(sent: r.Appointment) -> tuple[str, ...]:
    return tuple((each.reference or "").removeprefix("Slot/") for each in sent.slot)


def channel_of(sent: r.Appointment) -> str:
    return next((each.value_code or "" for each in sent.extension if each.url == DELIVERY_CHANNEL), "")


def role_of(sent: r.Appointment) -> str:
    concepts = (each.value_codeable_concept for each in sent.extension if each.url == PRACTITIONER_ROLE)
    return next((coding.code for concept in concepts if concept for coding in concept.coding if coding.code), "")


def contact_of(sent: r.Appointment, booker: r.Organization) -> dict[str, object]:
    """Name and telecom of the booking organisation and the consumer's own identifiers of the appointment, as sent."""
    telecom = [(each.system, each.value, each.use) for each in booker.telecom if each.value]
    identifiers = [(each.system, each.value) for each in sent.identifier]
    return {
        "name": booker.name,
        "telecom": [_said(zip(("system", "value", "use"), each, strict=True)) for each in telecom],
        **(
            {"identifier": [_said(zip(("system", "value"), each, strict=True)) for each in identifiers]}
            if identifiers
            else {}
        ),
    }


def _said(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    return {name: value for name, value in pairs if value}


def cancellation_reason_of(sent: r.Appointment) -> str | None:
    """None: the extension is not there, or has no text at all."""
    return next((each.value_string for each in sent.extension if each.url == CANCELLATION_REASON), None)


def instant(value: str | None) -> datetime | None:
    """Of a FHIR time with an offset, to the second; None for anything else, a leap second too."""
    try:
        read = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    # far years have no instant once an offset is taken off
    return read.replace(microsecond=0) if read.tzinfo and 1900 <= read.year < 9000 else None


def _there(value: T | None) -> T:
    if value is None:
        raise Refused(Spine.INVALID_RESOURCE, "The appointment lacks what it must have.")  # said by name before
    return value


def _relative(reference: str | None, kind: str) -> bool:
    return re.fullmatch(rf"{kind}/[A-Za-z0-9\-.]{{1,64}}", reference or "") is not None
