"""A nation's book: hubs with the sessions, slots and bookings of a fortnight, written by SQL as nobody could by hand.

The rows are those that the operations would have made. Ids are counted from FIRST, so that a row's neighbours are known
without looking: hub and practice `n`, four clinicians each, fifty sessions each, sixteen slots a session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Model
from psycopg import sql

from pcnhub.care.appointments.models import BookedSlot, Booking, Session, Slot, SlotType
from pcnhub.care.organisations.models import (
    Account,
    GpConnectSwitch,
    GroupMember,
    Network,
    NetworkMember,
    Organisation,
    OrganisationGroup,
    Position,
    Site,
)
from pcnhub.care.organisations.rules import PRACTICE_SWITCHES
from pcnhub.care.patients.models import Patient
from pcnhub.demo.people import nhs_numbers
from pcnhub.foundations.kernel.local_time import london_date

FIRST = 1_000_000
BEYOND = 100 * FIRST
DAYS, SESSIONS, SLOTS, CLINICIANS, PATIENTS = 14, 50, 16, 4, 100
SLOTS_A_HUB = SESSIONS * SLOTS

# Mornings by the first two clinicians, afternoons by the others; fewer at weekends. Fifty a fortnight.
_SESSIONS = """
from generate_series(%(low)s, %(high)s - 1) hub cross join (
  select row_number() over (order by day, clinic) - 1 as place, day, clinic
  from generate_series(0, 13) day cross join generate_series(0, 3) clinic
  where not (mod(day, 7) in (5, 6) and clinic = 3) and not (mod(day, 7) = 6 and clinic = 2)) plan
