"""What the worker asks the service for: one person of a run of tracing, whom GP Connect has booked, and whoever something is
about to leave the hub of."""

from __future__ import annotations

from pcnhub.care.consultations.queries import finished_version
from pcnhub.care.patients.queries.claims import undecided
from pcnhub.connections.pds import claiming, linking
from pcnhub.connections.pds.words import Patience
from pcnhub.foundations.jobs.outbox import Told


def on_trace_asked(told: Told) -> None:
    linking.trace_one(
        actor=told.actor, now=told.now, patient_id=told.payload["patient_id"], run_id=told.payload["run_id"]
    )


def on_booked_on_old_trace(told: Told) -> None:
    """Of whom another organisation's system has booked. While the service gives no answer it is asked again, later."""
    linking.trace_booked(actor=told.actor, now=told.now, patient_id=told.payload["patient_id"])


def on_claim_asked(told: Told) -> None:
    """Of somebody whom two practices claim. Who is settled by now, or the service says nothing plain of, is left."""
    number = undecided(actor=told.actor, now=told.now).get(told.payload["patient_id"])
    if number is not None:
        claiming.ask(actor=told.actor, now=told.now, nhs_number=number, patience=Patience.BATCH)


def on_leaving(told: Told) -> None:
    """Of a consultation's copy, or of a patient's. While the service gives no answer, what was to leave waits behind this."""
    patient_id = told.payload.get("patient_id")
    if patient_id is None:
        version = finished_version(
            actor=told.actor, consultation_id=told.payload["consultation_id"], number=told.payload["version"]
        )
        patient_id = version.patient_id
    linking.retrace_before_leaving(actor=told.actor, now=told.now, patient_id=patient_id)
