"""The layer "GP Connect over HTTP": a served hub, its real door, and a consumer's bodies, headers and tokens."""

from __future__ import annotations

import http.client
import json
import re
from hashlib import sha256
from typing import Any

from tests.entrances.gpconnect.bodies import BOOKER, ODS, PROFILES, REASON, TYPES
from tests.entrances.gpconnect.calling import OWN_ASID, READ_PATIENT, URN, WRITE_PATIENT, claims, jwt
from tests.proof.histories.attempts import Answer, Kind, Outcome
from tests.proof.histories.book import Book
from tests.proof.histories.door import Door
from tests.proof.histories.layers import Wanted

_MADE = re.compile(r"Appointment/(\d+)/")
USED_UP = re.compile(r"used up")


class Afar(Door):
    """Books and cancels. The door answers "booked" and "booked already" alike, with 201: both are `granted`."""

    name = "gp-connect-http"
    keys = ("gp-connect:gp-connect-http-",)  # how its bookings' keys begin: the door makes them of trace and body

    def __init__(self, book: Book, port: int) -> None:
        super().__init__(book, port)
        self.root = f"/{book.hub_ods}/STU3/1/gpconnect/Appointment"

    def key_of(self, wanted: Wanted) -> str:
        """The key under which the booking will stand."""
        return f"gp-connect:{wanted.key}:{sha256(self._wish(wanted)).hexdigest()}"

    def _book(self, wanted: Wanted) -> Answer:
        status, location, said = self._ask(wanted, "POST", self.root, "create:appointment-1", self._wish(wanted))
        if status == 201 and (made := _MADE.search(location)):
            return Answer(Outcome.GRANTED, booking=int(made[1]))
        return _refused(status, said, Kind.BOOK)

    def _cancel(self, wanted: Wanted) -> Answer:
        """Read, then sent back as cancelled, for a reason of this attempt's own: cancelled twice for one reason, the second is
        answered as the first was."""
        address = f"{self.root}/{wanted.booking}"
        status, _, said = self._ask(wanted, "GET", address, "read:appointment-1")
        if status != 200:
            return _refused(status, said, Kind.CANCEL)
        body = json.loads(said)
        others = [each for each in body["extension"] if each["url"] != REASON]
        body |= {
            "status": "cancelled",
            "extension": [*others, {"url": REASON, "valueString": f"Proof {wanted.attempt.id}"}],
        }
        status, _, said = self._ask(wanted, "PUT", address, "cancel:appointment-1", json.dumps(body).encode())
        return Answer(Outcome.DONE) if status == 200 else _refused(status, said, Kind.CANCEL)

    def _ask(
        self, wanted: Wanted, verb: str, address: str, interaction: str, body: bytes = b""
    ) -> tuple[int, str, str]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        token = jwt(claims(READ_PATIENT if verb == "GET" else WRITE_PATIENT, ods_code=wanted.desk.ods_code))
        headers = {
            "Authorization": f"Bearer {token}",
            "Ssp-TraceID": wanted.key,
            "Ssp-From": "200000000359",
            "Ssp-To": OWN_ASID,
            "Ssp-InteractionID": f"{URN}rest:{interaction}",
            "Accept": "application/fhir+json",
        }
        if body:
            headers["Content-Type"] = "application/fhir+json"
        if verb == "PUT":
            headers["If-Match"] = f'W/"{wanted.version}"'
        self.connection.request(verb, address, body or None, headers)
        response = self.connection.getresponse()
        return response.status, response.getheader("Location", ""), response.read().decode()

    def _wish(self, wanted: Wanted) -> bytes:
        seats = [self.book.place(slot) for slot in wanted.attempt.takes]
        body: dict[str, Any] = {
            "resourceType": "Appointment",
            "meta": {"profile": [PROFILES + "GPConnect-Appointment-1"]},
            "contained": [
                {
                    "resourceType": "Organization",
                    "id": "1",
                    "identifier": [{"system": ODS, "value": wanted.desk.ods_code}],
                    "type": [{"coding": [{"system": TYPES, "code": "gp-practice"}]}],
                    "name": "Proof",
                    "telecom": [{"system": "phone", "value": "0300 303 5678"}],
                }
            ],
            "extension": [{"url": BOOKER, "valueReference": {"reference": "#1"}}],
            "status": "booked",
            "description": "Proof",
            "start": seats[0].starts_at.isoformat(timespec="seconds"),
            "end": seats[-1].ends_at.isoformat(timespec="seconds"),
            "created": seats[0].starts_at.isoformat(timespec="seconds"),
            "slot": [{"reference": f"Slot/{slot}"} for slot in wanted.attempt.takes],
            "participant": [
                {"actor": {"reference": f"Patient/{wanted.patient.hub_id}"}, "status": "accepted"},
                {"actor": {"reference": f"Location/{self.book.site_id}"}, "status": "accepted"},
            ],
        }
        return json.dumps(body).encode()


def _refused(status: int, said: str, kind: Kind) -> Answer:
    if status >= 500:
        return Answer(Outcome.IN_DOUBT, f"http {status}")
    issue = json.loads(said)["issue"][0]
    code, words = issue["details"]["coding"][0]["code"], issue.get("diagnostics", "")
    told = f"http {status} {code}"
    if kind is Kind.CANCEL:
        return Answer(Outcome.MOVED_ON if status in (409, 422) else Outcome.REFUSED, told)
    if USED_UP.search(words):
        return Answer(Outcome.FULL, told)
    outcomes = {"DUPLICATE_REJECTED": Outcome.TAKEN, "FHIR_CONSTRAINT_VIOLATION": Outcome.MOVED_ON}
    return Answer(outcomes.get(code, Outcome.REFUSED), told)
