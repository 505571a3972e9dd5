"""How many checks were open, and how many of them blocked, day by day: drawn, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pcnhub.insight.readiness.changing import Day

WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Trend:
    """`opened` and `blocking` are the points of two lines in a picture of WIDTH by HEIGHT; `most` is the height of its top."""

    days: tuple[Day, ...]
    opened: str
    blocking: str
    most: int

    @property
    def words(self) -> str:
        """What the picture says."""
        first, last = self.days[0], self.days[-1]
        return (
            f"Open checks from {first.day:%-d %B %Y} to {last.day:%-d %B %Y}: {first.open} then, {last.open} now. "
            f"Blocking: {first.blocking} then, {last.blocking} now."
        )

    @property
    def newest_first(self) -> tuple[Day, ...]:
        return tuple(reversed(self.days))


def trend_of(days: Sequence[Day]) -> Trend:
    most = max(1, *(day.open for day in days))
    return Trend(
        tuple(days), _points([day.open for day in days], most), _points([day.blocking for day in days], most), most
    )


def _points(numbers: list[int], most: int) -> str:
    step = WIDTH / max(1, len(numbers) - 1)
    return " ".join(f"{place * step:.0f},{HEIGHT - number / most * HEIGHT:.0f}" for place, number in enumerate(numbers))
