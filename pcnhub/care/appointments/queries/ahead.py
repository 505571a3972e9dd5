"""The clinic lists of the days ahead, all at once, for a system that seals them for when the server is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.queries.book import sessions
from pcnhub.care.appointments.queries.bookings import booking_rows, booking_view, clinic_row
from pcnhub.care.appointments.queries.slots import slots_of_sessions
from pcnhub.care.appointments.queries.views import ClinicSession
from pcnhub.care.appointments.rules import BookingStatus, SessionState, SlotState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, patients_by_id
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotPermitted


@dataclass(frozen=True, slots=True)
class ListsAhead:
    """`patients` by the id that a booking has: the protected ones are not among them, and their bookings are withheld."""

    clinics: tuple[ClinicSession, ...]
    patients: dict[int, PatientView]


def lists_ahead(*, actor: Actor, now: datetime, until: datetime) -> ListsAhead:
    """The hub's published sessions from the start of today (London) that begin before `until`, each slot with its booking.

    For a system alone, which puts on record itself what becomes of them: nobody has seen anybody yet. A protected patient is
    withheld from it as from whoever may not see them, for it does not know who will read. Raises NotPermitted.
    """
    if not actor.is_system:
        raise NotPermitted(
            "Lists of several days are put together by the hub itself, for its continuity pack.",
            remedy="Open the clinic list of the day.",
            who_can="whoever runs the clinic list",
        )
    with unit_of_work(actor, only_reads=True):
        permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
        found = sessions(hub_id=actor.organisation.id, from_on=london_date(now), to_on=london_date(until))
        held = [each for each in found if each.state == SessionState.PUBLISHED and each.starts_at < until]
        rows = booking_rows().filter(slot__session__in=[each.id for each in held])
        views = [
            booking_view(row, actor, withholds_sensitive=True) for row in rows.exclude(status=BookingStatus.CANCELLED)
        ]
        by_slot = {slot_id: view for view in views for slot_id in view.slot_ids}
        shown = {view.patient_id for view in views if not view.is_withheld}
        slots = slots_of_sessions(session_ids=[each.id for each in held])
        return ListsAhead(
            tuple(
                ClinicSession(
                    session,
                    tuple(
                        clinic_row(slot, by_slot.get(slot.id))
                        for slot in slots
                        if slot.session_id == session.id
                        and (slot.id in by_slot or (slot.state != SlotState.CANCELLED and not slot.extra_seat_of))
                    ),
                )
                for session in held
            ),
            patients_by_id(actor=actor, ids=shown),
        )
