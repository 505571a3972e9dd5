"""The layer over HTTP: the staff pages of a running hub, as a browser that is signed in sends their forms."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
from collections.abc import Mapping
from urllib.parse import urlencode

from tests.proof.histories.attempts import Answer, Kind, Outcome
from tests.proof.histories.book import Book
from tests.proof.histories.layers import Wanted

PATIENCE = 20.0  # seconds
TAKEN = "This slot was just taken"  # as the page's title says; a share that is used up is a 409 too
_BOOKING = re.compile(r"/bookings/(\d+)$")


class Door:
    """Books and cancels. A page says "booked" and "booked already" alike by where it leads: both are `granted`."""

    name = "door"

    def __init__(self, book: Book, port: int) -> None:
        self.book, self.port = book, port
        self.token = secrets.token_hex(16)
        self.connection: http.client.HTTPConnection | None = None

    def reconnect(self) -> None:
        """Raises OSError while nobody serves."""
        self.hang_up()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE):
            pass

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def make(self, wanted: Wanted) -> Answer:
        try:
            return self._cancel(wanted) if wanted.attempt.kind is Kind.CANCEL else self._book(wanted)
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            return Answer(Outcome.IN_DOUBT, f"cut off: {type(error).__name__}")

    def _book(self, wanted: Wanted) -> Answer:
        path = f"/patients/{wanted.patient.own_id}/book/{wanted.attempt.takes[0]}"
        fields = {"reason": "Proof", "patient_agrees": "on", "idempotency_key": wanted.key}
        status, leads_to, page = self._post(wanted, path, fields)
        if status == 302 and (found := _BOOKING.search(leads_to)):
            return Answer(Outcome.GRANTED, booking=int(found[1]))
        return _refused(status, Outcome.TAKEN if TAKEN in page else Outcome.REFUSED)

    def _cancel(self, wanted: Wanted) -> Answer:
        path = f"/bookings/{wanted.booking}/cancel"
        status, leads_to, _ = self._post(wanted, path, {"version": str(wanted.version), "reason": "Proof"})
        if status == 302 and _BOOKING.search(leads_to):
            return Answer(Outcome.DONE)
        return _refused(status, Outcome.MOVED_ON)

    def _post(self, wanted: Wanted, path: str, fields: Mapping[str, str]) -> tuple[int, str, str]:
        return self.post(path, fields, f"pcnhub-session={self.book.sessions[wanted.desk.ods_code]}")

    def post(self, path: str, fields: Mapping[str, str], session: str) -> tuple[int, str, str]:
        """Status, where the answer leads to, and the page. `session`: as a cookie."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.connection.request(
            "POST",
            path,
            urlencode({**fields, "csrfmiddlewaretoken": self.token}),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"{session}; pcnhub-csrf={self.token}",
            },
        )
        response = self.connection.getresponse()
        page = response.read().decode()
        return response.status, response.getheader("Location", ""), page


def _refused(status: int, conflict: Outcome) -> Answer:
    if status == 409:
        return Answer(conflict, "http 409")
    if status >= 500:  # the page failed, perhaps only on its way out
        return Answer(Outcome.IN_DOUBT, f"http {status}")
    return Answer(Outcome.REFUSED, f"http {status}")
