"""What each merge field stands for. What is marked confidential stands for nothing: a document goes to other people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pcnhub.care.consultations.rules.notes import Entry, Heading, Notes


class Person(Protocol):
    """A patient, as far as a document names them."""

    @property
    def full_name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def given_name(self) -> str: ...
    @property
    def family_name(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def sex(self) -> str: ...
    @property
    def address_lines(self) -> tuple[str, ...]: ...
    @property
    def postcode(self) -> str: ...
    @property
    def phones(self) -> tuple[str, ...]: ...
    @property
    def email(self) -> str: ...
    @property
    def is_untraced(self) -> bool: ...
    @property
    def number_words(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OfConsultation:
    """What of a consultation is not in its notes, in words."""

    date: str
    time: str
    site: str
    author: str
    author_role: str
    outcome: str


_TEXTS = {f"consultation.{heading.lower().replace('-', '_')}": heading for heading in Heading}
CONFIDENTIAL_FIELDS = frozenset({*_TEXTS, "consultation.entries", "consultation.outcome"})


def patient_values(patient: Person, today: date) -> dict[str, str]:
    """The fields of the patient; an NHS number that nobody knows stays empty."""
    return {
        "patient.name": " ".join(part for part in (patient.title, patient.given_name, patient.family_name) if part),
        "patient.title": patient.title,
        "patient.given_name": patient.given_name,
        "patient.family_name": patient.family_name,
        "patient.birth_date": f"{patient.birth_date:%-d %B %Y}",
        "patient.age": _age(patient.birth_date, today),
        "patient.sex": patient.sex,
        "patient.nhs_number": "" if patient.is_untraced else patient.number_words,
        "patient.address": ", ".join(part for part in (*patient.address_lines, patient.postcode) if part),
        "patient.phone": patient.phones[0] if patient.phones else "",
        "patient.email": patient.email,
    }


def values_of(notes: Notes, of: OfConsultation) -> dict[str, str]:
    """The fields of the consultation, without what is marked confidential."""
    values = {
        "consultation.date": of.date,
        "consultation.time": of.time,
        "consultation.site": of.site,
        "consultation.author": of.author,
        "consultation.author_role": of.author_role,
    }
    if notes.is_confidential:
        return values
    texts = {each.heading: each.text for each in notes.sections if not each.is_confidential}
    values |= {field: texts.get(heading, "") for field, heading in _TEXTS.items()}
    if notes.follow_up is not None and not notes.follow_up.is_confidential:
        due = f" (by {notes.follow_up.due_on:%-d %B %Y})" if notes.follow_up.due_on else ""
        both = (values["consultation.follow_up"], notes.follow_up.text + due)
        values["consultation.follow_up"] = "\n".join(part for part in both if part)
    values["consultation.entries"] = "\n".join(_entry(each) for each in notes.entries if not each.is_confidential)
    values["consultation.outcome"] = of.outcome
    return values


def _entry(entry: Entry) -> str:
    return f"{entry.term}: {entry.measured}" if entry.measured else entry.term


def _age(born: date, today: date) -> str:
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if years >= 2:
        return f"{years} years"
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months} months"
