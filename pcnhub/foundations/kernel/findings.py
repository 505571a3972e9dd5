"""What a check answers: one fact, its evidence, and whose move it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"  # could not be asked; never shown as met
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Fix:
    """The next move: what to do, who can, and the page that mends it (a URL name with its arguments); `field` is the id of the
    very field or part of that page."""

    what: str
    who: str
    page: str = ""
    page_args: tuple[str | int, ...] = ()
    field: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check (`code`, such as CHK-05) about one organisation (`target`, its id); how long it took, where that
    says something (a call to another system). `proved_by`: what stands behind it, where that is not what its line says."""

    code: str
    target: int
    state: State
    evidence: str
    fix: Fix | None = None
    took_ms: int | None = None
    proved_by: str = ""
