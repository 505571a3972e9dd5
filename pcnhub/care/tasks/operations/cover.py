"""Saying that somebody is away and who stands in: nothing of theirs may wait for a holiday to end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Cover
from pcnhub.care.tasks.operations.arriving import return_unseen
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, Problem

LONGEST_COVER = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class CoverRequest:
    """`ends_on` is the first day on which the absent one is back."""

    position_id: int
    stand_in_id: int
    starts_on: date
    ends_on: date


def arrange_cover(*, actor: Actor, now: datetime, request: CoverRequest) -> int:
    """Let one position of the actor's organisation stand in for another; its id. A person arranges their own cover, a manager
    anybody's. Raises InvalidInput with every problem, NotPermitted."""
    with unit_of_work(actor):
        _refuse_others(actor, now, request.position_id)
        problems = _problems(actor, now, request)
        if problems:
            raise InvalidInput(problems)
        made = Cover.objects.create(
            organisation_id=actor.organisation.id,
            position_id=request.position_id,
            stand_in_id=request.stand_in_id,
            starts_on=request.starts_on,
            ends_on=request.ends_on,
            made_at=now,
            made_by=actor.user,
        )
        _note(actor, now, made, "tasks.cover-arranged")
        return made.pk


def end_cover(*, actor: Actor, now: datetime, cover_id: int) -> None:
    """The absent one is back from today, or does not go after all. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row = Cover.objects.filter(pk=cover_id, organisation=actor.organisation.id).first()
        if row is None:
            raise NotFound("There is no such cover at your organisation.", remedy="Choose one from the teams page.")
        _refuse_others(actor, now, row.position_id)
        _note(actor, now, row, "tasks.cover-ended")
        today = london_date(now)
        if row.starts_on >= today:
            row.delete()
        elif row.ends_on > today:
            row.ends_on = today
            row.save(update_fields=["ends_on"])
        return_unseen(actor=actor, now=now)


def _refuse_others(actor: Actor, now: datetime, position_id: int) -> None:
    permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
    if position_id == actor.position_id or actor.may(Permission.MANAGE_ORGANISATION):
        return
    raise NotPermitted(
        "You can arrange cover for yourself only.",
        code="not-your-cover",
        remedy="Ask a manager to arrange it for somebody else.",
        who_can=f"a manager at {actor.organisation.name}",
    )


def _problems(actor: Actor, now: datetime, request: CoverRequest) -> list[Problem]:
    found = []
    today = london_date(now)
    here = {each.id: each for each in organisations.positions_at(organisation_id=actor.organisation.id, day=today)}
    for field, given in (("position_id", request.position_id), ("stand_in_id", request.stand_in_id)):
        if given not in here:
            message = "This is not an active position of your organisation"
            found.append(Problem(field, "not-here", message, "Choose one from the list", str(given)))
    if request.position_id == request.stand_in_id:
        found.append(Problem("stand_in_id", "same", "Nobody can stand in for themselves", "Choose somebody else"))
    elif request.stand_in_id in here and not here[request.stand_in_id].accepts_cross_organisation_tasks:
        message = "This person does not accept tasks from other organisations"
        remedy = "Choose somebody who does, or have their position changed"
        found.append(Problem("stand_in_id", "not-accepting", message, remedy))
    if request.starts_on < today:
        found.append(Problem("starts_on", "past", "The first day is in the past", "Enter today or later"))
    if request.ends_on <= request.starts_on:
        found.append(Problem("ends_on", "ends-before-it-starts", "They are back before they go", "Give a later day"))
    elif request.ends_on - request.starts_on > LONGEST_COVER:
        found.append(Problem("ends_on", "too-long", "Cover lasts a year at the most", "Give an earlier day"))
    return found + _clashes(request)


def _clashes(request: CoverRequest) -> list[Problem]:
    """Nobody is away twice at once, and nobody stands in while away: a chain of stand-ins ends with nobody."""
    meets = Cover.objects.filter(starts_on__lt=request.ends_on, ends_on__gt=request.starts_on)
    remedy = "End that cover first, or choose other days"
    found = []
    if meets.filter(position=request.position_id).exists():
        found.append(Problem("position_id", "away-already", "Somebody covers for them on some of these days", remedy))
    if meets.filter(position=request.stand_in_id).exists():
        found.append(Problem("stand_in_id", "away", "This person is away on some of these days", "Choose another"))
    if meets.filter(stand_in=request.position_id).exists():
        message = "They stand in for somebody else on some of these days"
        found.append(Problem("position_id", "stands-in", message, remedy))
    return found


def _note(actor: Actor, now: datetime, row: Cover, action: str) -> None:
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("cover", row.pk),
        detail={
            "position": row.position_id, "stand_in": row.stand_in_id,
            "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat(),
        },
    )  # fmt: skip
    publish_once(actor=actor, now=now, fact="tasks.teams-changed")
