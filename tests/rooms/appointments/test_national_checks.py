"""What goes to the nation: each check red, then green once it is mended; what there is none of is not asked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pcnhub.care.appointments.checks import CHECKS
from pcnhub.care.appointments.models import Booking, Session, SlotType
from pcnhub.care.appointments.operations import book
from pcnhub.care.appointments.rules import AppointmentMode, BookingStatus
from pcnhub.care.organisations.models import GroupMember, OrganisationGroup
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import GroupPurpose
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments.book import request, session, slot_type, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def ask(w: World, code: str, *, days: int = 0) -> Finding:
    actor, now = system_for(w.hub), NOW + timedelta(days=days)
    with unit_of_work(actor):
        hub = network_of_hub(hub_id=w.hub.pk, day=NOW.date())
        [finding] = CHECKS[code](actor=actor, hub=hub, now=now)
    return finding


def group_111(w: World) -> OrganisationGroup:
    group = OrganisationGroup.objects.create(owner=w.hub, name="Riverside 111", purpose=GroupPurpose.NHS_111)
    GroupMember.objects.create(group=group, organisation=w.hub)
    return group


def test_a_session_that_never_opens_to_111_is_named_with_its_field(w: World) -> None:
    assert ask(w, "CHK-56").state is State.NOT_APPLICABLE
    group = group_111(w)
    made = session(w)
    found = ask(w, "CHK-56")
    assert (found.state, "1 of 1 sessions never open" in found.evidence) == (State.UNMET, True)
    assert found.fix is not None
    assert (found.fix.page, found.fix.page_args, found.fix.field) == ("session-edit", (made,), "release_group_id")
    Session.objects.filter(pk=made).update(release_group=group, release_at="16:00")
    assert ask(w, "CHK-56").state is State.MET


def test_a_slot_type_in_use_is_mapped_and_enhanced_access_as_such(w: World) -> None:
    assert ask(w, "CHK-57").state is State.UNKNOWN
    kind = slot_type(w)
    session(w, slot_type_id=kind)
    assert [ask(w, code).state for code in ("CHK-57", "CHK-58")] == [State.MET, State.MET]
    slot_type(w, "Never used", service_setting="", context_type="", national_category="")
    assert ask(w, "CHK-57").state is State.MET
    SlotType.objects.filter(pk=kind).update(service_setting="General Practice")
    found = ask(w, "CHK-58")
    assert (found.state, "service setting General Practice" in found.evidence) == (State.UNMET, True)
    assert found.fix is not None
    assert (found.fix.page_args, found.fix.field) == ((kind,), "service_setting")
    Session.objects.update(counts_to_enhanced_access=False)
    assert ask(w, "CHK-58").state is State.UNKNOWN
    SlotType.objects.filter(pk=kind).update(national_category="")
    assert "1 of 1 slot types in use are not mapped: GP face to face" in ask(w, "CHK-57").evidence


def test_an_appointment_that_nobody_ended_is_found_after_a_day_of_grace(w: World) -> None:
    assert ask(w, "CHK-59").state is State.NOT_APPLICABLE
    [first, *_] = slots(session(w))  # Tuesday
    book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    assert ask(w, "CHK-59", days=2).state is State.NOT_APPLICABLE
    found = ask(w, "CHK-59", days=3)
    assert (found.state, "1 on Tue 24 Nov 2026" in found.evidence) == (State.UNMET, True)
    assert found.fix is not None
    assert (found.fix.page, found.fix.page_args) == ("clinic-on", ("2026-11-24",))
    assert ask(w, "CHK-59", days=200).state is State.UNMET  # nor is it forgotten
    with unit_of_work(system_for(w.hub)):
        Booking.objects.update(status=BookingStatus.LEFT)
    assert ask(w, "CHK-59", days=3).state is State.MET


@pytest.mark.parametrize(
    "values", [{"mode": AppointmentMode.NOT_AN_APPOINTMENT}, {"context_type": "Care related activity"}]
)
def test_what_is_not_for_patients_is_not_bookable(w: World, values: dict[str, str]) -> None:
    assert ask(w, "CHK-61").state is State.UNKNOWN
    kind = slot_type(w, "Break")
    assert ask(w, "CHK-61").state is State.MET
    SlotType.objects.filter(pk=kind).update(**values)
    found = ask(w, "CHK-61")
    assert (found.state, "Break" in found.evidence) == (State.UNMET, True)
    SlotType.objects.filter(pk=kind).update(bookable=False)
    assert ask(w, "CHK-61").state is State.MET


def test_enough_slots_can_be_booked_by_patients_themselves(w: World) -> None:
    assert ask(w, "CHK-64").state is State.UNKNOWN
    marked, other = slot_type(w, "EA GP", patients_may_book=True), slot_type(w, "EA nurse")
    session(w, slot_type_id=other)
    found = ask(w, "CHK-64")
    assert (found.state, "0 of 6 slots" in found.evidence) == (State.UNMET, True)
    assert found.fix is not None
    assert found.fix.page == "slot-types"
    session(w, day=date(2026, 11, 25), slot_type_id=marked)
    assert "6 of 12" in ask(w, "CHK-64").evidence
    assert ask(w, "CHK-64").state is State.MET
    session(w, day=date(2026, 11, 26), slot_type_id=marked, publish=False)
    SlotType.objects.filter(pk=marked).update(bookable=False)  # marked, but for nobody
    assert "0 of 6" in ask(w, "CHK-64").evidence
