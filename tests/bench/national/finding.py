"""The first free slot over many hubs: what a 111 provider that works with all of them asks on the pages."""

from __future__ import annotations

import statistics
from datetime import date, datetime, timedelta

import psycopg

from pcnhub.care.appointments.queries import SlotCriteria, free_slots
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, Purpose
from tests.bench.hub import Hub
from tests.bench.measuring import milliseconds
from tests.bench.national.figures import Row
from tests.bench.national.world import FIRST

_FINDER = 3_000_000
_FIRST_FREE = (
    "select slot.id from appointments_slot slot where slot.hub_id = any(%s) and slot.state = 'free'"
    " and slot.starts_at > %s order by slot.starts_at, slot.id limit 1"
)


def measure(hub: Hub, *, hubs: int, first_day: date) -> list[Row]:
    """For 20, 200 and all hubs: the operation in this process, beside its bare SQL for one slot."""
    sizes = [size for size in (20, 200, 1250) if size <= hubs] or [hubs]
    rows = []
    for place, size in enumerate(sizes):
        with hub.bare() as bare:
            actor = _finder(bare, _FINDER + place, size, hub.now)
            criteria = SlotCriteria(from_on=first_day, to_on=first_day + timedelta(days=13))

            def find(actor: Actor = actor, criteria: SlotCriteria = criteria) -> int:
                return free_slots(actor=actor, now=hub.now, criteria=criteria).slots[0].id

            ids = [FIRST + number for number in range(size)]

            def reference(bare: psycopg.Connection = bare, ids: list[int] = ids) -> object:
                return bare.execute(_FIRST_FREE, [ids, hub.now]).fetchone()

            find()
            times = 3 if hub.is_quick else 10
            ours = statistics.median(milliseconds(find) for _ in range(times))
            other = statistics.median(milliseconds(reference) for _ in range(times))
        what, longer = f"First free slot over {size:,} hubs, on the pages", f"{ours / other:.0f} times as long"
        rows.append(Row(what, f"{ours:.0f} ms", f"{other:.1f} ms, the bare SQL", longer))
    return rows


def _finder(bare: psycopg.Connection, id_: int, hubs: int, now: datetime) -> Actor:
    """An organisation that is a member of so many networks, in their groups and their appointments agreements."""
    ods = f"F{id_ - _FINDER:05}"
    bare.execute(
        "insert into organisations_organisation select (jsonb_populate_record(organisation, jsonb_build_object('id', %s::bigint,"
        " 'ods_code', %s::text, 'name', 'Finder ' || %s::text, 'kind', '111'))).*"
        " from organisations_organisation organisation where id = %s",
        [id_, ods, ods, FIRST],
    )
    low, high = FIRST, FIRST + hubs - 1
    base = 10_000_000 + (id_ - _FINDER) * 100_000
    for statement in (
        "insert into organisations_networkmember (id, network_id, organisation_id, joined_on) select %(base)s + n - %(low)s, n,"
        " %(id)s, %(now)s::date - 50 from generate_series(%(low)s, %(high)s) n",
        "insert into organisations_groupmember (id, group_id, organisation_id, subscribed_at, subscribed_by)"
        " select %(base)s + n - %(low)s, n, %(id)s, %(now)s, 'bench' from generate_series(%(low)s, %(high)s) n",
        "insert into sharing_agreement (id, hub_id, kind, name, terms_version, earlier_terms, allowed_job_categories,"
        " starts_on) select n, n, %(kind)s, 'Appointments ' || n, '1', '{}', '{}', %(now)s::date - 50"
        " from generate_series(%(low)s, %(high)s) n on conflict do nothing",
        "insert into sharing_party (id, agreement_id, organisation_id, side, joined_on, state, terms_accepted, changed_by,"
        " formulary) select %(base)s + 2 * (n - %(low)s) + side.place, n, side.organisation, side.side, %(now)s::date - 50,"
        " 'active', '1', 'bench', '' from generate_series(%(low)s, %(high)s) n, lateral"
        " (values (0, %(id)s::bigint, %(uses)s), (1, n, %(gives)s)) side (place, organisation, side) on conflict do nothing",
    ):
        bare.execute(
            statement.replace("%(kind)s", f"'{AgreementKind.APPOINTMENTS.value}'"),
            {
                "base": base,
                "low": low,
                "high": high,
                "id": id_,
                "now": now,
                "uses": Side.USES.value,
                "gives": Side.GIVES.value,
            },
        )
    bare.execute("analyze organisations_networkmember, organisations_groupmember, sharing_agreement, sharing_party")
    return Actor(
        user="account:1", name="Finder", organisation=OrganisationRef(id_, ods, f"Finder {ods}", "111"),
        purpose=Purpose.DIRECT_CARE, permissions=frozenset({Permission.BOOK_APPOINTMENTS}), request_id="bench",
    )  # fmt: skip
