"""The outcomes that a hub lets its clinicians choose, in the order in which they see them."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet

from pcnhub.care.consultations.models import Outcome
from pcnhub.care.consultations.operations.definitions import refuse_named_outcome
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, Problem


def save_outcome(
    *,
    actor: Actor,
    now: datetime,
    code: str,
    name: str,
    place: int | None = None,
    retired_on: date | None = None,
    is_new: bool = False,
) -> int:
    """Add an outcome to the acting hub's list, or change the one with this code; its id.

    `place` is its rank (without one it stays where it is, and a new one goes to the end); `retired_on` the first day on which
    it can no longer be chosen. `is_new` refuses a code that the hub has already, instead of changing that outcome.
    Raises InvalidInput, NotPermitted, and DefinitionMovedOn when a protocol in use rests on what is retired.
    """
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        code, name = code.strip(), name.strip()
        rows = Outcome.objects.select_for_update().filter(hub=actor.organisation.id)
        row = rows.filter(code=code).first()
        problems = _problems(code, name, row, is_new=is_new)
        if retired_on is None and name and _offered(rows, now).filter(name__iexact=name).exclude(code=code).exists():
            # Two of one name could not be told apart where a clinician chooses.
            problems.append(
                Problem("name", "taken", "Another outcome has this name", remedy="Give another.", value=name)
            )
        if problems:
            raise InvalidInput(problems)
        if row is None:
            last = rows.order_by("-place").values_list("place", flat=True).first() or 0
            row = Outcome(hub_id=actor.organisation.id, code=code, place=last + 1 if place is None else place)
            row.name, row.retired_on = name, retired_on
            row.save(force_insert=True)
        else:
            wanted = {"name": name, "place": row.place if place is None else place, "retired_on": retired_on}
            changed = [field for field, value in wanted.items() if getattr(row, field) != value]
            if not changed:
                return row.pk
            if retired_on is not None and row.retired_on is None:
                left = set(_offered(rows, now).values_list("code", flat=True)) - {code}
                refuse_named_outcome(actor=actor, code=code, left=left)
            for field in changed:
                setattr(row, field, wanted[field])
            row.save(update_fields=changed)
        trail.record(
            actor=actor,
            now=now,
            action="consultations.outcome-saved",
            subject=Subject("outcome", row.pk),
            basis=grant.basis,
            detail={"code": code, "retired": retired_on is not None},
        )
        publish_once(actor=actor, now=now, fact="consultations.outcomes-changed")
        return row.pk


def move_outcome(*, actor: Actor, now: datetime, outcome_id: int, up: bool) -> None:
    """Swap an outcome with its neighbour among those that can be chosen; at the end of the list nothing changes.

    Raises NotPermitted and NotFound.
    """
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        rows = list(_offered(Outcome.objects.select_for_update().filter(hub=actor.organisation.id), now))
        before = next((index for index, row in enumerate(rows) if row.pk == outcome_id), None)
        if before is None:
            raise NotFound("There is no such outcome to choose from at your hub.", remedy="Look at the outcomes page.")
        after = before - 1 if up else before + 1
        if not 0 <= after < len(rows):
            return
        rows[before], rows[after] = rows[after], rows[before]
        for place, row in enumerate(rows, 1):  # all of them: several may have shared a place
            if row.place != place:
                row.place = place
                row.save(update_fields=["place"])
        trail.record(
            actor=actor,
            now=now,
            action="consultations.outcome-moved",
            subject=Subject("outcome", outcome_id),
            basis=grant.basis,
            detail={"place": after + 1},
        )


def _of_the_hub(actor: Actor, now: datetime) -> Grant:
    grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
    if actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "Outcomes belong to a hub: its clinicians choose one to finish a consultation.",
            remedy="Ask the hub if one is missing.",
            who_can="the hub's manager",
        )
    return grant


def _offered(rows: QuerySet[Outcome], now: datetime) -> QuerySet[Outcome]:
    holding = Q(retired_on__isnull=True) | Q(retired_on__gt=london_date(now))
    return rows.filter(holding).order_by("place", "name", "pk")


def _problems(code: str, name: str, row: Outcome | None, *, is_new: bool) -> list[Problem]:
    problems = [
        Problem(field, "missing", f"The {field} of the outcome is missing", remedy="Give it.")
        for field, given in (("code", code), ("name", name))
        if not given
    ]
    if is_new and row is not None:
        remedy = "Give another code." if row.retired_on is None else "Bring that one back, or give another code."
        problems.append(Problem("code", "taken", f"{row.name} has this code", remedy=remedy, value=code))
    return problems
