"""What a run has done so far, and what stood in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Saved
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem, Refusal


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a run made or changed: its place in the file, and what happened to it."""

    place: str
    was: str  # "made" or "changed"
    fields: tuple[str, ...] = ()

    def sentence(self) -> str:
        return f"{self.place}: {self.was}" + (f" ({', '.join(self.fields)})" if self.was == "changed" else "")


class Missing(Exception):
    """An entry needs another one of the file that could not be brought in; that one's problem is told, not this."""


@dataclass(slots=True)
class Run:
    """One run over one file. `ids` are of what the file names: ("organisation", "A81001") and the like."""

    now: datetime
    say: Callable[[str], None] = lambda _: None
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def id_of(self, kind: str, name: str) -> int:
        try:
            return self.ids[kind, name]
        except KeyError:
            raise Missing from None

    def actor_of(self, ods: str) -> Actor:
        """The set-up's actor for an organisation of the file: its acts stand in that organisation's audit."""
        return organisations.system_actor_for(organisation_id=self.id_of("organisation", ods), name="onboarding")

    def note(self, place: str, saved: Saved) -> None:
        if saved.changed:
            self.changes.append(Change(place, saved.was, saved.changed))

    @contextmanager
    def entry(self, place: str) -> Iterator[None]:
        """One entry of the file. A refusal is kept with its place, and the run goes on to find the others."""
        try:
            yield
        except Missing:
            return
        except InvalidInput as refusal:
            self.problems += [replace(problem, field=f"{place}.{problem.field}") for problem in refusal.problems]
        except Refusal as refusal:
            self.problems.append(Problem(place, refusal.code, refusal.message, refusal.remedy))
