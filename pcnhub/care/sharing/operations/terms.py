"""What a hub may change in an agreement without asking anew: less, never more. Each side accepted what it had read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pcnhub.care.sharing.models import Agreement
from pcnhub.care.sharing.rules import is_longer, is_wider
from pcnhub.foundations.kernel.refusals import Problem


def problems_of_change(row: Agreement, values: Mapping[str, Any]) -> list[Problem]:
    """Why the agreement can't come to say this: it gives more under terms that were accepted, or old terms come back."""
    version: str = values["terms_version"]
    if version != row.terms_version:
        return [_used_before(row, version)] if version in row.earlier_terms else []
    more = list(_more(row, values))
    return [_asks_anew(row, more)] if more else []


def _more(row: Agreement, values: Mapping[str, Any]) -> Iterable[str]:
    if is_wider(values["allowed_job_categories"], than=row.allowed_job_categories):
        yield "more job categories"
    starts_on: date = values["starts_on"]
    if is_longer((starts_on, values["ends_on"]), than=(row.starts_on, row.ends_on)):
        yield "a longer time"


def _asks_anew(row: Agreement, more: list[str]) -> Problem:
    return Problem(
        "terms_version",
        "new-terms-needed",
        f"This opens {row.name} to {' and '.join(more)}, which nobody accepted with version {row.terms_version}.",
        "Give the terms a new version: each side reads and accepts it before it takes effect.",
        row.terms_version,
    )


def _used_before(row: Agreement, version: str) -> Problem:
    return Problem(
        "terms_version",
        "terms-used-before",
        f"Version {version} of the terms of {row.name} stood before: who accepted it then would be taken to accept this.",
        f"Give a version that was never used. Used so far: {', '.join([*row.earlier_terms, row.terms_version])}.",
        version,
    )
