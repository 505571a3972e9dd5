"""What row security knows of whoever acts: six settings of the transaction, the same on every connection."""

from __future__ import annotations

from pcnhub.foundations.database.rehearsing import rehearsal_going
from pcnhub.foundations.kernel.actors import Actor

SET_CONTEXT = """select set_config('pcnhub.organisation', %s, true), set_config('pcnhub.user', %s, true),
  set_config('pcnhub.purpose', %s, true), set_config('pcnhub.rehearsal', %s, true),
  set_config('pcnhub.patient', %s, true), set_config('pcnhub.patient_number', %s, true)"""
NOBODY = ("",) * 6


def context_of(actor: Actor) -> tuple[str, ...]:
    """In the order of `SET_CONTEXT`."""
    going = rehearsal_going()
    return (
        str(actor.organisation.id),
        actor.user,
        actor.purpose.value,
        str(going.run_id) if going else "",
        str(actor.patient.id) if actor.patient else "",
        actor.patient.nhs_number if actor.patient else "",
    )
