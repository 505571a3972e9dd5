"""Where answers lie that are the same for every hub of this installation, so that one dead service is not waited for by each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pcnhub.connections.probing import Answer
from pcnhub.insight.readiness.models import Heard

STANDS_FOR = timedelta(minutes=15)
"""So long after it was asked an answer serves other hubs' runs: of a round of 45 minutes, three or four ask anew."""
_SILENT = "silent: "


class Shelf:
    """The shelf as of `now`. `is_fresh`: somebody waits for what is true at this moment, so that nothing of an earlier run
    serves; what is heard now serves others all the same."""

    def __init__(self, *, now: datetime, is_fresh: bool) -> None:
        self._now = now
        recent = Heard.objects.filter(asked_at__gt=now - STANDS_FOR, asked_at__lte=now)
        self._standing = recent.none() if is_fresh else recent

    def known(self, keys: Iterable[str]) -> Mapping[str, Answer]:
        return {row.key: _answer(row) for row in self._standing.filter(key__in=list(keys))}

    def silent(self) -> Mapping[str, Answer]:
        return {row.key.removeprefix(_SILENT): _answer(row) for row in self._standing.filter(key__startswith=_SILENT)}

    def keep(self, answers: Mapping[str, Answer], *, silent: Mapping[str, int]) -> None:
        rows = [
            Heard(key=key, asked_at=self._now, took_ms=each.took_ms, is_late=each.is_late, value=each.value)
            for key, each in answers.items()
        ]
        rows += [
            Heard(key=f"{_SILENT}{service}", asked_at=self._now, took_ms=took, is_late=True)
            for service, took in silent.items()
        ]
        if not rows:
            return
        Heard.objects.bulk_create(
            sorted(rows, key=lambda row: row.key),  # two runs at once lock them in one order
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["asked_at", "took_ms", "is_late", "value"],
        )


def _answer(row: Heard) -> Answer:
    return Answer(row.value, row.took_ms, is_late=row.is_late, asked_at=row.asked_at)
