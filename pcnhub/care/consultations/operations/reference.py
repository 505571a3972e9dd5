"""The shipped code list."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from pcnhub.care.consultations.models import Concept

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
