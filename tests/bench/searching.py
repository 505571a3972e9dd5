"""Slot search beside its own SQL, and what stands around it: unit of work, gate, row security, audit."""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection

from pcnhub.care.appointments.queries import SlotCriteria, free_slots
from pcnhub.care.organisations.queries import groups_open_to, hubs_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import find_patients
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from tests.bench.hub import Hub
from tests.bench.measuring import (
    Act,
    Aim,
    Figure,
    Meter,
    broken_down,
    in_turns,
    listening,
    milliseconds,
    p95,
    written_out,
)
from tests.bench.networks import receptionist

# GP Connect's service levels: queries within 3 s, which should be 1 s.
SEARCH_SHOULD = 1000.0
_COUNT = "select count(*), count(*) filter (where state = 'free'), count(distinct hub_id) from appointments_slot"


def measure(hub: Hub) -> list[Figure]:
    ada = receptionist("A99801", hub.now)
    return [_search(hub, ada), _patients(hub, ada)]


def _search(hub: Hub, ada: Actor) -> Figure:
    today = london_date(hub.now)
    criteria = SlotCriteria(from_on=today, to_on=today + timedelta(days=13))

    def search() -> object:
        return free_slots(actor=ada, now=hub.now, criteria=criteria)

    with listening() as heard:
        shown = len(free_slots(actor=ada, now=hub.now, criteria=criteria).slots)
    [the_search] = [found for found in heard.statements if "from appointments_slot slot" in found[0]]
    with hub.bare() as bare:
        slots, free, hubs = bare.execute(_COUNT).fetchone() or (0, 0, 0)
        sql = written_out(the_search)
        pair = in_turns(search, lambda: bare.execute(sql).fetchall(), seconds=hub.seconds(10), bare=bare)
        reference = statistics.median(pair.reference)
        layers = [
            f"{name}: {_median(act, hub) / reference:.1f} times the bare SQL"
            for name, act in (
                ("an empty unit of work", lambda: _worked(ada)),
                ("unit of work and gate", lambda: _permitted(ada, hub)),
            )
        ]
    return pair.figure(
        f"Slot search: 14 days, page of {shown}, {hubs} hubs, {slots:,} slots ({free:,} free)",
        "the same SQL, bare",
        notes=(
            *layers,
            f"row security: {_row_security(hub, ada, heard.statements)}; the book's own tables need none",
        ),
        goes=broken_down(search, times=20),
        aim=Aim("95 of 100 within 1 s (GP Connect, queries)", SEARCH_SHOULD, p95(pair.ours)),
    )


def _patients(hub: Hub, ada: Actor) -> Figure:
    """Here row security weighs: every row belongs to a patient, and the tables hold many organisations' patients."""

    def find() -> object:
        return find_patients(actor=ada, now=hub.now, text="Smith")

    with listening() as heard:
        find()
    reads = [found for found in heard.statements if 'from "patients_patient"' in found[0].lower()]
    statements = [written_out(each) for each in reads]
    with hub.bare() as bare:
        pair = in_turns(
            find, lambda: [bare.execute(sql).fetchall() for sql in statements], seconds=hub.seconds(5), bare=bare
        )
    return pair.figure(
        "Finding a patient by family name",
        "the same SQL, bare",
        notes=(f"row security: {_row_security(hub, ada, reads)}",),
        goes=broken_down(find, times=20),
        aim=Aim("95 of 100 within 1 s (GP Connect, queries)", SEARCH_SHOULD, p95(pair.ours)),
    )


def _worked(actor: Actor) -> None:
    with unit_of_work(actor):
        pass


def _permitted(actor: Actor, hub: Hub) -> None:
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=hub.now)
        for each in hubs_of(organisation_id=actor.organisation.id, day=london_date(hub.now)):
            permit(
                actor=actor,
                permission=Permission.BOOK_APPOINTMENTS,
                now=hub.now,
                data_organisation_id=each.id,
                agreement=AgreementKind.APPOINTMENTS,
            )
        groups_open_to(organisation_id=actor.organisation.id)


def _median(act: Act, hub: Hub) -> float:
    act()
    return statistics.median(milliseconds(act) for _ in range(10 if hub.is_quick else 100))


def _prepared_here() -> list[str]:
    """What this process's connection has prepared, as statements: another connection must prepare it for itself."""
    with connection.cursor() as cursor:
        cursor.execute("select statement from pg_prepared_statements where name like 'pcnhub%'")
        return [row[0] for row in cursor.fetchall()]


def _row_security(hub: Hub, actor: Actor, statements: list[tuple[str, Any]]) -> str:
    """What the policies cost: the server's processor time of these statements, and for a role that no policy binds."""
    written = [written_out(each) for each in statements if "set_config" not in each[0]]
    settings = (
        ("pcnhub.organisation", str(actor.organisation.id)),
        ("pcnhub.user", actor.user),
        ("pcnhub.purpose", actor.purpose.value),
    )

    def replay(through: psycopg.Connection) -> None:
        for name, value in settings:
            through.execute("select set_config(%s, %s, true)", [name, value])
        for statement in written:
            answer = through.execute(statement)
            if answer.description is not None:  # the record of the search answers nothing
                answer.fetchall()
        through.rollback()

    with psycopg.connect(hub.url) as bound, psycopg.connect(hub.superuser_url) as free:
        sides = [(each, Meter(each.info.backend_pid)) for each in (bound, free)]
        for through, _ in sides:
            for prepare in _prepared_here():
                through.execute(prepare)
            through.commit()
            for _ in range(10):  # both have planned everything once
                replay(through)
        times = 20 if hub.is_quick else 200
        for _ in range(times):
            for through, meter in sides:
                with meter:
                    replay(through)
    under, without = (meter.each(times)[1] for _, meter in sides)
    return (
        f"{under / without - 1:+.0%} of the database's processor time ({under:.2f} ms with it, {without:.2f} without)"
    )
