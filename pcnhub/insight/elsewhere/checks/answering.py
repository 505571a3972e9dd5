"""How an export answers a check: what it must have, how old it may be, and what its rows come to.

An export that is missing, too old, without a column that the check needs, or with lines that could not be read is "unknown",
never "met": then a person may state it. Some checks an export can only deny (`proves` off): it shows that somebody has no role,
but not that the Spine knows the role that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.elsewhere.ages import most_days
from pcnhub.insight.elsewhere.queries import Export, newest
from pcnhub.insight.elsewhere.rules import KIND_WORDS, ExportKind, fields_of

NAMED_AT_MOST = 3  # evidence names the first few and counts the rest
IMPORTERS = "whoever may manage readiness at the hub"


@dataclass(frozen=True, slots=True)
class Need:
    """An export that a check reads, with the fields that it must have a column for."""

    kind: ExportKind
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rows come to: `faults` found, else `right`. `nothing`: there was nothing to look at, which is never met;
    `not_asked`: there is nothing that the check could ask."""

    faults: tuple[str, ...]
    right: str
    what: str
    who: str
    nothing: str = ""
    not_asked: str = ""


Exports = Mapping[ExportKind, Export]
Judge = Callable[[NetworkView, datetime, Exports], Verdict]


def need(kind: ExportKind, *fields: str) -> Need:
    return Need(kind, fields)


@dataclass(frozen=True, slots=True)
class ByExport:
    """The check of the hub's own row that `judge` answers from these exports. `proves` off: they can only deny it."""

    check_id: str
    needs: tuple[Need, ...]
    judge: Judge
    proves: bool = True

    @property
    def kinds(self) -> tuple[ExportKind, ...]:
        return tuple(each.kind for each in self.needs)

    def __call__(self, *, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
        found = gathered(self.check_id, self.needs, hub, now)
        if isinstance(found, Finding):
            return [found]
        return [finding(self.check_id, hub.hub.id, self.judge(hub, now, found), found, proves=self.proves)]


@dataclass(frozen=True, slots=True)
class OfEachPractice:
    """The same for the row of each practice."""

    check_id: str
    needs: tuple[Need, ...]
    judge: Callable[[OrganisationRef, Exports], Verdict]

    @property
    def kinds(self) -> tuple[ExportKind, ...]:
        return tuple(each.kind for each in self.needs)

    def __call__(self, *, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
        found = gathered(self.check_id, self.needs, hub, now)
        if isinstance(found, Finding):
            return [replace(found, target=practice.id) for practice in hub.members]
        return [finding(self.check_id, each.id, self.judge(each, found), found) for each in hub.members]


def gathered(check_id: str, needs: Iterable[Need], hub: NetworkView, now: datetime) -> Exports | Finding:
    """The exports, or why the check is unknown. Reads as the hub."""
    exports: dict[ExportKind, Export] = {}
    for each in needs:
        export = newest(hub_id=hub.hub.id, kind=each.kind)
        if export is None:
            return unknown(check_id, hub.hub.id, f"No export of {_words(each.kind)} has been imported.")
        days = most_days(check_id)
        if now - export.snapshot.taken_at > timedelta(days=days):
            old = f"The export of {_words(each.kind)} was taken on {_when(export)}: more than {_days(days)} ago."
            return unknown(check_id, hub.hub.id, old, "Export it again and import it.")
        lacking = [name for name in each.fields if not export.has(name)]
        if lacking:
            heads = " or ".join(fields_of(each.kind)[name].header for name in lacking)
            said = f"The export of {_words(each.kind)} of {_when(export)} has no column for {heads}."
            return unknown(check_id, hub.hub.id, said, "Export it with that column, or match the column that holds it.")
        exports[each.kind] = export
    return exports


def finding(check_id: str, target: int, verdict: Verdict, exports: Exports, *, proves: bool = True) -> Finding:
    """What is wrong is unmet. What is in order is met only if every line could be read, and if an export can prove it at all."""
    source = f"({', '.join(f'export of {_words(kind)} of {_when(export)}' for kind, export in exports.items())})"
    if verdict.not_asked:
        return Finding(check_id, target, State.NOT_APPLICABLE, verdict.not_asked)
    if verdict.faults:
        fix = Fix(verdict.what, verdict.who)
        return Finding(check_id, target, State.UNMET, f"{few(verdict.faults)} {source}", fix)
    if verdict.nothing:
        return unknown(check_id, target, f"{verdict.nothing} {source}", "Export the days that are asked for.")
    left_out = sum(export.snapshot.left_out for export in exports.values())
    if left_out:
        said = f"{verdict.right}, but {left_out} line{'' if left_out == 1 else 's'} could not be read {source}"
        return unknown(check_id, target, said, "Mend these lines and import the file again, or state it on this page.")
    if not proves:
        said = f"{verdict.right}; more than that no export shows, so a person states the rest {source}"
        return unknown(check_id, target, said, "State it on this page, with the evidence.")
    return Finding(check_id, target, State.MET, f"{verdict.right} {source}")


def unknown(
    check_id: str, target: int, evidence: str, what: str = "Import the export, or state it on this page."
) -> Finding:
    return Finding(check_id, target, State.UNKNOWN, evidence, Fix(what, IMPORTERS, "exports"))


def few(faults: tuple[str, ...]) -> str:
    more = len(faults) - NAMED_AT_MOST
    return "; ".join(faults[:NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")


def _words(kind: ExportKind) -> str:
    return KIND_WORDS[kind].lower()


def _when(export: Export) -> str:
    return f"{in_london(export.snapshot.taken_at):%-d %b %Y, %H:%M}"


def _days(days: int) -> str:
    return "a day" if days == 1 else f"{days} days"
