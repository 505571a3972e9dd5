"""SNOMED CT Release Format 2: reading snapshot files and finding everything wrong with them at once.

Source: SNOMED CT Release File Specifications 4.2.1 (concept), 4.2.2 (description), 4.2.3 (relationship; the inferred view),
5.2.2.1 (language reference set): UTF-8, tabs, no quoting, a header in lowerCamelCase; `id`, `effectiveTime` (YYYYMMDD), `active`
(0 or 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

FULLY_SPECIFIED = "900000000000003001"
SYNONYM = "900000000000013009"
PREFERRED = "900000000000548007"
IS_A = "116680003"
# Whose word about the preferred term counts first: the NHS realm (clinical and pharmacy parts), British, American English.
LANGUAGES = {
    "999001261000000100": 0,
    "999000691000001104": 0,
    "900000000000508004": 1,
    "900000000000509007": 2,
}
MOST_LINES = 20  # numbers of lines that a problem quotes; it says how many there are
_LINE = "line"


class Rf2(StrEnum):
    CONCEPT = "concept"
    DESCRIPTION = "description"
    LANGUAGE = "language reference set"
    RELATIONSHIP = "relationship"


COLUMNS: dict[Rf2, tuple[str, ...]] = {
    Rf2.CONCEPT: ("id", "effectiveTime", "active", "moduleId", "definitionStatusId"),
    Rf2.DESCRIPTION: (
        "id", "effectiveTime", "active", "moduleId", "conceptId", "languageCode", "typeId", "term", "caseSignificanceId",
    ),
    Rf2.LANGUAGE: (
        "id", "effectiveTime", "active", "moduleId", "refsetId", "referencedComponentId", "acceptabilityId",
    ),
    Rf2.RELATIONSHIP: (
        "id", "effectiveTime", "active", "moduleId", "sourceId", "destinationId", "relationshipGroup", "typeId",
        "characteristicTypeId", "modifierId",
    ),
}  # fmt: skip
NUMBERS = {
    Rf2.CONCEPT: ("id",),
    Rf2.DESCRIPTION: ("id", "conceptId", "typeId"),
    Rf2.LANGUAGE: ("refsetId", "referencedComponentId", "acceptabilityId"),
    Rf2.RELATIONSHIP: ("id", "sourceId", "destinationId"),
}


@dataclass(frozen=True, slots=True)
class Rf2File:
    """One file as it was given: its name, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """What of a release is used. `concepts`: code, term, kind; `descriptions`: code, term, letters, words (a `tsvector`);
    `parents`: child, parent, of active concepts (empty where no relationship file was given); `retired`: codes that it has as
    inactive. `effective` is the newest effectiveTime (YYYYMMDD)."""

    concepts: pl.DataFrame
    descriptions: pl.DataFrame
    parents: pl.DataFrame
    retired: frozenset[str]
    effective: str


def read_release(files: Sequence[Rf2File]) -> Release:
    """The active concepts with their preferred terms and synonyms. Raises InvalidInput with every problem of every file."""
    problems: list[Problem] = []
    tables: dict[Rf2, list[pl.DataFrame]] = {kind: [] for kind in Rf2}
    for file in files:
        kind, table = _read(file, problems)
        if kind is not None and table is not None:
            tables[kind].append(table)
    for kind in (Rf2.CONCEPT, Rf2.DESCRIPTION):
        if not tables[kind] and not problems:
            problems.append(
                Problem(
                    "FILE",
                    "file-missing",
                    f"There is no {kind} snapshot among the files",
                    remedy="Give the release's zip as it was published, or its concept and description snapshots together.",
                )
            )
    if problems:
        raise InvalidInput(problems)
    concepts, descriptions = _newest(tables[Rf2.CONCEPT]), _newest(tables[Rf2.DESCRIPTION])
    _refuse_homeless(descriptions, concepts)
    active = concepts.filter(pl.col("active") == "1").select(code="id")
    terms = (
        descriptions.filter(
            (pl.col("active") == "1")
            & pl.col("languageCode").str.starts_with("en")
            & pl.col("typeId").is_in([FULLY_SPECIFIED, SYNONYM])
        )
        .select(pl.col("id"), pl.col("typeId"), code="conceptId", term=pl.col("term").str.strip_chars())
        .join(active, on="code", how="semi")
    )
    named = _named(active, terms, _ranks(tables[Rf2.LANGUAGE]))
    synonyms = pl.concat(
        [terms.filter(pl.col("typeId") == SYNONYM).select("code", "term"), named.select("code", "term")]
    )
    return Release(
        concepts=named,
        descriptions=with_words(synonyms.unique(maintain_order=True)),
        parents=_parents(tables[Rf2.RELATIONSHIP], active),
        retired=frozenset(concepts.filter(pl.col("active") == "0")["id"]),
        effective=max((*concepts["effectiveTime"], *descriptions["effectiveTime"]), default=""),
    )


