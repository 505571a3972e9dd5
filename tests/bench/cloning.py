"""Many networks from one: its rows, copied by SQL under new ids and names as often as wanted.

The rows are those that operations made, so that a copy costs every check what the pattern costs it: people, agreements, groups,
teams, a fortnight's sessions and slots, and what readiness kept of it. Patients and what was done for them stay behind.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.apps import apps
from django.db.models import Model
from psycopg import sql

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.organisations.models import Account, Network, Organisation, OrganisationGroup
from pcnhub.care.patients.models import ImportBatch, Patient
from pcnhub.insight.readiness.models import Attestation, Change, Result

STEP = 10_000_000  # between the ids of one copy and the next
ROOMS = ("organisations", "sharing", "appointments", "consultations", "tasks", "writeback")
_SELECT = "select id from {} row where {}"
AHEAD = timedelta(days=16)  # of sessions: as far as any check looks
# What must be different in each copy, of `row` in copy `copy`.
NAMED: dict[tuple[type[Model], str], str] = {
    (Organisation, "ods_code"): "chr(65 + (dense_rank() over (order by row.id))::int) || lpad(copy::text, 5, '0')",
    (Network, "ods_code"): "'U' || lpad(copy::text, 5, '0')",
    (OrganisationGroup, "name"): "row.name || ' ' || copy",
    (Account, "username"): "row.username || '-' || copy",
    (Account, "smartcard_uid"): "row.smartcard_uid || '-' || copy",
    (Account, "sds_user_id"): "null",
}
_BY_HUB = {
    Result: ("hub_id", "organisation_id"),
    Change: ("hub_id", "organisation_id"),
    Attestation: ("hub_id", "organisation_id"),
}


def clone(bare: psycopg.Connection, *, hub_id: int, copies: range, now: datetime) -> None:
    """The network of this hub once more under each of these numbers. `bare` is a superuser: no trigger runs."""
    found = _Rows(bare, hub_id, now)
    bare.execute("set session_replication_role = replica")
    [(exclusion,)] = bare.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'slot_clinician_once'"
    ).fetchall()  # dear to fill row by row
    bare.execute("alter table appointments_slot drop constraint slot_clinician_once")
    for model, ids in found.ids.items():
        if ids:
            bare.execute(_copy(model, found.ids), {"ids": ids, "low": copies.start, "high": copies.stop})
    bare.execute(f"alter table appointments_slot add constraint slot_clinician_once {exclusion}")
    bare.execute("set session_replication_role = origin")
    bare.execute("vacuum analyze")


def hub_of(pattern: int, copy: int) -> int:
    return pattern + copy * STEP


class _Rows:
    """Which rows belong to a network: `ids` by model, in an order in which each follows what it refers to."""

    def __init__(self, bare: psycopg.Connection, hub_id: int, now: datetime) -> None:
        self._bare = bare
        members = "select organisation_id from organisations_networkmember m join organisations_network n on n.id = m.network_id"
        self.ids: dict[type[Model], list[int]] = {
            Organisation: [hub_id, *self._ask(f"{members} where n.hub_id = %s", [hub_id])],
        }
        own = self.ids[Organisation]
        self.ids[Account] = self._ask(
            "select account_id from organisations_position where organisation_id = any(%s)", [own]
        )
        self.ids[Session] = self._ask(
            "select id from appointments_session where hub_id = %s and starts_at < %s", [hub_id, now + AHEAD]
        )
        self.ids[Slot] = self._ask("select id from appointments_slot where session_id = any(%s)", [self.ids[Session]])
        every = [each for each in apps.get_models(include_auto_created=True) if each._meta.app_label in ROOMS]
        about_patients = _about_patients(every)
        waiting: list[type[Model]] = [*(each for each in every if each not in about_patients), ImportBatch]
        for _ in range(4):  # what refers to what refers to an organisation
            for model in waiting:
                if model not in (Organisation, Account, Session, Slot):
                    self._add(model)
        for kept, (column, _) in _BY_HUB.items():
            self.ids[kept] = self._ask(_SELECT.format(kept._meta.db_table, f"{column} = %s"), [hub_id])

    def _add(self, model: type[Model]) -> None:
        if model._meta.pk is None or model._meta.pk.column != "id":
            return
        parts = [
            (field.column, self.ids[target])
            for field in model._meta.concrete_fields
            if (target := field.related_model) in self.ids and field.is_relation
        ]
        if not parts:
            return
        # of each thing that it refers to here, all must come along
        where = " and ".join(f"(row.{column} is null or row.{column} = any(%s))" for column, _ in parts)
        some = " or ".join(f"row.{column} is not null" for column, _ in parts)
        found = self._ask(_SELECT.format(model._meta.db_table, f"{where} and ({some})"), [ids for _, ids in parts])
        self.ids[model] = found

    def _ask(self, statement: str, values: list[Any]) -> list[int]:
        return sorted({row[0] for row in self._bare.execute(statement, values).fetchall()})


def _about_patients(models: list[type[Model]]) -> set[type[Model]]:
    """What refers to a patient, and what refers to that."""
    found: set[type[Model]] = {Patient}
    for _ in range(4):
        found |= {
            model
            for model in models
            if any(field.related_model in found or field.name == "patient_id" for field in model._meta.concrete_fields)
        }
    return found


def _copy(model: type[Model], ids: dict[type[Model], list[int]]) -> sql.Composed:
    columns, parts = [], []
    for field in model._meta.concrete_fields:
        if field.generated:
            continue
        column = sql.Identifier(str(field.column))
        moved = sql.SQL("row.{} + copy::bigint * {}").format(column, sql.Literal(STEP))
        named = NAMED.get((model, field.name))
        target = field.related_model if field.is_relation else None
        if named is not None:
            part: sql.Composable = sql.SQL(named)
        elif field.primary_key or field.column in _BY_HUB.get(model, ()):
            part = moved
        elif isinstance(target, type) and ids.get(target):
            part = sql.SQL("case when row.{} = any({}) then {} else row.{} end").format(
                column, sql.Literal(ids[target]), moved, column
            )
        else:
            part = sql.SQL("row.{}").format(column)
        columns.append(column)
        parts.append(part)
    return sql.SQL(
        "insert into {table} ({columns}) select {parts} from {table} row, generate_series(%(low)s, %(high)s - 1) copy "
        "where row.id = any(%(ids)s)"
    ).format(
        table=sql.Identifier(model._meta.db_table), columns=sql.SQL(", ").join(columns), parts=sql.SQL(", ").join(parts)
    )


def counted(bare: psycopg.Connection) -> tuple[int, int]:
    """Organisations and slots in the tables."""
    [(organisations,)] = bare.execute("select count(*) from organisations_organisation").fetchall()
    [(slots,)] = bare.execute("select count(*) from appointments_slot").fetchall()
    return organisations, slots
