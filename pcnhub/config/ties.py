"""Which rooms are asked what they have open about a person, before a registration ends or is merged."""

from pcnhub.care.appointments import queries as appointments
from pcnhub.care.consultations import queries as consultations
from pcnhub.care.patients.operations import ties

TELLERS: tuple[ties.Teller, ...] = (appointments.ties, consultations.ties)


def wire() -> None:
    """Tells the room. Called once, when every room is loaded."""
    ties.wire(TELLERS)
