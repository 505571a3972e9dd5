"""The national categories, brought up to date from a file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction
from django.db.models import F

from pcnhub.care.appointments.models import NationalCategory, SlotType
from pcnhub.care.appointments.queries.mapping import national_words, uses_of_categories
from pcnhub.care.appointments.rules.categories import Category, Line, categories_of, problems_of_headers
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.patients.rules import ParsedFile
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.refusals import InvalidInput

_FIELDS = tuple(each.name for each in fields(Category))


@dataclass(frozen=True, slots=True)
class CategoriesImported:
    """Names of categories. `absent`: kept here, not named by the file; they stay. `uses`: of each withdrawn category, how many
    slot types in use are mapped to it; somebody at their hubs chooses another."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    withdrawn: tuple[str, ...]
    unchanged: int
    absent: tuple[str, ...]
    uses: dict[str, int]


def import_national_categories(*, now: datetime, file: ParsedFile, dry_run: bool = False) -> CategoriesImported:
    """Make the table say what the file says (columns: `rules.categories.COLUMNS`); run twice, it changes nothing and records
    nothing. A withdrawn category stays on the slot types that have it, and is offered to nobody else.

    It is the installation's list, not one hub's: whoever may run commands on the machine imports it, and the installation's
    audit says so. Raises InvalidInput with every problem, by line and column.
    """
    with unit_of_work(installation_actor(name="command")) as work, transaction.atomic():
        standing = {row.name: row for row in NationalCategory.objects.select_for_update()}
        wanted = _read(file, tuple(map(_category, standing.values())))
        added = [each for each in wanted if each.name not in standing]
        changed = [each for each in wanted if each.name in standing and each != _category(standing[each.name])]
        withdrawn = [
            each.name
            for each in wanted
            if each.withdrawn_on and (each.name not in standing or not standing[each.name].withdrawn_on)
        ]
        done = CategoriesImported(
            added=tuple(each.name for each in added),
            changed=tuple(each.name for each in changed),
            withdrawn=tuple(withdrawn),
            unchanged=len(wanted) - len(added) - len(changed),
            absent=tuple(sorted(standing.keys() - {each.name for each in wanted})),
            uses=uses_of_categories(names=[each.name for each in wanted if each.withdrawn_on]),
        )
        if (added or changed) and not dry_run:
            _write(standing, added, changed)
            record(
                actor=work.actor,
                now=now,
                action="appointments.national-categories-imported",
                subject=Subject("national-categories"),
                detail={"added": list(done.added), "changed": list(done.changed), "withdrawn": list(done.withdrawn)},
            )
            for hub_id in SlotType.objects.order_by("hub").values_list("hub", flat=True).distinct():
                publish_once(actor=work.actor, now=now, fact="appointments.slot-types-changed", organisation_id=hub_id)
        return done


def _read(file: ParsedFile, standing: tuple[Category, ...]) -> tuple[Category, ...]:
    problems = problems_of_headers(file.headers)
    if problems:
        raise InvalidInput(problems)
    lines = [Line(row.line, dict(zip(file.headers, row.cells, strict=False))) for row in file.rows]
    return categories_of(lines, context_types=national_words().context_types, standing=standing)


def _write(standing: dict[str, NationalCategory], added: list[Category], changed: list[Category]) -> None:
    """Numbers may be exchanged: those that change step aside first, so that none stands twice in between."""
    rows = [standing[each.name] for each in changed]
    NationalCategory.objects.filter(pk__in=[row.pk for row in rows]).update(number=-F("pk"))
    for row, each in zip(rows, changed, strict=True):
        for name in _FIELDS:
            setattr(row, name, getattr(each, name))
    NationalCategory.objects.bulk_update(rows, _FIELDS)
    NationalCategory.objects.bulk_create(
        NationalCategory(**{name: getattr(each, name) for name in _FIELDS}) for each in added
    )


def _category(row: NationalCategory) -> Category:
    return Category(**{name: getattr(row, name) for name in _FIELDS})
