"""Columns of text as typed columns, and which rows are in doubt: whatever is not plainly in order, the reference judges.

A column with few different texts (days, sexes, flags) has each text read once, by the function that the reference reads it with.
NHS numbers and postcodes, of which nearly each differs, are read by expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from pcnhub.care.patients.rules.columns import Columns
from pcnhub.care.patients.rules.dates import as_date
from pcnhub.care.patients.rules.rows import (
    ADDRESS,
    FLAGS,
    LONGEST,
    NO,
    OLDEST_AGE,
    REGULAR,
    STATED_FLAGS,
    TEXTS,
    YES,
    RowCheck,
)

_REMEMBERED = 200_000  # different texts of one column: a column of rubbish must not fill the memory
_TIME = r"(?s)[T ][0-9]{1,2}:[0-9]{2}.*\z"
_POSTCODE = r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?[0-9][A-Za-z]{2}$"

# Columns of a row that is in order, beside `line`, by the fields that a file must have for them.
_STRINGS = ("family_name", "given_name", *TEXTS, "sex", "postcode")


def schema_of(columns: Columns) -> dict[str, pl.DataType]:
    """The columns of rows in order, as the file that has these columns gives them."""
    has = columns.places
    types: dict[str, pl.DataType] = {"line": pl.Int64(), "nhs_number": pl.String(), "birth_date": pl.Date()}
    types |= {name: pl.String() for name in _STRINGS if name in has}
    if any(name in has for name in ADDRESS):
        types["address_lines"] = pl.List(pl.String())
    types |= {name: pl.Boolean() for name in (*FLAGS, *STATED_FLAGS) if name in has}
    return types | ({"registered_on": pl.Date()} if "registered_on" in has else {})


class Judge:
    """Judges the stretches of one file."""

    def __init__(self, check: RowCheck) -> None:
        self.schema = schema_of(check.columns)
        today = check.today
        readings: dict[str, tuple[Callable[[str], object], pl.DataType]] = {
            "sex": (check.mapping.sex_of, pl.String()),
            "birth_date": (lambda text: _birth_date(text, today), pl.Date()),
            "registered_on": (lambda text: _day(text, latest=today), pl.Date()),
            "left_on": (lambda text: _later_day(text, today), pl.Date()),
            "died_on": (_nothing, pl.Date()),
            "practice": (lambda text: text.upper() == check.practice_ods or None, pl.Boolean()),
            "registration_type": (lambda text: text.lower() in REGULAR or None, pl.Boolean()),
            **{name: (_stated_flag, pl.Boolean()) for name in (*FLAGS, *STATED_FLAGS)},
        }
        self.readings = {
            name: _Reading(read, kind) for name, (read, kind) in readings.items() if name in check.columns.places
        }

    def judge(self, table: pl.DataFrame) -> pl.DataFrame:
        """The typed columns, `number` (the NHS number as an integer; null where it is none) and `doubt`."""
        read = {name: reading.of(table[name]) for name, reading in self.readings.items()}
        texts = {name: _squeezed(table[name]) for name in TEXTS if name in table.columns}
        number = _numbers(table["nhs_number"])
        typed: dict[str, pl.Series] = {
            "line": table["line"],
            "nhs_number": number.cast(pl.String).str.zfill(10),
            "family_name": _squeezed(table["family_name"]),
            "given_name": _given_names(table),
            **texts,
            **{name: values for name, values in read.items() if name in self.schema},
        }
        doubt = number.is_null() | (table["family_name"] == "") | (table["given_name"] == "")
        doubt |= read["birth_date"].is_null()
        for name, values in read.items():
            doubt |= values.is_null() & (table[name] != "")
        for name, most in LONGEST.items():
            if name in table.columns:  # never fewer bytes than characters
                doubt |= table[name].str.len_bytes() > most
        if "registered_on" in read:
            doubt |= (read["registered_on"] < read["birth_date"]).fill_null(value=False)
        if "postcode" in table.columns:
            typed["postcode"], wrong = _postcodes(table["postcode"])
            doubt |= wrong
        if "address_lines" in self.schema:
            typed["address_lines"] = _address_lines(table)
        return pl.DataFrame({**{name: typed[name] for name in self.schema}, "number": number, "doubt": doubt})


class _Reading:
    """One column: each different text is read once. What can't be read is null."""

    def __init__(self, read: Callable[[str], object], kind: pl.DataType) -> None:
        self.read, self.kind = read, kind
        self.known = self._read_each(pl.Series(dtype=pl.String))

    def of(self, texts: pl.Series) -> pl.Series:
        if isinstance(self.kind, pl.Date) and texts.str.contains(":", literal=True).any():
            texts = texts.str.replace(_TIME, "")  # else each minute would be a text of its own
        rows = texts.alias("text").to_frame()
        read = self._look_up(rows)
        if read["is_known"].null_count():
            self._learn(rows)
            read = self._look_up(rows)
        return read["value"]

    def _look_up(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(self.known, on="text", how="left", maintain_order="left")

    def _learn(self, rows: pl.DataFrame) -> None:
        if self.known.height > _REMEMBERED:
            self.known = self.known.clear()
        new = rows.unique().join(self.known, on="text", how="anti")
        self.known = pl.concat([self.known, self._read_each(new["text"])])

    def _read_each(self, texts: pl.Series) -> pl.DataFrame:
        values = [self.read(text) for text in texts.to_list()]
        return pl.DataFrame({"text": texts, "value": pl.Series(values, dtype=self.kind)}).with_columns(
            is_known=pl.lit(1)
        )


def _numbers(texts: pl.Series) -> pl.Series:
    """Ten digits, the last of them right by modulus 11, not all the same (`NhsNumber`); null for anything else."""
    if texts.str.contains(r"[\s-]").any():
        texts = texts.str.replace_all(r"[\s-]", "")
    number = texts.set(~texts.str.contains(r"^[0-9]{10}$"), None).cast(pl.Int64)
    total = number % 10  # the check digit weighs 1, the digit before it 2, the first 10
    for place in range(1, 10):
        total += number // 10**place % 10 * (place + 1)
    return number.set(((total % 11 != 0) | (number % 1_111_111_111 == 0)).fill_null(value=True), None)


def _postcodes(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    squeezed = texts.str.replace_all(r"\s", "")
    right = squeezed.str.contains(_POSTCODE)
    capitals = squeezed.str.to_uppercase()
    spaced = (capitals.str.head(-3) + " " + capitals.str.tail(3)).str.strip_chars()  # nothing stays nothing
    return spaced, ~right & (texts != "")


def _given_names(table: pl.DataFrame) -> pl.Series:
    if "other_given_name" not in table.columns:
        return _squeezed(table["given_name"])
    return _squeezed(table["given_name"] + " " + table["other_given_name"]).str.strip_chars()


def _squeezed(texts: pl.Series, spaces: str = r"\s+") -> pl.Series:
    """Runs of spaces as one. Most columns have none, and to look is cheaper than to write them anew."""
    return texts.str.replace_all(spaces, " ") if texts.str.contains(r"\s\s|[^\S ]").any() else texts


def _address_lines(table: pl.DataFrame) -> pl.Series:
    """As `rows.address_lines`: what is empty is left out, and a cell of several lines is several."""
    cells = {name: _squeezed(table[name], r"[^\S\r\n]+") for name in ADDRESS if name in table.columns}
    filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in cells]
    whole = pl.concat_str(filled, separator="\n", ignore_nulls=True).alias("lines")
    lines = pl.DataFrame(cells).select(whole)["lines"]
    if any(cell.str.contains(r"[\r\n]").any() for cell in cells.values()):
        lines = lines.str.replace_all(r"\s*[\r\n]\s*", "\n")
    split = pl.when(pl.col("lines") != "").then(pl.col("lines").str.split("\n"))
    return lines.to_frame().select(split.otherwise(pl.lit([], dtype=pl.List(pl.String))))["lines"]


def _nothing(text: str) -> None:
    """Of one whose death is told, each row is looked at."""


def _flag(text: str) -> bool | None:
    lower = text.lower()
    return lower in YES if lower in YES | NO else None


def _stated_flag(text: str) -> bool | None:
    """Empty is not known, and no mistake."""
    return _flag(text) if text else None


def _day(text: str, *, latest: date) -> date | None:
    day = as_date(text)
    return day if day and day <= latest else None


def _later_day(text: str, today: date) -> date | None:
    """Who leaves later is registered still."""
    day = as_date(text)
    return day if day and day > today else None


def _birth_date(text: str, today: date) -> date | None:
    day = _day(text, latest=today)
    return day if day and today.year - day.year <= OLDEST_AGE else None
