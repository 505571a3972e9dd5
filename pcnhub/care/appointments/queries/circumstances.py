"""How somebody was booked: what a rule of the hub may look at, without whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pcnhub.care.appointments.models import Booking
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Circumstances:
    """`source` is whose booking it is: the hub's, a practice's, 111's."""

    slot_type: str
    delivery_channel: str
    source: str


def circumstances_of(*, actor: Actor, booking_ids: Collection[int]) -> dict[int, Circumstances]:
    """Of the acting hub's bookings among these, in one statement. Names nobody."""
    with unit_of_work(actor):
        rows = Booking.objects.filter(organisation=actor.organisation.id, pk__in=booking_ids)
        found = rows.values_list("pk", "slot__slot_type__name", "slot__session__delivery_channel", "source")
        return {pk: Circumstances(kind, channel, source) for pk, kind, channel, source in found}
