"""Which column of an export is which field. Sources: `domain.md` 8.4, the columns of the PDS test data, common exports.

A mapping file (TOML or YAML) adds to the default or overrides it:

    ignore = ["Comments"]
    [columns]
    "Pt. number" = "nhs_number"
    [sex]
    "Man" = "male"
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pcnhub.care.patients.rules.words import Sex
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

REQUIRED = ("nhs_number", "family_name", "given_name", "birth_date")

# Field -> the headers that mean it, as `plain_words` writes them.
HEADERS: dict[str, tuple[str, ...]] = {
    "practice": (
        "practice", "practice ods", "practice code", "source practice ods", "ods code", "organisation code", "gp code",
        "primary care code", "registered practice", "gp practice code",
    ),
    "nhs_number": ("nhs number", "nhs no", "nhsnumber", "nhsno", "nhs", "spine nhs number", "nhs num"),
    "title": ("title", "name prefix", "prefix"),
    "family_name": ("family name", "surname", "last name", "name family", "lastname"),
    "given_name": ("given name", "forename", "forenames", "first name", "name given", "given names", "firstname"),
    "other_given_name": ("other given name", "middle names", "middle name", "other forenames", "second forename"),
    "previous_family_name": ("previous family name", "previous surname", "former surname", "maiden name"),
    "sex": ("sex", "gender", "administrative gender", "stated gender"),
    "birth_date": ("birth date", "date of birth", "dob", "born", "birthdate"),
    "address_1": ("address 1", "addr 1", "addr1", "address line 1", "address1", "house name", "address"),
    "address_2": ("address 2", "addr 2", "addr2", "address line 2", "address2", "number and street", "street"),
    "address_3": ("address 3", "addr 3", "addr3", "address line 3", "address3", "village", "locality"),
    "address_4": ("address 4", "addr 4", "addr4", "address line 4", "address4", "town", "city"),
    "address_5": ("address 5", "addr 5", "addr5", "address line 5", "address5", "county"),
    "postcode": ("postcode", "post code", "postal code"),
    "home_phone": ("home phone", "home telephone", "telephone", "home tel", "phone", "telephone number"),
    "mobile_phone": ("mobile phone", "mobile", "mobile telephone", "mobile number", "mobile tel"),
    "work_phone": ("work phone", "work telephone", "business telephone", "work tel", "work number"),
    "email": ("email", "e mail", "email address", "e mail address"),
    "usual_gp": ("usual gp", "registered gp", "gp name", "usual gp full name"),
    "preferred_language": ("preferred language", "language", "main language", "interpreter language", "first language"),
    "interpreter_required": (
        "interpreter required", "interpreter", "interpreter needed", "needs interpreter", "requires interpreter",
    ),
    "sms_consent": (
        "sms consent", "consent to sms", "text message consent", "sms", "consents to sms", "consent to text messages",
    ),
    "registration_type": ("registration type", "patient type", "registration status"),
    "registered_on": ("registered on", "registration date", "date of registration", "registered date", "date registered"),
    "left_on": ("left on", "deduction date", "date left", "deducted date", "date of deduction", "deregistration date"),
    "died_on": ("died on", "date of death", "death date", "dod", "deceased date"),
    "is_sensitive": ("is sensitive", "sensitive flag", "sensitive", "s flag", "confidential flag", "confidential"),
    "dissents_from_sharing": (
        "dissents from sharing", "dissent from sharing", "sharing dissent", "dissent", "record sharing dissent",
    ),
}  # fmt: skip

# NHS Data Dictionary, PERSON STATED GENDER CODE: 1 male, 2 female, 9 indeterminate, X not known.
SEXES: dict[str, Sex] = {
    "": Sex.UNKNOWN,
    "x": Sex.UNKNOWN,
    "0": Sex.UNKNOWN,
    "u": Sex.UNKNOWN,
    "unknown": Sex.UNKNOWN,
    "not known": Sex.UNKNOWN,
    "1": Sex.MALE,
    "m": Sex.MALE,
    "male": Sex.MALE,
    "2": Sex.FEMALE,
    "f": Sex.FEMALE,
    "female": Sex.FEMALE,
    "9": Sex.OTHER,
    "i": Sex.OTHER,
    "o": Sex.OTHER,
    "other": Sex.OTHER,
    "indeterminate": Sex.OTHER,
    "not specified": Sex.OTHER,
}


class KnowsHeaders(Protocol):
    """Whatever tells the columns of one kind of file: a mapping of patients, or of what another system exports."""

    def field_of(self, header: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How headers and values of one kind of export read. The default is `ColumnMapping()`."""

    columns: Mapping[str, str] = field(default_factory=dict)  # plain header -> field, before the default
    ignore: frozenset[str] = frozenset()
    sexes: Mapping[str, Sex] = field(default_factory=dict)

    def field_of(self, header: str) -> str | None:
        """The field that a header means; None for a column that is not used."""
        plain = plain_words(header)
        if plain in self.ignore:
            return None
        return self.columns.get(plain) or _DEFAULT.get(plain)

    def sex_of(self, text: str) -> Sex | None:
        plain = plain_words(text)
        return self.sexes.get(plain) or SEXES.get(plain)

    def content(self) -> dict[str, object]:
        """What `mapping_from` reads back as this mapping: for a file, or a column of JSON."""
        sexes = {text: str(sex) for text, sex in self.sexes.items()}
        return {"columns": dict(self.columns), "ignore": sorted(self.ignore), "sex": sexes}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file: field -> place, and the headers that nobody reads."""

    places: Mapping[str, int]
    headers: tuple[str, ...]
    unused: tuple[str, ...]

    def header(self, name: str) -> str:
        return self.headers[self.places[name]] if name in self.places else name


def distinct(headers: Iterable[str]) -> tuple[str, ...]:
    """The second of two headers that read the same is called "Telephone (2)", so that a mapping can tell them apart."""
    seen: Counter[str] = Counter()
    named = []
    for header in headers:
        words = plain_words(header)
        seen[words] += 1
        named.append(f"{header} ({seen[words]})" if words and seen[words] > 1 else header)
    return tuple(named)


def columns_of(
    headers: tuple[str, ...],
    mapping: KnowsHeaders,
    *,
    required: Sequence[str] = REQUIRED,
    known: Mapping[str, Sequence[str]] = HEADERS,
) -> Columns:
    """Which column is which field, of a file of patients or of another kind, whose fields and their headers are `known`.

    Raises InvalidInput naming every required field without a column, and every field with two.
    """
    places: dict[str, int] = {}
    problems, unused = [], []
    for place, header in enumerate(headers):
        name = mapping.field_of(header)
        if name is None:
            unused.append(header)
        elif name in places:
            problems.append(
                Problem(
                    header, "column-twice", f"This column and {headers[places[name]]} both mean {name}.",
                    "Ignore one of the two in a mapping file.",
                )
            )  # fmt: skip
        else:
            places[name] = place
    problems += [
        Problem(
            name, "column-missing", "No column of the file means this.",
            f"Name a column one of: {', '.join(known[name])}; or map yours in a mapping file. "
            f"The file has: {', '.join(headers)}.",
        )
        for name in required
        if name not in places
    ]  # fmt: skip
    if problems:
        raise InvalidInput(problems)
    return Columns(places, headers, tuple(unused))


def mapping_from(content: Mapping[str, object]) -> ColumnMapping:
    """A mapping file's content. Raises InvalidInput with every entry that means nothing."""
    problems = [
        Problem(key, "mapping-unknown", "A mapping file has no such part.", "It has: columns, ignore, sex.")
        for key in content
        if key not in ("columns", "ignore", "sex")
    ]
    columns = _table(content.get("columns", {}), "columns", problems)
    sexes = _table(content.get("sex", {}), "sex", problems)
    ignore = content.get("ignore", [])
    if not isinstance(ignore, list):
        problems.append(Problem("ignore", "mapping-form", "This must be a list of headers.", 'ignore = ["Comments"]'))
        ignore = []
    problems += [
        Problem(f"columns.{header}", "mapping-unknown", f"There is no field {name}.", f"Fields: {', '.join(HEADERS)}.")
        for header, name in columns.items()
        if name not in HEADERS
    ]
    problems += [
        Problem(f"sex.{text}", "mapping-unknown", f"There is no value {value}.", f"Values: {', '.join(Sex)}.")
        for text, value in sexes.items()
        if value not in set(Sex)
    ]
    if problems:
        raise InvalidInput(problems)
    return ColumnMapping(
        columns={plain_words(header): name for header, name in columns.items()},
        ignore=frozenset(plain_words(str(header)) for header in ignore),
        sexes={plain_words(text): Sex(value) for text, value in sexes.items()},
    )


FORMS = {
    "columns": '[columns] with lines like: "NHS No" = "nhs_number"',
    "sex": '[sex] with lines like: "W" = "female"',
}


def _table(value: object, name: str, problems: list[Problem]) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    problems.append(Problem(name, "mapping-form", "This must be a table of names to names.", FORMS[name]))
    return {}


def plain_words(text: str) -> str:
    """Lower case words with single spaces: "NHS_NUMBER", "Nhs-Number" and "NHS number" are one."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


_DEFAULT = {header: name for name, headers in HEADERS.items() for header in headers}
