"""Which tasks an organisation sent or received will be late by an instant. Whom they are about is not asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.rules import OPEN, UNACCEPTED, TaskPriority, accept_by
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds


@dataclass(frozen=True, slots=True)
class DueTask:
    """An open task: until `due_at` its receiver is to accept it or, once accepted, to have done it."""

    id: int
    sender: OrganisationRef
    receiver: OrganisationRef
    due_at: datetime
    is_accepted: bool
    is_urgent: bool


def falling_due(*, actor: Actor, before: datetime) -> tuple[DueTask, ...]:
    """The open tasks of either end of the actor's organisation whose time runs out before that instant, those that are late
    already too, the soonest first; of however many, in as many statements. Test tasks are nobody's to wait for."""
    with unit_of_work(actor):
        mine = Q(organisation=actor.organisation.id) | Q(to_organisation=actor.organisation.id)
        rows = list(
            Task.objects.filter(mine, state__in=OPEN, is_test=False).values_list(
                "pk", "organisation", "to_organisation", "state", "priority", "sent_at", "due_on"
            )
        )
    ends = {end for row in rows for end in row[1:3]}
    references = {each.id: each for each in organisations.organisation_refs(ids=sorted(ends))}
    hours = organisations.opening_hours_of(organisation_ids=sorted(ends))
    found = []
    for pk, sender, receiver, state, priority, sent_at, due_on in rows:
        is_accepted = state not in UNACCEPTED
        due_at = day_bounds(due_on)[1] if is_accepted else accept_by(sent_at, TaskPriority(priority), hours[receiver])
        if due_at < before:
            urgent = priority == TaskPriority.URGENT
            found.append(DueTask(pk, references[sender], references[receiver], due_at, is_accepted, urgent))
    return tuple(sorted(found, key=lambda each: (each.due_at, each.id)))
