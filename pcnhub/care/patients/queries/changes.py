"""The reviewed changeset: whom a file concerns, and how, a page at a time. Each page is put on record with whom it named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ImportBatch, ImportChange, Patient, PossibleDuplicate
from pcnhub.care.patients.queries.imports import (
    PAGE_SIZE,
    BatchView,
    find_batch,
    kept_out_of,
    open_batch,
    view_of_batch,
)
from pcnhub.care.patients.queries.pieces import slice_of
from pcnhub.care.patients.rules import ChangeKind, ImportState, PieceKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

_SEALED = {ChangeKind.NEW: PieceKind.NEW, ChangeKind.ABSENT: PieceKind.ABSENT, ChangeKind.MOVED: PieceKind.MOVED}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One column of a person, as text for people; empty for none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a file does, or did, to one person. `is_withheld`: protected, and the reader may not know of whom it speaks."""

    kind: ChangeKind
    line: int | None
    nhs_number: str = ""
    name: str = ""
    birth_date: date | None = None
    patient_id: int | None = None
    fields: tuple[FieldChange, ...] = ()
    is_withheld: bool = False
    left_because: str = ""  # why an undo left the person as they are


@dataclass(frozen=True, slots=True)
class ChangePage:
    """`total` people, `number` of `pages`, from 1. Fewer items than `total` says: what was kept sealed of them is gone."""

    batch: BatchView
    kind: ChangeKind
    items: tuple[ChangeView, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class DuplicateView:
    """A row without a usable number beside somebody whom the practice holds. `row`: the row's fields as text; none, and no fields
    that agree, where one of the two is protected and the reader may not know of whom it speaks (`is_withheld`)."""

    id: int
    line: int
    row: dict[str, str]
    score: int  # 0 to 100
    agreeing: tuple[str, ...]
    is_same: bool | None  # what a person said; None: nobody has looked
    patient_id: int | None = None
    nhs_number: str = ""
    name: str = ""
    birth_date: date | None = None
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    batch: BatchView
    items: tuple[DuplicateView, ...]
    number: int
    pages: int
    total: int


def changes(*, actor: Actor, now: datetime, batch_id: int, kind: ChangeKind, page: int = 1) -> ChangePage:
    """A page of the people whom the file concerns in one way. Raises NotFound, NotPermitted, NotShared."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        total = _total(row, kind)
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        items = tuple(_items(row, kind, (number - 1) * PAGE_SIZE, actor))
        _put_on_record(row, kind.value, (item.nhs_number for item in items), actor, now)
        return ChangePage(view_of_batch(row), kind, items, number, pages, total)


def left_by_undo(*, actor: Actor, now: datetime, batch_id: int, page: int = 1) -> ChangePage:
    """A page of the people whom the undo of this import left as they were, each with the reason."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        left = ImportChange.objects.filter(batch=row).exclude(left_because="").order_by("id")
        total = left.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        items = tuple(_of_changes(left[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], actor))
        _put_on_record(row, "left-by-undo", (item.nhs_number for item in items), actor, now)
        return ChangePage(view_of_batch(row), ChangeKind.CHANGED, items, number, pages, total)


def kept_out(*, actor: Actor, now: datetime, batch_id: int, page: int = 1) -> ChangePage:
    """What a file that another organisation brought says of people whom the practice hides from it (protected, or objecting to
    sharing). Nothing of it is taken in, and only the practice sees it: `bring_as_own` is how it says yes. Raises NotFound,
    NotPermitted."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        total = kept_out_of(row, actor)
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        frame = slice_of(row, PieceKind.KEPT_OUT, (number - 1) * PAGE_SIZE, PAGE_SIZE) if total else None
        said = frame.iter_rows(named=True) if frame is not None else ()
        items = tuple(_of_changes(map(_unsaved, said), actor))
        _put_on_record(row, "kept-out", (item.nhs_number for item in items), actor, now)
        return ChangePage(view_of_batch(row), ChangeKind.CHANGED, items, number, pages, total)


def possible_duplicates(*, actor: Actor, now: datetime, batch_id: int, page: int = 1) -> DuplicatePage:
    """Rows without a number beside whom they may be, likeliest first. Raises NotFound, NotPermitted, NotShared."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        pairs = PossibleDuplicate.objects.filter(batch=row).order_by("-score", "line", "id")
        total = pairs.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        shown = list(pairs[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        people = _people((pair.patient_id for pair in shown), actor)
        items = tuple(_duplicate(pair, people.get(pair.patient_id), actor) for pair in shown)
        _put_on_record(row, "duplicates", (item.nhs_number for item in items), actor, now)
        return DuplicatePage(view_of_batch(row), items, number, pages, total)


def _put_on_record(row: ImportBatch, shown: str, numbers: Iterable[str], actor: Actor, now: datetime) -> None:
    named = tuple(number for number in numbers if number)
    open_batch(actor=actor, now=now, batch_id=row.pk, shown=shown, nhs_numbers=named)


def _total(row: ImportBatch, kind: ChangeKind) -> int:
    if kind in _SEALED and row.state == ImportState.UNDONE and kind is not ChangeKind.ABSENT:
        return ImportChange.objects.filter(batch=row, kind=kind).count()
    return int(row.kinds.get(kind.value, 0))


def _items(row: ImportBatch, kind: ChangeKind, start: int, actor: Actor) -> Iterable[ChangeView]:
    """Who is new stands in the sealed pieces until they are patients; who is absent or moved, in sealed pieces alone."""
    if kind not in _SEALED or row.state == ImportState.UNDONE:
        return _of_changes(
            ImportChange.objects.filter(batch=row, kind=kind).order_by("id")[start : start + PAGE_SIZE], actor
        )
    # Whoever brought another's file is shown the file's own rows: who is missing among the people would tell who is hidden.
    if kind is ChangeKind.NEW and row.state == ImportState.IMPORTED and row.organisation_id == actor.organisation.id:
        came = Patient.objects.filter(organisation=row.organisation_id, made_in=row).order_by("pk")
        return _of_patients(kind, came[start : start + PAGE_SIZE], actor)
    frame = slice_of(row, _SEALED[kind], start, PAGE_SIZE)
    if frame is None:
        return ()
    if kind is ChangeKind.ABSENT:
        return _of_patients(kind, Patient.objects.filter(pk__in=frame["id"].to_list()).order_by("pk"), actor)
    return [_of_row(kind, named, actor) for named in frame.iter_rows(named=True)]


def _of_changes(rows: Iterable[ImportChange], actor: Actor) -> list[ChangeView]:
    shown = list(rows)
    people = _people((row.patient_id for row in shown if row.patient_id), actor)
    return [_of_change(row, people.get(row.patient_id or 0), actor) for row in shown]


def _unsaved(said: dict[str, Any]) -> ImportChange:
    return ImportChange(**said | {"before": json.loads(said["before"]), "after": json.loads(said["after"])})


def _of_change(row: ImportChange, person: Patient | None, actor: Actor) -> ChangeView:
    kind = ChangeKind(row.kind)
    before, after = row.before or {}, row.after or {}
    guarded = bool(after.get("is_sensitive") or before.get("is_sensitive"))
    if person is None or (guarded and not actor.may(Permission.VIEW_SENSITIVE)):
        return ChangeView(kind, row.line, is_withheld=True, left_because=row.left_because)
    return ChangeView(
        kind,
        row.line,
        row.nhs_number,
        _name(person.given_name, person.family_name),
        person.birth_date,
        person.pk,
        tuple(FieldChange(name, _words(before[name]), _words(after[name])) for name in sorted(after)),
        left_because=row.left_because,
    )


def _of_patients(kind: ChangeKind, rows: Iterable[Patient], actor: Actor) -> list[ChangeView]:
    may = actor.may(Permission.VIEW_SENSITIVE)
    return [
        ChangeView(kind, None, is_withheld=True)
        if row.is_sensitive and not may
        else ChangeView(kind, None, row.number, _name(row.given_name, row.family_name), row.birth_date, row.pk)
        for row in rows
    ]


def _of_row(kind: ChangeKind, row: dict[str, Any], actor: Actor) -> ChangeView:
    if row.get("is_sensitive") and not actor.may(Permission.VIEW_SENSITIVE):
        return ChangeView(kind, row["line"], is_withheld=True)
    name = _name(row["given_name"], row["family_name"])
    return ChangeView(kind, row["line"], row["nhs_number"], name, row["birth_date"])


def _duplicate(pair: PossibleDuplicate, person: Patient | None, actor: Actor) -> DuplicateView:
    guarded = pair.row.get("is_sensitive") == "True" and not actor.may(Permission.VIEW_SENSITIVE)
    if person is None or guarded:  # the row resembles the person: what it says of the one, it says of the other
        return DuplicateView(pair.pk, pair.line, {}, pair.score, (), pair.is_same, is_withheld=True)
    return DuplicateView(
        pair.pk,
        pair.line,
        pair.row,
        pair.score,
        tuple(pair.agreeing),
        pair.is_same,
        person.pk,
        person.number,
        _name(person.given_name, person.family_name),
        person.birth_date,
    )


def _people(ids: Iterable[int], actor: Actor) -> dict[int, Patient]:
    """Those whom the actor may know of: row security hides the rest from a hub, and this who is protected."""
    rows = Patient.objects.filter(pk__in=set(ids))
    if not actor.may(Permission.VIEW_SENSITIVE):
        rows = rows.filter(is_sensitive=False)
    return {row.pk: row for row in rows}


def _name(given: str, family: str) -> str:
    return f"{family.upper()}, {given}"


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
