"""A to-do list in a letter: which checks, at whom and by when. Nothing of a patient, and nothing of what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date


def to_do(figures: Mapping[str, int | str]) -> list[str]:
    """The lines of the letter. `figures` has the day to be ready by (ISO 8601, or ""), the number of steps, how many of them are
    late, and the list itself, a line each."""
    steps, late = int(figures["steps"]), int(figures["late"])
    waits = "1 step is open" if steps == 1 else f"{steps} steps are open"
    day = str(figures["day"])
    before = f" before {date.fromisoformat(day):%-d %B %Y}" if day else ""
    lateness = f"; {late} {'is' if late == 1 else 'are'} late" if late else ""
    return [f"{waits}{before}{lateness}:", *(f"  {line}" for line in str(figures["list"]).splitlines())]
