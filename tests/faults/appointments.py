"""Sessions, slots, slot types and appointments that are not as they must be."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from pcnhub.care.appointments import operations as book
from pcnhub.care.appointments import queries as books
from pcnhub.care.appointments.models import Booking, Session, Slot, SlotType
from pcnhub.care.appointments.operations import UnregisteredRequest
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.consultations.models import Outcome
from pcnhub.care.patients.rules.tracing import UnregisteredPerson
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.faults.ready import ASH, FRIDAY, HUB, NOW, Ready, booked, keys
from tests.faults.seeding import Red, fault

ROTA = "the hub's rota manager"
NURSES, GPS = "EA Nurse evening - practice booking", "EA GP evening - practice booking"
TOMORROW = NOW + timedelta(days=1)
SLOT_TYPES = "whoever looks after the hub's slot types"


def at_rota(*checks: str) -> Red:
    return {(check, HUB): ROTA for check in checks}


def session(ready: Ready, name: str = NURSES, day: datetime = TOMORROW) -> int:
    """The id of one session."""
    found = books.sessions(hub_id=ready.hub_id, from_on=london_date(day), to_on=london_date(day))
    return next(each.id for each in found if each.name == name)


def changed(ready: Ready, session_id: int, **values: Any) -> None:
    ready.drift(Session, HUB, values, pk=session_id)


@fault("A session is open to no group")
def no_group(ready: Ready) -> Red:
    with unit_of_work(ready.system()):
        Session.objects.get(pk=session(ready)).groups.clear()
    return at_rota("CHK-19")


@fault("A session has nobody to hold it")
def no_holder(ready: Ready) -> Red:
    changed(ready, session(ready), holder=None)
    return at_rota("CHK-20")


@fault("A session has no site")
def no_site(ready: Ready) -> Red:
    changed(ready, session(ready), site=None)
    return at_rota("CHK-20")


@fault("A session does not say whether patients come or are rung")
def no_channel(ready: Ready) -> Red:
    changed(ready, session(ready), delivery_channel="")
    return at_rota("CHK-20")


@fault("A session does not say by which role it is held")
def no_role(ready: Ready) -> Red:
    changed(ready, session(ready), practitioner_role="")
    return at_rota("CHK-20")


@fault("A session was left as a draft")
def draft(ready: Ready) -> Red:
    changed(ready, session(ready), state=SessionState.DRAFT)
    return at_rota("CHK-20")


@fault("The sessions of one day are cancelled")
def no_day(ready: Ready) -> Red:
    with unit_of_work(ready.system()):
        of_day = Session.objects.filter(starts_at__date=TOMORROW.date())
        of_day.update(state=SessionState.CANCELLED)
    # of that evening's hours nobody is a GP's either
    return at_rota("CHK-22", "CHK-24")


@fault("All slots of an evening's GP are blocked")
def blocked(ready: Ready) -> Red:
    of_gp = session(ready, GPS)
    ready.drift(Slot, HUB, {"state": SlotState.BLOCKED, "blocked_reason": "Away"}, session=of_gp)
    return at_rota("CHK-24")


@fault("A GP's session ends a quarter of an hour early")
def ends_early(ready: Ready) -> Red:
    with unit_of_work(ready.system()):
        last = Slot.objects.filter(session=session(ready, GPS)).order_by("starts_at").last()
        assert last is not None
        Slot.objects.filter(pk=last.pk).update(state=SlotState.BLOCKED, blocked_reason="Away")
    return at_rota("CHK-24")


@fault("A session is named otherwise than the network agreed")
def other_name(ready: Ready) -> Red:
    changed(ready, session(ready), name="Smears")
    return at_rota("CHK-25")


@fault("A session's unused slots never open to 111")
def never_to_111(ready: Ready) -> Red:
    changed(ready, session(ready), release_group=None, release_at=None)
    return at_rota("CHK-56")


@fault("Somebody whom nobody has traced comes tonight")
def untraced(ready: Ready) -> Red:
    gwen = ready.who("gwen")
    today = london_date(NOW)
    criteria = books.SlotCriteria(from_on=today, to_on=today, from_time=time(19))
    slot = books.free_slots(actor=gwen, now=NOW, criteria=criteria).slots[0]
    person = UnregisteredPerson("Una", "Traced", date(1990, 1, 1), sex="female")
    request = UnregisteredRequest(
        slot_id=slot.id, person=person, idempotency_key=next(keys), reason="Cough", patient_agrees=True
    )
    book.book_unregistered(actor=gwen, now=NOW, request=request)
    return {("CHK-26", HUB): "whoever traces patients at the hub"}


def kind(ready: Ready, name: str = "EA Nurse", **values: Any) -> None:
    ready.drift(SlotType, HUB, values, name=name)


def of_types(*checks: str) -> Red:
    return {(check, HUB): SLOT_TYPES for check in checks}


@fault("A slot type in use is not mapped to the national categories")
def unmapped(ready: Ready) -> Red:
    kind(ready, service_setting="", context_type="", national_category="")
    return of_types("CHK-57", "CHK-58")  # what is mapped to nothing is not mapped as enhanced access either


@fault("A slot type is mapped to a category that the nation does not know")
def unknown_category(ready: Ready) -> Red:
    kind(ready, national_category="General Consultation Routinely")
    return of_types("CHK-58")


@fault("A slot type of enhanced access is mapped to another service setting")
def other_setting(ready: Ready) -> Red:
    kind(ready, service_setting="General Practice")
    return of_types("CHK-58")


@fault("A slot type for administration can be booked")
def break_is_bookable(ready: Ready) -> Red:
    SlotType.objects.create(
        hub_id=ready.hub_id, name="Coffee", minutes=15, mode="Not an Appointment",
        service_setting="Extended Access Provision",
    )  # fmt: skip
    return of_types("CHK-61")


@fault("No slot type is one that patients may book themselves")
def none_for_patients(ready: Ready) -> Red:
    ready.drift(SlotType, HUB, {"patients_may_book": False}, patients_may_book=True)
    return of_types("CHK-64")


def came_on_friday(ready: Ready, status: str = "") -> None:
    booking_id = booked(ready, ASH, "ada", day=FRIDAY, starts=time(10), now=FRIDAY, place=2)
    if status:
        ready.drift(Booking, HUB, {"status": status}, pk=booking_id)


@fault("Of a past appointment nobody has said what became of it")
def left_as_booked(ready: Ready) -> Red:
    came_on_friday(ready)
    return {("CHK-59", HUB): "whoever runs the clinic list at the hub"}


@fault("Somebody was seen, and no consultation was finished")
def no_consultation(ready: Ready) -> Red:
    came_on_friday(ready, "left")
    return {("CHK-51", HUB): "the clinicians of the hub"}


@fault("The hub has no outcomes left to choose from")
def no_outcomes(ready: Ready) -> Red:
    ready.drift(Outcome, HUB, {"retired_on": FRIDAY.date()}, hub=ready.hub_id)
    # protocols that are in use name some of them
    return {("CHK-51", HUB): "the hub's manager", ("CHK-50", HUB): "the hub's manager"}
