"""Who answers which line, and the words in which the lines say whose move it is and how often they are asked."""

from __future__ import annotations

from typing import TypedDict

from pcnhub.care.appointments import checks as appointments
from pcnhub.care.consultations import checks as consultations
from pcnhub.care.documents import checks as documents
from pcnhub.care.investigations import checks as investigations
from pcnhub.care.organisations import checks as organisations
from pcnhub.care.patients import checks as patients
from pcnhub.care.sharing import checks as sharing
from pcnhub.care.tasks import checks as tasks
from pcnhub.care.writeback import checks as writeback
from pcnhub.connections.gpconnect import probes as gpconnect
from pcnhub.connections.mail import probes as mail
from pcnhub.connections.mesh import checks as mesh
from pcnhub.connections.mesh import probes as mesh_probes
from pcnhub.connections.pds import checks as pds
from pcnhub.connections.pds import probes as pds_probes
from pcnhub.connections.probing import Probe
from pcnhub.insight.readiness import machine, patients_door
from pcnhub.insight.readiness.rehearsed import and_rehearsed, called_and_rehearsed
from pcnhub.insight.readiness.rules import (
    ByAttestation,
    ByProbe,
    ByState,
    Check,
    Concerns,
    Mover,
    NotYet,
    Often,
    Proof,
)

HUB, PRACTICE, BOTH = Concerns
ICB, RA, SUPPLIER, NHSBSA, NHS_111 = Mover.ICB, Mover.RA, Mover.SUPPLIER, Mover.NHSBSA, Mover.NHS_111
BY_HUB, BY_PRACTICE, BY_EITHER = (Mover.HUB,), (Mover.PRACTICE,), (Mover.HUB, Mover.PRACTICE)
ONCE, HOURLY, DAILY, WEEKLY, MONTHLY, BEFORE_SESSION = Often

PRESCRIBING = "Not yet in this release: nothing is prescribed here."
MESSAGING = "Not yet in this release: no messages to patients are sent from here."
REPORTS = "Not yet in this release: there are no reports and no national extract here."
CASE_REPORTS = "Not yet in this release: reports of 111 are not taken in here."
REMINDERS = "Not yet in this release: patients book and cancel by links of their own, and nobody is reminded from here."
NO_CALL = "Not yet in this release: nothing here makes that call."

ANSWERS: dict[str, Check] = {
    **organisations.CHECKS,
    **sharing.CHECKS,
    **patients.CHECKS,
    **documents.CHECKS,
    **appointments.CHECKS,
    **consultations.CHECKS,
    **tasks.CHECKS,
    **investigations.CHECKS,
    **writeback.CHECKS,
    **mesh.CHECKS,
    **pds.CHECKS,
    **machine.CHECKS,
}  # a line that says `state(...)`, and that no room answers, is a KeyError at import

PROBES: dict[str, Probe] = {
    **gpconnect.PROBES,
    **mesh_probes.PROBES,
    **mail.PROBES,
    **pds_probes.PROBES,
    **machine.PROBES,
    **patients_door.PROBES,
}
"""What only real calls can answer, as connections export it: `probe(*, actor, hub, now)`, called outside any unit of work."""


class _Proved(TypedDict):
    proof: Proof
    else_attested: ByAttestation | None


def state(check_id: str) -> ByState:
    return ByState(ANSWERS[check_id])


def state_or_rehearsal(check_id: str) -> ByState:
    """Proved by what the tables hold, and by a rehearsal's steps where they do not know."""
    return ByState(and_rehearsed(check_id, ANSWERS[check_id]), or_rehearsed=True)


def probed(check_id: str, attested: ByAttestation) -> _Proved:
    """Proved by a real call, and by a person where that call can't be made."""
    if check_id not in PROBES:
        return {"proof": attested, "else_attested": None}
    return {"proof": ByProbe(PROBES[check_id]), "else_attested": attested}


def probed_or_rehearsed(check_id: str, attested: ByAttestation) -> _Proved:
    call = called_and_rehearsed(check_id, PROBES[check_id])
    return {"proof": ByProbe(call, or_rehearsed=True), "else_attested": attested}


def probe(check_id: str, *, missing: str) -> Proof:
    """Proved by a real call alone."""
    return ByProbe(PROBES[check_id]) if check_id in PROBES else NotYet(missing)
