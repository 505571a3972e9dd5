"""Who is away, and who stands in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.tasks.models import Cover


@dataclass(frozen=True, slots=True)
class CoverView:
    """`ends_on` is the first day on which the absent one is back."""

    id: int
    position_id: int
    name: str
    stand_in_id: int
    stand_in_name: str
    starts_on: date
    ends_on: date


def covers_of(*, organisation_id: int, day: date) -> tuple[CoverView, ...]:
    """The absences of an organisation that aren't over on the day, the next one first."""
    rows = Cover.objects.filter(organisation=organisation_id, ends_on__gt=day).order_by("starts_on", "pk")
    found = list(rows)
    ids = {each for row in found for each in (row.position_id, row.stand_in_id)}
    names = {each.id: each.name for each in organisations.positions(ids=ids, day=day)}
    return tuple(
        CoverView(
            row.pk, row.position_id, names[row.position_id], row.stand_in_id, names[row.stand_in_id], row.starts_on, row.ends_on
        )
        for row in found
    )  # fmt: skip


def covering(*, organisation_ids: Iterable[int], day: date) -> dict[int, Cover]:
    """Of each position that is away on the day, its cover."""
    rows = Cover.objects.filter(organisation__in=list(organisation_ids), starts_on__lte=day, ends_on__gt=day)
    return {row.position_id: row for row in rows.order_by("pk")}


def stood_in_for(*, position_id: int | None, day: date) -> frozenset[int]:
    """The positions for which this one stands in on the day."""
    if position_id is None:
        return frozenset()
    rows = Cover.objects.filter(stand_in=position_id, starts_on__lte=day, ends_on__gt=day)
    return frozenset(rows.values_list("position", flat=True))
