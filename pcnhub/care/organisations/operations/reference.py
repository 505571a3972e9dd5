"""Roles, activities and the permissions they give: data in `../data`, each row with its source."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files

from django.db import models, transaction

from pcnhub.care.organisations.models import Activity, ActivityPermission, Role, RoleActivity
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work

# The fields that tell one row from another, by file, in the order that foreign keys want.
_FILES: tuple[tuple[str, type[models.Model], tuple[str, ...]], ...] = (
    ("roles.csv", Role, ("code",)),
    ("activities.csv", Activity, ("code",)),
    ("role_activities.csv", RoleActivity, ("role_id", "activity_id")),
    ("activity_permissions.csv", ActivityPermission, ("activity_id", "permission")),
)


def load_reference(*, now: datetime) -> dict[str, int]:
    """Make the reference tables say what the files say; how many rows of each file were made, changed or removed.

    Run twice, it changes nothing and records nothing.
    """
    with unit_of_work(installation_actor()) as work, transaction.atomic():
        touched = {name: _load(name, model, key) for name, model, key in _FILES}
        if any(touched.values()):
            record(
                actor=work.actor,
                now=now,
                action="organisations.reference-loaded",
                subject=Subject("reference"),
                detail={**touched},
            )
        return touched


def _load(name: str, model: type[models.Model], key: tuple[str, ...]) -> int:
    rows = model._default_manager  # noqa: SLF001 - Django's documented way to any model's rows
    wanted = {tuple(row[field] for field in key): row for row in _read(name)}
    standing = {tuple(getattr(row, field) for field in key): row for row in rows.all()}
    made = [model(**values) for place, values in wanted.items() if place not in standing]
    gone = [row.pk for place, row in standing.items() if place not in wanted]
    changed = []
    for place, values in wanted.items():
        row = standing.get(place)
        if row is not None and any(getattr(row, field) != value for field, value in values.items()):
            for field, value in values.items():
                setattr(row, field, value)
            changed.append(row)
    rows.bulk_create(made)
    fields = [field for field in next(iter(wanted.values())) if field not in key]
    if changed:
        rows.bulk_update(changed, fields)
    rows.filter(pk__in=gone).delete()
    return len(made) + len(changed) + len(gone)


def _read(name: str) -> Iterator[dict[str, str]]:
    text = (files("pcnhub.care.organisations") / "data" / name).read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        if "permission" in row:
            Permission(row["permission"])  # a slug that no code knows is a mistake in the file
        yield {f"{field}_id" if field in ("role", "activity") else field: value for field, value in row.items()}
