"""Charlie of Outside Surgery, who has the hub in the directory and a patient to book there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pcnhub.care.appointments.models import Booking
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.connections.gpconnect import booking as elsewhere
from pcnhub.connections.gpconnect import directory
from pcnhub.connections.gpconnect.booking import WishElsewhere
from pcnhub.connections.gpconnect.models import BookingElsewhere
from pcnhub.connections.gpconnect.views import ElsewhereView
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW, World, patient
from tests.entrances.gpconnect.bodies import free, open_session

NUMBER = "9990000034"


class Elsewhere:
    """Charlie of Outside Surgery, with a patient of theirs and the hub in their directory."""

    def __init__(self, w: World) -> None:
        self.w, self.charlie = w, w.charlie
        self.slots = free(open_session(w))
        self.day = london_date(self.slots[0].starts_at)
        self.patient_id = patient(w.outside, NUMBER, "Zoë", "O'Neill", date(1990, 1, 1), home_phone="01724 1").pk
        with unit_of_work(installation_actor()), asking_for([NUMBER]):
            Person.objects.create(
                nhs_number=NUMBER, given_name="Zoë", family_name="O'Neill", birth_date=date(1990, 1, 1), gender="female"
            )
        self.endpoint_id = directory.save_endpoint(
            actor=self.charlie,
            now=NOW,
            facts=directory.EndpointFacts(
                ods_code=w.hub.ods_code,
                name="Riverside Hub",
                service_root=f"https://hub.example/{w.hub.ods_code}/STU3/1/gpconnect",
                asid="918999198738",
                phone="01724 222",
            ),
        ).id

    def wish(self, slot: int = 0, **more: object) -> WishElsewhere:
        wanted = WishElsewhere(
            patient_id=self.patient_id,
            endpoint_id=self.endpoint_id,
            slot_id=str(self.slots[slot].id),
            day=self.day,
            idempotency_key="once",
            description="Cough",
            comment="Rings first",
            patient_agrees=True,
        )
        return replace(wanted, **more)  # type: ignore[arg-type]

    def book(self, **more: object) -> ElsewhereView:
        return elsewhere.book(actor=self.charlie, now=NOW, wish=self.wish(**more))  # type: ignore[arg-type]

    def kept(self) -> BookingElsewhere:
        with unit_of_work(self.charlie):
            return BookingElsewhere.objects.get()

    def at_hub(self) -> list[Booking]:
        with unit_of_work(self.w.carys):
            return list(Booking.objects.order_by("pk"))

    def audited(self) -> list[str]:
        with unit_of_work(self.charlie):
            found = AuditEvent.objects.filter(organisation_id=self.w.outside.pk, action__startswith="gpconnect.")
            return [event.action for event in found.order_by("pk")]
