"""Reading rehearsals: whose word opens the door now, what the newest showed, and those before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from pcnhub.care.organisations.queries import hubs_of, organisation_ref, organisation_refs
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.database.rehearsing import Rehearsal
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound
from pcnhub.rehearsal.models import ByHand
from pcnhub.rehearsal.models import Run as RunRow
from pcnhub.rehearsal.rules import (
    BY_HAND_HOLDS,
    KEPT_RUNS,
    Left,
    ManualStep,
    Row,
    Run,
    Step,
    StepName,
    StepState,
    Subject,
    Tried,
)


def going_under(word: str) -> Rehearsal | None:
    """The run whose requests bring this word, while it goes on."""
    row = RunRow.objects.filter(word_hash=sha256(word.encode()).hexdigest(), ended_at__isnull=True).first()
    return Rehearsal(row.pk, word) if row is not None else None


def latest(*, actor: Actor, now: datetime, hub_id: int) -> Run | None:
    """The hub's newest rehearsal; None when there was none. Raises NotPermitted, NotFound."""
    found = runs(actor=actor, now=now, hub_id=hub_id)
    return found[0] if found else None


def runs(*, actor: Actor, now: datetime, hub_id: int) -> tuple[Run, ...]:
    """The hub's rehearsals, newest first, as its own people and those of its practices may see them. Raises NotPermitted,
    NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        if hub_id not in {hub.id for hub in hubs_of(organisation_id=actor.organisation.id, day=london_date(now))}:
            raise NotFound("There is no such hub here.", remedy="Sign in at the hub, or at one of its practices.")
        return runs_of(hub_id)


def runs_of(hub_id: int) -> tuple[Run, ...]:
    """The same for the hub's own system, which asks nobody."""
    rows = RunRow.objects.filter(hub_id=hub_id).order_by("-pk")[:KEPT_RUNS]
    words = _words_at(hub_id)
    return tuple(run_view(row, words) for row in rows)


def newest_whole(hub_id: int) -> Run | None:
    """The newest rehearsal of all practices and steps that ended."""
    row = RunRow.objects.filter(hub_id=hub_id, ended_at__isnull=False, is_partial=False).order_by("-pk").first()
    return run_view(row) if row else None


@read_once
def last_tried(hub_id: int) -> dict[tuple[int, StepName], Tried]:
    """Each step as it was last tried at an organisation (0: the outsider), in a rehearsal that ended, or by hand since: what is
    said of one that came before it covers nothing that a rehearsal has tried itself."""
    found: dict[tuple[int, StepName], Tried] = {}
    ended = RunRow.objects.filter(hub_id=hub_id, ended_at__isnull=False).order_by("-pk")[:KEPT_RUNS]
    for run_id, at, rows in ended.values_list("pk", "started_at", "rows"):
        for row in rows:
            for step in _steps(row["steps"], {}, 0):
                if step.state in (StepState.PASSED, StepState.FAILED):
                    found.setdefault((row["organisation"] or 0, step.name), Tried(run_id, at, step))
    for word in _words_at(hub_id):
        key = (word.organisation_id, StepName(word.step))
        tried = found.get(key)
        if tried is None or tried.step.by_hand is not None or tried.run_id <= word.run_id:
            found[key] = Tried(word.run_id, word.at, _step_of(word))
    return found


def _step_of(word: ByHand) -> Step:
    return Step(StepName(word.step), StepState.MANUAL, by_hand=_said(word))


def run(*, actor: Actor, now: datetime, run_id: int) -> Run:
    """One rehearsal. Raises NotPermitted, NotFound."""
    row = RunRow.objects.filter(pk=run_id).first()
    if row is not None:
        for each in runs(actor=actor, now=now, hub_id=row.hub_id):
            if each.id == run_id:
                return each
    raise NotFound("There is no such rehearsal here.", remedy="Choose one from the page of rehearsals.")


def run_view(row: RunRow, words: Sequence[ByHand] | None = None) -> Run:
    """`words`: what people at this hub said of steps, oldest first; read where not given."""
    by_hand = _by_hand(row, _words_at(row.hub_id) if words is None else words)
    named = {int(one["organisation"]) for one in row.rows if one["organisation"]}
    known = {each.id: each for each in organisation_refs(ids=sorted(named))} if named else {}
    return Run(
        id=row.pk,
        hub=organisation_ref(id=row.hub_id),
        started_at=row.started_at,
        ended_at=row.ended_at,
        asked_by=row.asked_by,
        rows=tuple(_row(one, known, by_hand) for one in row.rows),
        is_clean=row.is_clean,
        left=tuple(Left(each["table"], each["rows"]) for each in row.left_over),
        trouble=row.trouble,
        is_partial=row.is_partial,
    )


def _words_at(hub_id: int) -> tuple[ByHand, ...]:
    return tuple(ByHand.objects.filter(run__hub_id=hub_id).order_by("pk"))


def _by_hand(row: RunRow, words: Sequence[ByHand]) -> dict[tuple[int, str], ManualStep]:
    """The newest word on each step, said of this run or of one before it: what was done by hand holds for later nights, too."""
    since = row.started_at - BY_HAND_HOLDS
    return {
        (each.organisation_id, each.step): _said(each) for each in words if each.run_id <= row.pk and each.at >= since
    }


def _said(word: ByHand) -> ManualStep:
    return ManualStep(StepName(word.step), word.passed, word.took_minutes, word.comment, word.by_name, word.at)


def _row(data: dict[str, Any], known: dict[int, OrganisationRef], by_hand: dict[tuple[int, str], ManualStep]) -> Row:
    organisation = known[data["organisation"]] if data["organisation"] else None
    return Row(
        Subject(data["subject"]),
        organisation,
        tuple(_steps(data["steps"], by_hand, data["organisation"] or 0)),
    )


def _steps(data: list[dict[str, Any]], by_hand: dict[tuple[int, str], ManualStep], organisation: int) -> Iterable[Step]:
    for one in data:
        name, state = StepName(one["name"]), StepState(one["state"])
        yield Step(
            name, state, one["took_ms"], one["said"], one["remedy"],
            by_hand.get((organisation, name)) if state is StepState.MANUAL else None,
            one.get("who", ""), one.get("was_answered", True),
        )  # fmt: skip
