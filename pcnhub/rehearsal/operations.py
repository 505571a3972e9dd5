"""Rehearsing: one run over a hub's practices, from making its stage to proving that nothing is left of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from pcnhub.care.organisations import queries as directory
from pcnhub.care.organisations.queries import network_of_hub, system_actor_for
from pcnhub.care.organisations.rules import ClinicalSystem, Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Detail, Subject, record
from pcnhub.foundations.database.rehearsal_marks import unmarked
from pcnhub.foundations.database.rehearsing import Rehearsal, rehearsing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem, Refusal
from pcnhub.rehearsal import erasing, rules
from pcnhub.rehearsal.ground import NothingToRehearse
from pcnhub.rehearsal.models import ByHand
from pcnhub.rehearsal.models import Run as RunRow
from pcnhub.rehearsal.queries import run_view
from pcnhub.rehearsal.rows import Wanted, all_by_hand, play_all
from pcnhub.rehearsal.rules import LONGEST_COMMENT, MOST_MINUTES, Row, Run, StepName, StepState
from pcnhub.rehearsal.turns import turn
from pcnhub.rehearsal.ways import Door
from pcnhub.rehearsal.worker import Settle, waiting_for_the_worker

LATEST = timedelta(hours=1)  # after a run's end; no request and no job of it goes on for longer


class RehearsalGoesOn(Conflict):
    """The hub is being rehearsed already: two runs would only be in each other's way."""

    code = "rehearsal-goes-on"
    remedy = "Wait until it has ended, then look at it."


def rehearse(
    *,
    now: datetime,
    hub_id: int,
    base_url: str,
    asked_by: str = "command",
    practices: Collection[int] | None = None,
    steps: Collection[StepName] | None = None,
    keep: bool = False,
    headers: dict[str, str] | None = None,
    path: str = "{ods}/STU3/1/gpconnect",
    settle: Callable[[int], Settle] | None = None,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], datetime] = timezone.now,
) -> Run:
    """Rehearse a hub with each of its practices (or those of these ids), with 111 where it is known, and with an outsider.

    `base_url` is where this hub answers; `path` that of its GP Connect service root. `settle` makes, of the run's id, what waits
    for the worker: with none, the workers that are alive are waited for. What was left of a run that was stopped is erased
    first; all that this run writes is erased at its end, unless `keep`: then it stays for a look, and the next run erases it.
    Raises RehearsalGoesOn, NotFound; NothingToRehearse where the database would not tell the run's rows from real ones.
    """
    network = network_of_hub(hub_id=hub_id, day=london_date(now))
    if network is None:
        raise NotFound("There is no such hub.", remedy="Name a hub of a network.")
    if lacks := unmarked():
        raise NothingToRehearse(
            f"Nothing can be rehearsed: the database does not keep apart what is in {', '.join(lacks)}.",
            remedy="Run `pcnhub migrate` to its end, then rehearse again.",
            who_can="whoever runs the hub's server",
        )
    with turn(hub_id) as is_ours:
        if not is_ours:
            raise RehearsalGoesOn("This hub is being rehearsed at this moment.")
        for row in _unclean(hub_id):
            _clean_stopped(row, now)
        chosen = tuple(each for each in network.members if practices is None or each.id in practices)
        wanted = Wanted(chosen, frozenset(steps or StepName), path)
        word = secrets.token_urlsafe(32)
        row = RunRow.objects.create(
            hub_id=hub_id,
            started_at=now,
            asked_by=asked_by,
            word_hash=hash_of(word),
            is_partial=practices is not None or steps is not None,
            is_kept=keep,
        )
        door = Door(base_url, Rehearsal(row.pk, word), headers or {}, transport)
        _play(row, door, now, wanted, settle(row.pk) if settle else waiting_for_the_worker(row.pk), clock)
    _forget_old(hub_id)
    return run_view(RunRow.objects.get(pk=row.pk))


