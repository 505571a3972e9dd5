"""What every change of a test request does: compare and set, a line of history, and the record, together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pcnhub.care.investigations.models import Investigation, InvestigationEvent
from pcnhub.care.investigations.rules import FOLLOWS, STATE_WORDS, InvestigationState
from pcnhub.foundations.audit.trail import Basis, Subject, record
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict


class InvestigationMovedOn(Conflict):
    """Somebody else has taken a step since this page was shown, or the step does not follow."""

    code = "investigation-moved-on"
    remedy = "Look at the test request again, then decide."


def write(
    actor: Actor,
    now: datetime,
    row: Investigation,
    version: int,
    to: InvestigationState,
    *,
    note: str,
    action: str,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Raises InvestigationMovedOn."""
    if to not in FOLLOWS[InvestigationState(row.state)]:
        words = STATE_WORDS[InvestigationState(row.state)].lower()
        raise InvestigationMovedOn(f"The test request stands at: {words}.")
    changed = Investigation.objects.filter(pk=row.pk, version=version, state=row.state).update(
        state=to, version=version + 1, state_changed_at=now, **(changes or {})
    )
    if changed != 1:
        raise InvestigationMovedOn("Somebody else has taken a step with this test request since you opened it.")
    note_line(actor, now, row, to, note)
    keep_on_record(actor, now, row, action, version + 1)


def note_line(actor: Actor, now: datetime, row: Investigation, state: InvestigationState, note: str) -> None:
    InvestigationEvent.objects.create(
        organisation_id=actor.organisation.id,
        investigation=row,
        state=state,
        note=note,
        at=now,
        by=actor.user,
        by_name=actor.name,
    )


def keep_on_record(actor: Actor, now: datetime, row: Investigation, action: str, version: int) -> None:
    is_sender = row.organisation_id == actor.organisation.id
    patient_id = row.patient_id if is_sender else row.receiver_patient_id
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("investigation", row.pk, patient_id, row.nhs_number),
        data_organisation_id=row.to_organisation_id if is_sender else row.organisation_id,
        basis=Basis("test request" if is_sender else "received test request"),
        detail={"version": version},
    )
    publish_once(actor=actor, now=now, fact="investigations.changed")
