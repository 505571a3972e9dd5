"""Whether what a person typed can be a way to reach somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pcnhub.care.patients.rules.contacts import ContactField
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, Postcode
from pcnhub.foundations.kernel.refusals import Problem

ADDRESS_LINES_AT_MOST = 5  # as the national service keeps them
LINE_AT_MOST = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def problems_of_contact(details: Mapping[ContactField, str]) -> list[Problem]:
    """Everything wrong with contact details that a person gave; an empty text is none."""
    return [problem for field, text in details.items() if text for problem in _problems_of(field, text)]


def _problems_of(field: ContactField, text: str) -> Iterator[Problem]:
    if field is ContactField.EMAIL:
        if not _EMAIL.fullmatch(text) or len(text) > LINE_AT_MOST:
            yield Problem(field, "email-form", "This is no email address.", "For example name@example.com.", text)
    elif field is ContactField.ADDRESS:
        yield from _problems_of_address(text)
    elif not re.fullmatch(r"\+?[0-9 ()-]+", text) or not 10 <= len(re.sub(r"\D", "", text)) <= 15:
        yield Problem(field, "phone-form", "This is no telephone number.", "For example 07700 900982.", text)


def _problems_of_address(text: str) -> Iterator[Problem]:
    *lines, postcode = text.split("\n")
    if len(lines) > ADDRESS_LINES_AT_MOST or any(len(line) > LINE_AT_MOST for line in lines):
        yield Problem(
            "address",
            "too-long",
            f"An address has at most {ADDRESS_LINES_AT_MOST} lines of {LINE_AT_MOST} letters.",
            "Put less on more lines, or leave out the country.",
            f"{len(lines)} lines",
        )
    if not postcode:
        return
    try:
        Postcode(postcode)
    except InvalidIdentifier as error:
        yield Problem("postcode", "postcode-form", f"{error}.", "For example DN16 3LQ; ZZ99 codes pass.", postcode)
