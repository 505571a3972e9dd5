"""Who finds which slot: filters, pages, what the statements tell, and by which index. What is hidden from whom, and why, is in
`test_visibility.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.appointments.queries import (
    OfferedClinic,
    SlotCriteria,
    SlotView,
    consumer_of,
    free_slots,
    offered_slots,
    slots_of_session,
)
from pcnhub.care.appointments.queries.offered import OFFERED, TYPES
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.care.organisations.models import Site
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database import prepared
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted
from tests.cast import CLINICIAN, NOW, World, person, world
from tests.rooms.appointments import worlds
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


def test_a_search_over_many_hubs_looks_hour_by_hour_and_finds_the_same(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (24, 25, 27):
        session(w, day=date(2026, 11, day), times=(time(9), time(18)))
    asked = [replace(FORTNIGHT, page=page, from_time=start) for page in (1, 2, 3) for start in (None, time(12))]
    at_once = [free_slots(actor=w.ada, now=NOW, criteria=criteria) for criteria in asked]
    monkeypatch.setattr("pcnhub.care.appointments.queries.slots.FEW_HUBS", 0)
    assert [free_slots(actor=w.ada, now=NOW, criteria=criteria) for criteria in asked] == at_once
    assert {len(page.slots) for page in at_once} > {50, 0}


def test_gp_connects_statement_tells_the_same_as_the_orm(w: World) -> None:
    worlds.switch(w.hub.pk, on=True)
    Site.objects.filter(pk=w.site.pk).update(phone="01724 000000")
    made = session(w)
    asks = consumer_of(ods_code="A81001", route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    rows = offered_slots(actor=w.carys, now=NOW, consumer=asks, starts_from=NOW, ends_by=NOW + timedelta(days=7))
    assert [row.slot_id for row in rows] == [slot.id for slot in slots_of_session(session_id=made)]
    first = Slot.objects.select_related("session__site", "session__holder__account", "slot_type", "hub").get(
        pk=rows[0].slot_id
    )
    held = first.session
    assert held.site
    assert held.holder
    account = held.holder.account
    clinic = rows[0].clinic
    assert all(row.clinic is clinic for row in rows)
    assert rows[0][:4] == (first.pk, _version(first), first.starts_at, first.ends_at)
    assert clinic == OfferedClinic(
        slot_type=first.slot_type.name, session_id=held.pk, session_version=_version(held), session_name=held.name,
        session_starts_at=held.starts_at, session_ends_at=held.ends_at, delivery_channel=held.delivery_channel,
        practitioner_role=held.practitioner_role, site_id=held.site.pk, site_version=held.site.version, site_name=held.site.name,
        site_address_lines=["1 River Walk"], site_postcode="DN16 3LQ", site_phone="01724 000000",
        practitioner_id=account.pk, practitioner_version=account.version, practitioner_given_name=account.given_name,
        practitioner_family_name=account.family_name, practitioner_title="", practitioner_gender="",
        practitioner_sds_user_id=account.sds_user_id or "", hub_id=w.hub.pk, hub_version=first.hub.version,
        hub_ods_code=w.hub.ods_code, hub_name=w.hub.name,
    )  # fmt: skip


def _version(row: Session | Slot) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select xmin::text::bigint from {row._meta.db_table} where id = %s", [row.pk])  # noqa: S608
        return int(cursor.fetchone()[0])


def test_gp_connect_offers_only_what_lies_wholly_inside(w: World) -> None:
    worlds.switch(w.hub.pk, on=True)
    [first, second, *_] = slots_of_session(session_id=session(w))
    asks = consumer_of(ods_code="A81001", route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    for starts, ends, wanted in (
        (first.starts_at, second.ends_at, [first.id, second.id]),
        (first.starts_at + timedelta(seconds=1), second.ends_at, [second.id]),
        (first.starts_at, second.ends_at - timedelta(seconds=1), [first.id]),
        (second.ends_at, first.starts_at, []),
    ):
        rows = offered_slots(actor=w.carys, now=NOW, consumer=asks, starts_from=starts, ends_by=ends)
        assert [row.slot_id for row in rows] == wanted


def test_an_outsider_is_offered_nothing_over_gp_connect(w: World) -> None:
    worlds.switch(w.hub.pk, on=True)
    session(w)
    asks = consumer_of(ods_code="c83003 ", route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    assert asks.organisation_id == w.outside.pk
    rows = offered_slots(actor=w.carys, now=NOW, consumer=asks, starts_from=NOW, ends_by=NOW + timedelta(days=7))
    assert rows == []
    with unit_of_work(w.carys):
        [event] = AuditEvent.objects.filter(action="appointments.slots-searched")
    assert '"consumer": "C83003"' in event.detail


def test_gp_connects_search_is_one_statement(w: World) -> None:
    worlds.switch(w.hub.pk, on=True)
    session(w)
    asks = consumer_of(ods_code="A81001", route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    with CaptureQueriesContext(connection) as caught:
        offered_slots(actor=w.carys, now=NOW, consumer=asks, starts_from=NOW, ends_by=NOW + timedelta(days=7))
    assert [query["sql"].split(" (")[0] for query in caught if "pcnhub_" in query["sql"]] == [
        prepared.form(OFFERED, TYPES).execute.split(" (")[0],
        prepared.form(*trail._insert(1)).execute.split(" (")[0],
    ]
