"""The page on which the columns of a file are matched: what it shows, and what was chosen there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pcnhub.care.patients.queries import FilePreview
from pcnhub.care.patients.rules import ColumnMapping
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.patients.importing.words import FIELDS
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: `name` is its input's, `field` what it is taken for ("" for not used)."""

    name: str
    header: str
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class SexValue:
    """A value of the column of sexes, in the rows that are shown, that nobody knows by itself."""

    name: str
    value: str
    meaning: str


def columns(file: FilePreview, mapping: ColumnMapping) -> tuple[Column, ...]:
    """Each column with what the mapping takes it for."""
    return tuple(
        Column(f"column-{place}", header, _samples(file, place), mapping.field_of(header) or "")
        for place, header in enumerate(file.headers)
    )


def sexes(file: FilePreview, mapping: ColumnMapping) -> tuple[SexValue, ...]:
    """What needs a meaning: values unknown without a mapping."""
    place = next((place for place, header in enumerate(file.headers) if mapping.field_of(header) == "sex"), None)
    return tuple(
        SexValue(_sex_name(value), value, mapping.sex_of(value) or "") for value in _unknown_sexes(file, place)
    )


def chosen(file: FilePreview, data: Mapping[str, str]) -> dict[str, object]:
    """What a person chose on the page, as `rules.mapping_from` takes it: every header is spoken of."""
    fields = {header: data.get(f"column-{place}", "") for place, header in enumerate(file.headers)}
    known = ColumnMapping()
    columns_chosen = {header: field for header, field in fields.items() if field}
    values = _unknown_sexes(file, next((place for place, field in enumerate(fields.values()) if field == "sex"), None))
    return {
        "columns": columns_chosen,
        "ignore": [header for header, field in fields.items() if not field and known.field_of(header)],
        "sex": {value: meaning for value in values if (meaning := data.get(_sex_name(value), ""))},
    }


def errors(file: FilePreview, refusal: InvalidInput) -> Errors:
    """Each problem at its column; a field without a column at the first."""
    places = {header: f"column-{place}" for place, header in reversed(list(enumerate(file.headers)))}
    return Errors(
        FieldError(places.get(problem.field.removeprefix("columns."), "column-0"), _sentence(problem))
        for problem in refusal.problems
    )


def _sentence(problem: Problem) -> str:
    """Without the advice to write a mapping file: whoever reads this makes one."""
    if problem.code == "column-missing":
        return f"Choose the column that holds: {FIELDS.get(problem.field, problem.field)}."
    if problem.code == "column-twice":
        return "Two columns are matched to the same field. Choose “Not used” for one of them."
    return f"{problem.message.rstrip('.')}. {problem.remedy}"


def _unknown_sexes(file: FilePreview, place: int | None) -> list[str]:
    """Values of the column in the rows that are shown that need a meaning."""
    if place is None:
        return []
    values = dict.fromkeys(row[place] for row in file.rows if place < len(row))
    return [value for value in values if ColumnMapping().sex_of(value) is None]


def _sex_name(value: str) -> str:
    return f"sex-{'-'.join(str(ord(letter)) for letter in value[:20])}"


def _samples(file: FilePreview, place: int) -> tuple[str, ...]:
    values = [row[place] for row in file.rows if place < len(row) and row[place]]
    return tuple(dict.fromkeys(values))[:_SAMPLES]
