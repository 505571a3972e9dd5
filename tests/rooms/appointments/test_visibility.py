"""One decision: what the rules give no reason against is what the searches find and booking takes, on random books."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcnhub.care.appointments.operations import (
    ConsumerBooking,
    QuotaUsed,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
    book_own,
)
from pcnhub.care.appointments.operations import book as book_slot
from pcnhub.care.appointments.operations.gp_connect import book_for
from pcnhub.care.appointments.queries import SlotCriteria, consumer_of, free_slots, offered_slots, own_slots
from pcnhub.care.appointments.queries import slots as slots_found
from pcnhub.care.appointments.queries.consumers import staff_consumer
from pcnhub.care.appointments.queries.judging import judged_slots
from pcnhub.care.appointments.rules.visibility import Consumer, Route, reasons_unseen
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments import worlds
from tests.rooms.appointments.book import request

pytestmark = pytest.mark.django_db
FORTNIGHT = SlotCriteria(from_on=london_date(NOW), to_on=london_date(NOW) + timedelta(days=13))
MEMBERSHIP = st.sampled_from(["outside", "member", "subscribed", "subscribed"])
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def w() -> World:
    made = world()
    register_temporarily(actor=made.ada, now=NOW, hub_id=made.hub.pk, practice_patient_id=made.patient_of_ash.pk)
    worlds.switch(made.hub.pk, on=True)
    return made


def asked_by_gp_connect(w: World) -> Actor:
    """The hub's own actor, named after who asks."""
    return replace(w.carys, user="gpconnect:A81001:111222333444", name="Dr Caller", position_id=None)


def without_reason(ids: list[int], consumer: Consumer, now: datetime = NOW) -> set[int]:
    return {each.slot.id for each in judged_slots(slot_ids=ids) if not reasons_unseen(each.facts, consumer, now=now)}


def is_accepted(attempt: Any) -> bool:
    """Whether booking does it, undone at once; only refusals that the rules foresee count as no."""
    try:
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    except (SlotTaken, SlotUnavailable, SlotUnknown, QuotaUsed, NotShared):
        return False
    return True


@EXAMPLES
@given(
    slots=st.lists(worlds.SLOT, min_size=1, max_size=5),
    memberships=st.tuples(MEMBERSHIP, MEMBERSHIP),
    sides=st.sampled_from([(True, True)] * 3 + [(True, False), (False, True)]),
    by_hub=st.sampled_from([False, False, True]),
)
def test_on_the_pages(
    w: World, slots: list[dict[str, Any]], memberships: tuple[str, str], sides: tuple[bool, bool], by_hub: bool
) -> None:
    with transaction.atomic():
        book = worlds.prepare(w, memberships)
        for organisation, active in zip((w.hub, w.ash), sides, strict=True):
            Party.objects.filter(agreement=w.agreements[AgreementKind.APPOINTMENTS], organisation=organisation).update(
                state=ActivationState.ACTIVE if active else ActivationState.INACTIVE
            )
        made = [worlds.slot(w, book, facts) for facts in slots]
        actor = w.carys if by_hub else w.ada
        page = free_slots(actor=actor, now=NOW, criteria=FORTNIGHT)
        explained = without_reason(made, staff_consumer(actor=actor, agreement_effective=by_hub or all(sides)))
        assert {slot.id for slot in page.slots} == explained
        named = consumer_of(ods_code=actor.organisation.ods_code, route=Route.STAFF, hub_id=w.hub.pk, now=NOW)
        assert without_reason(made, replace(named, holds_as=f"{actor.organisation.id}:{actor.user}")) == explained
        if not by_hub:
            for slot in made:
                wish = request(slot, w.patient_of_ash.pk)
                done = is_accepted(lambda wish=wish: book_slot(actor=actor, now=NOW, request=wish))
                assert done is (slot in explained)
        transaction.set_rollback(True)


CONSUMERS = st.sampled_from(
    [
        ("A81001", "gp-practice"),
        ("A81001", ""),
        ("", "gp-practice"),
        ("", ""),
        ("X99999", "urgent-care"),
        ("Q00000", ""),
    ]
)


