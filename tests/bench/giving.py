"""Giving a long record on over GP Connect: the whole call, beside FHIR model classes that check and write the same bundle."""

from __future__ import annotations

import json
from datetime import date, timedelta

from django.test import Client
from fhir.resources.STU3 import get_fhir_model_class

from pcnhub.care.organisations.operations import set_gp_connect_switch
from pcnhub.care.organisations.queries import organisation, system_actor_for
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.care.patients.queries import open_patient
from pcnhub.care.records.operations import import_items
from pcnhub.care.records.particulars import (
    AllergyParticulars,
    Author,
    Coded,
    Concept,
    MedicationParticulars,
    Prescribed,
)
from pcnhub.care.records.rules import Coverage, ItemKind, NewItem, Section
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, in_turns, listening, milliseconds, p95
from tests.bench.networks import patients_of, receptionist
from tests.entrances.gpconnect.consumer import Consumer
from tests.entrances.gpconnect.records import allergies, ask, medication, question

PRACTICE = "A99801"
ALLERGIES, MEDICINES, ISSUES = 10, 60, 6
AIM = 1000.0  # ms; GP Connect's level for queries, which should be kept (3 s must)
_SNOMED = "http://snomed.info/sct"
_GP = Author("Gilbert", ("Nichole",), "Dr", "555001122333", "R0260", "General Medical Practitioner")


def measure(hub: Hub) -> list[Figure]:
    practice = organisation(ods_code=PRACTICE)
    actor = system_actor_for(organisation_id=practice.id, name="bench")
    for capability in (GpConnectCapability.GP_CONNECT, GpConnectCapability.ACCESS_STRUCTURED):
        set_gp_connect_switch(actor=actor, now=hub.now, organisation_id=practice.id, capability=capability, is_on=True)
    reception = receptionist(PRACTICE, hub.now)
    patient_id = next(patients_of(reception, hub.now, most=1))
    number = open_patient(actor=reception, now=hub.now, patient_id=patient_id).number
    covered = (Coverage(Section.ALLERGIES), Coverage(Section.MEDICATION))
    import_items(actor=actor, now=hub.now, patient_id=patient_id, items=_long_record(), coverage=covered)
    asker = Consumer(PRACTICE, ods_code="Y99999", name="Bench", client=Client(SERVER_NAME="localhost"))
    body = question(number, allergies(), medication())
    headers = {"Ssp-To": practice.asid} if practice.asid else {}

    def give() -> bytes:
        answer = ask(asker, body, headers=headers)
        assert answer.status == 200, answer.body
        return answer.body

    bundle = json.loads(give())
    models = get_fhir_model_class("Bundle")
    with listening(keeps=False) as heard:
        whole = milliseconds(give)
    pair = in_turns(give, lambda: models.model_validate(bundle).model_dump_json(), seconds=hub.seconds(6))
    return [
        pair.figure(
            f"GP Connect: a structured record of {len(bundle['entry'])} resources, the whole call",
            "`fhir.resources` checks and writes the same bundle",
            notes=(f"{len(heard.statements)} statements; {len(give()) / 1024:.0f} KiB before compression",),
            goes=heard.shares(whole),
            aim=Aim("95 in 100 within 1 s", AIM, p95(pair.ours)),
        )
    ]


def _long_record() -> list[NewItem]:
    """Of somebody with ten allergies and sixty medicines, six issues each."""
    first = date(2026, 1, 5)
    found = [
        NewItem(
            ItemKind.ALLERGY, f"Allergy {place}", f"AllergyIntolerance/{place}", status="active", recorded_on=first,
            particulars=AllergyParticulars(concept=_term(place), asserted="2026-01-05", author=_GP),
            detail={"category": "medication", "note": "As the patient tells"},
        )
        for place in range(ALLERGIES)
    ]  # fmt: skip
    for place in range(MEDICINES):
        plan = Prescribed(
            key=f"MedicationRequest/{place}", status="active", authored="2026-01-05", type_code="repeat", type_name="Repeat",
            dosage="Take one daily", starts="2026-01-05", quantity="28", quantity_unit="tablet", author=_GP,
        )  # fmt: skip
        issues = (
            Prescribed(
                key=f"MedicationRequest/{place}-{month}", status="completed", dosage="Take one daily", author=_GP,
                authored=(first + timedelta(days=28 * month)).isoformat(), type_code="repeat", type_name="Repeat",
            )
            for month in range(ISSUES)
        )  # fmt: skip
        found.append(
            NewItem(
                ItemKind.MEDICATION, f"Drug {place}", f"MedicationStatement/{place}", status="active", starts_on=first,
                detail={"dosage": "Take one daily"},
                particulars=MedicationParticulars(
                    concept=_term(100 + place), starts="2026-01-05", asserted="2026-01-05", plan=plan, issues=tuple(issues)
                ),
            )
        )  # fmt: skip
    return found


def _term(place: int) -> Concept:
    return Concept((Coded(_SNOMED, f"{place + 1}0001", f"Term {place}", description_id=f"{place + 1}0002"),))
