"""Every copy of a hub, by what is to be done about it, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.queries.copies import CopyView, view_of, with_replacements
from pcnhub.care.writeback.queries.reconciliation import Uncopied, without_copy
from pcnhub.care.writeback.rules import ASKS_A_PERSON, OVER, CopyState
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

PAGE = 25  # copies


class Show(StrEnum):
    """Whose move it is."""

    PERSON = "person"
    KEPT = "kept"
    GOING = "going"
    HOME = "home"
    OTHER = "other"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CopyPage:
    """`counts` says how many there are of each kind; `practices` to whom copies of the hub go: ODS code and name; `without_copy`
    what was finished and has none yet, with the first page."""

    copies: tuple[CopyView, ...]
    without_copy: tuple[Uncopied, ...]
    counts: dict[Show, int]
    practices: tuple[tuple[str, str], ...]
    number: int
    pages: int
    total: int


def copies_page(*, actor: Actor, now: datetime, show: Show, practice_ods: str = "", page: int = 1) -> CopyPage:
    """The acting hub's copies of one kind (to one practice): those that wait longest for a person first, otherwise the newest.
    Names no patient. Audited. Raises NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        own = Copy.objects.filter(organisation=actor.organisation.id)
        to = _to(own, practice_ods)
        missing = _missing(actor, now, practice_ods)
        copies = {each: to.filter(_kind(each, now)).count() for each in Show}
        counts = {each: number + len(missing.get(each, ())) for each, number in copies.items()}
        pages = max(1, -(-copies[show] // PAGE))
        number = min(max(page, 1), pages)
        order = ("state_changed_at", "pk") if show in (Show.PERSON, Show.KEPT) else ("-finished_at", "-pk")
        rows = with_replacements(to.filter(_kind(show, now))).select_related("target").order_by(*order)
        shown = rows[(number - 1) * PAGE : number * PAGE]
        trail.record(
            actor=actor,
            now=now,
            action="writeback.listed",
            subject=Subject("copies"),
            basis=grant.basis,
            detail={"show": show.value, "page": number},
        )
        first = missing.get(show, ()) if number == 1 else ()
        return CopyPage(tuple(map(view_of, shown)), first, counts, _practices(own), number, pages, counts[show])


def copy_of_hub(*, actor: Actor, now: datetime, copy_id: int) -> CopyView:
    """One copy of the acting hub, for who may do something about it. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        permission = Permission.CONSULT if actor.may(Permission.CONSULT) else Permission.MEND_FAILURES
        permit(actor=actor, permission=permission, now=now)
        row = Copy.objects.select_related("target").filter(pk=copy_id, organisation=actor.organisation.id).first()
        if row is None:
            raise NotFound("There is no such copy here.", remedy="Choose one from the write-back page.")
        return view_of(row)


def _missing(actor: Actor, now: datetime, practice_ods: str) -> dict[Show, tuple[Uncopied, ...]]:
    """What has no copy: within a quarter of an hour the worker's move, afterwards a person's."""
    every = [each for each in without_copy(actor=actor, now=now) if practice_ods in ("", each.practice.ods_code)]
    return {
        Show.PERSON: tuple(each for each in every if not each.what.is_on_its_way),
        Show.GOING: tuple(each for each in every if each.what.is_on_its_way),
        Show.ALL: tuple(every),
    }


def _kind(show: Show, now: datetime) -> Q:
    asks = Q(state__in=[CopyState.NEEDS_ACTION, CopyState.REFUSED]) | Q(reason_code__in=ASKS_A_PERSON)
    late = Q(due_at__lte=now, sent_at__isnull=True)
    owed, lacks = ~Q(state__in=OVER), Q(documents_left_behind__gt=0)
    return {
        Show.PERSON: owed & (asks | late) | lacks,
        Show.KEPT: Q(state=CopyState.BLOCKED) & ~late,
        Show.GOING: owed & ~(asks | late | lacks) & ~Q(state=CopyState.BLOCKED),
        Show.HOME: Q(state=CopyState.ACKNOWLEDGED),
        Show.OTHER: Q(state__in=[CopyState.SENT_OTHERWISE, CopyState.SUPERSEDED]),
        Show.ALL: Q(),
    }[show]


def _to(rows: QuerySet[Copy], practice_ods: str) -> QuerySet[Copy]:
    if not practice_ods:
        return rows
    return rows.filter(Q(target__ods_code=practice_ods) | Q(target_ods=practice_ods))


def _practices(own: QuerySet[Copy]) -> tuple[tuple[str, str], ...]:
    found = own.values_list("target__ods_code", "target__name", "target_ods").annotate(number=Count("pk"))
    named = {(ods or outside, name or f"the practice {outside}") for ods, name, outside, _ in found}
    return tuple(sorted(named, key=lambda each: each[1]))
