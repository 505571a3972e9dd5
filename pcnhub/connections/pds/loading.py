"""Loading an extract: an act on the installation, put on record with counts. Loaded twice, nothing changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.queries import installation_actor
from pcnhub.connections.pds.extract import Extract, Line, read
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import Problem

BATCH = 500  # numbers named to the database at a time


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was done, or with a dry run would be. Lines with a problem are not taken; the others are."""

    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    problems: tuple[Problem, ...]


def load(*, now: datetime, content: bytes, dry_run: bool = False) -> LoadReport:
    """Takes a file of the extract (bytes of CSV; see `extract`). Raises InvalidInput when it can't be read at all."""
    extract = read(content)
    actor = installation_actor(name="pds-load")
    with unit_of_work(actor):
        take_turn("pds.load", 0)
        created = changed = 0
        for start in range(0, len(extract.lines), BATCH):
            new, other = _take(extract.lines[start : start + BATCH], dry_run=dry_run)
            created, changed = created + new, changed + other
        report = _report(extract, created, changed)
        if not dry_run:
            record(
                actor=actor,
                now=now,
                action="pds.extract-loaded",
                subject=Subject("pds-extract"),
                detail={
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "rows": report.rows,
                    "created": created,
                    "changed": changed,
                    "refused": report.refused,
                },
            )
        return report


def _take(lines: tuple[Line, ...], *, dry_run: bool) -> tuple[int, int]:
    with asking_for(line.values["nhs_number"] for line in lines):
        standing = {
            row.nhs_number: row
            for row in Person.objects.filter(nhs_number__in=[each.values["nhs_number"] for each in lines])
        }
        fields = [name for name in lines[0].values if name != "nhs_number"]
        new, differing = [], []
        for line in lines:
            row, known = Person(**line.values), standing.get(line.values["nhs_number"])
            if known is None:
                new.append(row)
            elif any(getattr(row, name) != getattr(known, name) for name in fields):
                row.pk = known.pk
                differing.append(row)
        if not dry_run:
            Person.objects.bulk_create(new)
            Person.objects.bulk_update(differing, fields)
        return len(new), len(differing)


def _report(extract: Extract, created: int, changed: int) -> LoadReport:
    taken = len(extract.lines)
    return LoadReport(
        rows=taken + extract.refused_lines,
        created=created,
        changed=changed,
        unchanged=taken - created - changed,
        refused=extract.refused_lines,
        problems=extract.problems,
    )
