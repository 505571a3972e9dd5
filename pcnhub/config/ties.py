"""Which rooms are asked what they have open: about a person, before a registration ends or is merged; about a task, before it
is closed; about the patient's permission, before a practice's documents are opened. And who answers readiness what it can't
look up beneath itself."""

from pcnhub.care.appointments import queries as appointments
from pcnhub.care.consultations import queries as consultations
from pcnhub.care.documents.queries import asking
from pcnhub.care.investigations import operations as investigations
from pcnhub.care.patients.operations import ties
from pcnhub.care.records.queries.permission import why_documents_closed
from pcnhub.care.tasks.operations import holds
from pcnhub.entrances.staff.session import open_for_rehearsal
from pcnhub.insight.continuity import checks as continuity
from pcnhub.insight.evidence import telling as evidence
from pcnhub.insight.readiness import told
from pcnhub.insight.readiness.rules import Check
from pcnhub.rehearsal import checks as rehearsal
from pcnhub.rehearsal import ways
from pcnhub.rehearsal.telling import rehearsed

TELLERS: tuple[ties.Teller, ...] = (appointments.ties, consultations.ties)
TOLD: dict[str, Check] = {**continuity.CHECKS, **rehearsal.CHECKS}
HOLDERS: tuple[holds.Holder, ...] = (investigations.hold,)


def wire() -> None:
    """Tells the rooms. Called once, when every room is loaded."""
    ties.wire(TELLERS)
    holds.wire(HOLDERS)
    told.wire(TOLD)
    evidence.wire(rehearsed)
    asking.wire(why_documents_closed)
    ways.wire(open_for_rehearsal)
