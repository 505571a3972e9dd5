"""Checking the rows of a demographics export: what is taken, what is not, and every reason why not (`domain.md` 8.4).

This is the reference, one row at a time. `vectors.check_table` must find the same; it hands every row with a doubt to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, replace
from datetime import date

from pcnhub.care.patients.rules.columns import ColumnMapping, Columns
from pcnhub.care.patients.rules.dates import DATE_FORMS, as_date
from pcnhub.care.patients.rules.files import ParsedFile, RawRow
from pcnhub.care.patients.rules.words import RegistrationState, Sex
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber, Postcode

__all__ = [
    "DATE_FORMS", "CheckedRow", "CheckedRows", "Closing", "Demographics", "Protecting", "Rejection", "RowCheck", "as_date",
    "check_rows",
]  # fmt: skip

OLDEST_AGE = 130
REGULAR = {"", "regular", "gms", "r", "registered", "permanent", "currently registered", "regular gms"}
ENDED = {"left", "deducted", "deregistered", "inactive", "ended", "previously registered", "deceased", "died", "dead"}
YES = {"y", "yes", "true", "t", "1", "s", "sensitive", "confidential"}
NO = {"n", "no", "false", "f", "0", ""}
TEXTS = (
    "title", "previous_family_name", "home_phone", "mobile_phone", "work_phone", "email", "usual_gp", "preferred_language",
)  # fmt: skip
FLAGS = ("is_sensitive", "dissents_from_sharing")  # empty: not said, which takes nobody's protection away
STATED_FLAGS = ("interpreter_required", "sms_consent")  # empty: not known
ADDRESS = tuple(f"address_{number}" for number in range(1, 6))
LONGEST = dict.fromkeys((*TEXTS, *ADDRESS), 255) | dict.fromkeys(
    ("family_name", "given_name", "other_given_name", "previous_family_name"), 100
)
"""Characters of a cell that is kept: what is longer slipped in from elsewhere, and no index of the database could hold it."""
MOST_QUOTED = 255  # characters of a cell that a rejection shows
# A death or a leaving is believed when these are in order, whatever else is wrong with the row.
_IDENTIFYING = frozenset({"nhs_number", "birth_date", "practice", "registered_on", "left_on", "died_on"})
# That somebody is protected, when these are: the days of a registration have no part in it.
_WHO = frozenset({"nhs_number", "birth_date", "practice"})


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why one row was not taken. `nhs_number`: the row's, or empty; `is_sensitive`: it calls the person protected."""

    line: int
    column: str
    value: str
    code: str
    message: str
    remedy: str
    nhs_number: str = ""
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Demographics:
    """A row that is in order. `values` has the table's columns that the file speaks of, and no others."""

    line: int
    nhs_number: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Closing:
    """A person whom the file calls dead or gone: not taken, and closed where held."""

    line: int
    nhs_number: str
    birth_date: date
    state: RegistrationState
    day: date


@dataclass(frozen=True, slots=True)
class Protecting:
    """A person of a rejected row whom the file calls protected, or who objects to sharing (`columns`): marked so where held."""

    line: int
    nhs_number: str
    birth_date: date
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What became of one row: taken, or rejected for at least one reason."""

    rejections: tuple[Rejection, ...] = ()
    taken: Demographics | None = None
    closing: Closing | None = None
    numberless: Demographics | None = None
    protecting: Protecting | None = None


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """`numberless` rows are rejected for their NHS number and nothing else: somebody held may resemble them."""

    taken: tuple[Demographics, ...]
    closings: tuple[Closing, ...]
    rejections: tuple[Rejection, ...]
    numberless: tuple[Demographics, ...] = ()
    protectings: tuple[Protecting, ...] = ()


@dataclass(frozen=True, slots=True)
class RowCheck:
    """How the rows of one file are checked. `members`: ODS codes of the network's practices; empty where nobody asks."""

    columns: Columns
    mapping: ColumnMapping
    practice_ods: str
    today: date
    members: frozenset[str] = frozenset()

    def check(self, row: RawRow, first_line: MutableMapping[str, int]) -> CheckedRow:
        """`first_line` says on which line an NHS number was first used, and is told of this one's."""
        reader = _Row(row, self)
        values = reader.read()
        number = reader.number
        closing = reader.closing
        protecting = reader.protecting if reader.rejections else None
        if number and number in first_line:
            reader.reject(
                "nhs_number", "repeated-in-file", f"This NHS number is on line {first_line[number]} too.",
                "Keep the line that is right and export again; the first one was used.",
            )  # fmt: skip
            closing = protecting = None
        elif number and (closing or protecting or not reader.rejections):
            first_line[number] = row.line
        if not reader.rejections:
            return CheckedRow(taken=Demographics(row.line, number, values))
        is_numberless = reader.faulty == {"nhs_number"} and not number
        return CheckedRow(
            rejections=tuple(
                replace(each, nhs_number=number, is_sensitive=bool(values.get("is_sensitive")))
                for each in reader.rejections
            ),
            closing=closing,
            numberless=Demographics(row.line, "", values) if is_numberless else None,
            protecting=protecting,
        )


