"""The audit as its organisation reads it: what its people did, and what others did with its data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import NotPermitted

PERMISSION = "view-audit"  # a test holds it to organisations.rules.Permission
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What to show; what is left out doesn't restrict. Days are London's, both included. `action` is a whole action, or the
    word before its dot; `users` are those of `users_named`."""

    day_from: date | None = None
    day_to: date | None = None
    action: str = ""
    users: tuple[str, ...] = ()
    others_only: bool = False


@dataclass(frozen=True, slots=True)
class EventView:
    """One event, without the patient: who that was is on the page "who saw this patient?"."""

    id: int
    sequence: int
    organisation_id: int
    at: datetime
    user_name: str
    role_name: str
    identity: str
    purpose: str
    action: str
    subject_type: str
    subject_id: int | None
    patient_id: int | None
    basis: str
    reason: str
    origin: str
    request_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of events, the newest first; `number` counts from 1."""

    items: tuple[EventView, ...]
    number: int
    pages: int
    total: int


def events(*, actor: Actor, now: datetime, wanted: EventFilter, page: int = 1) -> EventPage:
    """The events that the actor's organisation may read. Reading them is an event too. Raises NotPermitted."""
    if not actor.may(PERMISSION):
        raise NotPermitted(
            f"Your position at {actor.organisation.name} does not let you see who opened records.",
            remedy="If it is part of your job, ask for the activity to be added to your position, then sign in again.",
            who_can=f"an administrator of {actor.organisation.name}",
        )
    with unit_of_work(actor):
        rows = AuditEvent.objects.filter(_matching(actor, wanted))
        total = rows.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        shown = rows.order_by("-at", "-pk")[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        record(
            actor=actor,
            now=now,
            action="audit.listed",
            subject=Subject("audit"),
            detail={"found": total, "page": number},
        )
        return EventPage(tuple(_view(row, actor.organisation.id) for row in shown), number, pages, total)


def decisions(*, actor: Actor, action: str, at: Collection[datetime]) -> tuple[EventView, ...]:
    """What the actor's organisation decided at these instants, by the action's name, oldest first: each with its place in the
    chain, where it can be proved. Whoever asks has said already that the actor may know of such decisions."""
    with unit_of_work(actor):
        mine = AuditEvent.objects.filter(organisation_id=actor.organisation.id, at__in=at, action=action)
        return tuple(_view(row, actor.organisation.id) for row in mine.order_by("sequence"))


def actions(*, actor: Actor) -> tuple[str, ...]:
    """The words before the dot of every action that the organisation's audit has, for a filter."""
    with unit_of_work(actor):
        rows = AuditEvent.objects.filter(_readable(actor)).values_list("action", flat=True).distinct()
        return tuple(sorted({action.partition(".")[0] for action in rows}))


def users_named(*, actor: Actor, text: str) -> tuple[str, ...]:
    """Who of the readable audit has this in their name, such as `account:7`: names stay out of addresses."""
    with unit_of_work(actor):
        rows = AuditEvent.objects.filter(_readable(actor), user_name__icontains=text)
        return tuple(rows.order_by("user").values_list("user", flat=True).distinct())


def names_of(*, actor: Actor, users: tuple[str, ...]) -> tuple[str, ...]:
    """The names under which these users stand in the readable audit."""
    with unit_of_work(actor):
        rows = AuditEvent.objects.filter(_readable(actor), user__in=users)
        return tuple(rows.order_by("user_name").values_list("user_name", flat=True).distinct())


def _readable(actor: Actor) -> Q:
    """The policy of the table says the same; here it is for the index."""
    mine = actor.organisation.id
    return Q(organisation_id=mine) | Q(data_organisation_id=mine)


def _matching(actor: Actor, wanted: EventFilter) -> Q:
    matching = _readable(actor)
    if wanted.others_only:
        matching &= ~Q(organisation_id=actor.organisation.id)
    if wanted.day_from is not None:
        matching &= Q(at__gte=day_bounds(wanted.day_from)[0])
    if wanted.day_to is not None:
        matching &= Q(at__lt=day_bounds(wanted.day_to)[1])
    if wanted.action:
        matching &= Q(action=wanted.action) | Q(action__startswith=f"{wanted.action}.")
    if wanted.users:
        matching &= Q(user__in=wanted.users)
    return matching


def _view(row: AuditEvent, own: int) -> EventView:
    return EventView(
        id=row.pk,
        sequence=row.sequence,
        organisation_id=row.organisation_id,
        at=row.at,
        user_name=row.user_name,
        role_name=row.role_name or row.role_code,
        identity=row.identity,
        purpose=row.purpose,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        patient_id=row.patient_id if row.organisation_id == own and row.agreement_id is None else None,
        basis=row.basis,
        reason=row.reason,
        origin=row.origin,
        request_id=row.request_id,
        detail=row.detail,
    )
