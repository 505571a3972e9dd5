"""A row without a number may be somebody whom the practice holds: a person says so or not. Nothing is merged here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg
from django.db import connection
from psycopg import sql

from pcnhub.care.patients.models import ImportBatch, PossibleDuplicate
from pcnhub.care.patients.operations.imports.bulk import arrays, unfolded
from pcnhub.care.patients.operations.imports.steps import PERMISSION
from pcnhub.care.patients.queries.filing import imports_to_file
from pcnhub.care.patients.rules import Demographics
from pcnhub.care.patients.rules.names import folded
from pcnhub.care.patients.rules.resemblance import (
    Description,
    by_birth_date,
    days_like,
    description_of,
    digits_of,
    resembling,
)
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

MOST_A_ROW = 3
AT_A_TIME = 500  # rows whose likenesses are in memory together

_COLUMNS = (
    "family_name", "given_name", "previous_family_name", "birth_date", "sex", "postcode", "mobile_phone", "home_phone",
    "work_phone", "email",
)  # fmt: skip


_NEAR_COLUMNS = {
    "day": pl.Date(), "is_same": pl.Boolean(), "given": pl.String(), "letters": pl.String(), "postcode": pl.String(),
    "phones": pl.String(),
}  # fmt: skip

# Whoever was born on the very day; on a day that a slip makes of it, whose names begin alike, or who has the same postcode or
# telephone besides. Who comes with this very file is no double of its rows. A file that somebody else brought tells of nobody
# whom the practice hides from them: a pair would.
_NEAR = """
select distinct on (p.id) {columns}
from {near}
  join ({people}) p
    on p.birth_date = near.day and p.organisation_id = %(organisation)s and p.merged_into_id is null
where p.made_in_id is distinct from %(batch)s and (%(is_own)s or not (p.is_sensitive or p.dissents_from_sharing))
  and (near.is_same
  or left(patients_first_word(p.given_name), 1) = near.given and (
    strpos(near.letters, left(patients_folded(p.family_name), 1)) > 0
    or p.previous_family_name <> '' and strpos(near.letters, left(patients_folded(p.previous_family_name), 1)) > 0
    or near.postcode <> '' and p.postcode = near.postcode)
  or patients_phone_digits(p.mobile_phone) = any(string_to_array(near.phones, ' '))
  or patients_phone_digits(p.home_phone) = any(string_to_array(near.phones, ' ')))
"""


_FILED = sql.SQL("select * from patients_patient where is_filed")
_UNFILED_TOO = _FILED + sql.SQL(
    " union all select * from patients_patient where not is_filed and made_in_id = any(%(waiting)s)"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Rows without a number, and by what the database is asked whom they may be: a few hundred together."""

    rows: Sequence[tuple[Demographics, Description]]
    near: pl.DataFrame
    arrays: Mapping[str, str]


def sought(rows: Sequence[Demographics], born: frozenset[date]) -> list[Sought]:
    """Whom to ask for; `born` are the days on which those were whom the practice holds. Asks nobody yet: a thread beside the one
    that writes may do it."""
    described = [(row, description_of(row.values)) for row in rows if isinstance(row.values.get("birth_date"), date)]
    together = (described[start : start + AT_A_TIME] for start in range(0, len(described), AT_A_TIME))
    return [found for some in together if (found := _sought(some, born)).near.height]


def _sought(rows: Sequence[tuple[Demographics, Description]], born: frozenset[date]) -> Sought:
    keys = sorted({each for _row, person in rows for each in _keys(person) if each[0] in born})
    near = pl.DataFrame(keys, schema=_NEAR_COLUMNS, orient="row")
    return Sought(rows, near, arrays(near))


def note_duplicates(batch: ImportBatch, people: Iterable[Sought]) -> int:
    """Write down whom these rows without a number may be; how many rows there is somebody for."""
    return len({line for some in people for line in _note(batch, some)})


