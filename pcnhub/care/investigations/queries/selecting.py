"""Which test requests an actor sees at all."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from pcnhub.care.investigations.models import Investigation
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks.rules import TaskState
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

# One step on from being sent, and that was the sender's own: nobody at the practice ever had it
NEVER_DELIVERED = Q(task__state=TaskState.SENT) | Q(task__state=TaskState.WITHDRAWN, task__version__lte=2)


def visible(actor: Actor) -> QuerySet[Investigation]:
    """Those of either side; of a protected patient only for who may see such. To the practice a request is nothing before its
    task is delivered: who the patient is may be being asked.

    The patients are reached through the task, where both may be missing: the practice can't read the hub's row of somebody who
    has moved away since, and the request must not vanish from its list for that.
    """
    received = Q(to_organisation=actor.organisation.id) & ~NEVER_DELIVERED
    rows = Investigation.objects.filter(Q(organisation=actor.organisation.id) | received)
    if actor.may(Permission.VIEW_SENSITIVE):
        return rows
    hidden = Q(task__patient__is_sensitive=True) | Q(task__receiver_patient__is_sensitive=True)
    return rows.exclude(hidden).exclude(receiver_patient__is_sensitive=True)


def row_of(*, actor: Actor, investigation_id: int) -> Investigation:
    """The table's row, for operations. Raises NotFound."""
    row = visible(actor).filter(pk=investigation_id).first()
    if row is None:
        raise NotFound(
            "There is no such test request here.",
            remedy="Look in the list of test requests.",
            who_can="someone at the organisation that asked or was asked",
        )
    return row
