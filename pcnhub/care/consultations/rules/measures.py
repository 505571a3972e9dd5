"""What can be measured: the unit, and values that no living body has. Not what is healthy: that is for the clinician."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pcnhub.care.consultations.rules.notes import Entry
from pcnhub.foundations.kernel.refusals import Problem

_NUMBER = re.compile(r"\d{1,5}(?:\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Measure:
    """One unit of what a concept measures (`data/measures.csv`). `second` is the range behind the stroke of "120/80"."""

    unit: str
    least: Decimal
    most: Decimal
    example: str
    second: tuple[Decimal, Decimal] | None = None

    @property
    def words(self) -> str:
        """For a hint: "20 to 46 °C, such as 36.8"."""
        if self.second:
            return f"Two numbers in {self.unit}, such as {self.example}"
        return f"{self.least} to {self.most} {self.unit}, such as {self.example}"


Measures = Mapping[str, Sequence[Measure]]


def default_unit(code: str, measures: Measures) -> str:
    """The unit that a new entry of this concept begins with; empty where none is known."""
    known = measures.get(code, ())
    return known[0].unit if known else ""


def problems_of_measure(entry: Entry, *, field: str, measures: Measures) -> list[Problem]:
    """Why a value can't be right, before it is finished; nothing is said of concepts that have no measure."""
    known = measures.get(entry.code, ())
    if not known:
        return []
    entry = with_unit_apart(entry, known)
    measure = next((each for each in known if each.unit == entry.unit), None)
    if measure is None:
        units = " or ".join(each.unit for each in known)
        return [
            Problem(
                field,
                "unit-unknown",
                f"{entry.term} is measured in {units}",
                remedy="Choose the unit.",
                value=entry.unit,
            )
        ]
    if not entry.value:
        return [
            Problem(
                field,
                "value-missing",
                f"{entry.term} has no value",
                remedy="Give what was measured, or remove the entry.",
            )
        ]
    return _problems_of_value(entry, measure, field)


def with_unit_apart(entry: Entry, known: Sequence[Measure]) -> Entry:
    """The unit taken out of a value that was typed with it ("38.4 °C"), whether or not it stands beside it, too; of two that
    fit, the longer."""
    units = [entry.unit] if entry.unit else sorted((each.unit for each in known), key=len, reverse=True)
    for unit in units:
        number = entry.value.removesuffix(unit).strip()
        is_known = any(each.unit == unit for each in known)
        if is_known and entry.value.endswith(unit) and number[-1:].isdigit():  # "172 cm" is no "172 c" in metres
            return replace(entry, value=number, unit=unit)
    return entry


def as_asked(entry: Entry, measures: Measures) -> Entry:
    """As a form asks for it, and gives it back unchanged: the unit apart, and there where only one is possible."""
    known = measures.get(entry.code, ())
    apart = with_unit_apart(entry, known)
    return replace(apart, unit=known[0].unit) if len(known) == 1 and not apart.unit else apart


def _problems_of_value(entry: Entry, measure: Measure, field: str) -> list[Problem]:
    parts = [part.strip() for part in entry.value.split("/")]
    ranges = [(measure.least, measure.most), *([measure.second] if measure.second else [])]
    if len(parts) != len(ranges) or not all(_NUMBER.fullmatch(part) for part in parts):
        return [
            Problem(
                field,
                "value-not-a-number",
                f"The value of {entry.term} is not read as {'two numbers' if measure.second else 'a number'}",
                remedy=f"Write it as {measure.example}; other words belong in the note.",
                value=entry.value,
            )
        ]
    numbers = [Decimal(part) for part in parts]
    if any(not least <= number <= most for number, (least, most) in zip(numbers, ranges, strict=True)):
        spans = " over ".join(f"{least} to {most}" for least, most in ranges)
        return [
            Problem(
                field,
                "value-impossible",
                f"{entry.term} of {entry.value} {measure.unit} can't be: it is between {spans}",
                remedy="Check the value and its unit.",
                value=entry.value,
            )
        ]
    if measure.second and numbers[0] <= numbers[1]:
        return [
            Problem(
                field,
                "value-impossible",
                f"{entry.term} of {entry.value}: the first number must be the greater",
                remedy="Check which is which.",
                value=entry.value,
            )
        ]
    return []
