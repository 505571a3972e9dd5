"""A file of national categories: every fault at once, by line and column."""

from __future__ import annotations

from datetime import date

import pytest

from pcnhub.care.appointments.rules.categories import COLUMNS, Category, Line, categories_of, problems_of_headers
from pcnhub.foundations.kernel.refusals import InvalidInput

CONTEXTS = ("Care related encounter", "Care related activity")
WALK_IN = Category(5, "Walk-in", CONTEXTS[0])


def line(number: int, *cells: str) -> Line:
    return Line(number, dict(zip(COLUMNS, cells, strict=True)))


def test_a_line_is_read_whole() -> None:
    [read] = categories_of(
        [line(2, "18", " Results review ", CONTEXTS[1], "No", "YES", "2027-04-01")], context_types=CONTEXTS, standing=()
    )
    assert read == Category(18, "Results review", CONTEXTS[1], False, True, date(2027, 4, 1))


def test_every_fault_of_every_line_at_once() -> None:
    lines = [
        line(2, "x", "", "Nowhere", "perhaps", "", "soon"),
        line(3, "5", "Walk-in centre", CONTEXTS[0], "no", "no", ""),
        line(4, "6", "Planned", CONTEXTS[0], "no", "no", ""),
        line(5, "6", "Planned", CONTEXTS[0], "no", "no", ""),
    ]
    with pytest.raises(InvalidInput) as refused:
        categories_of(lines, context_types=CONTEXTS, standing=[WALK_IN])
    assert [(each.field, each.code, each.value) for each in refused.value.problems] == [
        ("line 2, number", "not-a-number", "x"),
        ("line 2, name", "missing", ""),
        ("line 2, context_type", "unknown", "Nowhere"),
        ("line 2, exception_reason_allowed", "not-yes-or-no", "perhaps"),
        ("line 2, counts_to_acc08", "missing", ""),
        ("line 2, withdrawn_on", "not-a-day", "soon"),
        ("line 5, name", "twice", "Planned"),
        ("line 5, number", "twice", "6"),
        ("line 3, number", "taken", "5"),
    ]
    assert all(each.remedy for each in refused.value.problems)


def test_a_number_is_free_again_once_its_category_is_withdrawn() -> None:
    lines = [
        line(2, "5", "Walk-in", CONTEXTS[0], "no", "no", "2027-04-01"),
        line(3, "5", "Walk-in centre", CONTEXTS[0], "no", "no", ""),
    ]
    assert len(categories_of(lines, context_types=CONTEXTS, standing=[WALK_IN])) == 2


def test_an_empty_file_and_wrong_headers() -> None:
    with pytest.raises(InvalidInput, match="holds no category"):
        categories_of([], context_types=CONTEXTS, standing=())
    wrong = problems_of_headers(("number", "number", "Name", *COLUMNS[2:]))
    assert [(each.code, each.value) for each in wrong] == [
        ("column-missing", ""),
        ("column-unknown", "Name"),
        ("column-twice", "number"),
    ]
