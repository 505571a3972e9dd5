"""The shipped code list: enough to begin with, until a release is brought in."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from django.db import connection

from pcnhub.care.consultations.models import Concept, Description
from pcnhub.care.consultations.rules.codes import words_of

CONCEPTS = Path(__file__).parent.parent / "data" / "concepts.csv"

TERMS = """
insert into consultations_description (concept_id, term, letters, words)
select code, term, letters, words::tsvector
from unnest(%(codes)s::text[], %(terms)s::text[], %(letters)s::int[], %(words)s::text[]) as given (code, term, letters, words)
"""


def load_concepts(*, now: datetime) -> int:
    """Bring the shipped SNOMED CT list into the tables; how many concepts it has. Run twice, it changes nothing.

    A concept that a release brought in stays as that release has it, and what is not in the file stays.
    """
    with CONCEPTS.open(encoding="utf-8", newline="") as file:
        rows = [Concept(**row) for row in csv.DictReader(file)]
    released = set(Concept.objects.filter(release__isnull=False).values_list("code", flat=True))
    shipped = [row for row in rows if row.code not in released]
    Concept.objects.bulk_create(
        shipped, update_conflicts=True, unique_fields=["code"], update_fields=["term", "kind", "source"]
    )
    active = set(Concept.objects.filter(release__isnull=True, is_active=True).values_list("code", flat=True))
    known = set(Description.objects.filter(concept__in=active).values_list("concept_id", "term"))
    missing = [row for row in shipped if row.code in active and (row.code, row.term) not in known]
    with connection.cursor() as cursor:
        cursor.execute(
            TERMS,
            {
                "codes": [row.code for row in missing],
                "terms": [row.term for row in missing],
                "letters": [len(row.term) for row in missing],
                "words": [" ".join(f"'{word}'" for word in words_of(row.term)) for row in missing],
            },
        )
    return len(rows)
