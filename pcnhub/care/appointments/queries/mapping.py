"""The words of national slot mapping, who uses a word that is gone, and what a slot type was mapped to when."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from django.db.models import Count

from pcnhub.care.appointments.models import NationalCategory, SlotType, SlotTypeMapping
from pcnhub.care.appointments.rules.mapping import NationalMapping, NationalWords
from pcnhub.foundations.database.reading import read_once


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A national category as its file says (`domain.md` R1)."""

    number: int
    name: str
    context_type: str
    exception_reason_allowed: bool
    counts_to_acc08: bool
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class MappingView:
    """What a slot type was mapped to from `since` on, and who said so."""

    mapping: NationalMapping
    since: datetime
    by_name: str


@read_once
def national_words() -> NationalWords:
    """Service settings and context types as they are shipped, national categories as they were last imported."""
    rows = national_categories()
    return NationalWords(
        service_settings=_words("service_setting"),
        context_types=_words("context_type"),
        categories={row.name: row.context_type for row in rows},
        withdrawn={row.name: row.withdrawn_on for row in rows if row.withdrawn_on},
    )


def national_categories() -> tuple[CategoryView, ...]:
    """Every category that there ever was, by number."""
    rows = NationalCategory.objects.order_by("number", "name")
    return tuple(
        CategoryView(
            row.number, row.name, row.context_type, row.exception_reason_allowed, row.counts_to_acc08, row.withdrawn_on
        )
        for row in rows
    )


def mappings_of(*, slot_type_id: int) -> tuple[MappingView, ...]:
    """The newest first. Whose slot type it is, the caller has asked."""
    rows = SlotTypeMapping.objects.filter(slot_type=slot_type_id).order_by("-since", "-pk")
    return tuple(
        MappingView(
            NationalMapping(row.service_setting, row.context_type, row.national_category), row.since, row.by_name
        )
        for row in rows
    )


def uses_of_categories(*, names: Collection[str]) -> dict[str, int]:
    """How many slot types in use, at whichever hubs, are mapped to each of these categories; unused ones are left out."""
    rows = SlotType.objects.filter(national_category__in=names, retired_on__isnull=True)
    return dict(rows.values_list("national_category").annotate(Count("pk")).order_by("national_category"))


@cache
def _words(kind: str) -> tuple[str, ...]:
    text = (files("pcnhub.care.appointments") / "data" / "national_words.csv").read_text(encoding="utf-8")
    return tuple(row["name"] for row in csv.DictReader(text.splitlines()) if row["kind"] == kind)
