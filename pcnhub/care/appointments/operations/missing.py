"""Did not attend, by itself: where a slot type says after how many minutes (`domain.md` R5, 12.2 A20)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from pcnhub.care.appointments.operations.status import move_to
from pcnhub.care.appointments.queries.bookings import booking
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

AT_MOST_OLD = timedelta(days=7)
"""Who sets the rule today does not rewrite last month."""

# In person only: of a telephone call that nobody noted, it is not the patient who was absent.
_DUE = """
select booking.id from appointments_booking booking
join appointments_slot slot on slot.id = booking.slot_id
join appointments_session session on session.id = slot.session_id
join appointments_slottype kind on kind.id = slot.slot_type_id
where booking.organisation_id = %(hub)s and booking.status = 'booked' and session.delivery_channel = 'In-person'
  and booking.starts_at > %(oldest)s
  and booking.starts_at + make_interval(mins => kind.dna_after_minutes) <= %(now)s
order by booking.id
"""


def mark_missed(*, actor: Actor, now: datetime) -> int:
    """Set the acting hub's bookings that nobody has moved since they were due to "did not attend"; how many.

    Each has its event, and can be undone on the clinic list. Done twice, nothing is done the second time. Raises
    NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
        with connection.cursor() as cursor:
            cursor.execute(_DUE, {"hub": actor.organisation.id, "now": now, "oldest": now - AT_MOST_OLD})
            due = [id_ for (id_,) in cursor.fetchall()]
        marked = 0
        for booking_id in due:
            view = booking(actor=actor, booking_id=booking_id)
            marked += move_to(actor, now, view, BookingStatus.DID_NOT_ATTEND, grant)
        return marked
