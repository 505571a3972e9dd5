"""A practice's export as a file with labelled mistakes: the key says what a faultless report would find in it.

Two rows in a hundred have a mistake, some of them two. The key is made by whoever plants the mistake, not by any checker.
NHS numbers are of the ranges 998 and 999 (never issued), so that a million fit; telephone numbers begin as none does. Names and
addresses are drawn with a fixed seed.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TextIO

from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit

HEADERS = (
    "NHS_NUMBER", "TITLE", "FAMILY_NAME", "GIVEN_NAME", "PREVIOUS_SURNAME", "SEX", "DATE_OF_BIRTH", "ADDR1", "ADDR2",
    "ADDR4", "POST_CODE", "HOME_TELEPHONE", "MOBILE", "WORK_TELEPHONE", "EMAIL",
    "USUAL_GP", "REGISTRATION_TYPE", "REGISTRATION_DATE",
    "DEDUCTION_DATE", "DATE_OF_DEATH", "SENSITIVE_FLAG", "LANGUAGE", "INTERPRETER_REQUIRED", "SMS_CONSENT",
    "PRACTICE_CODE",
)  # fmt: skip
DIRTY = 0.02
_GIVEN = (
    "Amelia", "Olivia", "Isla", "Mia", "Aisha", "Priya", "Zara",
    "Ruth", "George", "Noah", "Muhammad", "Leo", "Imran", "Tomasz",
)  # fmt: skip
_FAMILY = (
    "Smith", "Jones", "Taylor", "Patel", "Khan", "Wright", "O'Brien",
    "Clarke", "Hussain", "Kaur", "Nowak", "Okoye", "Müller", "Chen",
)  # fmt: skip
_STREETS = (
    "Mill Lane",
    "Church Street",
    "Station Road",
    "Orchard Close",
    "Castle Hill",
    "School Road",
    "The Crescent, Flat 2",
)
_ENDS = "ABDEFGHJLNPQRSTUWXYZ"  # letters that the end of a postcode has

Cells = dict[str, str]


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One finding that a report must have: the line as a text editor counts, the header of the column, the code."""

    line: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Export:
    path: Path
    rows: int
    dirty: int
    key: frozenset[Fault]


def write_export(path: Path, *, ods: str, rows: int, today: date, seed: int = 4, dirty: float = DIRTY) -> Export:
    """The same file for the same arguments."""
    draw = random.Random(seed)
    numbers = _numbers()
    faults: set[Fault] = set()
    spoilt, used = 0, ""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        line = 2
        for number in islice(numbers, rows):
            cells = _person(number, ods, draw, today)
            if used and draw.random() < dirty:
                spoilt += 1
                faults |= {Fault(line, column, code) for column, code in _spoil(cells, used, draw, today, out)}
            else:
                used = number
                writer.writerow(cells.values())
            line += 1 + cells["ADDR1"].count("\n")
    return Export(path, rows, spoilt, frozenset(faults))


def agreement(found: set[Fault], key: frozenset[Fault]) -> tuple[float, float]:
    """Precision and recall of a report: of what it says, how much is so; of what is so, how much it says."""
    both = len(found & key)
    return both / len(found) if found else 1.0, both / len(key) if key else 1.0


def _numbers() -> Iterator[str]:
    for body in range(998_000_000, 1_000_000_000):
        nine = str(body)
        check = nhs_number_check_digit(nine)
        if check < 10:
            yield f"{nine}{check}"


def _person(number: str, ods: str, draw: random.Random, today: date) -> Cells:
    bits = draw.getrandbits(48)
    born = today - timedelta(days=400 + bits % 33_000)
    lines = "\n" if bits % 4096 == 0 else " "  # a few addresses have two lines in one cell
    given = _GIVEN[bits % 14]
    family = _FAMILY[(bits >> 8) % 14]
    return dict(
        zip(
            HEADERS,
            (
                number, "Ms" if bits & 1 else "Mr", family, given, "", "F" if bits & 1 else "M", _day(born),
                f"{bits % 199 + 1}{lines}{_STREETS[(bits >> 16) % 7]}", "Riverside", "Leeds", _postcode(bits >> 20),
                f"00{(bits >> 9) % 10**9:09d}", f"00{bits % 10**9:09d}", "", f"{given.lower()}{bits % 97}@example.org",
                f"Dr {_FAMILY[(bits >> 24) % 14]}", "Regular", _day(born + timedelta(days=bits % 300 + 1)), "", "", "N",
                "English", "", "Y" if bits & 2 else "", ods,
            ),
            strict=True,
        )
    )  # fmt: skip


