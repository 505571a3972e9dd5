"""The standard layout: one header line, one line a patient, every field of `domain.md` 8.4 under the header given here.

A file needs not follow it: other headers are known too (`columns.HEADERS`), and any others can be mapped. The page and the guide
show these tables.
"""

from __future__ import annotations

from dataclasses import dataclass

_DAY = "a day: 31/12/1980, 1980-12-31, 19801231, 31-12-1980, 31.12.1980 or 31-Dec-1980; a time behind it is ignored"
_YES_NO = "Y or N (also yes, no, true, false, 1, 0)"


@dataclass(frozen=True, slots=True)
class StandardField:
    """`name` is the field's name in a mapping, `header` its header in the layout; `is_needed`: no file without this column."""

    name: str
    header: str
    meaning: str
    form: str
    example: str
    is_needed: bool = False


STANDARD: tuple[StandardField, ...] = (
    StandardField(
        "practice", "Practice code", "The practice whose patient this is",
        "its ODS code; empty: the practice that the file is imported for", "A81001",
    ),
    StandardField(
        "nhs_number", "NHS number", "The person's NHS number",
        "ten digits with the right check digit, spaces and dashes allowed, once in the file", "900 000 0009", is_needed=True,
    ),
    StandardField("title", "Title", "How the person is addressed", "text", "Ms"),
    StandardField("family_name", "Surname", "Family name", "text, never empty", "SMITH", is_needed=True),
    StandardField("given_name", "Forenames", "All given names", "text, never empty", "Jane Anne", is_needed=True),
    StandardField(
        "other_given_name", "Middle names", "Further given names, where Forenames has the first one only", "text", "",
    ),
    StandardField("previous_family_name", "Previous surname", "An earlier family name", "text", "JONES"),
    StandardField(
        "sex", "Sex", "Sex or gender as the practice records it",
        "male, female, other or unknown; M, F; or 1, 2, 9, X; empty: unknown", "F",
    ),
    StandardField(
        "birth_date", "Date of birth", "Date of birth", f"{_DAY}; not in the future, at most 130 years ago", "12/04/1980",
        is_needed=True,
    ),
    StandardField("address_1", "Address 1", "House name or flat", "text", "Flat 2"),
    StandardField("address_2", "Address 2", "Number and street", "text", "1 High Street"),
    StandardField("address_3", "Address 3", "Locality", "text", "Headingley"),
    StandardField("address_4", "Address 4", "Town", "text", "Leeds"),
    StandardField("address_5", "Address 5", "County", "text", ""),
    StandardField("postcode", "Postcode", "Postcode of the address", "a British postcode; ZZ99 codes pass", "LS1 5HT"),
    StandardField("home_phone", "Home phone", "Telephone at home", "text", "0113 496 0000"),
    StandardField("mobile_phone", "Mobile phone", "Mobile telephone", "text", "07700 900000"),
    StandardField("work_phone", "Work phone", "Telephone at work", "text", ""),
    StandardField("email", "Email", "Email address", "text", "jane@example.org"),
    StandardField("usual_gp", "Usual GP", "The person's usual GP", "text", "Dr A Khan"),
    StandardField(
        "registration_type", "Registration type", "The kind of registration",
        "GMS or regular; others are rejected, since only regular patients are imported; empty: regular", "GMS",
    ),
    StandardField(
        "registered_on", "Registration date", "First day of the registration",
        f"{_DAY}; not in the future, not before the date of birth", "01/02/2003",
    ),
    StandardField(
        "left_on", "Deduction date", "Last day of the registration",
        f"{_DAY}; once it has come the person is not imported, and a registration held here is closed", "",
    ),
    StandardField(
        "died_on", "Date of death", "Date of death",
        f"{_DAY}; the person is not imported, and a registration held here is closed", "",
    ),
    StandardField(
        "is_sensitive", "Sensitive flag", "The person's record is confidential (S-flag)",
        f"{_YES_NO}; empty: as held. The person is imported, and found by those alone who may see protected records", "N",
    ),
    StandardField(
        "dissents_from_sharing", "Sharing dissent", "The person objects to the record being shared",
        f"{_YES_NO}; empty: as held", "N",
    ),
    StandardField("preferred_language", "Preferred language", "The language that the person prefers", "text", "English"),
    StandardField(
        "interpreter_required", "Interpreter required", "The person needs an interpreter", f"{_YES_NO}; empty: not known", "N",
    ),
    StandardField(
        "sms_consent", "SMS consent", "The person agrees to text messages", f"{_YES_NO}; empty: not known", "Y",
    ),
)  # fmt: skip

# Why a row, or a part of it, is rejected: what each code means. Lines of one row may have several.
ROW_CODES: dict[str, str] = {
    "wrong-cell-count": "The line has more or fewer cells than the header; nothing else of it is read",
    "nhs-number-missing": "No NHS number: trace the person first. The row is compared with the people held here",
    "nhs-number-form": "Not ten digits, or one digit ten times",
    "nhs-number-check-digit": "The last digit does not follow from the nine before it (modulus 11): a typing mistake",
    "repeated-in-file": "The number is on an earlier line that was in order, which was used",
    "name-missing": "No family name, or no given name",
    "date-missing": "No date of birth",
    "date-form": "Not a day, or not in a known form",
    "date-in-future": "The date has not come yet",
    "birth-date-implausible": "More than 130 years ago",
    "registered-before-birth": "Registered before being born",
    "left-before-birth": "Left before being born",
    "left-before-registered": "Left before being registered: of someone who came back, leave the old deduction date out",
    "died-before-birth": "Died before being born",
    "too-long": "A name of more than 100 characters, or another text of more than 255",
    "sex-unknown": "A word for a sex that is not known; a mapping can give it a meaning",
    "postcode-form": "Not the form of a British postcode",
    "flag-unknown": "Neither yes nor no",
    "another-practice": "Another practice's row: import it for that practice",
    "outside-network": "A row of an organisation that is no practice of the network",
    "not-regular": "A temporary or other registration",
    "not-current": "The registration type says that the registration has ended",
    "deceased": "The person has died: not imported, and closed where held",
    "left": "The person has left the practice: not imported, and closed where held",
    "another-person": "The number is held for somebody with another family name and another date of birth",
}
