"""The words of national slot mapping, as they are shipped: `data/national_words.csv` and `data/national_categories.csv`."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from pcnhub.care.appointments.rules.mapping import NationalWords


@cache
def national_words() -> NationalWords:
    """Service settings, context types and national categories, in the order of the files."""
    words = _rows("national_words.csv")
    return NationalWords(
        service_settings=tuple(row["name"] for row in words if row["kind"] == "service_setting"),
        context_types=tuple(row["name"] for row in words if row["kind"] == "context_type"),
        categories={row["name"]: row["context_type"] for row in _rows("national_categories.csv")},
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("pcnhub.care.appointments") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
