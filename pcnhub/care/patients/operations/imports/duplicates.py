"""A row without a number may be somebody whom the practice holds: a person says so or not. Nothing is merged here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from pcnhub.care.patients.models import ImportBatch, Patient, PossibleDuplicate
from pcnhub.care.patients.operations.imports.steps import PERMISSION
from pcnhub.care.patients.rules import Demographics
from pcnhub.care.patients.rules.resemblance import Description, blocks_of, description_of, resembling
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

MOST_A_ROW = 3
FEW = 200
"""Rows up to which everybody born in the same year is looked at; of more, who shares the day, the postcode or a phone."""

_COLUMNS = (
    "family_name", "given_name", "previous_family_name", "birth_date", "sex", "postcode", "mobile_phone", "home_phone",
    "work_phone", "email",
)  # fmt: skip


def note_duplicates(batch: ImportBatch, rows: Sequence[Demographics]) -> int:
    """Write down whom these rows without a number may be; how many rows there is somebody for."""
    described = [(row, description_of(row.values)) for row in rows if isinstance(row.values.get("birth_date"), date)]
    if not described:
        return 0
    known = _near(batch.organisation_id, [description for _row, description in described])
    blocks = blocks_of(known)
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
        for row, description in described
        for patient_id, alike in resembling(description, known, blocks)[:MOST_A_ROW]
    ]
    PossibleDuplicate.objects.bulk_create(found, batch_size=1000)
    return len({each.line for each in found})


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


def _near(organisation_id: int, people: Sequence[Description]) -> dict[int, Description]:
    """Those of the practice who have a blocking key in common with one of these, as far as indexes lead to them."""
    phones = {digits for person in people for phone in person.phones if len(digits := _digits(phone)) == 10}
    near = Q(birth_date__in={person.birth_date for person in people})
    near |= Q(postcode__in={person.postcode for person in people if person.postcode})
    near |= Q(mobile_digits__in=phones) | Q(home_digits__in=phones)
    if len(people) <= FEW:
        for year in sorted({person.birth_date.year for person in people}):
            near |= Q(birth_date__range=(date(year, 1, 1), date(year, 12, 31)))
    rows = Patient.objects.filter(near, organisation=organisation_id, merged_into__isnull=True)
    return {row["id"]: description_of(row) for row in rows.values("id", *_COLUMNS)}


def _digits(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdigit())[-10:]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
