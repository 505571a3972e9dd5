"""Changing a published book goes round no rule: shares count who is booked, moves and single slots are judged as any."""

from __future__ import annotations

from datetime import time

import pytest

from pcnhub.care.appointments.models import SessionQuota
from pcnhub.care.appointments.operations import Quota, cancel
from pcnhub.care.appointments.operations.cancelling import plan_cancelling
from pcnhub.care.appointments.operations.changing import change_published, plan_changing
from pcnhub.care.appointments.operations.refusals import SlotUnavailable
from pcnhub.care.appointments.operations.slots import insert_slot, take_out_slot
from pcnhub.care.appointments.queries.plans import free_to_move_into
from pcnhub.care.appointments.queries.shares import ShareUse, share_uses
from pcnhub.care.appointments.rules.changing import Fate, moves_to_nearest
from pcnhub.care.organisations.models import OrganisationGroup
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, world
from tests.rooms.appointments.book import gp, put_in, session, slot_type, slots
from tests.rooms.appointments.test_changing import MORNING, SATURDAY, change_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def test_nobody_is_moved_to_where_their_practice_could_not_have_booked_them(w: World) -> None:
    """Nearer slots of the type that are by telephone, a nurse's, for listed others, or whose share is used up."""
    kind = slot_type(w)
    made = session(w, day=SATURDAY, times=MORNING, slot_type_id=kind)
    nurse = gp(w, "iris", "R0690").position_id
    pool = OrganisationGroup.objects.create(owner=w.hub, name="Others", purpose=w.group.purpose)
    times = ((time(10 + n), time(11 + n)) for n in range(5))
    none = (Quota("organisation", w.ash.ods_code, 0),)
    for more in (
        {"delivery_channel": "Telephone"},
        {"holder_id": nurse, "practitioner_role": "R0690"},
        {"group_ids": frozenset({pool.pk})},
        {"quotas": none},
    ):
        session(w, day=SATURDAY, times=next(times), slot_type_id=kind, **more)
    right = session(w, day=SATURDAY, times=next(times), slot_type_id=kind)
    booked = put_in(w, slots(made)[0].id)
    losing = plan_cancelling(actor=w.carys, now=NOW, session_ids=[made]).of_fate(Fate.LOSES_SLOT)
    with unit_of_work(w.carys):
        free = free_to_move_into(hub_id=w.hub.pk, now=NOW, bookings=losing, but_not=[made])
    assert moves_to_nearest(losing, free) == {booked: slots(right)[0].id}
    [said] = {slot.said for slot in free if slot.session_id == right}
    assert said == "Bilal Cast, GP, In-person, Riverside Health Centre"


def test_a_slot_put_in_is_no_way_round_publishing(w: World) -> None:
    kind = slot_type(w)
    made = session(w, slot_type_id=kind, variation="")
    unmapped = slot_type(w, "Not mapped", national_category="")
    for starts_at, its, code in (
        (time(20), kind, "missing"),
        (time(18), kind, "missing"),
        (time(20), unmapped, "not-mapped"),
    ):
        with pytest.raises(InvalidInput) as refused:
            insert_slot(actor=w.carys, now=NOW, session_id=made, starts_at=starts_at, minutes=15, slot_type_id=its)
        assert code in {problem.code for problem in refused.value.problems}
    assert len(slots(made)) == 6
    take_out_slot(actor=w.carys, now=NOW, slot_id=slots(made)[0].id, reason="Teaching")
    assert insert_slot(actor=w.carys, now=NOW, session_id=made, starts_at=time(18, 30), minutes=15, slot_type_id=kind)
    draft = session(w, day=SATURDAY, times=MORNING, publish=False)
    assert insert_slot(actor=w.carys, now=NOW, session_id=draft, starts_at=time(10), minutes=15, slot_type_id=unmapped)


@pytest.mark.parametrize("profile", ["organisation", "group", "organisation-type"])
def test_a_share_that_is_set_later_counts_what_is_booked_already(w: World, profile: str) -> None:
    made = session(w)
    one, other = put_in(w, slots(made)[0].id), put_in(w, slots(made)[1].id)
    put_in(w, slots(session(w, day=SATURDAY, times=MORNING))[0].id)  # another session's
    subject = {"organisation": w.ash.ods_code, "group": str(w.group.pk), "organisation-type": "gp-practice"}[profile]
    share = Quota(profile, subject, 1)
    assert [each.used for each in _uses(w, made, share)] == [2]
    change = change_of(made, w, quotas=(share,))
    shown = plan_changing(actor=w.carys, now=NOW, session_id=made, change=change).token(*change.words())
    change_published(actor=w.carys, now=NOW, session_id=made, change=change, reason="Shared out", shown=shown)
    quota = SessionQuota.objects.get()
    assert (quota.used, quota.at_most) == (2, 1)
    with pytest.raises(SlotUnavailable, match="2 of 1"):
        put_in(w, slots(made)[3].id)
    for booked in (one, other):
        cancel(actor=w.ada, now=NOW, booking_id=booked, version=1)
    quota.refresh_from_db()
    assert quota.used == 0
    put_in(w, slots(made)[3].id)
    assert [each.used for each in _uses(w, made, share)] == [1]


def _uses(w: World, made: int, share: Quota) -> tuple[ShareUse, ...]:
    with unit_of_work(w.carys):
        return share_uses(session_ids=[made], quotas=[share])
