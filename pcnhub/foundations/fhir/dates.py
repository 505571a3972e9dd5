"""Instants and days as FHIR writes them: Europe/London with its offset, to the second (GP Connect 1.2.7, resource guidance)."""

from __future__ import annotations

from datetime import date, datetime

from pcnhub.foundations.kernel.local_time import LONDON, in_london


def written(instant: datetime) -> str:
    """2026-03-29T09:00:00+01:00."""
    return in_london(instant).isoformat(timespec="seconds")


def instant_of(text: str) -> datetime:
    """The instant of a FHIR instant or full dateTime that the codec has let through. Raises ValueError for a day alone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time with its offset is needed")
    return moment


def day_of(text: str) -> date | None:
    """The day, in London, of a FHIR date or dateTime; None where only a year or a month is said."""
    if "T" in text:
        return instant_of(text).astimezone(LONDON).date()
    return date.fromisoformat(text) if len(text) == len("2026-01-31") else None
