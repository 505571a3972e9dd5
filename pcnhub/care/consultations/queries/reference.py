"""What is chosen from: coded concepts, and a hub's outcomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from pcnhub.care.consultations.models import CodeRelease, Concept, Outcome
from pcnhub.care.consultations.queries.measures import measures
from pcnhub.care.consultations.queries.views import FinishedVersion
from pcnhub.care.consultations.rules import Entry, Notes, problems_of_values, problems_to_finish, problems_to_save
from pcnhub.care.consultations.rules.codes import beginnings, words_of
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.refusals import NotFound, Problem

MOST_CONCEPTS = 12
LONGEST_CODE = 18  # digits of a SNOMED CT identifier


@dataclass(frozen=True, slots=True)
class ConceptView:
    """A SNOMED CT concept of the loaded list."""

    code: str
    term: str
    kind: str
    found_by: str = ""  # the synonym that matched, where it was not the preferred term


@dataclass(frozen=True, slots=True)
class CodeReleaseView:
    """A release of SNOMED CT that was brought in."""

    name: str
    effective_on: date | None
    concepts: int
    descriptions: int
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """An outcome of a hub. From the day `retired_on` it can't be chosen; what was finished with it keeps it."""

    id: int
    code: str
    name: str
    retired_on: date | None

    def is_offered(self, day: date) -> bool:
        return self.retired_on is None or day < self.retired_on


# Two ways to the same rows, so that neither a rare word nor a common beginning makes anyone wait among 500,000 terms: by the
# index of words, all that match and then the shortest (the sum keeps the planner from the other index, whatever it guesses);
# or, for beginnings of one or two letters, which nearly every term has, through the terms from the shortest on.
FOUND = """
select d.concept_id, c.term, c.kind, d.term
from consultations_description d join consultations_concept c on c.code = d.concept_id
where d.words @@ %(words)s::tsquery
order by {order}, d.term limit %(most)s
"""
BY_WORDS, BY_LENGTH = FOUND.format(order="d.letters + 0"), FOUND.format(order="d.letters")
SHORT = 2


def find_concepts(*, words: str) -> tuple[ConceptView, ...]:
    """Concepts with a term (preferred or synonym) in which every given word begins a word; by code too. The one with the
    shortest such term first, at most twelve."""
    asked = beginnings(words)
    if not asked:
        return ()
    found = dict(concepts(codes=[words.strip()]))
    with connection.cursor() as cursor:
        # A concept may be found by several of its terms: enough of them for a dozen concepts.
        statement = BY_WORDS if any(len(word) > SHORT for word in words_of(words)) else BY_LENGTH
        cursor.execute(statement, {"words": asked, "most": MOST_CONCEPTS * 5})
        for code, term, kind, by in cursor.fetchall():
            found.setdefault(code, ConceptView(code, term, kind, "" if by == term else by))
    return tuple(found.values())[:MOST_CONCEPTS]


def concepts(*, codes: Iterable[str]) -> dict[str, ConceptView]:
    """Those of the codes that are in the loaded list and active: what may be chosen."""
    rows = Concept.objects.filter(code__in=set(codes), is_active=True)
    return {row.code: ConceptView(row.code, row.term, row.kind) for row in rows}


def terms(*, codes: Iterable[str]) -> dict[str, str]:
    """The terms of the codes that the list has, or once had: what was written with a retired code keeps its name."""
    return dict(Concept.objects.filter(code__in=set(codes)).values_list("code", "term"))


ABOVE = """
with recursive above (code, ancestor) as (
  select child, parent from consultations_isa where child = any (%(codes)s)
  union
  select above.code, isa.parent from above join consultations_isa isa on isa.child = above.ancestor
)
select code, array_agg(ancestor) from above group by code
"""


def ancestors_of(*, codes: Collection[str]) -> dict[str, frozenset[str]]:
    """For each of the codes everything that it is, too, by the is-a relationships of the release: all above it. A code that no
    release with its relationships has is left out."""
    wanted = [int(code) for code in codes if code.isascii() and code.isdigit() and len(code) <= LONGEST_CODE]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, {"codes": wanted})
        return {str(code): frozenset(map(str, above)) for code, above in cursor.fetchall()}


def hierarchy() -> CodeReleaseView | None:
    """The release by which it is known what lies beneath a code; None while none came with its relationship file."""
    return _release(CodeRelease.objects.filter(relationships__gt=0))


def code_release() -> CodeReleaseView | None:
    """The release in use; None while only the shipped list is."""
    return _release(CodeRelease.objects.all())


def _release(rows: QuerySet[CodeRelease]) -> CodeReleaseView | None:
    row = rows.order_by("-pk").first()
    if row is None:
        return None
    return CodeReleaseView(row.name, row.effective_on, row.concepts, row.descriptions, row.imported_at)


def outcomes(*, hub_id: int, day: date) -> tuple[OutcomeView, ...]:
    """The outcomes that a hub's clinicians may choose on the day, in the hub's order."""
    return tuple(outcome for outcome in every_outcome(hub_id=hub_id) if outcome.is_offered(day))


@read_once
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


def missing_to_finish(*, hub_id: int, day: date, notes: Notes, before: FinishedVersion | None = None) -> list[Problem]:
    """Everything that keeps these tidied notes from being finished on the day; what the version `before` had may stay.

    What the hub's protocols ask for is asked apart (`queries.protocols.wanted`).
    """
    offered = {each.code for each in outcomes(hub_id=hub_id, day=day)}
    known = set(concepts(codes=[entry.code for entry in notes.entries]))
    kept: tuple[Entry, ...] = ()
    if before is not None:
        kept = before.notes.entries
        offered.add(before.notes.outcome)
        known |= {entry.code for entry in kept}
    return [
        *problems_to_save(notes, known_codes=known),
        *problems_of_values(notes, measures=measures(), kept=kept),
        *problems_to_finish(notes, outcomes=offered),
    ]
