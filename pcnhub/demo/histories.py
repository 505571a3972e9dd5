"""Synthetic histories for a few of the demo's patients, so that a record has something to show."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict

from pcnhub.care.records.rules import CodedEntry, Coverage, ItemKind, NewConsultation, NewItem, Passage, Section

# (problem, SNOMED CT code, what is taken for it, how)
_CONDITIONS = (
    ("Essential hypertension", "59621000", "Ramipril 5mg capsules", "One capsule each morning"),
    ("Asthma", "195967001", "Salbutamol 100micrograms/dose inhaler", "Two puffs when needed"),
    ("Type 2 diabetes mellitus", "44054006", "Metformin 500mg tablets", "One tablet twice a day with meals"),
    ("Hypothyroidism", "40930008", "Levothyroxine sodium 50microgram tablets", "One tablet each morning"),
    ("Osteoarthritis", "396275006", "Paracetamol 500mg tablets", "Two tablets up to four times a day"),
)
_ALLERGIES = (("Allergy to penicillin", "91936005"), ("Allergy to peanut", "91935009"))


class History(TypedDict):
    items: list[NewItem]
    consultations: list[NewConsultation]
    coverage: list[Coverage]


def history(patient_id: int, born: date, today: date) -> History:
    """The same history for the same patient: one to three conditions, what is taken, perhaps an allergy, a past visit."""
    draw = random.Random(patient_id)  # noqa: S311 - synthetic people, not secrets
    items: list[NewItem] = []
    for number, (problem, code, medicine, dose) in enumerate(draw.sample(_CONDITIONS, draw.randint(1, 3))):
        began = max(born, today - timedelta(days=draw.randrange(200, 4000)))
        items.append(
            NewItem(ItemKind.PROBLEM, problem, f"problem-{number}", code, "active", starts_on=began, recorded_on=began)
        )
        items.append(
            NewItem(
                ItemKind.MEDICATION,
                medicine,
                f"medication-{number}",
                status="active",
                starts_on=began,
                recorded_on=began,
                detail={"dosage": dose},
            )
        )
    if draw.random() < 0.5:
        term, code = draw.choice(_ALLERGIES)
        items.append(NewItem(ItemKind.ALLERGY, term, "allergy-0", code, "active", recorded_on=today - timedelta(900)))
    seen = today - timedelta(days=draw.randrange(20, 300))
    systolic, diastolic = draw.randrange(110, 160), draw.randrange(65, 95)
    items.append(
        NewItem(
            ItemKind.OBSERVATION,
            "Blood pressure",
            "observation-0",
            "75367002",
            recorded_on=seen,
            detail={"value": f"{systolic}/{diastolic} mmHg"},
        )
    )
    visit = NewConsultation(
        source_key="visit-0",
        title="GP Surgery",
        started_at=datetime.combine(seen, time(10, 20), tzinfo=UTC),
        author_name="Dr F Iqbal",
        author_role="General Medical Practitioner",
        sections=(
            Passage("History", "Annual review. Feels well, takes medication as prescribed."),
            Passage("Plan", "Continue. Review in twelve months."),
        ),
        entries=(CodedEntry("75367002", "Blood pressure", f"{systolic}/{diastolic} mmHg"),),
    )
    as_of = datetime.combine(today, time(2, 0), tzinfo=UTC)
    return {"items": items, "consultations": [visit], "coverage": [Coverage(section, as_of) for section in Section]}
