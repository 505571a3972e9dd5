"""How much of its patients' records an organisation has brought in: before it lets others ask for them."""

from __future__ import annotations

from dataclasses import dataclass

from pcnhub.care.patients.queries import regular_ids
from pcnhub.care.records.models import SectionCoverage
from pcnhub.care.records.rules import Section
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Held:
    """Numbers of people: the active regular patients, and those of them whose allergies and medication were brought in."""

    patients: int
    allergies: int
    medication: int

    @property
    def is_anything(self) -> bool:
        return bool(self.allergies or self.medication)

    @property
    def is_everybody(self) -> bool:
        return self.patients == self.allergies == self.medication


def held(*, actor: Actor) -> Held:
    """Of the acting organisation: numbers alone, nobody is named."""
    with unit_of_work(actor):
        patients = regular_ids(actor=actor)
        rows = SectionCoverage.objects.filter(
            organisation=actor.organisation.id, section__in=(Section.ALLERGIES, Section.MEDICATION)
        )
        of = {section: set[int]() for section in (Section.ALLERGIES, Section.MEDICATION)}
        for patient_id, section in rows.values_list("patient_id", "section"):
            if patient_id in patients:
                of[Section(section)].add(patient_id)
        return Held(len(patients), len(of[Section.ALLERGIES]), len(of[Section.MEDICATION]))
