"""What one row of a rehearsal has in hand while its steps follow one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pcnhub.care.appointments.queries import slots_of_session
from pcnhub.care.appointments.rules import SlotState
from pcnhub.connections.gpconnect.client import Link, Place
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir import resources as r
from pcnhub.rehearsal.stage import Person, Scene, Stage
from pcnhub.rehearsal.ways import Browser, StepFailed


@dataclass(slots=True)
class Play:
    """One organisation's way through the steps. `settle` waits until the worker has done what the steps so far asked of it; it
    raises StepFailed when nobody does. Ids are what steps before found out."""

    stage: Stage
    scene: Scene
    link: Link
    place: Place
    settle: Callable[[], None]
    hub_patient_id: int = 0
    booking_id: int = 0
    consultation_id: int = 0
    task_id: int = 0
    by_gp_connect: tuple[r.Appointment, str] | None = None  # the appointment and its version
    _open: dict[int, Browser] = field(default_factory=dict)

    def free_slots(self) -> list[int]:
        """The numbers of the free slots in this row's own session, earliest first."""
        with unit_of_work(self.stage.hub):
            slots = slots_of_session(session_id=self.scene.session_id)
        return [slot.id for slot in slots if slot.state == SlotState.FREE]

    def as_clinician(self) -> Browser:
        return self._browser(self.scene.clinician)

    def as_reception(self) -> Browser:
        return self._browser(self._here(self.scene.reception))

    def as_doctor(self) -> Browser:
        return self._browser(self._here(self.scene.doctor))

    @staticmethod
    def _here(person: Person | None) -> Person:
        if person is None:
            raise StepFailed("Nobody of this organisation works on these pages.")
        return person

    def _browser(self, person: Person) -> Browser:
        if person.account_id not in self._open:
            self._open[person.account_id] = self.stage.browser(person)
        return self._open[person.account_id]

    def close(self) -> None:
        for browser in self._open.values():
            browser.close()
        self._open.clear()


@contextmanager
def closing(play: Play) -> Iterator[Play]:
    try:
        yield play
    finally:
        play.close()
