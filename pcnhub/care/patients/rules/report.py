"""The rejected rows of an import as a file that goes back to the practice."""

from __future__ import annotations

from collections.abc import Iterable

from pcnhub.care.patients.rules.rows import Rejection
from pcnhub.foundations.kernel.tables import csv_of

HEADINGS = ("line", "column", "value", "code", "reason", "remedy")


def rejections_csv(rejections: Iterable[Rejection]) -> str:
    """CSV with a header line."""
    return csv_of(
        HEADINGS, ((each.line, each.column, each.value, each.code, each.message, each.remedy) for each in rejections)
    )
