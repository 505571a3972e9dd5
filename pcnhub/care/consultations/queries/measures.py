"""Which concepts are measured, in what units."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from importlib.resources import files

from pcnhub.care.consultations.rules.measures import Measure, Measures


@cache
def measures() -> Measures:
    """For each SNOMED CT code that has one, its units: the usual one first (`data/measures.csv`)."""
    text = (files("pcnhub.care.consultations") / "data" / "measures.csv").read_text(encoding="utf-8")
    found: dict[str, list[Measure]] = {}
    for row in csv.DictReader(text.splitlines()):
        second = (Decimal(row["second_least"]), Decimal(row["second_most"])) if row["second_least"] else None
        measure = Measure(row["unit"], Decimal(row["least"]), Decimal(row["most"]), row["example"], second)
        found.setdefault(row["code"], []).append(measure)
    return {code: tuple(units) for code, units in found.items()}
