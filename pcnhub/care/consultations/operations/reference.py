"""The shipped code list, and the outcomes that a hub lets its clinicians choose."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

from pcnhub.care.consultations.models import Concept, Outcome
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

CONCEPTS = Path(__file__).parent.parent / "data" / "concepts.csv"


def load_concepts(*, now: datetime) -> int:
    """Bring the shipped SNOMED CT list into the table; how many concepts it has. Run twice, it changes nothing.

    Concepts that are not in the file stay: a hub may have loaded a release of its own.
    """
    with CONCEPTS.open(encoding="utf-8", newline="") as file:
        rows = [Concept(**row) for row in csv.DictReader(file)]
    Concept.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["term", "kind", "source"]
    )
    return len(rows)


def save_outcome(
    *, actor: Actor, now: datetime, code: str, name: str, place: int = 0, retired_on: date | None = None
) -> int:
    """Add an outcome to the acting hub's list, or change the one with this code; its id.

    `retired_on` is the first day on which it can no longer be chosen; what was finished with it keeps it.
    Raises InvalidInput and NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
        code, name = code.strip(), name.strip()
        problems = [
            Problem(field, "missing", f"The {field} of the outcome is missing", remedy="Give it.")
            for field, given in (("code", code), ("name", name))
            if not given
        ]
        if problems:
            raise InvalidInput(problems)
        wanted = {"name": name, "place": place, "retired_on": retired_on}
        row = Outcome.objects.filter(hub=actor.organisation.id, code=code).first()
        if row is not None and {field: getattr(row, field) for field in wanted} == wanted:
            return row.pk
        row, _made = Outcome.objects.update_or_create(hub_id=actor.organisation.id, code=code, defaults=wanted)
        trail.record(
            actor=actor,
            now=now,
            action="consultations.outcome-saved",
            subject=Subject("outcome", row.pk),
            basis=grant.basis,
            detail={"code": code, "retired": retired_on is not None},
        )
        return row.pk
