"""A practice's patient file, beside reading it with csv and inserting row by row."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime

from pcnhub.care.organisations.queries import organisation, system_actor_for
from pcnhub.care.patients.operations import import_demographics
from pcnhub.care.patients.rules import read_file
from pcnhub.demo import build
from pcnhub.demo.people import demographics_csv
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from tests.bench.hub import Hub
from tests.bench.measuring import Figure, listening, milliseconds, own_meter

# What a careful programmer would write in an hour: no checks of a row, no report, no audit.
_INSERT = """
insert into reference_patient (
  id, organisation_id, nhs_number, title, given_name, family_name, previous_family_name, birth_date, sex, address_lines,
  postcode, home_phone, mobile_phone, email, usual_gp, preferred_language, registration_type, registration_state,
  registered_on, is_sensitive, dissents_from_sharing, created_at, updated_at)
values (
  %(id)s, 1, %(NHS_NUMBER)s, %(TITLE)s, %(GIVEN_NAME)s, %(FAMILY_NAME)s, '', to_date(%(DATE_OF_BIRTH)s, 'DD/MM/YYYY'), 'unknown',
  array[%(ADDR1)s, %(ADDR2)s], %(POST_CODE)s, '', %(MOBILE)s, '', '', '', 'regular', 'active',
  to_date(%(REGISTERED_ON)s, 'DD/MM/YYYY'), %(SENSITIVE_FLAG)s = 'Y', %(DISSENT_FLAG)s = 'Y', now(), now())
"""
_BESIDE = "csv module and row inserts"


def measure(hub: Hub) -> list[Figure]:
    """`A97001` is a neighbour's practice, empty until now."""
    rows = 500 if hub.is_quick else 5_000
    manager = _importer("A97001", hub.now)
    text = demographics_csv("A97001", count=rows, today=london_date(hub.now))
    first, second = _reference(hub, text), _reference(hub, text)
    meter = own_meter()
    with listening(keeps=False) as heard, meter:
        made = milliseconds(lambda: _import(manager, hub.now, text))
    goes = heard.shares(made)
    with listening(keeps=False) as heard:
        again = milliseconds(lambda: _import(manager, hub.now, text))
    return [
        Figure(
            f"Patient import: {rows:,} new rows, checked, audited",
            made / 1000,
            _BESIDE,
            first / 1000,
            unit="s",
            notes=(f"{rows / made * 1000:,.0f} rows/s; bare: {rows / first * 1000:,.0f}/s", meter.sentence()),
            goes=goes,
        ),
        Figure(
            f"Patient import: the same {rows:,} rows again, nothing changed",
            again / 1000,
            _BESIDE,
            second / 1000,
            unit="s",
            notes=(f"{rows / again * 1000:,.0f} rows/s",),
            goes=heard.shares(again),
        ),
    ]


def _import(manager: Actor, now: datetime, text: str) -> object:
    return import_demographics(actor=manager, now=now, file=read_file(text.encode()))


def _importer(ods: str, now: datetime) -> Actor:
    """Somebody of the practice who may import. A neighbour has no people: the demo's practice manager stands in there."""
    system = system_actor_for(organisation_id=organisation(ods_code=ods).id, name="import")
    return replace(system, permissions=build.person("dilys", now).permissions)


def _reference(hub: Hub, text: str) -> float:
    """Into a table with the same columns, checks and indexes, in one transaction that is undone."""
    with hub.bare() as bare, bare.transaction(force_rollback=True):
        bare.execute("create table reference_patient (like patients_patient including all)")

        def load() -> None:
            for number, row in enumerate(csv.DictReader(io.StringIO(text)), 1):
                bare.execute(_INSERT, {**row, "id": number})

        return milliseconds(load)
