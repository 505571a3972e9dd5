"""Who finds which slot: the search statement against the rules and against the ORM, on random books."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcnhub.care.appointments.models import Session, Slot, SlotType
from pcnhub.care.appointments.queries import SlotCriteria, SlotView, free_slots, slots_of_session
from pcnhub.care.appointments.queries.slots import _SEARCH, slot_with_facts
from pcnhub.care.appointments.queries.visibility import viewer_of
from pcnhub.care.appointments.rules import AppointmentMode
from pcnhub.care.appointments.rules.visibility import reasons_unseen
from pcnhub.care.organisations.models import GroupMember, OrganisationGroup
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted
from tests.cast import CLINICIAN, NOW, World, person, world
from tests.rooms.appointments.book import TUESDAY, session, slot_type

pytestmark = pytest.mark.django_db
FORTNIGHT = SlotCriteria(from_on=london_date(NOW), to_on=london_date(NOW) + timedelta(days=13))


@pytest.fixture
def w() -> World:
    return world()


def found(actor: Actor, criteria: SlotCriteria = FORTNIGHT) -> list[str]:
    return [f"{slot.starts_at:%a %H:%M}" for slot in free_slots(actor=actor, now=NOW, criteria=criteria).slots]


def test_members_find_the_published_slots_in_order_and_an_outsider_none(w: World) -> None:
    session(w, times=(time(19), time(19, 30)))
    session(w, day=date(2026, 11, 23), times=(time(18, 30), time(19)))
    session(w, day=date(2026, 11, 25), publish=False)
    for actor in (w.ada, w.efe, w.carys):
        assert found(actor) == ["Mon 18:30", "Mon 18:45", "Tue 19:00", "Tue 19:15"]
    page = free_slots(actor=w.charlie, now=NOW, criteria=FORTNIGHT)
    assert (page.slots, len(page.notes)) == ((), 1)
    by_name = free_slots(actor=w.charlie, now=NOW, criteria=replace(FORTNIGHT, hub_id=w.hub.pk))
    assert (by_name.slots, "No agreement" in by_name.notes[0]) == ((), True)
    with unit_of_work(w.charlie):
        assert AuditEvent.objects.filter(action="appointments.slots-searched", user=w.charlie.user).count() == 2


def test_fourteen_days_and_no_more(w: World) -> None:
    for days, refused in ((13, False), (14, True), (-1, True)):
        criteria = replace(FORTNIGHT, to_on=FORTNIGHT.from_on + timedelta(days=days))
        if refused:
            with pytest.raises(InvalidInput):
                found(w.ada, criteria)
        else:
            found(w.ada, criteria)


def test_each_filter(w: World) -> None:
    kind = slot_type(w, "GP")
    session(w, times=(time(9), time(9, 15)), slot_type_id=kind)
    nurse = person("nadia", w.hub, CLINICIAN, consulter=True, job_category="Nurse", job_role_code="R0690")
    session(
        w,
        times=(time(18, 30), time(18, 45)),
        delivery_channel="Telephone",
        practitioner_role="R0690",
        holder_id=nurse.position_id,
    )
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({"slot_type_id": kind}, ["Tue 09:00"]),
        ({"delivery_channel": "Telephone"}, ["Tue 18:30"]),
        ({"practitioner_roles": ("R0260", "R0270")}, ["Tue 09:00"]),
        ({"from_time": time(18, 30)}, ["Tue 18:30"]),
        ({"to_time": time(18, 30)}, ["Tue 09:00"]),
        ({"site_id": w.site.pk}, ["Tue 09:00", "Tue 18:30"]),
        ({"site_id": w.site.pk + 1}, []),
        ({"from_on": TUESDAY + timedelta(days=1)}, []),
    ]
    for change, wanted in cases:
        assert found(w.ada, replace(FORTNIGHT, **change)) == wanted  # type: ignore[arg-type]


def test_a_time_of_day_is_the_walls_in_summer_too(w: World) -> None:
    june = date(2027, 6, 29)
    session(w, day=june, times=(time(18), time(18, 15)))
    criteria = SlotCriteria(from_on=june, to_on=june, from_time=time(18))
    assert found(w.ada, criteria) == ["Tue 17:00"]


def test_without_the_permission_no_slot(w: World) -> None:
    with pytest.raises(NotPermitted):
        found(replace(w.ada, permissions=frozenset()))


def test_pages_of_fifty(w: World) -> None:
    session(w, times=(time(8), time(17)), slot_type_id=slot_type(w, "Short", minutes=10))
    pages = [free_slots(actor=w.ada, now=NOW, criteria=replace(FORTNIGHT, page=n)) for n in (1, 2)]
    assert [(len(page.slots), page.has_more) for page in pages] == [(50, True), (4, False)]


book = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["free", "free", "booked", "blocked", "cancelled"]),
        "session": st.sampled_from(["published", "published", "draft", "cancelled"]),
        "bookable": st.booleans(),
        "hours": st.integers(-3, 24 * 13),
        "groups": st.sets(st.integers(0, 1)),
    }
)
membership = st.sampled_from(["outside", "member", "subscribed"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slots=st.lists(book, min_size=1, max_size=6),
    memberships=st.tuples(membership, membership),
    sides=st.tuples(st.booleans(), st.booleans()),
    by_hub=st.booleans(),
)
def test_the_search_finds_exactly_what_the_rules_give_no_reason_against(
    w: World, slots: list[dict[str, Any]], memberships: tuple[str, str], sides: tuple[bool, bool], by_hub: bool
) -> None:
    with transaction.atomic():
        groups = _groups(w, memberships)
        _agreement(w, sides)
        made = [_slot(w, facts, groups) for facts in slots]
        actor = w.carys if by_hub else w.ada
        page = free_slots(actor=actor, now=NOW, criteria=FORTNIGHT)
        viewer = viewer_of(actor=actor, hub_id=w.hub.pk, agreement_effective=all(sides))
        judged = [found for slot in made if (found := slot_with_facts(slot_id=slot))]
        without_reason = {slot.id for slot, facts in judged if not reasons_unseen(facts, viewer, now=NOW)}
        assert len(judged) == len(made)
        assert {slot.id for slot in page.slots} == without_reason
        transaction.set_rollback(True)


def _groups(w: World, memberships: tuple[str, str]) -> list[int]:
    groups = []
    for n, how in enumerate(memberships):
        group = OrganisationGroup.objects.create(owner=w.hub, name=f"Riverside {n}", purpose="practice")
        groups.append(group.pk)
        if how != "outside":
            GroupMember.objects.create(
                group=group, organisation=w.ash, subscribed_at=NOW if how == "subscribed" else None
            )
    return groups


def _agreement(w: World, sides: tuple[bool, bool]) -> None:
    for organisation, active in zip((w.hub, w.ash), sides, strict=True):
        Party.objects.filter(agreement=w.agreements[AgreementKind.APPOINTMENTS], organisation=organisation).update(
            state=ActivationState.ACTIVE if active else ActivationState.INACTIVE
        )


def _slot(w: World, facts: dict[str, Any], groups: list[int]) -> int:
    """Written straight into the tables: books that no operation would make must be judged alike, too."""
    kind, _ = SlotType.objects.get_or_create(
        hub=w.hub,
        name=f"bookable {facts['bookable']}",
        defaults={"minutes": 15, "mode": AppointmentMode.FACE_TO_FACE, "bookable": facts["bookable"]},
    )
    start = NOW + timedelta(hours=facts["hours"])
    held = Session.objects.create(
        hub=w.hub, name="Random", starts_at=start, ends_at=start + timedelta(minutes=15), state=facts["session"],
        state_changed_at=NOW, state_changed_by="test",
    )  # fmt: skip
    held.groups.set([groups[n] for n in facts["groups"]])
    slot = Slot.objects.create(
        hub=w.hub,
        session=held,
        slot_type=kind,
        starts_at=start,
        ends_at=start + timedelta(minutes=15),
        state=facts["state"],
    )
    return slot.pk


def test_the_statement_tells_the_same_as_the_orm(w: World) -> None:
    made = session(w)
    [first, *_] = slots_of_session(session_id=made)
    row = Slot.objects.select_related("session__site", "session__holder__account", "slot_type", "hub").get(pk=first.id)
    held = row.session
    assert held.site
    assert held.holder
    assert first == SlotView(
        id=row.pk, hub_id=row.hub_id, hub=row.hub.name, session_id=held.pk, session=held.name,
        starts_at=row.starts_at, ends_at=row.ends_at, state=row.state, slot_type_id=row.slot_type_id,
        slot_type=row.slot_type.name, eligibility_text=row.slot_type.eligibility_text, site_id=held.site_id,
        site=held.site.name, delivery_channel=held.delivery_channel, practitioner_role=held.practitioner_role,
        holder_id=held.holder_id, holder=held.holder.account.full_name, blocked_reason=row.blocked_reason,
    )  # fmt: skip


def test_the_search_goes_by_the_index_of_free_slots(w: World) -> None:
    """Read with EXPLAIN: however many slots are booked and past, the search meets the free ones alone."""
    kind = SlotType.objects.create(hub=w.hub, name="Many", minutes=1, mode=AppointmentMode.TELEPHONE)
    held = Session.objects.create(
        hub=w.hub, name="Many", starts_at=NOW, ends_at=NOW + timedelta(days=30), state="published",
        state_changed_at=NOW, state_changed_by="test",
    )  # fmt: skip
    Slot.objects.bulk_create(
        Slot(
            hub=w.hub, session=held, slot_type=kind, state="free" if n % 50 == 0 else "booked",
            starts_at=NOW + timedelta(minutes=n), ends_at=NOW + timedelta(minutes=n + 1),
        )
        for n in range(20_000)
    )  # fmt: skip
    values: dict[str, Any] = {
        "hubs": [w.hub.pk], "now": NOW, "organisation": w.ash.pk, "groups": [w.group.pk], "from": NOW,
        "to": NOW + timedelta(days=7), "site": None, "kind": None, "channel": "", "roles": [], "from_time": None,
        "to_time": None, "limit": 51, "offset": 0,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"explain {_SEARCH}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "slot_free" in plan
    assert "Seq Scan on appointments_slot slot" not in plan