@EXAMPLES
@given(
    slots=st.lists(worlds.SLOT, min_size=1, max_size=5),
    memberships=st.tuples(MEMBERSHIP, MEMBERSHIP),
    consumer=CONSUMERS,
    own_switch=st.sampled_from([None, None, None, None, True, False]),
)
def test_over_gp_connect(
    w: World,
    slots: list[dict[str, Any]],
    memberships: tuple[str, str],
    consumer: tuple[str, str],
    own_switch: bool | None,
) -> None:
    with transaction.atomic():
        book = worlds.prepare(w, memberships)
        if own_switch is not None:
            worlds.switch(w.ash.pk, on=own_switch)
        made = [worlds.slot(w, book, facts) for facts in slots]
        ods_code, kind = consumer
        asks = consumer_of(ods_code=ods_code, organisation_type=kind, route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
        actor = asked_by_gp_connect(w)
        found = offered_slots(
            actor=actor, now=NOW, consumer=asks, starts_from=NOW - timedelta(days=1), ends_by=NOW + timedelta(days=13)
        )
        explained = without_reason(made, asks)
        assert {slot.slot_id for slot in found} == explained
        [held] = [each.pk for each in held_patients(w)]
        for each in judged_slots(slot_ids=made):
            wish = ConsumerBooking(
                slot_ids=(each.slot.id,), patient_id=held, starts_at=each.slot.starts_at, ends_at=each.slot.ends_at,
                idempotency_key=f"gpc-{each.slot.id}",
            )  # fmt: skip
            done = is_accepted(lambda wish=wish: book_for(actor=actor, now=NOW, consumer=asks, request=wish))
            assert done is (each.slot.id in explained)
        transaction.set_rollback(True)


@settings(EXAMPLES, max_examples=20)
@given(
    slots=st.lists(worlds.SLOT, min_size=1, max_size=4),
    memberships=st.tuples(MEMBERSHIP, MEMBERSHIP),
    both_sides=st.sampled_from([True, True, True, False]),
    by_hub=st.sampled_from([False, False, True]),
    of_types=st.integers(0, 2),
    days_ahead=st.sampled_from([1, 2, 5, 14, 14]),
)
def test_by_a_patients_own_link(
    w: World,
    slots: list[dict[str, Any]],
    memberships: tuple[str, str],
    both_sides: bool,
    by_hub: bool,
    of_types: int,
    days_ahead: int,
) -> None:
    """Of the first `of_types` slots' types alone, or any that patients may book."""
    with transaction.atomic():
        book = worlds.prepare(w, memberships)
        made = [worlds.slot(w, book, facts) for facts in slots]
        types = [each.slot.slot_type_id for each in judged_slots(slot_ids=made[:of_types])]
        link_id, actor = worlds.link(w, by_hub=by_hub, days_ahead=days_ahead, slot_type_ids=types)
        if not both_sides:
            Party.objects.filter(agreement=w.agreements[AgreementKind.APPOINTMENTS], organisation=w.hub).update(
                state=ActivationState.INACTIVE
            )
        found = {slot.id for slot in own_slots(actor=actor, now=NOW, link_id=link_id).slots}
        with unit_of_work(actor):
            asks = staff_consumer(actor=actor, agreement_effective=by_hub or both_sides)
        assert found == without_reason(made, asks)
        named = consumer_of(ods_code=actor.organisation.ods_code, route=Route.PATIENT, hub_id=w.hub.pk, now=NOW)
        assert found <= without_reason(made, named)
        for slot in made:
            wish = partial(book_own, actor=actor, now=NOW, link_id=link_id, slot_id=slot, idempotency_key=str(slot))
            assert is_accepted(wish) is (slot in found)
        transaction.set_rollback(True)


def held_patients(w: World) -> list[Any]:
    from pcnhub.care.patients.models import Patient

    with unit_of_work(system_for(w.hub)):
        return list(Patient.objects.filter(organisation=w.hub))


def test_the_checker_would_notice(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a search that forgets the embargo disagrees with the rules."""
    from pcnhub.care.appointments.queries import offered

    made = [worlds.slot(w, worlds.prepare(w, ("outside", "outside")), worlds.PLAIN | {"embargo": 60, "all": True})]
    asks = consumer_of(route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    forgetful = offered.OFFERED.replace("kind.embargo_minutes is null", "true")
    monkeypatch.setattr(offered, "OFFERED", forgetful)
    found = offered_slots(
        actor=asked_by_gp_connect(w), now=NOW, consumer=asks, starts_from=NOW, ends_by=NOW + timedelta(days=13)
    )
    assert {slot.slot_id for slot in found} != without_reason(made, asks)


def test_the_checker_would_notice_that_patients_find_what_is_not_for_them(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a search that forgets the mark disagrees with the rules."""
    made = [worlds.slot(w, worlds.prepare(w, ("subscribed", "outside")), worlds.PLAIN | {"patients": False})]
    link_id, actor = worlds.link(w, by_hub=False, days_ahead=14, slot_type_ids=[])
    with unit_of_work(actor):
        asks = staff_consumer(actor=actor, agreement_effective=True)
    assert (
        without_reason(made, asks)
        == set()
        == {slot.id for slot in own_slots(actor=actor, now=NOW, link_id=link_id).slots}
    )
    monkeypatch.setattr(slots_found, "_SEARCH", slots_found._SEARCH.replace("kind.patients_may_book", "true"))
    assert {slot.id for slot in own_slots(actor=actor, now=NOW, link_id=link_id).slots} == set(made)
