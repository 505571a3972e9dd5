"""By which way the searches come to free slots, however full the book."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection, transaction

from pcnhub.care.appointments.models import Session, SlotType
from pcnhub.care.appointments.queries.consumers import consumer_of, staff_consumer
from pcnhub.care.appointments.queries.narrow import APPOINTMENT, BOOKING
from pcnhub.care.appointments.queries.offered import OFFERED, TYPES
from pcnhub.care.appointments.queries.open_slots import parameters_of, parameters_of_link
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
    consumer = staff_consumer(actor=w.ada, agreement_effective=True)
    values: dict[str, Any] = parameters_of(consumer, now=NOW) | parameters_of_link(consumer, now=NOW) | {
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


def test_a_booking_is_read_without_looking_at_every_patient(fresh_database: FreshDatabase) -> None:
    """Each patient is found by the id, whatever the planner prefers on small tables: nothing is known of these, they are new.
    Negative control: by what row security distrusts, nobody is."""
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            cursor.execute(f"set local enable_{way} = off")
        cursor.execute(
            "set local join_collapse_limit = 1"
        )  # in the order of the statement: by the booking to its patient
        for statement in (BOOKING, APPOINTMENT):
            found_by = _patients_found_by(statement)
            assert all("(id = " in each for each in found_by), found_by
        distrusted = re.sub(r"case when merged.id .+ end", "coalesce(merged.id, patient.id)", BOOKING)
        assert not all("(id = " in found_by for found_by in _patients_found_by(distrusted))


def _patients_found_by(statement: str) -> list[str]:
    nodes = _nodes(_plan(statement, {"booking": 1, "hub": 1, "user": "account:1"}), "patients_patient")
    found_by = [node.get("Index Cond", "") for node in nodes]
    assert found_by
    return found_by


def _ways_to_slots(statement: str, values: dict[str, Any]) -> set[str]:
    """By which indexes the plan comes to slots; the node's kind, where it goes by none."""
    found = set()
    for node in _nodes(_plan(statement, values), "appointments_slot"):
        by_bitmap = [each["Index Name"] for each in node.get("Plans", ()) if "Index Name" in each]
        found.add(node.get("Index Name") or next(iter(by_bitmap), node["Node Type"]))
    return found


def _plan(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {statement}", values)
        [(answer,)] = cursor.fetchall()
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan


def _nodes(node: dict[str, Any], table: str) -> Iterator[dict[str, Any]]:
    """Where the plan comes to rows of the table."""
    if node.get("Relation Name") == table:
        yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each, table)


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