def _postcode(bits: int) -> str:
    """Some 28,000 of them, about as many people each as in England."""
    return f"LS{bits % 28 + 1} {bits % 10}{_ENDS[bits % 19]}{_ENDS[(bits >> 8) % 20]}"


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


# Column, code, and what stands there instead: a text, so many days from today, or what the other cells make of it.
Mistake = tuple[str, str, str | int | Callable[[Cells], str]]

_MISTAKES: tuple[Mistake, ...] = (
    ("NHS_NUMBER", "nhs-number-missing", ""),
    ("NHS_NUMBER", "nhs-number-form", lambda row: row["NHS_NUMBER"][:9]),
    ("NHS_NUMBER", "nhs-number-check-digit", lambda row: _next_digit(row["NHS_NUMBER"])),
    ("FAMILY_NAME", "name-missing", ""),
    ("GIVEN_NAME", "name-missing", " "),
    ("DATE_OF_BIRTH", "date-missing", ""),
    ("DATE_OF_BIRTH", "date-form", lambda row: f"31/02/{row['DATE_OF_BIRTH'][-4:]}"),
    ("DATE_OF_BIRTH", "date-in-future", 30),
    ("DATE_OF_BIRTH", "birth-date-implausible", "12/04/1871"),
    ("SEX", "sex-unknown", "Q"),
    ("POST_CODE", "postcode-form", "Leeds"),
    ("REGISTRATION_DATE", "date-form", "soon"),
    ("REGISTRATION_DATE", "date-in-future", 3),
    ("SENSITIVE_FLAG", "flag-unknown", "perhaps"),
    ("SMS_CONSENT", "flag-unknown", "maybe"),
    ("PRACTICE_CODE", "outside-network", "B86001"),
    ("REGISTRATION_TYPE", "not-regular", "Temporary"),
    ("REGISTRATION_TYPE", "not-current", "Deducted"),
)
# Two dates that contradict each other: alone in their row, so that no other mistake takes one of the two away.
_CONTRADICTIONS: tuple[Mistake, ...] = (
    ("DATE_OF_DEATH", "died-before-birth", "01/01/1900"),
    ("DEDUCTION_DATE", "left-before-birth", "01/01/1900"),
    ("DEDUCTION_DATE", "left-before-registered", lambda row: row["DATE_OF_BIRTH"]),
    ("REGISTRATION_DATE", "registered-before-birth", "01/01/1900"),
)
_ENDINGS: tuple[Mistake, ...] = (("DATE_OF_DEATH", "deceased", -20), ("DEDUCTION_DATE", "left", -9))


def _spoil(cells: Cells, used: str, draw: random.Random, today: date, out: TextIO) -> list[tuple[str, str]]:
    """Writes the row with a mistake, or two, and says which."""
    kind = draw.randrange(12)
    if kind == 0:  # a value with the delimiter in it, and no quotes
        one_line = ",".join(cells.values()).replace(", Flat 2", "").replace("\n", " ")
        cells["ADDR1"] = ""
        out.write(f"{one_line},Flat 3\r\n")
        return [("", "wrong-cell-count")]
    if kind == 1:
        cells["NHS_NUMBER"] = used
        planted = [("NHS_NUMBER", "repeated-in-file")]
    elif kind == 2:
        planted = [_plant(draw.choice(_CONTRADICTIONS), cells, today)]
    else:
        chosen = [draw.choice(_MISTAKES)] if kind < 10 else [draw.choice(_ENDINGS)]
        second = draw.choice(_MISTAKES)
        if draw.random() < 0.25 and second[0] != chosen[0][0]:
            chosen.append(second)
        planted = [_plant(mistake, cells, today) for mistake in chosen]
    csv.writer(out).writerow(cells.values())
    return planted


def _plant(mistake: Mistake, cells: Cells, today: date) -> tuple[str, str]:
    column, code, written = mistake
    if isinstance(written, int):
        cells[column] = _day(today + timedelta(days=written))
    else:
        cells[column] = written if isinstance(written, str) else written(cells)
    return column, code


def _next_digit(number: str) -> str:
    """No two last digits of the same nine are right."""
    return f"{number[:9]}{(int(number[9]) + 1) % 10}"
