"""What the worker does for tasks: deliver them, wind their clocks, and look every hour for what no event tells.

Looking is needed because people leave by the calendar: the day on which a position ends, nothing happens that could tell.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.queries import NotTraced
from pcnhub.care.tasks import operations
from pcnhub.care.tasks.models import Team
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import PermanentFailure, Told, publish


def on_leaving(told: Told) -> None:
    """The patient's trace holds: on to the receiving organisation, as the sending one."""
    try:
        operations.hand_over(actor=told.actor, now=told.now, task_id=told.payload["task_id"])
    except (operations.OtherPracticesPatient, NotTraced) as refusal:
        raise PermanentFailure(refusal.message, code=refusal.code, remedy=refusal.remedy) from None


def on_sent(told: Told) -> None:
    """The receipt of delivery, as the receiving organisation."""
    operations.deliver(actor=told.actor, now=told.now, task_id=told.payload["task_id"])


def on_clock_due(told: Told) -> None:
    """One task's clock has come to something, for one of its ends."""
    operations.watch(actor=told.actor, now=told.now, task_id=told.payload["task_id"])


def on_withdraw_asked(told: Told) -> None:
    operations.take_away(actor=told.actor, now=told.now, task_id=told.payload["task_id"])


def on_standing_changed(told: Told) -> None:
    """A task came back, or is open again: its consultation's protocols hear of it, as the sending organisation."""
    operations.tell_consultation(actor=told.actor, now=told.now, task_id=told.payload["task_id"])


def on_test_done(told: Told) -> None:
    operations.answer_test(actor=told.actor, now=told.now, task_id=told.payload["task_id"])


def on_look_due(told: Told) -> None:
    operations.return_unseen(actor=told.actor, now=told.now)
    operations.watch(actor=told.actor, now=told.now)


def ask_to_look(now: datetime) -> None:
    """Once an hour for each organisation that has teams, however many workers ask."""
    for organisation_id in Team.objects.values_list("organisation", flat=True).distinct().order_by("organisation"):
        actor = system_actor_for(organisation_id=organisation_id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="tasks.look-due",
                key=f"{organisation_id}:{now:%Y%m%d%H}",
                payload={"organisation_id": organisation_id},
            )
