"""Tables as CSV for whoever opens them in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""


def csv_of(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header line and the rows. Words that a spreadsheet would take for a formula get an apostrophe before them: what somebody
    typed here must not be run there. Numbers and days are written as they are."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([[_harmless(value) for value in row] for row in rows])
    return out.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
