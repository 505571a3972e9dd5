"""What the steps of an import share: who may take them, and how each is put on record."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.models import ImportBatch
from pcnhub.care.patients.queries.imports import find_batch
from pcnhub.care.patients.rules import ImportState
from pcnhub.care.sharing.gate import Grant
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Refusal

log = logging.getLogger(__name__)

AT_ONCE = 20_000
"""Rows up to which a practice's own file is checked and taken in within the call itself, without waiting for the worker."""

TRIES = 3
"""After so many a step that the database refuses waits for a person."""

PERMISSION = Permission.IMPORT_PATIENTS

WORDS = {
    ImportState.RECEIVED: "waits to be checked",
    ImportState.CHECKING: "is being checked",
    ImportState.CHECKED: "is checked and not taken in",
    ImportState.IMPORTING: "is being taken in",
    ImportState.IMPORTED: "is taken in",
    ImportState.UNDOING: "is being undone",
    ImportState.UNDONE: "is undone",
    ImportState.DROPPED: "was dropped",
    ImportState.FAILED: "could not be read",
}


class NotThePractices(NotPermitted):
    """Regular patients belong to a practice; no other organisation may take them in (`domain.md` 1.1)."""

    code = "regular-patients-elsewhere"


class StepFailed(Refusal):
    """The database would not have it, more than once: a person looks, instead of the list standing still for ever."""

    code = "import-step-failed"
    remedy = (
        "Check the file again and take the step once more. If that fails too, drop the file, and send the lines about it in the "
        "worker's log to whoever maintains the hub."
    )
    who_can = "whoever imports patients"


class NotAtThisStep(Conflict):
    """The import is at another step than this act needs."""

    code = "import-at-another-step"


def locked(*, actor: Actor, now: datetime, batch_id: int, steps: Collection[ImportState]) -> tuple[ImportBatch, Grant]:
    """The import, held until the end of the unit of work, while it is at one of these steps. Raises NotAtThisStep, NotFound."""
    row, grant = find_batch(actor=actor, now=now, batch_id=batch_id, to_change=True)
    if row.state not in steps:
        raise NotAtThisStep(
            f"This file {WORDS[ImportState(row.state)]}: somebody was faster, or it is not its turn.",
            remedy="Open the import again to see how it stands.",
        )
    return row, grant


def refuse_unless_practice(actor: Actor) -> None:
    if actor.organisation.kind != OrganisationKind.PRACTICE:
        raise NotThePractices(
            f"{actor.organisation.name} is not a practice: it holds temporary registrations only.",
            remedy="Import each practice's file for that practice.",
            who_can="someone with a position at the practice",
        )


def is_at_once(actor: Actor, batch: ImportBatch) -> bool:
    """Whether the actor may wait for it: the file is the acting practice's own, and small."""
    return batch.organisation_id == actor.organisation.id and batch.rows <= AT_ONCE


@contextmanager
def stopping(*, actor: Actor, batch_id: int, state: ImportState, attempt: int) -> Iterator[None]:
    """A step that is undone whole where it breaks off. What no further try can mend leaves the import at `state`, with the
    reason; what the database refused may pass, and is raised until the try numbered TRIES."""
    with unit_of_work(actor):
        try:
            with unit_of_work(actor):
                yield
        except Refusal as refusal:
            stop(ImportBatch.objects.get(pk=batch_id), refusal, state)
        except DatabaseError as error:
            if attempt < TRIES:
                raise
            # its own words may quote a person
            log.warning("import step failed", extra={"batch": batch_id, "error": type(error).__name__})
            said = StepFailed("The database did not accept this step, and nothing of it was done.")
            stop(ImportBatch.objects.get(pk=batch_id), said, state)


def note(
    batch: ImportBatch, action: str, grant: Grant, *, actor: Actor, now: datetime, reason: str = "", **detail: int | str
) -> None:
    """One event for the act, with the digest of what it does: who is concerned stands with the import."""
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("import", batch.pk),
        data_organisation_id=batch.organisation_id,
        basis=grant.basis,
        reason=reason,
        detail={"sha256": batch.file_sha256, "changes": batch.changes_sha256, **detail},
    )


def tell(batch: ImportBatch, *, fact: str, actor: Actor, now: datetime) -> None:
    """Let the practice's own job take the file's next step, while somebody looks at its page; asked for anew, it is a new job."""
    publish(
        actor=actor,
        now=now,
        fact=fact,
        key=f"{batch.pk}:{now.isoformat()}",
        payload={"batch_id": batch.pk},
        organisation_id=batch.organisation_id,
        is_awaited=True,
    )


def standing(actor: Actor, grant: Grant) -> dict[str, Any]:
    """As whom somebody asks for an act that a job may do: what "who saw this patient?" says of them (`import_acts`)."""
    return {
        "organisation": actor.organisation.id,
        "role": actor.role_name or actor.role_code,
        "basis": grant.basis.name,
        "purpose": actor.purpose.value,
        "is_system": actor.is_system,
    }


def stop(batch: ImportBatch, refusal: Refusal, state: ImportState = ImportState.FAILED) -> None:
    """The file can't go on by itself; why, without a word of the file."""
    batch.state = state
    batch.failure = _unquoted(refusal)
    batch.save(update_fields=["state", "failure"])


def _unquoted(refusal: Refusal) -> str:
    if not isinstance(refusal, InvalidInput):
        return refusal.sentence()
    missing = [each.field for each in refusal.problems if each.code == "column-missing"]
    said = [f"No column means {', '.join(missing)}. Map the file's columns."] if missing else []
    if any(each.code == "column-twice" for each in refusal.problems):
        said.append("Two columns mean the same. Ignore one of the two.")
    others = (each for each in refusal.problems if each.code not in ("column-missing", "column-twice"))
    return " ".join(dict.fromkeys([*said, *(f"{each.message} {each.remedy}" for each in others)]))
