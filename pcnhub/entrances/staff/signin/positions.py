"""A position as the person who holds it may choose it, or is told why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations.queries import PositionView


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    organisation: str
    ods_code: str
    role: str
    note: str
    why_not: str
    is_offered: bool


def describe(position: PositionView, *, day: date) -> Choice:
    """`note` warns of an end that is near; `why_not` is empty for a position that can be used on the day."""
    note = ""
    if position.is_active and position.ends_on is not None:
        days = (position.ends_on - day).days
        note = f"Ends on {position.ends_on:%-d %B %Y}." if days <= 30 else ""
    return Choice(
        id=position.id,
        organisation=position.organisation.name,
        ods_code=position.organisation.ods_code,
        role=f"{position.role_name or position.job_category} ({position.role_code})",
        note=note,
        why_not=position.why_inactive,
        is_offered=position.awaits_acceptance,
    )
