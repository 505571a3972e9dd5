"""The layer over HTTP: the patients' pages of a running hub, as a browser in which a link was opened sends their forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.client import HTTPException

from tests.proof.histories.attempts import Answer, Outcome
from tests.proof.histories.door import Door
from tests.proof.histories.layers import Wanted
from tests.proof.histories.patients import Patients

BY_NAME = "select id from appointments_booking where booked_by_ods_code || ':' || idempotency_key = %s"


@dataclass
class OwnDoor(Patients):
    """Books. "Booked" and "booked already" lead to the same page: both are `granted`. It has no number of the booking: that is
    looked for by its name, and one that is not there is one that was promised and is missing. A no says nothing of the seat: a
    patient reads the same where it is taken and where their practice's share is used up."""

    port: int = 0
    name: str = "patient-door"
    sessions: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = Door(self.book_of_hub, self.port)

    def reconnect(self) -> None:
        super().reconnect()
        self.wire.reconnect()

    def book(self, wanted: Wanted, link: int) -> Answer:
        from tests.proof.histories.caller import observer

        fields = {"idempotency_key": wanted.key, "link": str(link)}
        try:
            path = f"/own/times/{wanted.attempt.takes[0]}"
            status, leads_to, _ = self.wire.post(path, fields, f"pcnhub-own={self._session(link)}")
        except (OSError, HTTPException) as error:
            self.wire.hang_up()
            return Answer(Outcome.IN_DOUBT, f"cut off: {type(error).__name__}")
        if (status, leads_to) == (302, "/own/appointment"):
            found = observer().execute(BY_NAME, [wanted.attempt.wish]).fetchone()
            return Answer(Outcome.GRANTED, booking=found[0] if found else None)
        return Answer(Outcome.IN_DOUBT if status >= 500 else Outcome.REFUSED, f"http {status}")

    def _session(self, link: int) -> str:
        """As opening the link would leave it."""
        from pcnhub.entrances.public.session import LINK, OwnSession

        if link not in self.sessions:
            held = OwnSession()
            held[LINK] = link
            held.save()
            self.sessions[link] = held.session_key or ""
        return self.sessions[link]
