"""Who is not in a whole list stays registered, unless a person who reviews it says otherwise: for all of them at once.

An export of current patients names nobody who left, so that they are told from being missing alone; and so is whoever's row
could not be read. That is why it is a choice of its own, made at the review, shown there, and undone with the import.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.patients.operations.imports.receiving import ask_to_check
from pcnhub.care.patients.operations.imports.steps import locked, note
from pcnhub.care.patients.rules import ImportState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


def choose_absent(*, actor: Actor, now: datetime, batch_id: int, ends: bool) -> None:
    """Whether taking this list in ends the registration of the active patients whom it does not name, on the day on which it was
    received. It is checked again, and its changes shown with them (or without). Raises NotFound, NotPermitted, NotAtThisStep
    (not at its review), InvalidInput (a file of changes alone says nothing of whom it does not name)."""
    with unit_of_work(actor):
        batch, grant = locked(actor=actor, now=now, batch_id=batch_id, steps=[ImportState.CHECKED])
        if batch.is_delta:
            raise InvalidInput(
                [
                    Problem(
                        "ends",
                        "list-not-whole",
                        "This file names only who is new or changed: nobody is missing from it.",
                        "Import the whole list to end the registration of those who are not in it.",
                    )
                ]
            )
        batch.ends_absent, batch.state, batch.failure, batch.rows_done = ends, ImportState.RECEIVED, "", 0
        batch.save(update_fields=["ends_absent", "state", "failure", "rows_done"])
        note(batch, "patients.import-absent-chosen", grant, actor=actor, now=now, ends=str(ends).lower())
        ask_to_check(batch, actor=actor, now=now)
