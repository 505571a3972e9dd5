"""What a room above says before a practice's documents open: whether the patient has to be asked, and what they answered.

That room keeps the answers with the record; this one stands beneath it, so `config` hands the question over at start-up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pcnhub.care.patients.queries import PatientView
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import Refusal

# (actor, now, the actor's own patient, the practice, the agreement's id) -> why its documents stay closed, or None
Asker = Callable[[Actor, datetime, PatientView, OrganisationRef, int | None], Refusal | None]

_askers: list[Asker] = []


def wire(asker: Asker) -> None:
    """Called once by `config`."""
    _askers[:] = [asker]


def require_answer(
    actor: Actor, now: datetime, patient: PatientView, practice: OrganisationRef, agreement_id: int | None
) -> None:
    """Raises what the room above answers. In the running unit of work."""
    for ask in _askers:
        if why := ask(actor, now, patient, practice, agreement_id):
            raise why
