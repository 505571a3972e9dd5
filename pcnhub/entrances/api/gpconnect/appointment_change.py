"""What a body that amends or cancels changes, beside what it may: the appointment as it stands is the measure.

Source: GP Connect 1.2.7, amend and cancel an appointment. What a body leaves out of what the provider adds (service category
and type, delivery channel, practitioner role, the practitioner) is no change; the specification's own samples leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.appointment_body import (
    CANCELLATION_REASON,
    OF_A_BOOKING,
    actors_of,
    booking_organisation,
    cancellation_reason_of,
    channel_of,
    instant,
    ods_code_of,
    problems_of_any,
    refuse,
    role_of,
    slots_of,
    type_of,
)
from pcnhub.foundations.fhir import resources as r


def refuse_amending(standing: r.Appointment, sent: r.Appointment) -> None:
    """Raises Refused (INVALID_RESOURCE) unless only description or comment differ."""
    problems = [*problems_of_any(sent, OF_A_BOOKING)]
    if sent.description is not None and not sent.description.strip():
        problems.append("description is blank: leave it out, or say what it is about.")
    if standing.status == "cancelled":
        problems.append("The appointment has been cancelled.")
    refuse([*problems, *_differences(standing, sent, ("status",))])


def cancellation(standing: r.Appointment, sent: r.Appointment) -> str:
    """The reason for which the body cancels. Raises Refused: INVALID_RESOURCE where anything else differs or the reason's
    extension is not there, INVALID_PARAMETER where the reason is blank."""
    problems = [*problems_of_any(sent, OF_A_BOOKING | {CANCELLATION_REASON})]
    reasons = [each for each in sent.extension if each.url == CANCELLATION_REASON]
    if sent.status != "cancelled":
        problems.append("status must be cancelled.")
    if not reasons:
        problems.append(f"The extension {CANCELLATION_REASON} is missing.")
    refuse([*problems, *_differences(standing, sent, ("description", "comment"))])
    reason = cancellation_reason_of(sent)
    if reason is None or not reason.strip():
        raise Refused(Spine.INVALID_PARAMETER, "The cancellation reason is blank.")
    return reason


def _differences(standing: r.Appointment, sent: r.Appointment, same: tuple[str, ...]) -> Iterator[str]:
    if sent.id != standing.id:
        yield "id must be that of the address."
    for name in same:
        if (getattr(sent, name) or "") != (getattr(standing, name) or ""):
            yield f"{name} may not change."
    for name in ("start", "end", "created"):
        value = instant(getattr(sent, name))
        if value is not None and value != instant(getattr(standing, name)):
            yield f"{name} may not change."
    if set(slots_of(sent)) != set(slots_of(standing)):
        yield "slot may not change."
    if sent.identifier and [(each.system, each.value) for each in sent.identifier] != [
        (each.system, each.value) for each in standing.identifier
    ]:
        yield "identifier may not change."
    yield from _of_participants(standing, sent)
    yield from _of_what_the_hub_adds(standing, sent)
    yield from _of_booker(standing, sent)


def _of_participants(standing: r.Appointment, sent: r.Appointment) -> Iterator[str]:
    before = actors_of(standing)
    for kind, id_ in actors_of(sent).items():
        if before.get(kind) != id_:
            yield f"participant: the {kind or 'actor'} may not change."
    if any(each.status != "accepted" for each in sent.participant):
        yield "participant.status may not change."


def _of_what_the_hub_adds(standing: r.Appointment, sent: r.Appointment) -> Iterator[str]:
    added = (
        ("serviceCategory", _text(sent.service_category), _text(standing.service_category)),
        ("serviceType", *("".join(_text(each) for each in one.service_type) for one in (sent, standing))),
        ("The delivery channel", channel_of(sent), channel_of(standing)),
        ("The practitioner role", role_of(sent), role_of(standing)),
    )
    for name, now, before in added:
        if now and now != before:
            yield f"{name} may not change."


def _of_booker(standing: r.Appointment, sent: r.Appointment) -> Iterator[str]:
    before, now = booking_organisation(standing), booking_organisation(sent)
    if before is None or now is None:
        return
    pairs = [(ods_code_of(now), ods_code_of(before)), (now.name or "", before.name or "")]
    if type_of(now):
        pairs.append((type_of(now), type_of(before)))
    said = [each.value for each in now.telecom]
    if any(new != old for new, old in pairs) or said != [each.value for each in before.telecom]:
        yield "The booking organisation may not change."


def _text(concept: r.CodeableConcept | None) -> str:
    return (concept.text or "") if concept else ""
