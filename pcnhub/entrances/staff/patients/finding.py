"""What the list of found patients shows: of each person no more than tells them from the others."""

from __future__ import annotations

from dataclasses import dataclass

from pcnhub.care.patients.queries import Hit, Lead, PatientPage
from pcnhub.care.patients.rules.names import Closeness
from pcnhub.entrances.staff.patients.pages import state

LEADS = {Lead.FORMER_NUMBER: "Had this NHS number before", Lead.MERGED: "Found by a merged entry"}


@dataclass(frozen=True, slots=True)
class Row:
    """One person. `apart` tells them from another with the same name and date of birth; else it is empty."""

    id: int
    name: str
    born: str
    number: str
    tags: tuple[tuple[str, str], ...]
    apart: str


@dataclass(frozen=True, slots=True)
class Found:
    rows: tuple[Row, ...]
    heading: str
    advice: str
    number: int
    pages: int

    @property
    def has_doubles(self) -> bool:
        return any(row.apart for row in self.rows)


def found_on(page: PatientPage) -> Found:
    return Found(tuple(_row(hit) for hit in page.hits), _heading(page), _advice(page), page.number, page.pages)


def _heading(page: PatientPage) -> str:
    if page.is_cut:
        return f"The closest {page.total}, and many others" if page.total else "Too many patients to list"
    return f"{page.total} patient{'' if page.total == 1 else 's'} found"


def _advice(page: PatientPage) -> str:
    if page.is_cut:
        return "Enter more of what you know: both names, the date of birth, the postcode."
    if page.hits and all(hit.closeness is Closeness.SIMILAR for hit in page.hits) and page.number == 1:
        return "Nobody is called exactly this. These names are similar: ask the patient how the name is spelt."
    if any(hit.has_double for hit in page.hits):
        return "Some have the same name and date of birth. Compare address and NHS number before you go on."
    return ""


def _row(hit: Hit) -> Row:
    each = hit.patient
    apart = [each.sex.capitalize(), *each.address_lines, each.postcode] if hit.has_double else []
    return Row(
        each.id,
        f"{each.family_name.upper()}, {each.given_name}",
        f"{each.birth_date:%-d %b %Y}",
        each.number_words,
        tuple(_tags(hit)),
        ", ".join(part for part in apart if part),
    )


def _tags(hit: Hit) -> list[tuple[str, str]]:
    tags = []
    if hit.closeness is Closeness.SIMILAR:
        tags.append(("Similar name", "yellow"))
    if hit.lead:
        tags.append((LEADS[hit.lead], "purple"))
    if not hit.patient.is_active:
        tags.append(state(hit.patient))
    if hit.patient.is_sensitive:
        tags.append(("Protected", "red"))
    return tags
