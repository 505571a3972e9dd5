"""The rejected rows of an import as a file that goes back to the practice."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from pcnhub.care.patients.rules.rows import Rejection

HEADINGS = ("line", "column", "value", "code", "reason", "remedy")


def rejections_csv(rejections: Iterable[Rejection]) -> str:
    """CSV with a header line. A value that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for each in rejections:
        cells = (each.line, each.column, each.value, each.code, each.message, each.remedy)
        writer.writerow([f"'{cell}" if str(cell).startswith(("=", "+", "-", "@", "\t")) else cell for cell in cells])
    return out.getvalue()
