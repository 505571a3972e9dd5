"""A file of national slot categories, every fault of it at once (`domain.md` R1: kept nationally, updated by file)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

COLUMNS = ("number", "name", "context_type", "exception_reason_allowed", "counts_to_acc08", "withdrawn_on")
IGNORED = ("source",)  # where a line comes from, for people
_YES_OR_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Category:
    """A line of the file. Its name is what the category is known by."""

    number: int
    name: str
    context_type: str
    exception_reason_allowed: bool = False
    counts_to_acc08: bool = False
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Cells by column, and the number of the line in the file, the header's being 1."""

    number: int
    cells: Mapping[str, str]


def problems_of_headers(headers: Collection[str]) -> list[Problem]:
    """Columns that are missing, unknown or there twice."""
    known = f"The columns are: {', '.join(COLUMNS)}; {', '.join(IGNORED)} is not read."
    return [
        *(
            Problem("line 1", "column-missing", f"There is no column {name}", known)
            for name in COLUMNS
            if name not in headers
        ),
        *(
            Problem("line 1", "column-unknown", "There is no such column", known, name)
            for name in headers
            if name not in (*COLUMNS, *IGNORED)
        ),
        *(
            Problem("line 1", "column-twice", "This column is there twice", "Keep one of the two.", name)
            for name in dict.fromkeys(headers)
            if list(headers).count(name) > 1
        ),
    ]


def categories_of(
    lines: Iterable[Line], *, context_types: Collection[str], standing: Iterable[Category]
) -> tuple[Category, ...]:
    """The file's categories. `standing` are those that are kept now: a number in use is not given to another name while the
    file does not say what becomes of the first. Raises InvalidInput with every problem: line, column, value, remedy."""
    problems: list[Problem] = []
    read: list[tuple[int, Category]] = []
    for line in lines:
        cells = _Cells(line)
        category = Category(
            number=cells.whole_number("number"),
            name=cells.required("name"),
            context_type=cells.one_of("context_type", context_types),
            exception_reason_allowed=cells.yes_or_no("exception_reason_allowed"),
            counts_to_acc08=cells.yes_or_no("counts_to_acc08"),
            withdrawn_on=cells.day("withdrawn_on"),
        )
        problems += cells.problems
        read.append((line.number, category))
    problems += _twice(read)
    problems += _taken(read, standing)
    if not read:
        problems.append(Problem("file", "empty", "The file holds no category", "Give one line for each."))
    if problems:
        raise InvalidInput(problems)
    return tuple(category for _, category in read)


class _Cells:
    """Reads the cells of a line, and remembers what was wrong with each."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.problems: list[Problem] = []

    def required(self, column: str) -> str:
        text = self._text(column)
        if not text:
            self._fault(column, "missing", "This is empty", "Fill it in.")
        return text

    def whole_number(self, column: str) -> int:
        text = self.required(column)
        if text and not (text.isascii() and text.isdigit() and int(text[:9]) >= 1 and len(text) <= 6):
            self._fault(column, "not-a-number", "This is not a whole number from 1 on", "Give the national number.")
            return 0
        return int(text or 0)

    def one_of(self, column: str, allowed: Collection[str]) -> str:
        text = self.required(column)
        if text and text not in allowed:
            self._fault(column, "unknown", "This is not known", f"Use one of: {', '.join(allowed)}.")
        return text

    def yes_or_no(self, column: str) -> bool:
        text = self.required(column)
        if text and text.lower() not in _YES_OR_NO:
            self._fault(column, "not-yes-or-no", "This is neither yes nor no", "Write yes or no.")
        return _YES_OR_NO.get(text.lower(), False)

    def day(self, column: str) -> date | None:
        text = self._text(column)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self._fault(column, "not-a-day", "This is not a day", "Write it as 2027-04-01, or leave it empty.")
            return None

    def _text(self, column: str) -> str:
        return self._line.cells.get(column, "").strip()

    def _fault(self, column: str, code: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(f"line {self._line.number}, {column}", code, message, remedy, self._text(column)))


def _twice(read: Iterable[tuple[int, Category]]) -> Iterator[Problem]:
    names: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for line, category in read:
        if category.name and category.name in names:
            yield Problem(
                f"line {line}, name",
                "twice",
                f"Line {names[category.name]} has this name too",
                "Keep one.",
                category.name,
            )
        names.setdefault(category.name, line)
        if category.withdrawn_on is not None or not category.number:
            continue  # a withdrawn category's number may be given to another
        if category.number in numbers:
            yield Problem(
                f"line {line}, number",
                "twice",
                f"Line {numbers[category.number]} has this number too",
                "Each category in use has its own.",
                str(category.number),
            )
        numbers.setdefault(category.number, line)


def _taken(read: list[tuple[int, Category]], standing: Iterable[Category]) -> Iterator[Problem]:
    named = {category.name for _, category in read}
    holders = {each.number: each.name for each in standing if each.withdrawn_on is None and each.name not in named}
    for line, category in read:
        if category.withdrawn_on is None and category.number in holders:
            yield Problem(
                f"line {line}, number",
                "taken",
                f"This is the number of {holders[category.number]}, which the file does not name",
                "Add a line for it, with withdrawn_on if the nation has withdrawn it.",
                str(category.number),
            )