def check_rows(
    file: ParsedFile,
    *,
    columns: Columns,
    mapping: ColumnMapping,
    practice_ods: str,
    today: date,
    members: frozenset[str] = frozenset(),
) -> CheckedRows:
    """Every row is either taken or has at least one rejection; a closing has its rejection too."""
    check = RowCheck(columns, mapping, practice_ods, today, members)
    first_line: dict[str, int] = {}
    rows = [check.check(row, first_line) for row in file.rows]
    return CheckedRows(
        taken=tuple(row.taken for row in rows if row.taken),
        closings=tuple(row.closing for row in rows if row.closing),
        rejections=tuple(rejection for row in rows for rejection in row.rejections),
        numberless=tuple(row.numberless for row in rows if row.numberless),
        protectings=tuple(row.protecting for row in rows if row.protecting),
    )


def address_lines(cells: Iterator[str]) -> list[str]:
    """A cell that holds several lines gives several."""
    return [line for cell in cells for part in re.split(r"[\r\n]", cell) if (line := " ".join(part.split()))]


class _Row:
    """One line while it is read; gathers every rejection instead of stopping at the first."""

    def __init__(self, row: RawRow, check: RowCheck) -> None:
        self.row, self.columns, self.mapping, self.today = row, check.columns, check.mapping, check.today
        self.check = check
        self.rejections: list[Rejection] = []
        self.faulty: set[str] = set()  # fields that were rejected
        self.number = ""
        self.closing: Closing | None = None
        self.protecting: Protecting | None = None

    def read(self) -> dict[str, object]:
        expected = len(self.columns.headers)
        if len(self.row.cells) != expected:
            self.rejections.append(
                Rejection(
                    self.row.line, "", "", "wrong-cell-count",
                    f"The line has {len(self.row.cells)} cells, the header {expected}.",
                    "A value with the delimiter in it must stand in quotes. Export again.",
                )
            )  # fmt: skip
            return {}
        values = dict(self._values())
        self._refuse_too_long()
        self._refuse_other_lists()
        born, registered = values.get("birth_date"), values.get("registered_on")
        flags = tuple(name for name in FLAGS if values.get(name))
        if flags and isinstance(born, date) and self.number and not self.faulty & _WHO:
            self.protecting = Protecting(self.row.line, self.number, born, flags)
        self._close(born if isinstance(born, date) else None, registered if isinstance(registered, date) else None)
        return values

    def _values(self) -> Iterator[tuple[str, object]]:
        self.number = self._nhs_number()
        for name in ("family_name", "given_name"):
            yield name, self._name(name)
        yield "birth_date", (born := self._birth_date())
        for name in TEXTS:
            if self.has(name):
                yield name, " ".join(self.cell(name).split())
        if self.has("sex"):
            yield "sex", self._sex()
        if any(self.has(name) for name in ADDRESS):
            yield "address_lines", address_lines(self.cell(name) for name in ADDRESS)
        if self.has("postcode"):
            yield "postcode", self._postcode()
        for name in (*FLAGS, *STATED_FLAGS):
            if self.has(name):
                yield name, self._flag(name) if self.cell(name) else None
        if self.cell("registered_on"):
            yield "registered_on", self._registered_on(born)

    def has(self, name: str) -> bool:
        return name in self.columns.places

    def cell(self, name: str) -> str:
        return self.row.cells[self.columns.places[name]] if self.has(name) else ""

    def reject(self, name: str, code: str, message: str, remedy: str) -> None:
        self.faulty.add(name)
        self.rejections.append(
            Rejection(self.row.line, self.columns.header(name), self.cell(name)[:MOST_QUOTED], code, message, remedy)
        )

    def _nhs_number(self) -> str:
        text = self.cell("nhs_number")
        if not text:
            self.reject(
                "nhs_number", "nhs-number-missing", "There is no NHS number.", "Trace the person, then export again."
            )
            return ""
        try:
            return NhsNumber(text)
        except InvalidIdentifier as error:
            code = "nhs-number-check-digit" if "check digit" in str(error) else "nhs-number-form"
            self.reject("nhs_number", code, f"{error}.", "Correct it in the practice's system, then export again.")
            return ""

    def _name(self, name: str) -> str:
        parts = [self.cell(name), self.cell("other_given_name") if name == "given_name" else ""]
        text = " ".join(" ".join(parts).split())
        if not self.cell(name):
            self.reject(name, "name-missing", "There is no name here.", "Add it in the practice's system.")
        return text

    def _birth_date(self) -> date | None:
        day = self._past_day("birth_date", required=True)
        if day and self.today.year - day.year > OLDEST_AGE:
            self.reject(
                "birth_date", "birth-date-implausible", f"That would be more than {OLDEST_AGE} years ago.",
                "Check the year in the practice's system.",
            )  # fmt: skip
            return None
        return day

    def _registered_on(self, born: date | None) -> date | None:
        day = self._past_day("registered_on")
        if day and born and day < born:
            self._reject_order("registered_on", "registered-before-birth", "the date of birth")
            return None
        return day

    def _past_day(self, name: str, *, required: bool = False) -> date | None:
        text = self.cell(name)
        if not text:
            if required:
                self.reject(name, "date-missing", "There is no date.", "Add it in the practice's system.")
            return None
        day = as_date(text)
        if day is None:
            self._reject_form(name)
        elif day > self.today:
            self.reject(name, "date-in-future", "This date is in the future.", "Check it in the practice's system.")
            return None
        return day

    def _reject_form(self, name: str) -> None:
        self.reject(
            name, "date-form", "This is not a date.",
            "Write dates as 31/12/1980, 1980-12-31, 19801231 or 31-Dec-1980.",
        )  # fmt: skip

    def _reject_order(self, name: str, code: str, than: str) -> None:
        self.reject(name, code, f"This is before {than}.", "Check both dates in the practice's system.")

    def _sex(self) -> Sex | None:
        found = self.mapping.sex_of(self.cell("sex"))
        if found is None:
            self.reject(
                "sex", "sex-unknown", "This value is not known.",
                "Use male, female, other, unknown or 1, 2, 9, X; or give yours a meaning in a mapping file.",
            )  # fmt: skip
        return found

    def _postcode(self) -> str:
        text = self.cell("postcode")
        if not text:
            return ""
        try:
            return Postcode(text)
        except InvalidIdentifier as error:
            self.reject(
                "postcode", "postcode-form", f"{error}.", "Correct it in the practice's system; ZZ99 codes pass."
            )
            return ""

    def _flag(self, name: str) -> bool:
        text = self.cell(name).lower()
        if text not in YES | NO:
            meaning = "not known" if name in STATED_FLAGS else "what is held"
            remedy = f"Use Y or N, or leave it empty for {meaning}."
            self.reject(name, "flag-unknown", "This is neither yes nor no.", remedy)
        return text in YES

    def _refuse_too_long(self) -> None:
        for name, most in LONGEST.items():
            if len(self.cell(name)) > most:
                self.reject(
                    name, "too-long", f"This has {len(self.cell(name))} characters, and may have {most}.",
                    "Shorten it in the practice's system, or see whether a quotation mark is missing in the file.",
                )  # fmt: skip

    def _refuse_other_lists(self) -> None:
        given, own, members = self.cell("practice").upper(), self.check.practice_ods, self.check.members
        if given and given != own:
            if members and given not in members:
                self.reject(
                    "practice", "outside-network", f"This row belongs to {given[:20]}, which is no practice of the network.",
                    "Leave other organisations' patients out of the export, or correct the code.",
                )  # fmt: skip
            else:
                self.reject(
                    "practice", "another-practice", f"This row belongs to {given[:20]}, not to {own}.",
                    "Import each practice's rows for that practice.",
                )  # fmt: skip
        registration = self.cell("registration_type").lower()
        if registration in ENDED:
            self.reject(
                "registration_type", "not-current", "This registration has ended.",
                "Leave registrations that have ended out of the export, or give the date on which the person left or died.",
            )  # fmt: skip
        elif registration not in REGULAR:
            self.reject(
                "registration_type", "not-regular", "Only regular (GMS) registrations are imported.",
                "Leave temporary and other registrations out of the export.",
            )  # fmt: skip

    def _close(self, born: date | None, registered: date | None) -> None:
        """Death before leaving: who has died is never shown as merely gone."""
        died_on, left_on = self._past_day("died_on"), as_date(self.cell("left_on"))
        if self.cell("left_on") and left_on is None:
            self._reject_form("left_on")
        is_sure = not self.faulty & _IDENTIFYING and self.number
        if died_on and born and died_on < born:
            self._reject_order("died_on", "died-before-birth", "the date of birth")
        elif died_on:
            self.reject(
                "died_on", "deceased", "This person has died.",
                "Nothing to do: the dead are not imported, and a registration that was held here is closed.",
            )  # fmt: skip
            if is_sure and born and not self._is_of_another_kind():
                self.closing = Closing(self.row.line, self.number, born, RegistrationState.DECEASED, died_on)
        elif left_on and left_on <= self.today:
            self._leave(left_on, born, registered, is_sure=bool(is_sure))

    def _leave(self, left_on: date, born: date | None, registered: date | None, *, is_sure: bool) -> None:
        """Who left and came back has a later registration: what is told about them is not clear."""
        if born and left_on < born:
            self._reject_order("left_on", "left-before-birth", "the date of birth")
        elif registered and left_on < registered:
            self._reject_order("left_on", "left-before-registered", "the date of registration")
        else:
            self.reject(
                "left_on", "left", "This person is no longer registered at the practice.",
                "Nothing to do: those who left are not imported, and a registration that was held here is closed.",
            )  # fmt: skip
            if is_sure and born and not self._is_of_another_kind():
                self.closing = Closing(self.row.line, self.number, born, RegistrationState.LEFT, left_on)

    def _is_of_another_kind(self) -> bool:
        """A temporary registration that ended says nothing of the regular one."""
        return any(rejection.code == "not-regular" for rejection in self.rejections)
