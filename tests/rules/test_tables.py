"""Tables that go out as CSV run nothing in whoever's spreadsheet opens them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

import pcnhub
from pcnhub.foundations.kernel.tables import csv_of


@pytest.mark.parametrize("typed", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_words(typed: str) -> None:
    assert list(csv.reader(csv_of(("A",), [(typed,)]).splitlines(keepends=True)))[1] == [f"'{typed}"]


def test_numbers_days_and_plain_words_stay_as_they_are() -> None:
    assert csv_of(("A", "B", "C", "D"), [(-3, date(2026, 11, 23), "a=b", None)]) == "A,B,C,D\r\n-3,2026-11-23,a=b,\r\n"


def test_nobody_writes_a_table_without_it() -> None:
    """The demo's files are examples of what other systems export."""
    root = Path(pcnhub.__file__).parent
    writers = {str(each.relative_to(root)) for each in root.rglob("*.py") if "csv.writer(" in each.read_text("utf-8")}
    assert {each for each in writers if not each.startswith("demo/")} == {"foundations/kernel/tables.py"}
