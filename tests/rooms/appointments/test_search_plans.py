"""By which way the searches come to free slots, however full the book."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection, transaction

from pcnhub.care.appointments.models import Session, SlotType
from pcnhub.care.appointments.queries.consumers import consumer_of, staff_consumer
from pcnhub.care.appointments.queries.offered import OFFERED, TYPES
from pcnhub.care.appointments.queries.open_slots import parameters_of
from pcnhub.care.appointments.queries.slots import _SEARCH
from pcnhub.care.appointments.rules import AppointmentMode
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.foundations.database import prepared
from tests.cast import NOW, World, world
from tests.conftest import FreshDatabase


def test_the_searches_go_by_the_index_of_free_slots(fresh_database: FreshDatabase) -> None:
    """Read with EXPLAIN: however many slots are booked and past, a search meets the free ones alone; over GP Connect with a plan
    for these values, and with the one that is kept and serves any. Negative control: without its index it goes another way."""
    w = world()
    _many_slots(w)
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("analyze")  # the tables' owner alone may count them anew
    values: dict[str, Any] = parameters_of(staff_consumer(actor=w.ada, agreement_effective=True), now=NOW) | {
        "hubs": [w.hub.pk], "from": NOW, "to": NOW + timedelta(days=7), "site": None, "kind": None, "channel": "",
        "roles": [], "from_time": None, "to_time": None, "limit": 51, "offset": 0,
    }  # fmt: skip
    # By the window's sessions first, where the planner takes them for few; never past every slot of the book.
    assert _ways_to_slots(_SEARCH, values) <= {"slot_free", "slot_by_session"}
    asks = consumer_of(ods_code="A81001", route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    values = parameters_of(asks, now=NOW) | {"hub": w.hub.pk, "from": NOW, "to": NOW + timedelta(days=7)}
    assert _ways_to_slots(OFFERED, values) == {"slot_free"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local plan_cache_mode = force_generic_plan")
        prepared.rows(OFFERED, TYPES, values)
        assert _ways_to_slots(prepared.form(OFFERED, TYPES).execute, values) == {"slot_free"}
    assert _ways_to_slots(OFFERED.replace("slot.state = 'free'", "slot.state <> 'booked'"), values) != {"slot_free"}


def _ways_to_slots(statement: str, values: dict[str, Any]) -> set[str]:
    """By which indexes the plan comes to slots; the node's kind, where it goes by none."""
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {statement}", values)
        [(plan,)] = cursor.fetchall()
    return set(_ways(json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]))


def _ways(node: dict[str, Any]) -> Iterator[str]:
    below = node.get("Plans", ())
    if node.get("Relation Name") == "appointments_slot":
        by_bitmap = [each["Index Name"] for each in below if "Index Name" in each]
        yield node.get("Index Name") or next(iter(by_bitmap), node["Node Type"])
    for each in below:
        yield from _ways(each)


def _many_slots(w: World) -> None:
    """A year's slots, a free one among sixty; a search of a week has a few. So many that no other way to them looks as cheap,
    whatever the tables hold besides."""
    kind = SlotType.objects.create(hub=w.hub, name="Many", minutes=1, mode=AppointmentMode.TELEPHONE)
    sessions = Session.objects.bulk_create(
        Session(
            hub=w.hub, name="Many", starts_at=NOW + timedelta(hours=8 * n), ends_at=NOW + timedelta(hours=8 * n + 1),
            state="published", state_changed_at=NOW, state_changed_by="test",
        )
        for n in range(1000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into appointments_slot (hub_id, session_id, slot_type_id, starts_at, ends_at, state, blocked_reason,"
            " held_by, override_reason) select session.hub_id, session.id, %s, session.starts_at + make_interval(mins => n),"
            " session.starts_at + make_interval(mins => n + 1), case n when 0 then 'free' else 'booked' end, '', '', ''"
            " from appointments_session session cross join generate_series(0, 59) n where session.id = any(%s)",
            [kind.pk, [each.pk for each in sessions]],
        )
