"""Which column of an export is which field, and what its words mean.

A mapping file (TOML) adds to the standard layout or overrides it; `pcnhub import export` and the page take the same:

    ignore = ["Notes"]
    [columns]
    "Clinician name" = "holder"
    [words.state]
    "Held" = "blocked"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pcnhub.care.patients.rules import Columns, columns_of, plain_words
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem
from pcnhub.insight.elsewhere.rules.layout import LAYOUT, ONE_OF, fields_of
from pcnhub.insight.elsewhere.rules.words import ExportKind

PARTS = ("columns", "ignore", "words")


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """How one hub's export of one kind reads; `ExportMapping(kind)` is the standard layout."""

    kind: ExportKind
    columns: Mapping[str, str] = field(default_factory=dict)  # plain header -> field, before the layout's own
    ignore: frozenset[str] = frozenset()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # field -> plain word -> meaning

    def field_of(self, header: str) -> str | None:
        """The field that a header means; None for a column that is not used."""
        plain = plain_words(header)
        if plain in self.ignore:
            return None
        return self.columns.get(plain) or _KNOWN[self.kind].get(plain)

    def meaning(self, name: str, cell: str) -> str:
        """The cell, in the layout's own word where one was given for it."""
        return self.words.get(name, {}).get(plain_words(cell), cell)

    def content(self) -> dict[str, object]:
        """What `mapping_from` reads back as this mapping."""
        words = {name: dict(meanings) for name, meanings in self.words.items()}
        return {"columns": dict(self.columns), "ignore": sorted(self.ignore), "words": words}

    @property
    def is_standard(self) -> bool:
        return not (self.columns or self.ignore or self.words)


def columns_for(headers: tuple[str, ...], mapping: ExportMapping) -> Columns:
    """The columns of a file. Raises InvalidInput naming every needed field without a column, and every field with two."""
    fields = fields_of(mapping.kind)
    found = columns_of(
        headers,
        mapping,
        required=tuple(each.name for each in fields.values() if each.is_needed),
        known={each.name: each.headers for each in fields.values()},
    )
    either = ONE_OF.get(mapping.kind, ())
    if either and found.places.keys().isdisjoint(either):
        words = " or ".join(fields[name].header for name in either)
        message = f"No column of the file means {words}"
        raise InvalidInput([Problem(either[0], "column-missing", message, f"The file has: {', '.join(headers)}.")])
    return found


def mapping_from(kind: ExportKind, content: Mapping[str, object]) -> ExportMapping:
    """A mapping file's content. Raises InvalidInput with every entry that means nothing."""
    fields = fields_of(kind)
    problems = [
        Problem(key, "mapping-unknown", "A mapping file has no such part", f"It has: {', '.join(PARTS)}.")
        for key in content
        if key not in PARTS
    ]
    columns = _table(content.get("columns", {}), "columns", problems)
    ignore = content.get("ignore", [])
    if not isinstance(ignore, list):
        problems.append(Problem("ignore", "mapping-form", "This must be a list of headers", 'ignore = ["Notes"]'))
        ignore = []
    problems += [
        Problem(f"columns.{header}", "mapping-unknown", f"There is no field {name}", f"Fields: {', '.join(fields)}.")
        for header, name in columns.items()
        if name not in fields
    ]
    given = content.get("words", {})
    words = {}
    if not isinstance(given, Mapping):
        problems.append(Problem("words", "mapping-form", "This must hold a table for a field", "[words.state]"))
        given = {}
    for name, table in given.items():
        words[str(name)] = _words(str(name), table, kind, problems)
    if problems:
        raise InvalidInput(problems)
    return ExportMapping(
        kind=kind,
        columns={plain_words(header): name for header, name in columns.items()},
        ignore=frozenset(plain_words(str(header)) for header in ignore),
        words=words,
    )


def _words(name: str, table: object, kind: ExportKind, problems: list[Problem]) -> dict[str, str]:
    found = fields_of(kind).get(name)
    if found is None or found.meanings is None:
        listed = ", ".join(each.name for each in LAYOUT[kind] if each.meanings)
        problems.append(
            Problem(
                f"words.{name}", "mapping-unknown", "This field has no list of words", f"Fields with one: {listed}."
            )
        )
        return {}
    meanings = _table(table, f"words.{name}", problems)
    choices = {str(each) for each in found.meanings.values()}
    problems += [
        Problem(
            f"words.{name}.{word}",
            "mapping-unknown",
            f"There is no word {value}",
            f"Words: {', '.join(sorted(choices))}.",
        )
        for word, value in meanings.items()
        if value not in choices
    ]
    return {plain_words(word): value for word, value in meanings.items()}


def _table(value: object, name: str, problems: list[Problem]) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    problems.append(Problem(name, "mapping-form", "This must be a table of names to names", '"Clinician" = "holder"'))
    return {}


_KNOWN = {
    kind: {header: each.name for each in reversed(fields) for header in each.headers} for kind, fields in LAYOUT.items()
}
