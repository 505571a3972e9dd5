"""What is chosen from: coded concepts, and a hub's outcomes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from pcnhub.care.consultations.models import Concept, Outcome
from pcnhub.foundations.kernel.refusals import NotFound

MOST_CONCEPTS = 12


@dataclass(frozen=True, slots=True)
class ConceptView:
    """A SNOMED CT concept of the loaded list."""

    code: str
    term: str
    kind: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """An outcome of a hub. From the day `retired_on` it can't be chosen; what was finished with it keeps it."""

    id: int
    code: str
    name: str
    retired_on: date | None

    def is_offered(self, day: date) -> bool:
        return self.retired_on is None or day < self.retired_on


def find_concepts(*, words: str) -> tuple[ConceptView, ...]:
    """Concepts with a term in which every given word begins a word; by code too. Shortest term first, at most twelve."""
    given = re.findall(r"[\w'-]+", words)
    if not given:
        return ()
    every = Q()
    for word in given:
        every &= Q(term__iregex=rf"\m{re.escape(word)}")
    rows = Concept.objects.filter(every | Q(code=words.strip()))
    found = sorted(rows[:200], key=lambda row: (len(row.term), row.term))
    return tuple(ConceptView(row.code, row.term, row.kind) for row in found[:MOST_CONCEPTS])


def concepts(*, codes: Iterable[str]) -> dict[str, ConceptView]:
    """Those of the codes that are in the loaded list."""
    rows = Concept.objects.filter(code__in=set(codes))
    return {row.code: ConceptView(row.code, row.term, row.kind) for row in rows}


def outcomes(*, hub_id: int, day: date) -> tuple[OutcomeView, ...]:
    """The outcomes that a hub's clinicians may choose on the day, in the hub's order."""
    return tuple(outcome for outcome in every_outcome(hub_id=hub_id) if outcome.is_offered(day))


def every_outcome(*, hub_id: int) -> tuple[OutcomeView, ...]:
    """The same with those that are retired, in the hub's order."""
    rows = Outcome.objects.filter(hub=hub_id).order_by("place", "name", "pk")
    return tuple(OutcomeView(row.pk, row.code, row.name, row.retired_on) for row in rows)


def outcome(*, hub_id: int, outcome_id: int) -> OutcomeView:
    """One of the hub's own, retired or not. Raises NotFound."""
    found = next((each for each in every_outcome(hub_id=hub_id) if each.id == outcome_id), None)
    if found is None:
        raise NotFound("There is no such outcome of your hub.", remedy="Choose one from the outcomes page.")
    return found
