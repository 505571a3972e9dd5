"""How a hub's pack stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.insight.continuity.models import PackState


@dataclass(frozen=True, slots=True)
class Standing:
    """`written_at` None: none was ever written. `problem` is empty when the last try left nothing undone; `is_unsure`
    when it is that a place did not answer."""

    written_at: datetime | None
    file_name: str
    appointments: int
    problem: str
    problem_since: datetime | None
    is_unsure: bool


def standing_of(*, hub_id: int) -> Standing | None:
    """None: no worker has tried yet."""
    row = PackState.objects.filter(hub_id=hub_id).first()
    if row is None:
        return None
    return Standing(row.written_at, row.file_name, row.appointments, row.problem, row.problem_since, row.is_unsure)