def with_words(terms: pl.DataFrame) -> pl.DataFrame:
    """`terms` (code, term) with `letters` and `words`, as `rules.codes.words_of` finds them, written as a `tsvector`."""
    plain = pl.col("term").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    found = plain.str.extract_all(r"[\p{L}\p{N}]+").list.unique(maintain_order=True)
    return terms.with_columns(
        letters=pl.col("term").str.len_chars().cast(pl.Int32), words=pl.lit("'") + found.list.join("' '") + pl.lit("'")
    ).filter(found.list.len() > 0)


def _named(active: pl.DataFrame, terms: pl.DataFrame, ranks: pl.DataFrame) -> pl.DataFrame:
    """Each active concept's preferred term and kind. Raises InvalidInput where one has no English term at all."""
    full = (
        terms.filter(pl.col("typeId") == FULLY_SPECIFIED)
        .unique("code", keep="first", maintain_order=True)
        .select(
            "code",
            kind=pl.col("term").str.extract(r"\(([^()]+)\)$").fill_null(""),
            full=pl.col("term").str.replace(r"\s*\([^()]+\)$", ""),
        )
    )
    preferred = (
        terms.filter(pl.col("typeId") == SYNONYM)
        .join(ranks, on="id", how="inner")
        .sort("rank", "id")
        .unique("code", keep="first", maintain_order=True)
        .select("code", preferred="term")
    )
    any_synonym = terms.filter(pl.col("typeId") == SYNONYM).unique("code", keep="first", maintain_order=True)
    named = (
        active.join(full, on="code", how="left")
        .join(preferred, on="code", how="left")
        .join(any_synonym.select("code", synonym="term"), on="code", how="left")
        .select(
            "code",
            term=pl.coalesce("preferred", "full", "synonym"),
            kind=pl.col("kind").fill_null(""),
        )
    )
    nameless = named.filter(pl.col("term").is_null())["code"].to_list()
    if nameless:
        raise InvalidInput(
            [
                Problem(
                    "description",
                    "no-term",
                    f"{len(nameless):,} active concept{'s have' if len(nameless) > 1 else ' has'} no active English term",
                    remedy="Give the description snapshots of the International Edition and of each extension too.",
                    value=", ".join(nameless[:MOST_LINES]),
                )
            ]
        )
    return named