def _play(
    row: RunRow, door: Door, now: datetime, wanted: Wanted, settle: Settle, clock: Callable[[], datetime]
) -> None:
    """The run itself, its end, and unless it is kept its erasing, whatever becomes of it."""
    hub = system_actor_for(organisation_id=row.hub_id, name="rehearsal", request_id=f"rehearsal-{row.pk}")
    detail: Detail = {"practices": [each.id for each in wanted.practices], "asked_by": row.asked_by}
    _note(hub, now, "rehearsal.started", row.pk, detail)
    rows: list[Row] = []

    def show(each: Row) -> None:
        rows.append(each)
        RunRow.objects.filter(pk=row.pk).update(rows=[_row_as_data(one) for one in rows])

    trouble = "It was stopped before it ended."
    try:
        if directory.organisation(id=row.hub_id).system != ClinicalSystem.PCN_HUB:
            for each in all_by_hand(wanted.practices, wanted.steps):
                show(each)
        else:
            play_all(door=door, hub=hub, now=now, wanted=wanted, settle=settle, show=show)
        trouble = ""
    except Refusal as refusal:
        trouble = refusal.sentence()
    finally:
        _end(row.pk, trouble=trouble, at=clock())
        if not row.is_kept:
            _clean(hub, now, row.pk)
        else:
            _tell(hub, now)


def clean_up(*, now: datetime) -> int:
    """Erase what is left of runs that were stopped, on every hub; how many. A run that goes on, or was kept, is left alone.

    Of one that ended lately it looks again: what the hub still worked at when the run gave it up was written after the erasing.
    """
    cleaned = 0
    for late in RunRow.objects.filter(is_clean=True, ended_at__gt=now - LATEST).order_by("pk"):
        if erasing.left_of(late.pk):
            _clean(system_actor_for(organisation_id=late.hub_id, name="rehearsal"), now, late.pk)
            cleaned += 1
    for hub_id in set(_unclean().filter(is_kept=False).values_list("hub_id", flat=True)):
        with turn(hub_id) as is_ours:
            for row in _unclean(hub_id).filter(is_kept=False) if is_ours else ():
                _clean_stopped(row, now)
                cleaned += 1
    return cleaned


def _unclean(hub_id: int | None = None) -> QuerySet[RunRow]:
    """Runs of which something may be left, oldest first."""
    rows = RunRow.objects.exclude(is_clean=True).order_by("pk")
    return rows if hub_id is None else rows.filter(hub_id=hub_id)


def _clean_stopped(row: RunRow, now: datetime) -> None:
    """Whoever ran it is gone, since the hub's turn is ours."""
    _end(row.pk, trouble="It was stopped before it ended: the process that ran it is gone.", at=now)
    _clean(system_actor_for(organisation_id=row.hub_id, name="rehearsal"), now, row.pk)


