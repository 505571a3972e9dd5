"""What came of one message from a mailbox."""

from __future__ import annotations

from dataclasses import dataclass

from pcnhub.connections.mesh.models import Outgoing
from pcnhub.connections.mesh.states import InState


@dataclass(frozen=True, slots=True)
class Outcome:
    """`said` is for a person and names no patient. `settles`: the message of ours that it is about."""

    state: InState
    code: str = ""
    said: str = ""
    settles: Outgoing | None = None
    document_id: str = ""
    patient_id: int | None = None