def _ranks(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The descriptions that a language reference set prefers, and how much its word counts (`LANGUAGES`)."""
    if not tables:
        return pl.DataFrame(schema={"id": pl.String, "rank": pl.Int64})
    return (
        _newest(tables)
        .filter(
            (pl.col("active") == "1")
            & (pl.col("acceptabilityId") == PREFERRED)
            & pl.col("refsetId").is_in(list(LANGUAGES))
        )
        .select(
            id="referencedComponentId",
            rank=pl.col("refsetId").replace_strict(LANGUAGES, return_dtype=pl.Int64),
        )
        .group_by("id")
        .agg(pl.col("rank").min())
    )


def _parents(tables: Sequence[pl.DataFrame], active: pl.DataFrame) -> pl.DataFrame:
    """What directly is what: of active concepts alone, each pair once."""
    if not tables:
        return pl.DataFrame(schema={"child": pl.String, "parent": pl.String})
    return (
        _newest(tables)
        .filter(pl.col("active") == "1")
        .select(child="sourceId", parent="destinationId")
        .join(active.select(child="code"), on="child", how="semi")
        .join(active.select(parent="code"), on="parent", how="semi")
        .unique()
    )


def _newest(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The latest state of each component: an edition and what it builds on may both have it."""
    return pl.concat(tables).sort("effectiveTime", maintain_order=True).unique("id", keep="last", maintain_order=True)


def _refuse_homeless(descriptions: pl.DataFrame, concepts: pl.DataFrame) -> None:
    homeless = descriptions.join(concepts.select(conceptId="id"), on="conceptId", how="anti")["conceptId"].unique()
    if not homeless.is_empty():
        raise InvalidInput(
            [
                Problem(
                    "description",
                    "concept-missing",
                    f"{len(homeless):,} concepts have descriptions and are in no concept file",
                    remedy="An extension builds on the International Edition: give its files too, or the monolith edition.",
                    value=", ".join(homeless.sort()[:MOST_LINES]),
                )
            ]
        )


def _read(file: Rf2File, problems: list[Problem]) -> tuple[Rf2 | None, pl.DataFrame | None]:
    try:
        file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.content[: error.start].count(b"\n") + 1
        problems.append(
            Problem(file.name, "not-utf-8", f"Line {line} is not UTF-8", remedy="Give the file as it was published.")
        )
        return None, None
    head = file.content[: file.content.find(b"\n") + 1].decode("utf-8-sig").rstrip("\n")
    names = tuple(head.rstrip("\r").split("\t"))
    kind = next((kind for kind, columns in COLUMNS.items() if columns == names), None)
    if kind is None:
        wanted = "; ".join(", ".join(columns) for columns in COLUMNS.values())
        problems.append(
            Problem(file.name, "unknown-columns", "The first line names no known columns", remedy=f"Known: {wanted}.")
        )
        return None, None
    lines = _lines(file.content)
    if kind is Rf2.RELATIONSHIP:  # of its millions of lines only these are taken apart
        lines = lines.filter(pl.col("text").str.contains(f"\t{IS_A}\t", literal=True))
    ragged = pl.col("text").str.count_matches("\t") != len(names) - 1
    _report(file, lines.filter(ragged), "wrong-columns", f"not {len(names)} columns", problems)
    table = (
        lines.filter(~ragged)
        .with_columns(pl.col("text").str.split_exact("\t", len(names) - 1).struct.rename_fields(list(names)))
        .unnest("text")
    )
    checks = [
        ("effectiveTime", r"^\d{8}$", "bad-time", "no effectiveTime as YYYYMMDD"),
        ("active", r"^[01]$", "bad-active", "an active that is neither 0 nor 1"),
        *((name, r"^[1-9]\d{5,17}$", "bad-identifier", f"no SNOMED CT identifier as {name}") for name in NUMBERS[kind]),
    ]
    if kind is Rf2.DESCRIPTION:
        checks.append(("term", r"\S", "no-term", "no term"))
    for column, shape, code, words in checks:
        _report(file, table.filter(~pl.col(column).str.contains(shape)), code, words, problems)
    return kind, table.drop(_LINE)


def _lines(content: bytes) -> pl.DataFrame:
    """Each line after the first with its number, whole: a term may hold whatever else parts lines or columns elsewhere."""
    rows = pl.read_csv(
        content,
        separator="\x1f",
        quote_char=None,
        has_header=False,
        skip_rows=1,
        new_columns=["text"],
        schema_overrides=[pl.String],
        raise_if_empty=False,
        truncate_ragged_lines=True,
    )
    if rows.is_empty():
        rows = pl.DataFrame(schema={"text": pl.String})
    lines = rows.with_row_index(_LINE, offset=2).with_columns(pl.col("text").str.strip_suffix("\r"))
    return lines.filter(pl.col("text").fill_null("") != "")


def _report(file: Rf2File, wrong: pl.DataFrame, code: str, words: str, problems: list[Problem]) -> None:
    if wrong.is_empty():
        return
    quoted = ", ".join(str(number) for number in wrong[_LINE].head(MOST_LINES))
    more = f" and {wrong.height - MOST_LINES:,} more" if wrong.height > MOST_LINES else ""
    problems.append(
        Problem(
            file.name,
            code,
            f"{'Lines' if wrong.height > 1 else 'Line'} {quoted}{more}: {words}",
            remedy="Give the file as it was published, not one that a spreadsheet has saved.",
        )
    )