def _note(batch: ImportBatch, some: Sought) -> set[int]:
    """The lines of those for whom there is somebody."""
    known = _near(batch, some)
    born = by_birth_date(known)
    found = [
        PossibleDuplicate(
            organisation_id=batch.organisation_id,
            batch=batch,
            line=row.line,
            row={name: _text(value) for name, value in row.values.items() if value not in (None, "")},
            patient_id=patient_id,
            score=alike.score,
            agreeing=list(alike.agreeing),
        )
        for row, description in some.rows
        for patient_id, alike in resembling(description, known, born)[:MOST_A_ROW]
    ]
    PossibleDuplicate.objects.bulk_create(found, batch_size=1000)
    return {each.line for each in found}


Decisions = Mapping[tuple[int, int], PossibleDuplicate]


def decisions_on(batch: ImportBatch) -> Decisions:
    """What people said of pairs so far, by line and patient."""
    decided = PossibleDuplicate.objects.filter(batch=batch, is_same__isnull=False)
    return {(pair.line, pair.patient_id): pair for pair in decided}


def keep_decisions(batch: ImportBatch, decisions: Decisions) -> None:
    """Put them on the pairs that were found anew, where the row reads as it did when somebody looked at it."""
    kept = []
    for pair in PossibleDuplicate.objects.filter(batch=batch, line__in={line for line, _patient in decisions}):
        was = decisions.get((pair.line, pair.patient_id))
        if was and was.row == pair.row:
            pair.is_same, pair.decided_at, pair.decided_by = was.is_same, was.decided_at, was.decided_by
            kept.append(pair)
    PossibleDuplicate.objects.bulk_update(kept, ["is_same", "decided_at", "decided_by"], batch_size=1000)


def decide_duplicate(*, actor: Actor, now: datetime, duplicate_id: int, is_same: bool) -> None:
    """Write down what a person at the practice said of one pair. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        own = PossibleDuplicate.objects.filter(organisation=actor.organisation.id)
        pair = own.select_for_update(of=("self",)).filter(pk=duplicate_id).select_related("patient").first()
        if pair is None:
            raise NotFound(
                "There is no such pair here.",
                remedy="Choose one from the import's possible duplicates.",
                who_can="someone at the practice whose file it was",
            )
        pair.is_same, pair.decided_at, pair.decided_by = is_same, now, actor.name
        pair.save(update_fields=["is_same", "decided_at", "decided_by"])
        trail.record(
            actor=actor,
            now=now,
            action="patients.duplicate-decided",
            subject=trail.Subject("patient", pair.patient_id, pair.patient_id, pair.patient.number),
            basis=grant.basis,
            detail={"import": pair.batch_id, "line": pair.line, "is_same": is_same},
        )


def _near(batch: ImportBatch, some: Sought) -> dict[int, Description]:
    """Those of the practice who may come up to POSSIBLE beside one of these, found by the index of birth dates."""
    organisation = batch.organisation_id
    waiting = imports_to_file(organisation)
    values = {"waiting": waiting, "organisation": organisation, "batch": batch.pk, "is_own": batch.is_own}
    asked = sql.SQL(_NEAR).format(
        columns=sql.SQL(", ").join(sql.SQL("p.") + sql.Identifier(name) for name in ("id", *_COLUMNS)),
        near=unfolded(some.near, "near"),
        people=_UNFILED_TOO if waiting else _FILED,  # this very file's rows are not filed: they would all be read
    )
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(asked, {**some.arrays, **values})
        return {row[0]: description_of(dict(zip(_COLUMNS, row[1:], strict=True))) for row in cursor}


def _keys(person: Description) -> Iterator[tuple[date, bool, str, str, str, str]]:
    """A row of `near` for each day on which the person may be held as born."""
    given = folded(person.given_name)[:1]
    letters = "".join(folded(name)[:1] for name in (person.family_name, person.previous_family_name))
    phones = " ".join(filter(None, map(digits_of, person.phones)))
    for day in days_like(person.birth_date):
        yield day, day == person.birth_date, given, letters, person.postcode, phones


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
