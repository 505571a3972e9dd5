"""When organisations are open: their own hours, or core hours where they said nothing."""

from __future__ import annotations

from collections.abc import Collection

from pcnhub.care.organisations.models import Hours
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS, Opening, OpeningHours


def opening_hours(*, organisation_id: int) -> OpeningHours:
    """Those of one organisation."""
    return opening_hours_of(organisation_ids=[organisation_id])[organisation_id]


def opening_hours_of(*, organisation_ids: Collection[int]) -> dict[int, OpeningHours]:
    """Those of several, in one statement; every id has an answer."""
    own = {row.organisation_id: _view(row) for row in Hours.objects.filter(organisation__in=organisation_ids)}
    return {each: own.get(each, CORE_HOURS) for each in organisation_ids}


def has_own_hours(*, organisation_id: int) -> bool:
    """Whether somebody of the organisation has said when it is open."""
    return Hours.objects.filter(organisation=organisation_id).exists()


def _view(row: Hours) -> OpeningHours:
    week = tuple(
        Opening(opens, closes) if opens is not None and closes is not None else None
        for opens, closes in zip(row.opens, row.closes, strict=True)
    )
    return OpeningHours(week, row.on_bank_holidays)
