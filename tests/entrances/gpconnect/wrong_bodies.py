"""Bookings that are wrong by themselves: each row changes one thing of a body that would be booked."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.entrances.gpconnect.bodies import BOOKER, CHANNEL, JOB_ROLES, ODS, PROFILES, REASON, ROLE, TYPES, changed

Body = dict[str, Any]


def patient_and(*more: Body) -> Callable[[Body], Body]:
    return lambda body: changed(body, participant=[*body["participant"][:1], *more])


def booker(**change: Any) -> Callable[[Body], Body]:
    return lambda body: changed(body, contained=[changed(body["contained"][0], **change)])


def but(**change: Any) -> Callable[[Body], Body]:
    return lambda body: changed(body, **change)


def with_extension(*more: Body) -> Callable[[Body], Body]:
    return lambda body: changed(body, extension=[*body["extension"], *more])


def without_actor(index: int) -> Callable[[Body], Body]:
    def change(body: Body) -> Body:
        made = deepcopy(body)
        del made["participant"][index]["actor"]
        return made

    return change


def without_status(index: int) -> Callable[[Body], Body]:
    def change(body: Body) -> Body:
        made = deepcopy(body)
        del made["participant"][index]["status"]
        return made

    return change


LOCATION = {"actor": {"reference": "Location/1"}, "status": "accepted"}


def each_participant(**more: Any) -> Callable[[Body], Body]:
    return lambda body: changed(body, participant=[each | more for each in body["participant"]])


# What lies inside a part and would be dropped: neither a booking nor a change may have it.
NESTED: dict[str, Callable[[Body], Body]] = {
    "a type of participant": each_participant(type=[{"text": "x"}]),
    "a participant that is required": each_participant(required="required"),
    "a participant with an extension": each_participant(
        extension=[{"url": "https://example.org/x", "valueString": "x"}]
    ),
    "a tag": lambda body: changed(body, meta=body["meta"] | {"tag": [{"code": "x"}]}),
    "a security label": lambda body: changed(body, meta=body["meta"] | {"security": [{"code": "R"}]}),
    "a channel of another type": with_extension({"url": CHANNEL, "valueBoolean": True}),
    "a channel with nothing": with_extension({"url": CHANNEL}),
    "a role of another type": with_extension({"url": ROLE, "valueString": "R0260"}),
    "a booker's address": booker(address=[{"city": "Leeds"}]),
    "a booker's alias": booker(alias=["Ash"]),
    "a booker's identifier with a period": booker(
        identifier=[{"system": ODS, "value": "A81001", "period": {"start": "2026-01-01"}}]
    ),
    "a slot by identifier": lambda body: changed(
        body, slot=[body["slot"][0] | {"identifier": {"system": "https://example.org", "value": "1"}}]
    ),
}
WRONG: dict[str, Callable[[Body], Body]] = {
    "a blank description": but(description="   "),
    "a booker's name of 256 characters": booker(name="n" * 256),
    "a booker's type of 256 characters": booker(type=[{"coding": [{"system": TYPES, "code": "t" * 256}]}]),
    "a booker's number of 256 characters": booker(telecom=[{"system": "phone", "value": "0" * 256}]),
    "a booker of eleven numbers": booker(telecom=[{"system": "phone", "value": "0"}] * 11),
    "an identifier of 256 characters": but(identifier=[{"system": "https://example.org/id", "value": "1" * 256}]),
    "eleven identifiers": but(identifier=[{"system": "https://example.org/id", "value": "1"}] * 11),
    **NESTED,
    "participants who decline": each_participant(status="declined"),
    "no status": but(status=None),
    "another status": but(status="pending"),
    "an illegal status": but(status="nope"),
    "no start": but(start=None),
    "no end": but(end=None),
    "no slot": but(slot=None),
    "no created": but(created=None),
    "created without a time": but(created="2026-11-23"),
    "start without an offset": but(start="2026-11-24T18:30:00"),
    "no description": but(description=None),
    "an id": but(id="9"),
    "no profile": but(meta=None),
    "another profile": but(meta={"profile": [PROFILES + "GPConnect-Slot-1"]}),
    "a reason": but(reason=[{"text": "cough"}]),
    "a specialty": but(specialty=[{"text": "GP"}]),
    "an appointment type": but(appointmentType={"text": "routine"}),
    "an indication": but(indication=[{"reference": "Condition/1"}]),
    "supporting information": but(supportingInformation=[{"reference": "Patient/1"}]),
    "an incoming referral": but(incomingReferral=[{"reference": "ReferralRequest/1"}]),
    "a priority": but(priority=1),
    "an identifier without value": but(identifier=[{"system": "https://example.org/id"}]),
    "a field that is none": but(invalidField="x"),
    "another resource": but(resourceType="Slot"),
    "no participant": but(participant=None),
    "no patient": lambda body: changed(body, participant=body["participant"][1:]),
    "no location": patient_and(),
    "two locations": patient_and(LOCATION, LOCATION),
    "a device taking part": patient_and(LOCATION, {"actor": {"reference": "Device/1"}, "status": "accepted"}),
    "a patient without actor": without_actor(0),
    "a location without actor": without_actor(1),
    "a patient without status": without_status(0),
    "a location without status": without_status(1),
    "an illegal participation": patient_and({"actor": {"reference": "Location/1"}, "status": "maybe"}),
    "an absolute location": patient_and({"actor": {"reference": "https://x.example/Location/1"}, "status": "accepted"}),
    "an absolute slot": but(slot=[{"reference": "https://x.example/Slot/1"}]),
    "a slot of another name": but(slot=[{"reference": "Slots/1"}]),
    "a slot without id": but(slot=[{"reference": "Slot/"}]),
    "a slot that is a word": but(slot=[{"reference": "Slot/one"}]),
    "a slot that is unknown": but(slot=[{"reference": "Slot/987654321"}]),
    "a slot beyond all rows": but(slot=[{"reference": "Slot/99999999999999999999"}]),
    "no booking organisation": but(extension=None),
    "a booking organisation elsewhere": but(extension=[{"url": BOOKER, "valueReference": {"reference": "Organization/1"}}]),
    "an absolute booking organisation": but(
        extension=[{"url": BOOKER, "valueReference": {"reference": "https://x.example/#1"}}]
    ),
    "a booking organisation that is not there": but(extension=[{"url": BOOKER, "valueReference": {"reference": "#2"}}]),
    "two booking organisations": with_extension({"url": BOOKER, "valueReference": {"reference": "#1"}}),
    "nothing contained": but(contained=None),
    "a booker without name": booker(name=None),
    "a booker without telecom": booker(telecom=None),
    "a booker without code": booker(identifier=None),
    "a booker of another system of codes": booker(identifier=[{"system": "https://example.org", "value": "A81001"}]),
    "a cancellation reason": with_extension({"url": REASON, "valueString": "no"}),
    "an unknown extension": with_extension({"url": "https://example.org/x", "valueString": "x"}),
    "another channel": with_extension({"url": CHANNEL, "valueCode": "Video"}),
    "a channel that is none": with_extension({"url": CHANNEL, "valueCode": "Pigeon"}),
    "another role": with_extension(
        {"url": ROLE, "valueCodeableConcept": {"coding": [{"system": JOB_ROLES, "code": "R0690"}]}}
    ),
    "a description of 101 characters": but(description="d" * 101),
    "a comment of 501 characters": but(comment="c" * 501),
    "another start": but(start="2026-11-24T18:31:00+00:00"),
    "another end": but(end="2026-11-24T18:50:00+00:00"),
    "another place": lambda body: changed(
        body, participant=[body["participant"][0], {"actor": {"reference": "Location/987"}, "status": "accepted"}]
    ),
    "another practitioner": lambda body: changed(
        body, participant=[*body["participant"], {"actor": {"reference": "Practitioner/987"}, "status": "accepted"}]
    ),
}  # fmt: skip
