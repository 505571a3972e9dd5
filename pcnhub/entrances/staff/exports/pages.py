"""What the pages of exports show, and what was chosen on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.patients.rules import plain_words
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem
from pcnhub.insight.elsewhere.checks import ANSWERED_BY
from pcnhub.insight.elsewhere.queries import DraftView, SnapshotView
from pcnhub.insight.elsewhere.rules import (
    KIND_WORDS,
    LAYOUT,
    ExportKind,
    ExportMapping,
    SnapshotState,
)

_SAMPLES = 3
SHOWN_FAULTS = 100
STATE_WORDS = {
    SnapshotState.DRAFT: ("Being matched", "orange"),
    SnapshotState.KEPT: ("In use", "green"),
    SnapshotState.SUPERSEDED: ("Superseded", "white"),
}


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of export: the newest that checks are answered by, and which checks."""

    kind: ExportKind
    words: str
    newest: SnapshotView | None
    age: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: `name` is its input's, `field` what it is taken for ("" for not used)."""

    name: str
    header: str
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word that the standard layout does not know: what it was said to mean ("" for nothing), and what it can."""

    name: str
    field: str
    header: str
    word: str
    meaning: str
    choices: tuple[str, ...]


def kinds(found: tuple[SnapshotView, ...], now: datetime) -> list[KindLine]:
    newest = {each.kind: each for each in found if each.state is SnapshotState.KEPT}
    return [
        KindLine(
            kind, words, newest.get(kind), age_words(newest[kind], now) if kind in newest else "", ANSWERED_BY[kind]
        )
        for kind, words in KIND_WORDS.items()
    ]


def age_words(snapshot: SnapshotView, now: datetime) -> str:
    days = (now - snapshot.taken_at) // timedelta(days=1)
    return "less than a day old" if days < 1 else f"{days} day{'' if days == 1 else 's'} old"


def columns(draft: DraftView) -> tuple[Column, ...]:
    return tuple(
        Column(f"column-{place}", header, _samples(draft, place), draft.mapping.field_of(header) or "")
        for place, header in enumerate(draft.file.headers)
    )


def words(draft: DraftView) -> tuple[Word, ...]:
    """Those that were given a meaning, now or for an earlier file, and those of this file that have none."""
    found = []
    for field in (each for each in LAYOUT[draft.snapshot.kind] if each.meanings):
        known = dict(draft.mapping.words.get(field.name, {}))
        strange = draft.checked.strange.get(field.name, ()) if draft.checked else ()
        choices = tuple(dict.fromkeys((field.meanings or {}).values()))
        for number, (word, meaning) in enumerate([*known.items(), *((each, "") for each in strange)]):
            found.append(Word(f"word-{field.name}-{number}", field.name, field.header, word, meaning, choices))
    return tuple(found)


def chosen(draft: DraftView, data: Mapping[str, str]) -> dict[str, object]:
    """What a person chose, as `rules.mapping_from` takes it: what the standard layout says by itself is left out."""
    layout = ExportMapping(draft.snapshot.kind)
    fields = {header: data.get(f"column-{place}", "") for place, header in enumerate(draft.file.headers)}
    given: dict[str, dict[str, str]] = {}
    for each in words(draft):
        if meaning := data.get(each.name, each.meaning):
            given.setdefault(each.field, {})[plain_words(each.word)] = meaning
    return {
        "columns": {header: field for header, field in fields.items() if field and layout.field_of(header) != field},
        "ignore": [header for header, field in fields.items() if not field and layout.field_of(header)],
        "words": given,
    }


def errors(draft: DraftView, refusal: InvalidInput) -> Errors:
    """Each problem at its column; a field without a column at the first."""
    places = {header: f"column-{place}" for place, header in reversed(list(enumerate(draft.file.headers)))}
    headers = {each.name: each.header for each in LAYOUT[draft.snapshot.kind]}
    return Errors(
        FieldError(places.get(each.field.removeprefix("columns."), "column-0"), _sentence(each, headers))
        for each in refusal.problems
    )


def _sentence(problem: Problem, headers: Mapping[str, str]) -> str:
    if problem.code == "column-missing":
        return f"Choose the column that holds: {headers.get(problem.field, problem.field)}."
    if problem.code == "column-twice":
        return f"Two columns hold the same. Choose “Not used” for one of them: {problem.field}."
    return f"{problem.message.rstrip('.')}. {problem.remedy}"


def _samples(draft: DraftView, place: int) -> tuple[str, ...]:
    """Only of columns that are used: what else a file holds need not be read by anybody."""
    if not draft.mapping.field_of(draft.file.headers[place]):
        return ()
    values = dict.fromkeys(
        row.cells[place] for row in draft.file.rows[:50] if place < len(row.cells) and row.cells[place]
    )
    return tuple(values)[:_SAMPLES]


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%-d %B %Y, %H:%M}"
