"""A whole file checked, a stretch at a time: the plainly good rows by columns, all others by the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from pcnhub.care.patients.rules.columns import ColumnMapping, Columns, columns_of
from pcnhub.care.patients.rules.files import RawRow
from pcnhub.care.patients.rules.rows import (
    CheckedRow,
    Closing,
    Demographics,
    Protecting,
    Rejection,
    RowCheck,
)
from pcnhub.care.patients.rules.sniffing import FileShape
from pcnhub.care.patients.rules.vectors.judging import Judge
from pcnhub.care.patients.rules.vectors.reading import Stretch, stretches
from pcnhub.foundations.kernel.ahead import made_ready
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """Rows of the file that stand together: each is in `good` or has rejections. The package says what is in each."""

    rows: int
    good: pl.DataFrame
    rejections: tuple[Rejection, ...]
    rejected: int
    closings: tuple[Closing, ...]
    numberless: tuple[Demographics, ...]
    protectings: tuple[Protecting, ...]


class CheckedTable:
    """The batches of one file; to be iterated once."""

    def __init__(
        self, source: BinaryIO | Path, shape: FileShape, check: RowCheck, on_progress: Callable[[int], None] | None
    ) -> None:
        self.columns = check.columns
        self._source, self._shape, self._check, self._on_progress = source, shape, check, on_progress

    def __iter__(self) -> Iterator[CheckedBatch]:
        """One stretch is judged while the next is read, and the one before used. What is read belongs to this thread alone, as
        a file sealed in the database does: judging is what goes to another."""
        judge, used, done = Judge(self._check), _Used(), 0
        read = stretches(self._source, self._shape, self.columns)
        with closing(read):
            for batch in made_ready(read, lambda stretch: _checked(stretch, self._check, judge, used)):
                yield batch
                done += batch.rows
                if self._on_progress:
                    self._on_progress(done)


def check_table(
    *,
    source: BinaryIO | Path,
    shape: FileShape,
    practice_ods: str,
    today: date,
    mapping: ColumnMapping | None = None,
    members: frozenset[str] = frozenset(),
    on_progress: Callable[[int], None] | None = None,
) -> CheckedTable:
    """`on_progress` is told, after each batch was used, how many rows are done.

    Raises InvalidInput when the header can't be used, and, while the batches are read, when the file is not of this shape.
    """
    mapping = mapping or ColumnMapping()
    columns = columns_of(shape.headers, mapping)
    return CheckedTable(source, shape, RowCheck(columns, mapping, practice_ods, today, members), on_progress)


class _Used:
    """Which NHS number was first used on which line."""

    def __init__(self) -> None:
        self.lines = pl.DataFrame(schema={"number": pl.Int64, "line": pl.Int64})

    def among(self, numbers: pl.Series) -> pl.DataFrame:
        return self.lines.filter(pl.col("number").is_in(numbers.implode()))

    def add(self, lines: pl.DataFrame) -> None:
        self.lines.vstack(lines.select("number", "line"), in_place=True)


def _checked(stretch: Stretch, check: RowCheck, judge: Judge, used: _Used) -> CheckedBatch:
    typed = judge.judge(stretch.table)
    others = pl.Series("number", [_number(row, check.columns) for row in stretch.others], dtype=pl.Int64)
    numbers = pl.concat([typed["number"], others])
    earlier = used.among(numbers)
    # Every row of a number that comes twice is judged in its order, so that the first one in order is known.
    twice = numbers.is_duplicated() | numbers.is_in(earlier["number"].implode())
    doubt = typed["doubt"] | (twice & numbers.is_not_null()).head(typed.height)
    good = typed.filter(~doubt)
    rows = sorted([*_raw(stretch.table.filter(doubt), check.columns), *stretch.others], key=lambda row: row.line)
    first_line = {f"{number:010}": line for number, line in earlier.iter_rows()}
    known = set(first_line)
    checked = [check.check(row, first_line) for row in rows]
    used.add(good)
    added = [(int(number), line) for number, line in first_line.items() if number not in known]
    used.add(pl.DataFrame(added, schema={"number": pl.Int64, "line": pl.Int64}, orient="row"))
    return _batch(stretch.rows, good.select(judge.schema.keys()), checked, judge)


def _batch(rows: int, good: pl.DataFrame, checked: list[CheckedRow], judge: Judge) -> CheckedBatch:
    taken = [row.taken for row in checked if row.taken]
    if taken:
        values = [{"line": row.line, "nhs_number": row.nhs_number, **row.values} for row in taken]
        good = pl.concat([good, pl.DataFrame(values, schema=judge.schema)])
    return CheckedBatch(
        rows=rows,
        good=good,
        rejections=tuple(rejection for row in checked for rejection in row.rejections),
        rejected=len(checked) - len(taken),
        closings=tuple(row.closing for row in checked if row.closing),
        numberless=tuple(row.numberless for row in checked if row.numberless),
        protectings=tuple(row.protecting for row in checked if row.protecting),
    )


def _raw(table: pl.DataFrame, columns: Columns) -> Iterator[RawRow]:
    """The rows as the reference reads them. Columns that nobody reads are empty."""
    places = [columns.places[name] for name in table.columns[1:]]
    for line, *texts in table.iter_rows():
        cells = [""] * len(columns.headers)
        for place, text in zip(places, texts, strict=True):
            cells[place] = text
        yield RawRow(line, tuple(cells))


def _number(row: RawRow, columns: Columns) -> int | None:
    if len(row.cells) != len(columns.headers):
        return None
    try:
        return int(NhsNumber(row.cells[columns.places["nhs_number"]]))
    except InvalidIdentifier:
        return None
