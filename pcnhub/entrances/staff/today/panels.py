"""What a start page is made of: panels of lines that lead to the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page, and when."""

    actor: Actor
    now: datetime

    @property
    def day(self) -> date:
        return london_date(self.now)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do or to know; `href` leads to it. `tag` is a word and its colour."""

    text: str
    href: str = ""
    note: str = ""
    tag: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """`said` sums up; `empty` says what no lines mean and what to do next; `more` is a link's text and place."""

    id: str
    title: str
    lines: tuple[Line, ...]
    empty: str
    more: tuple[str, str] | None = None
    said: str = ""
    finds_patients: bool = False


Source = Callable[[Viewer], "Panel | None"]


def link(page: str, **ids: int | str) -> str:
    return reverse(page, kwargs=ids or None)


def clock(instant: datetime) -> str:
    """18:30, in London."""
    return f"{in_london(instant):%H:%M}"


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