"""
_STARTS = "((%(day)s::date + day) + time '08:00' + (clinic / 2) * interval '6 hours') at time zone 'Europe/London'"
_HUBS = "from generate_series(%(low)s, %(high)s - 1) hub"
_OF_EACH = f"{_HUBS} cross join generate_series(0, {{}} - 1) place"


@dataclass(frozen=True, slots=True)
class Nation:
    """What was built: so many hubs, from `first_day` on."""

    hubs: int
    first_day: date

    @property
    def slots(self) -> int:
        return self.hubs * SLOTS_A_HUB


def hub_ods(number: int) -> str:
    return f"Y{number:05}"


def practice_ods(number: int) -> str:
    return f"P{number:05}"


def build(bare: psycopg.Connection, *, hubs: int, already: int = 0, now: datetime) -> Nation:
    """Hubs up to so many, those that are there `already` left alone. `bare` is a superuser: neither triggers nor row
    security run, and the one index that is dear to fill row by row is filled at the end."""
    first_day = london_date(now) + timedelta(days=1)
    fill = _Filler(bare, {"low": already, "high": hubs, "day": first_day, "now": now})
    bare.execute("set session_replication_role = replica")
    [(exclusion,)] = bare.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'slot_clinician_once'"
    ).fetchall()
    bare.execute("alter table appointments_slot drop constraint slot_clinician_once")
    _organisations(fill)
    _people(fill)
    _book(fill)
    bare.execute(f"alter table appointments_slot add constraint slot_clinician_once {exclusion}")
    bare.execute("set session_replication_role = origin")
    fill.count_on()
    bare.execute("vacuum analyze")
    return Nation(hubs, first_day)


def _organisations(fill: _Filler) -> None:
    hub = f"{FIRST} + hub"
    practice = f"{FIRST} + 100000 + hub"
    fill(
        Organisation, _HUBS, id=hub, ods_code="'Y' || lpad(hub::text, 5, '0')", name="'Hub ' || hub", kind="'hub'",
        phone="'0300 303 5678'",
    )  # fmt: skip
    fill(
        Organisation, _HUBS, id=practice, ods_code="'P' || lpad(hub::text, 5, '0')", name="'Practice ' || hub",
        kind="'practice'",
    )  # fmt: skip
    fill(
        Network, _HUBS, id=hub, ods_code="'U' || lpad(hub::text, 5, '0')", name="'Network ' || hub", hub_id=hub,
        adjusted_population="50000",
    )  # fmt: skip
    fill(NetworkMember, _HUBS, id=hub, network_id=hub, organisation_id=practice, joined_on="%(day)s::date - 100")
    fill(
        Site, _OF_EACH.format(2), id=f"{FIRST} + 2 * hub + place", organisation_id=hub, name="'Site ' || place",
        address_lines="array['1 High Street', 'Leeds']", postcode="'LS1 4BN'", phone="'0300 303 5679'",
    )  # fmt: skip
    capabilities = ", ".join(f"'{each.value}'" for each in PRACTICE_SWITCHES)
    fill(
        GpConnectSwitch,
        f"{_HUBS} cross join (values (0), (100000)) side (offset_) cross join unnest(array[{capabilities}]) with ordinality"
        " as switch (capability, place)",
        id=f"{FIRST} + 6 * hub + case when offset_ = 0 then 0 else 3 end + place - 1",
        organisation_id=f"{FIRST} + offset_ + hub", capability="capability", is_on="true", changed_at="%(now)s",
        changed_by="'bench'",
    )  # fmt: skip
    fill(OrganisationGroup, _HUBS, id=hub, owner_id=hub, name="'Network ' || hub || ' booking'", purpose="'practice'")
    fill(
        GroupMember, f"{_HUBS} cross join (values (0), (100000)) side (offset_)",
        id=f"{FIRST} + 2 * hub + offset_ / 100000", group_id=hub, organisation_id=f"{FIRST} + offset_ + hub",
        subscribed_at="%(now)s", subscribed_by="'bench'",
    )  # fmt: skip


def _people(fill: _Filler) -> None:
    person = f"{FIRST} + {CLINICIANS} * hub + place"
    each = _OF_EACH.format(CLINICIANS)
    fill(
        Account, each, id=person, username="'clinician-' || hub || '-' || place", given_name="'Bilal'",
        family_name="'Clinician ' || place", sds_user_id=f"({person})::text", created_at="%(now)s", password="'!'",
    )  # fmt: skip
    fill(
        Position, each, id=person, account_id=person, organisation_id=f"{FIRST} + hub", role_code="'R8000'",
        job_category="'General Medical Practitioner'", job_role_code="'R0260'", consulter="true", session_holder="true",
        starts_on="%(day)s::date - 100",
    )  # fmt: skip
    fill.values["numbers"] = list(islice(nhs_numbers(first=900_000), PATIENTS))
    fill(
        Patient, _OF_EACH.format(PATIENTS), id=f"{FIRST} + {PATIENTS} * hub + place", organisation_id=f"{FIRST} + hub",
        nhs_number="(%(numbers)s::text[])[place + 1]", given_name="'Jane'", family_name="'Patient ' || place",
        birth_date="date '1980-01-01' + place::int", registration_type="'temporary'", registered_on="%(day)s::date - 10",
        registered_practice_id=f"{FIRST} + 100000 + hub", created_at="%(now)s", updated_at="%(now)s",
    )  # fmt: skip


def _book(fill: _Filler) -> None:
    fill(
        SlotType, _HUBS, id=f"{FIRST} + hub", hub_id=f"{FIRST} + hub", name="'EA GP 15 min'", minutes="15",
        mode="'Face to Face (Surgery)'",
    )  # fmt: skip
    session = f"{FIRST} + {SESSIONS} * hub + place"
    fill(
        Session, _SESSIONS, id=session, hub_id=f"{FIRST} + hub", name="'EA GP clinic'", starts_at=_STARTS,
        ends_at=f"{_STARTS} + interval '4 hours'", holder_id=f"{FIRST} + {CLINICIANS} * hub + clinic",
        site_id=f"{FIRST} + 2 * hub + mod(clinic, 2)", delivery_channel="'In-person'", practitioner_role="'R0260'",
        state="'published'", state_changed_at="%(now)s", state_changed_by="'bench'",
    )  # fmt: skip
    through = Session.groups.through
    fill(through, _SESSIONS, id=session, session_id=session, organisationgroup_id=f"{FIRST} + hub")
    ours = "session.hub_id >= %(low)s + 1000000 and session.hub_id < %(high)s + 1000000"
    starts = "session.starts_at + place * interval '15 minutes'"
    fill(
        Slot, f"from appointments_session session cross join generate_series(0, {SLOTS} - 1) place where {ours}",
        id=f"{SLOTS} * session.id + place", hub_id="session.hub_id", session_id="session.id", holder_id="session.holder_id",
        clinician_id="session.holder_id", slot_type_id="session.hub_id", starts_at=starts,
        ends_at=f"{starts} + interval '15 minutes'",
        state="case when mod(7 * place + 3 * session.id, 9) < 2 then 'free' else 'booked' end",
    )  # fmt: skip
    booked = f"from appointments_slot session where session.state = 'booked' and {ours}"
    fill(
        Booking, booked, id="session.id", organisation_id="session.hub_id", slot_id="session.id",
        starts_at="session.starts_at", ends_at="session.ends_at",
        patient_id=f"{FIRST} + {PATIENTS} * (session.hub_id - {FIRST}) + mod(31 * session.id, {PATIENTS})",
        patient_practice_id="session.hub_id + 100000", booked_by_organisation_id="session.hub_id + 100000",
        booked_by_ods_code=f"'P' || lpad((session.hub_id - {FIRST})::text, 5, '0')", booked_by="'gpconnect:bench'",
        booked_by_name="'Dr Claire Jones'", source="'gp-connect'", reason="'Cough'", idempotency_key="session.id::text",
        booked_at="%(now)s",
    )  # fmt: skip
    fill(
        BookedSlot,
        booked,
        id="session.id",
        organisation_id="session.hub_id",
        booking_id="session.id",
        slot_id="session.id",
    )


class _Filler:
    """Inserts rows of a model from a select; what is not given has the model's default."""

    def __init__(self, bare: psycopg.Connection, values: dict[str, Any]) -> None:
        self.bare = bare
        self.values = values
        self.tables: list[str] = []

    def __call__(self, model: type[Model], rows: str, /, **given: str) -> None:
        columns, parts = [], []
        for field in model._meta.concrete_fields:
            if field.generated:
                continue
            columns.append(sql.Identifier(str(field.column)))
            expression = given.pop(field.attname, None)
            default = sql.Literal(field.get_db_prep_save(field.get_default(), connection))
            parts.append(default if expression is None else sql.SQL(expression))
        if given:
            raise LookupError(f"{model.__name__} has no {', '.join(given)}")
        table = model._meta.db_table
        self.tables.append(table)
        statement = sql.SQL("insert into {} ({}) select {} {}").format(
            sql.Identifier(table), sql.SQL(", ").join(columns), sql.SQL(", ").join(parts), sql.SQL(rows)
        )  # fmt: skip
        psycopg.ClientCursor(self.bare).execute(statement, self.values)

    def count_on(self) -> None:
        """Sequences go on after every id that a nation may come to have, so that it can grow between two measurements, and
        after those that were given out meanwhile."""
        for table in dict.fromkeys(self.tables):
            self.bare.execute(
                sql.SQL(
                    "select setval(pg_get_serial_sequence({}, 'id'), greatest({}, (select max(id) from {})))"
                ).format(sql.Literal(table), sql.Literal(BEYOND), sql.Identifier(table))
            )
