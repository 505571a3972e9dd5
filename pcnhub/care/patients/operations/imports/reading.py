"""A checked file, stretch by stretch: from the sealed upload column by column, or from rows that are in memory already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pcnhub.care.patients.rules import CheckedRows, Closing, Demographics, Protecting, Rejection
from pcnhub.care.patients.rules.columns import Columns
from pcnhub.care.patients.rules.vectors import schema_of


class Stretch(Protocol):
    """Some lines of a checked file, as `rules.vectors` gives them."""

    @property
    def rows(self) -> int: ...
    @property
    def good(self) -> pl.DataFrame: ...
    @property
    def rejections(self) -> Sequence[Rejection]: ...
    @property
    def rejected(self) -> int: ...
    @property
    def closings(self) -> Sequence[Closing]: ...
    @property
    def numberless(self) -> Sequence[Demographics]: ...
    @property
    def protectings(self) -> Sequence[Protecting]: ...


@dataclass(frozen=True, slots=True)
class _Stretch:
    rows: int
    good: pl.DataFrame
    rejections: tuple[Rejection, ...]
    rejected: int
    closings: tuple[Closing, ...]
    numberless: tuple[Demographics, ...]
    protectings: tuple[Protecting, ...]


def in_memory(checked: CheckedRows, columns: Columns) -> Stretch:
    """The rows of `check_rows`, all at once."""
    schema = schema_of(columns)
    good = pl.DataFrame(
        [{"line": row.line, "nhs_number": row.nhs_number, **row.values} for row in checked.taken], schema=schema
    )
    rejected = len({rejection.line for rejection in checked.rejections})
    rows = len(checked.taken) + rejected
    return _Stretch(rows, good, checked.rejections, rejected, checked.closings, checked.numberless, checked.protectings)
