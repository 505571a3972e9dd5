"""Patients who are held wrongly, and imports that are late, short or full of errors; documents that do not open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pcnhub.care.documents.models import Opening
from pcnhub.care.organisations import queries as directory
from pcnhub.care.patients.models import ImportBatch, Patient
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.demo import network
from pcnhub.foundations.database.work import unit_of_work
from tests.faults.ready import ASH, BIRCH, CEDAR, DALE, ELM, HUB, NOW, PRACTICES, Ready, say_of
from tests.faults.seeding import Red, fault

TRACERS = "whoever traces patients at the hub"


def visitor(ready: Ready) -> int:
    """Somebody from Ash Lane whom the hub holds."""
    with unit_of_work(ready.system()):
        return (
            Patient.objects.filter(registered_practice=ready.ids[ASH], organisation=ready.hub_id).order_by("pk")[0].pk
        )


def held(ready: Ready, **values: Any) -> None:
    ready.drift(Patient, HUB, values, pk=visitor(ready))


@fault("An NHS number at the hub is mistyped")
def mistyped(ready: Ready) -> Red:
    held(ready, nhs_number="9990000001")
    return {("CHK-27", HUB): "the patient's practice"}


@fault("A patient of the hub has left the practice that is linked")
def moved(ready: Ready) -> Red:
    with unit_of_work(ready.system()):
        home = Patient.objects.values_list("registered_patient", flat=True).get(pk=visitor(ready))
    ready.drift(Patient, ASH, {"registration_state": RegistrationState.LEFT}, pk=home)
    return {("CHK-28", HUB): TRACERS}


@fault("A patient of the hub is with a practice outside the network")
def outside(ready: Ready) -> Red:
    held(ready, registered_practice=directory.organisation(ods_code=network.ICB).id, registered_patient=None)
    return {("CHK-28", HUB): TRACERS}


@fault("The national service says another practice than the one that is linked")
def traced_elsewhere(ready: Ready) -> Red:
    held(ready, traced_practice_ods="C83003")
    return {("CHK-28", HUB): TRACERS}


@fault("A practice's list is longer than what was imported", over=(ASH, CEDAR), at_once=True)
def longer_list(ready: Ready, ods: str) -> Red:
    say_of(ready, ods, list_size=20)
    return {("CHK-29", ods): f"whoever imports patients at {ready.names[ods]}"}


@fault("A practice's list size is not entered", over=(BIRCH, DALE), at_once=True)
def no_list_size(ready: Ready, ods: str) -> Red:
    say_of(ready, ods, list_size=None)
    return {("CHK-29", ods): f"an administrator of {ready.names[ods]}"}


def imported(ready: Ready, ods: str, **values: Any) -> None:
    ready.drift(ImportBatch, ods, values, organisation=ready.ids[ods])


@fault("A practice's newest import is older than 35 days", over=PRACTICES, at_once=True)
def old_import(ready: Ready, ods: str) -> Red:
    imported(ready, ods, imported_at=NOW - timedelta(days=36))
    return {("CHK-30", ods): f"whoever imports patients at {ready.names[ods]}"}


@fault("A practice's newest import rejected one row in twelve", over=(CEDAR, ELM), at_once=True)
def rejected(ready: Ready, ods: str) -> Red:
    imported(ready, ods, rejected=1)
    return {("CHK-31", ods): f"whoever imports at {ready.names[ods]}"}


def opened(ready: Ready, ods: str, **values: Any) -> None:
    with unit_of_work(ready.system()):
        Opening.objects.create(
            organisation_id=ready.hub_id,
            holder_id=ready.ids[ods],
            **{"at": NOW, "milliseconds": 5, "is_test": True, **values},
        )


@fault("A practice's test document did not open as it was kept", over=(ASH, ELM), at_once=True)
def altered(ready: Ready, ods: str) -> Red:
    opened(ready, ods, problem="content-altered", sentence="It is not what was kept.")
    return {("CHK-40", ods): "the hub's manager"}


@fault("A practice's test document was opened last a fortnight ago", over=(BIRCH,))
def long_ago(ready: Ready, ods: str) -> Red:
    ready.drift(Opening, HUB, {"at": NOW - timedelta(days=14)}, holder=ready.ids[ods])
    # nothing of it was opened in the last day, so that nobody knows how soon either
    return {("CHK-40", ods): "the hub's manager", ("CHK-41", ods): "the hub's manager"}


@fault("A practice's documents open slowly", over=(CEDAR, DALE), at_once=True)
def slow(ready: Ready, ods: str) -> Red:
    opened(ready, ods, milliseconds=60_000, is_test=False)
    return {("CHK-41", ods): "whoever runs this installation"}
