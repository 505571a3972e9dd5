"""Checking the rows of a demographics export: what is taken, what is not, and every reason why not (`domain.md` 8.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.patients.rules.columns import ColumnMapping, Columns
from pcnhub.care.patients.rules.files import ParsedFile, RawRow
from pcnhub.care.patients.rules.words import RegistrationState, Sex
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber, Postcode

OLDEST_AGE = 130
REGULAR = {"", "regular", "gms", "r", "registered", "permanent", "currently registered", "regular gms"}
YES = {"y", "yes", "true", "t", "1", "s", "sensitive", "confidential"}
NO = {"n", "no", "false", "f", "0", ""}
TEXTS = ("title", "previous_family_name", "home_phone", "mobile_phone", "email", "usual_gp", "preferred_language")
ADDRESS = tuple(f"address_{number}" for number in range(1, 6))
DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y")


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why one row was not taken."""

    line: int
    column: str
    value: str
    code: str
    message: str
    remedy: str


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
class CheckedRows:
    taken: tuple[Demographics, ...]
    closings: tuple[Closing, ...]
    rejections: tuple[Rejection, ...]


def check_rows(
    file: ParsedFile, *, columns: Columns, mapping: ColumnMapping, practice_ods: str, today: date
) -> CheckedRows:
    """Every row is either taken or has at least one rejection; a closing has its rejection too."""
    taken: list[Demographics] = []
    closings: list[Closing] = []
    rejections: list[Rejection] = []
    first_line: dict[str, int] = {}
    for row in file.rows:
        reader = _Row(row, columns, mapping, today)
        demographics = reader.read(practice_ods)
        number = reader.number
        if number and number in first_line:
            reader.reject(
                "nhs_number", "repeated-in-file", f"This NHS number is on line {first_line[number]} too.",
                "Keep the line that is right and export again; the first one was used.",
            )  # fmt: skip
        elif number and (not reader.rejections or reader.closing):
            first_line[number] = row.line
            if reader.closing:
                closings.append(reader.closing)
        if reader.rejections:
            rejections += reader.rejections
        elif demographics:
            taken.append(demographics)
    return CheckedRows(tuple(taken), tuple(closings), tuple(rejections))


def as_date(text: str) -> date | None:
    """A day in one of the forms that exports use (`DATE_FORMS`, with or without a time behind it); None for any other."""
    day = re.sub(r"[T ]\d{1,2}:\d{2}.*$", "", text.strip())
    for form in DATE_FORMS:
        try:
            return datetime.strptime(day, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None


class _Row:
    """One line while it is read; gathers every rejection instead of stopping at the first."""

    def __init__(self, row: RawRow, columns: Columns, mapping: ColumnMapping, today: date) -> None:
        self.row, self.columns, self.mapping, self.today = row, columns, mapping, today
        self.rejections: list[Rejection] = []
        self.number = ""
        self.closing: Closing | None = None

    def read(self, practice_ods: str) -> Demographics | None:
        expected = len(self.columns.headers)
        if len(self.row.cells) != expected:
            self.rejections.append(
                Rejection(
                    self.row.line, "", "", "wrong-cell-count",
                    f"The line has {len(self.row.cells)} cells, the header {expected}.",
                    "A value with the delimiter in it must stand in quotes. Export again.",
                )
            )  # fmt: skip
            return None
        values = dict(self._values())
        self._refuse_other_lists(practice_ods)
        born = values.get("birth_date")
        if not self.rejections and isinstance(born, date):
            self._close(born)
        return Demographics(self.row.line, self.number, values)

    def _values(self) -> Iterator[tuple[str, object]]:
        self.number = self._nhs_number()
        for name in ("family_name", "given_name"):
            yield name, self._name(name)
        yield "birth_date", self._birth_date()
        for name in TEXTS:
            if self.has(name):
                yield name, " ".join(self.cell(name).split())
        if self.has("sex"):
            yield "sex", self._sex()
        if any(self.has(name) for name in ADDRESS):
            yield "address_lines", [self.cell(name) for name in ADDRESS if self.has(name) and self.cell(name)]
        if self.has("postcode"):
            yield "postcode", self._postcode()
        for name in ("is_sensitive", "dissents_from_sharing"):
            if self.has(name):
                yield name, self._flag(name)
        if self.cell("registered_on"):
            yield "registered_on", self._past_day("registered_on")

    def has(self, name: str) -> bool:
        return name in self.columns.places

    def cell(self, name: str) -> str:
        return self.row.cells[self.columns.places[name]] if self.has(name) else ""

    def reject(self, name: str, code: str, message: str, remedy: str) -> None:
        self.rejections.append(
            Rejection(self.row.line, self.columns.header(name), self.cell(name), code, message, remedy)
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

    def _past_day(self, name: str, *, required: bool = False) -> date | None:
        text = self.cell(name)
        if not text:
            if required:
                self.reject(name, "date-missing", "There is no date.", "Add it in the practice's system.")
            return None
        day = as_date(text)
        if day is None:
            self.reject(
                name,
                "date-form",
                "This is not a date.",
                "Write dates as 31/12/1980, 1980-12-31, 19801231 or 31-Dec-1980.",
            )
        elif day > self.today:
            self.reject(name, "date-in-future", "This date is in the future.", "Check it in the practice's system.")
            return None
        return day

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
            self.reject(name, "flag-unknown", "This is neither yes nor no.", "Use Y or N, or leave it empty for no.")
        return text in YES

    def _refuse_other_lists(self, practice_ods: str) -> None:
        given = self.cell("practice").upper()
        if given and given != practice_ods:
            self.reject(
                "practice", "another-practice", f"This row belongs to {given}, not to {practice_ods}.",
                "Import each practice's rows for that practice.",
            )  # fmt: skip
        if self.cell("registration_type").lower() not in REGULAR:
            self.reject(
                "registration_type", "not-regular", "Only regular (GMS) registrations are imported.",
                "Leave temporary and other registrations out of the export.",
            )  # fmt: skip

    def _close(self, born: date) -> None:
        """Death before leaving: who has died is never shown as merely gone."""
        died_on = self._past_day("died_on")
        left_on = as_date(self.cell("left_on")) if self.cell("left_on") else None
        if self.cell("left_on") and left_on is None:
            self._past_day("left_on")
        if died_on:
            if died_on < born:
                self.reject("died_on", "died-before-birth", "This is before the date of birth.", "Check both dates.")
                return
            self.reject(
                "died_on", "deceased", "This person has died.",
                "Nothing to do: the dead are not imported, and a registration that was held here is closed.",
            )  # fmt: skip
            self.closing = Closing(self.row.line, self.number, born, RegistrationState.DECEASED, died_on)
        elif left_on and left_on <= self.today and not self.rejections:
            self.reject(
                "left_on", "left", "This person is no longer registered at the practice.",
                "Nothing to do: those who left are not imported, and a registration that was held here is closed.",
            )  # fmt: skip
            self.closing = Closing(self.row.line, self.number, born, RegistrationState.LEFT, left_on)
