"""The lists of both sides: what is owed, by whom, oldest first; and what readiness asks of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from pcnhub.care.investigations.models import Investigation
from pcnhub.care.investigations.queries.selecting import visible
from pcnhub.care.investigations.queries.views import Around, InvestigationRow, permission_to_see, view_of
from pcnhub.care.investigations.rules import OPEN, Age, InvestigationState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class InvestigationFilter:
    """What is left out doesn't restrict. `ours_only`: where the next step is the actor's organisation's."""

    states: frozenset[InvestigationState] = OPEN
    other_side_id: int | None = None
    ours_only: bool = False


@dataclass(frozen=True, slots=True)
class InvestigationPage:
    """One page; `number` counts from 1, `late` counts over all pages."""

    items: tuple[InvestigationRow, ...]
    number: int
    pages: int
    total: int
    late: int


@dataclass(frozen=True, slots=True)
class InvestigationCounts:
    """For a start page: what the actor's organisation owes, and what others owe it."""

    ours: int
    ours_late: int
    theirs: int
    theirs_late: int


def investigations(
    *, actor: Actor, now: datetime, wanted: InvestigationFilter = InvestigationFilter(), page: int = 1
) -> InvestigationPage:
    """The requests of the actor's organisation, as asker and as orderer; late ones first, then what is due first; of closed ones
    the newest. On record, with whose names stood there. Raises NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=permission_to_see(actor), now=now)
        matching = visible(actor).filter(_matching(actor, wanted))
        found = _history(matching, page) if not wanted.states & OPEN else _owed(actor, matching, wanted, now, page)
        numbers = {row.pk: row for row in visible(actor).filter(pk__in=found.ids).select_related("task")}
        shown = [numbers[pk] for pk in found.ids]
        trail.record_list(
            actor=actor,
            now=now,
            action="investigations.listed",
            kind="investigations",
            shown=[_shown(actor, row) for row in shown],
            basis=grant.basis,
            detail={"found": found.total, "page": found.number, "shown": found.ids},
        )
        around = Around.of(shown)
        items = tuple(view_of(row, around, now) for row in shown)
        return InvestigationPage(items, found.number, found.pages, found.total, found.late)


@dataclass(frozen=True, slots=True)
class _Turned:
    """The ids of one page."""

    ids: list[int]
    number: int
    pages: int
    total: int
    late: int


def _turn(total: int, page: int) -> tuple[int, int, slice]:
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    return number, pages, slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE)


def _history(rows: QuerySet[Investigation], page: int) -> _Turned:
    """What is closed grows for ever, and nothing of it is late: the database turns the pages."""
    total = rows.count()
    number, pages, part = _turn(total, page)
    return _Turned(
        list(rows.order_by("-state_changed_at", "-pk").values_list("pk", flat=True)[part]), number, pages, total, 0
    )


def _owed(
    actor: Actor, rows: QuerySet[Investigation], wanted: InvestigationFilter, now: datetime, page: int
) -> _Turned:
    """Clocks run in open hours, which no SQL knows."""
    found = _views(rows, now)
    if wanted.ours_only:
        found = [row for row in found if row.owner is not None and row.owner.id == actor.organisation.id]
    found.sort(key=lambda row: (row.age is not Age.LATE, row.owed_by if row.state in OPEN else now, row.id))
    number, pages, part = _turn(len(found), page)
    late = sum(row.age is Age.LATE for row in found)
    return _Turned([row.id for row in found[part]], number, pages, len(found), late)


def _shown(actor: Actor, row: Investigation) -> trail.Shown:
    if row.organisation_id == actor.organisation.id:
        return trail.Shown(row.patient_id, row.nhs_number, row.to_organisation_id)
    return trail.Shown(row.receiver_patient_id or row.task.receiver_patient_id, row.nhs_number, None)


def counts(*, actor: Actor, now: datetime) -> InvestigationCounts:
    """Figures for the start page; they name nobody."""
    with unit_of_work(actor):
        rows = _views(visible(actor).filter(state__in=OPEN), now)
        ours = [row for row in rows if row.owner is not None and row.owner.id == actor.organisation.id]
        theirs = [row for row in rows if row not in ours]
        return InvestigationCounts(
            ours=len(ours),
            ours_late=sum(row.age is Age.LATE for row in ours),
            theirs=len(theirs),
            theirs_late=sum(row.age is Age.LATE for row in theirs),
        )


def of_consultation(*, actor: Actor, now: datetime, consultation_id: int) -> tuple[InvestigationRow, ...]:
    """What was asked from one consultation of the actor's organisation, oldest first. Its opening is on record."""
    with unit_of_work(actor):
        rows = visible(actor).filter(organisation=actor.organisation.id, consultation=consultation_id)
        return tuple(sorted(_views(rows, now), key=lambda row: row.id))


def of_task(*, actor: Actor, task_id: int) -> int | None:
    """The request that a task carries, for a link on a task whose opening is on record."""
    with unit_of_work(actor):
        return visible(actor).filter(task=task_id).values_list("pk", flat=True).first()


@read_once
def asked_between(*, actor: Actor, now: datetime, day_from: date, day_to: date) -> tuple[InvestigationRow, ...]:
    """The requests of the actor's organisation that are open, or were asked on these London days. For readiness and reports."""
    with unit_of_work(actor):
        first, last = day_bounds(day_from)[0], day_bounds(day_to)[1]
        wanted = Q(state__in=OPEN) | Q(asked_at__gte=first, asked_at__lt=last)
        return tuple(_views(Investigation.objects.filter(wanted, organisation=actor.organisation.id), now))


def _views(rows: QuerySet[Investigation], now: datetime) -> list[InvestigationRow]:
    found = list(rows.select_related("task").order_by("pk"))
    around = Around.of(found)
    return [view_of(row, around, now) for row in found]


def _matching(actor: Actor, wanted: InvestigationFilter) -> Q:
    matching = Q(state__in=wanted.states)
    if wanted.other_side_id is not None:
        matching &= Q(organisation=wanted.other_side_id) | Q(to_organisation=wanted.other_side_id)
    return matching
