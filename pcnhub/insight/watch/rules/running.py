"""What must run and what must be answered before the evening begins: the worker, what failed, what is owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.insight.watch.rules.evening import Evening
from pcnhub.insight.watch.rules.lines import Line, Place, Severity, counted

T = TypeVar("T")
OPERATOR = "whoever runs this installation"
FAILURES = "whoever mends failed work at the hub"


def running(evening: Evening) -> Iterator[Line]:
    """Nothing of it is said of a day without sessions: then nothing waits for it."""
    if not evening.sessions:
        return
    yield from _machines(evening)
    yield from _tasks(evening)
    yield from _tests(evening)
    yield from _copies(evening)
    if evening.waiting.told_by is not None:
        number = counted(evening.waiting.to_tell, "person has", "people have")
        yield _line(
            evening,
            "not-told",
            f"{number} not heard that the hub changed their appointment, and may come to the old one.",
            "Ring them",
            "the hub’s reception",
            Place("people-to-tell"),
            bites_at=evening.waiting.told_by,
        )


def _machines(evening: Evening) -> Iterator[Line]:
    if not evening.is_worker_alive:
        what = "No worker has given a sign of life for a minute: nothing is traced, sent home or told by e-mail."
        yield _line(evening, "no-worker", what, "Start the worker", OPERATOR, Place("failures"), answers=("CHK-D10",))
    if evening.failed_jobs:
        what = f"{counted(evening.failed_jobs, 'piece of work', 'pieces of work')} failed: somebody must decide."
        yield _line(evening, "failed-work", what, "Decide about each", FAILURES, Place("failures"), answers=("CHK-71",))
    pack = evening.continuity
    if pack is not None:
        fix = pack.fix
        yield _line(
            evening,
            "continuity-pack-old",
            f"The continuity pack is not fresh. {pack.evidence}",
            (fix.what if fix else "Look at the check").rstrip("."),
            pack.whose_move or OPERATOR,
            Place("readiness-check", (pack.requirement.id, pack.organisation.id)),
            answers=(pack.requirement.id,),
        )


def _tasks(evening: Evening) -> Iterator[Line]:
    for receiver, tasks in _grouped(evening.waiting.tasks, lambda each: each.receiver):
        at_hub = receiver.id == evening.hub.id
        urgent = sum(each.is_urgent for each in tasks)
        unanswered = [each for each in tasks if not each.is_accepted]
        words = counted(len(tasks), "task")
        said = "to be accepted" if len(unanswered) == len(tasks) else "to be accepted or done"
        yield _line(
            evening,
            "tasks-due",
            f"{words} {'has' if len(tasks) == 1 else 'have'} {said} by {receiver.name} before the evening begins"
            + (f", {urgent} of them urgent." if urgent else "."),
            "Accept, pass on or finish them",
            f"a member of the team at {receiver.name}",
            Place("tasks") if at_hub else Place("tasks-owed"),
            bites_at=tasks[0].due_at,
            severity=Severity.HARMS if urgent else Severity.BREAKS,
            mover=receiver,
            practice_id=None if at_hub else receiver.id,
            answers=("CHK-38", "CHK-39"),
        )


def _tests(evening: Evening) -> Iterator[Line]:
    for practice, rows in _grouped(evening.waiting.tests, lambda each: each.orderer):
        ours = [each for each in rows if each.owner is not None and each.owner.id == evening.hub.id]
        mover = evening.hub if len(ours) == len(rows) else practice
        number = counted(len(rows), "test request", "test requests")
        first = min(each.owed_by for each in rows)
        yield _line(
            evening,
            "tests-due",
            f"{number} to {practice.name} {'is' if len(rows) == 1 else 'are'} unanswered, and due before the evening begins.",
            "Answer them" if len(rows) > 1 else "Answer it",
            "a clinician of the hub" if mover == evening.hub else f"a member of the team at {practice.name}",
            Place("test-requests"),
            bites_at=first,
            mover=mover,
            practice_id=practice.id,
            answers=("CHK-65", "CHK-66"),
        )


def _copies(evening: Evening) -> Iterator[Line]:
    for practice, copies in _grouped(evening.waiting.copies, lambda each: each.practice):
        number = counted(len(copies), "finished consultation has", "finished consultations have")
        due = min((each.due_at for each in copies if each.due_at is not None), default=evening.now)
        yield _line(
            evening,
            "copies-due",
            f"{number} not reached {practice.name}, and should have before the evening begins.",
            "Do what each asks for",
            "the hub’s manager",
            Place("writeback-copies"),
            bites_at=due,
            practice_id=practice.id or None,
            answers=("CHK-69", "CHK-71"),
        )


def _grouped(rows: Iterable[T], end: Callable[[T], OrganisationRef]) -> Iterator[tuple[OrganisationRef, list[T]]]:
    """By organisation, in the order in which they come up; one outside the network has a code and no id."""
    found: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[end(row).ods_code].append(row)
    for its in found.values():
        yield end(its[0]), its


def _line(
    evening: Evening,
    code: str,
    what: str,
    do: str,
    who: str,
    place: Place,
    *,
    bites_at: datetime | None = None,
    severity: Severity = Severity.HARMS,
    mover: OrganisationRef | None = None,
    practice_id: int | None = None,
    answers: tuple[str, ...] = (),
) -> Line:
    return Line(
        code=code,
        severity=severity,
        what=what,
        do=do,
        who=who,
        mover_id=(mover or evening.hub).id,
        bites_at=bites_at or evening.first_at,
        place=place,
        practice_id=practice_id,
        answers=answers,
    )
