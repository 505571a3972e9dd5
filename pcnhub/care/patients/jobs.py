"""What the room does when it hears of something: one call each."""

from __future__ import annotations

from pcnhub.care.patients.operations import follow_practice
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.refusals import NotShared


def on_imported(told: Told) -> None:
    """Acts for a hub whose practice brought in a new list."""
    try:
        follow_practice(actor=told.actor, now=told.now, practice_id=told.payload["practice_id"])
    except NotShared:
        # Nothing of this practice's may be read: the hub learns of changes with the first import after activation.
        return
