"""What the room does when it hears of something: one call each, acting for the hub, or for the practice that receives."""

from __future__ import annotations

from pcnhub.care.writeback.operations import (
    ask_release,
    catch_up,
    deliver_documents,
    documents_changed,
    follow_with_documents,
    look,
    release,
    send_copy,
    take_in_drugs,
)
from pcnhub.foundations.jobs.outbox import Told


def on_finished(told: Told) -> None:
    """A consultation was finished or amended, or somebody asked for another try."""
    send_copy(
        actor=told.actor,
        now=told.now,
        consultation_id=told.payload["consultation_id"],
        version=told.payload["version"],
    )


def on_reason_gone(told: Told) -> None:
    """An agreement became active, a practice chose its settings, or patients were linked: kept copies are tried again."""
    ask_release(actor=told.actor, now=told.now, key=str(told.job_id))


def on_release_asked(told: Told) -> None:
    """One patient's kept copies are tried again."""
    release(actor=told.actor, now=told.now, patient_id=told.payload["patient_id"])


def on_linked(told: Told) -> None:
    """Somebody found out who an unregistered patient is: what was kept of them goes home, under either of their rows."""
    for patient_id in sorted({told.payload["from_id"], told.payload["patient_id"]}):
        catch_up(actor=told.actor, now=told.now, patient_id=patient_id)


def on_look_due(told: Told) -> None:
    """The time of a report has come, is nearly up, or is over."""
    look(actor=told.actor, now=told.now, copy_id=told.payload["copy_id"])


def on_drugs_arrived(told: Told) -> None:
    """A copy was filed: the practice's own side looks at its medication."""
    take_in_drugs(actor=told.actor, now=told.now, receipt=told.payload["receipt"])


def on_version_arrived(told: Told) -> None:
    """A later version was filed: what came with the consultation is confidential, or in error, where that says so."""
    follow_with_documents(actor=told.actor, now=told.now, receipt=told.payload["receipt"])


def on_documents_due(told: Told) -> None:
    """A copy was filed: what belongs to the consultation goes after it."""
    deliver_documents(actor=told.actor, now=told.now, copy_id=told.payload["copy_id"])


def on_documents_changed(told: Told) -> None:
    """A document was filed to a consultation, or taken away from it."""
    documents_changed(actor=told.actor, now=told.now, consultation_id=told.payload["consultation_id"])