def record_manual_step(
    *,
    actor: Actor,
    now: datetime,
    run_id: int,
    practice_id: int,
    step: StepName | str,
    passed: bool,
    took_minutes: int,
    comment: str,
) -> None:
    """Put down how a step went that a person did by hand: it is theirs from now on. Raises InvalidInput, NotPermitted, NotFound.

    A manager of the hub says it of every practice, one of the practice of their own.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
        row = RunRow.objects.filter(pk=run_id).first()
        if row is None or actor.organisation.id not in (row.hub_id, practice_id):
            raise NotFound("There is no such rehearsal here.", remedy="Choose one from the page of rehearsals.")
        run = run_view(row)
        mine = next((each for each in run.rows if each.organisation and each.organisation.id == practice_id), None)
        if mine is None:
            raise NotFound("This organisation takes no part in the rehearsal.", remedy="Choose one from its grid.")
        problems = list(_problems(mine, step, passed, took_minutes, comment))
        if problems:
            raise InvalidInput(problems)
        ByHand.objects.create(
            run=row,
            organisation_id=practice_id,
            step=StepName(step),
            passed=passed,
            took_minutes=took_minutes,
            comment=comment.strip(),
            by=actor.user,
            by_name=actor.name,
            at=now,
        )
        record(
            actor=actor,
            now=now,
            action="rehearsal.step-done-by-hand",
            subject=Subject("rehearsal", run_id),
            detail={"organisation": practice_id, "step": str(step), "passed": passed},
        )
        publish_once(actor=actor, now=now, fact="rehearsal.over")


def _problems(row: Row, step: StepName | str, passed: bool, took_minutes: int, comment: str) -> list[Problem]:
    found = []
    known = row.step(StepName(step)) if step in set(StepName) else None
    if known is None:
        found.append(
            Problem("step", "unknown", "This is no step of the rehearsal", "Choose one from the grid", str(step))
        )
    elif known.state is not StepState.MANUAL:
        found.append(
            Problem("step", "not-by-hand", "The rehearsal does this step itself", "Choose one that is done by hand")
        )
    if not 0 <= took_minutes <= MOST_MINUTES:
        found.append(
            Problem("took_minutes", "out-of-range", "This is no time that a step takes", "Give 0 to 1440 minutes",
                    str(took_minutes))
        )  # fmt: skip
    if len(comment) > LONGEST_COMMENT:
        found.append(
            Problem("comment", "too-long", f"The comment is longer than {LONGEST_COMMENT} characters", "Shorten it")
        )
    if not passed and not comment.strip():
        found.append(Problem("comment", "missing", "It did not go well, and nothing says why", "Write what went wrong"))
    return found


def _end(run_id: int, *, trouble: str, at: datetime) -> None:
    RunRow.objects.filter(pk=run_id, ended_at__isnull=True).update(ended_at=at, word_hash="", trouble=trouble)


def _clean(hub: Actor, now: datetime, run_id: int) -> None:
    """Erase, look that nothing is left, and put both on record. What something real points at stays, and is said to be left: that
    must keep neither the chore nor the next run from theirs."""
    try:
        erased = erasing.erase(run_id)
    except IntegrityError:
        erased = 0
    left = erasing.left_of(run_id)
    over = {"is_clean": not left, "left_over": [{"table": each.table, "rows": each.rows} for each in left]}
    mine = RunRow.objects.filter(pk=run_id)
    if erased or not mine.filter(**over).exists():  # the chore comes again and again to what can't be erased
        _note(hub, now, "rehearsal.erased", run_id, {"rows": erased, "left": sum(each.rows for each in left)})
        _tell(hub, now)
    mine.update(is_kept=False, **over)


def _tell(hub: Actor, now: datetime) -> None:
    """Readiness asks anew what the steps prove."""
    with rehearsing(None), unit_of_work(hub):
        publish_once(actor=hub, now=now, fact="rehearsal.over")


def _note(hub: Actor, now: datetime, action: str, run_id: int, detail: Detail) -> None:
    with rehearsing(None), unit_of_work(hub):
        record(actor=hub, now=now, action=action, subject=Subject("rehearsal", run_id), detail=detail)


def _forget_old(hub_id: int) -> None:
    kept = RunRow.objects.filter(hub_id=hub_id).order_by("-pk").values_list("pk", flat=True)[: rules.KEPT_RUNS]
    # what people said of their own steps is evidence, and stays
    old = RunRow.objects.filter(hub_id=hub_id, is_clean=True, by_hand__isnull=True).exclude(pk__in=list(kept))
    old.delete()


def _row_as_data(row: Row) -> dict[str, Any]:
    return {
        "subject": row.subject.value,
        "organisation": row.organisation.id if row.organisation else None,
        "steps": [{key: value for key, value in asdict(step).items() if key != "by_hand"} for step in row.steps],
    }


def hash_of(word: str) -> str:
    return sha256(word.encode()).hexdigest()


__all__ = ["RehearsalGoesOn", "clean_up", "record_manual_step", "rehearse"]
