"""A time as a patient reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pcnhub.care.appointments.queries import SlotView
from pcnhub.care.appointments.rules import DeliveryChannel
from pcnhub.entrances.public.pages import clock, day_words

HOW = {
    DeliveryChannel.IN_PERSON.value: "Face to face",
    DeliveryChannel.TELEPHONE.value: "Phone call: we call you",
    DeliveryChannel.VIDEO.value: "Video call",
}


@dataclass(frozen=True, slots=True)
class Time:
    """`place` is empty where nobody goes anywhere."""

    slot_id: int
    day: str
    starts: str
    how: str
    place: str
    practitioner: str
    what: str
    who_for: str


def time_of(slot: SlotView, address: str = "") -> Time:
    return Time(
        slot_id=slot.id,
        day=day_words(slot.starts_at),
        starts=clock(slot.starts_at),
        how=HOW.get(slot.delivery_channel, slot.delivery_channel),
        place=", ".join(filter(None, (slot.site, address)))
        if slot.delivery_channel == DeliveryChannel.IN_PERSON
        else "",
        practitioner=slot.practitioner,
        what=slot.slot_type,
        who_for=slot.eligibility_text,
    )


def by_day(slots: Iterable[SlotView]) -> list[tuple[str, list[Time]]]:
    times = [time_of(slot) for slot in slots]
    return [(day, list(of_day)) for day, of_day in groupby(times, key=lambda time: time.day)]
