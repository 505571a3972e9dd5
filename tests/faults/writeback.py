"""Settings under which a copy can't be written, copies that did not arrive, and tests that nobody follows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from pcnhub.care.appointments import operations as book
from pcnhub.care.appointments import queries as books
from pcnhub.care.consultations import operations as consulting
from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.rules import Heading, Notes, Section
from pcnhub.care.documents.operations import attach_received
from pcnhub.care.investigations import operations as investigations
from pcnhub.care.investigations import queries as asked_tests
from pcnhub.care.investigations.models import Investigation
from pcnhub.care.investigations.operations import InvestigationRequest
from pcnhub.care.investigations.rules import WantedTest
from pcnhub.care.organisations.models import Position
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.writeback.models import Copy, Formulary, FormularyDrug
from pcnhub.care.writeback.rules import CopyState
from pcnhub.demo import network
from pcnhub.foundations.database.work import unit_of_work
from tests.faults.patients import visitor
from tests.faults.ready import (
    ASH,
    BIRCH,
    CEDAR,
    DALE,
    ELM,
    FRIDAY,
    HUB,
    NOW,
    PRACTICES,
    Ready,
    booked,
    keys,
    side,
    work,
)
from tests.faults.seeding import Red, fault
from tests.faults.tasks import team

MANAGER = "the hub's manager"


def settled(ready: Ready, ods: str, **values: Any) -> None:
    ready.drift(Party, ods, values, organisation=ready.ids[ods], agreement__kind=AgreementKind.WRITE_BACK)


def prescriber(ready: Ready, ods: str, **values: Any) -> None:
    ready.drift(Position, ods, values, account__username=network.prescriber_of(ods))


def of_practice(ready: Ready, ods: str) -> Red:
    return {("CHK-68", ods): ready.names[ods]}


@fault("No formulary is chosen for write-back", over=PRACTICES, at_once=True)
def no_formulary(ready: Ready, ods: str) -> Red:
    settled(ready, ods, formulary="")
    return of_practice(ready, ods)


@fault("No prescribing user is chosen for write-back", over=PRACTICES, at_once=True)
def no_prescriber(ready: Ready, ods: str) -> Red:
    settled(ready, ods, prescribing_position=None)
    return of_practice(ready, ods)


@fault("The prescribing user has left", over=(ASH, DALE), at_once=True)
def prescriber_left(ready: Ready, ods: str) -> Red:
    prescriber(ready, ods, ends_on=NOW.date())
    return of_practice(ready, ods)


@fault("The prescribing user's code is none of a GP", over=(BIRCH, ELM), at_once=True)
def no_gp_code(ready: Ready, ods: str) -> Red:
    prescriber(ready, ods, prescriber_code="", prescriber_code_kind="")
    return of_practice(ready, ods)


@fault("The prescribing user is no longer a GP there", over=(CEDAR,))
def other_job(ready: Ready, ods: str) -> Red:
    prescriber(ready, ods, job_category="Practice Manager")
    return of_practice(ready, ods)


@fault("Behind the name of a practice's formulary there is no list", over=(DALE, ELM), at_once=True)
def no_list(ready: Ready, ods: str) -> Red:
    with unit_of_work(ready.system(ods)):
        FormularyDrug.objects.filter(formulary__organisation=ready.ids[ods]).delete()
        Formulary.objects.filter(organisation=ready.ids[ods]).delete()
    return of_practice(ready, ods)


def consulted(ready: Ready) -> None:
    """Bilal sees somebody from Ash Lane; what he wrote is on its way."""
    came = FRIDAY + timedelta(hours=1)
    booking_id = booked(ready, ASH, "ada", day=FRIDAY, starts=time(10), now=FRIDAY, place=2)
    gwen, bilal = ready.who("gwen", came), ready.who("bilal", came)
    version = books.booking(actor=gwen, booking_id=booking_id).version
    book.set_status(actor=gwen, now=came, booking_id=booking_id, version=version, status="arrived")
    begun = consulting.start(actor=bilal, now=came, booking_id=booking_id)
    notes = Notes(sections=(Section(Heading.HISTORY, "Cough."),), entries=(), outcome="discharged")
    revision = consulting.save_draft(actor=bilal, now=came, consultation_id=begun, revision=0, notes=notes)
    consulting.finish(actor=bilal, now=came, consultation_id=begun, revision=revision)


@fault("A consultation was finished while write-back was off")
def kept_back(ready: Ready) -> Red:
    side(ready, ASH, AgreementKind.WRITE_BACK, on=False, now=FRIDAY)
    consulted(ready)
    work(FRIDAY + timedelta(hours=2))
    return {("CHK-05", ASH): ready.names[ASH], ("CHK-69", HUB): MANAGER}


@fault("Of a finished consultation no copy was ever made")
def no_copy(ready: Ready) -> Red:
    consulted(ready)  # no worker takes it up
    return {("CHK-69", HUB): MANAGER}


@fault("A copy waits for somebody to decide")
def needs_action(ready: Ready) -> Red:
    kept = {
        "state": CopyState.NEEDS_ACTION,
        "reason_code": "not-found",
        "reason": "No such patient",
        "acknowledged_at": None,
    }
    ready.drift(Copy, HUB, {**kept, "receipt": ""}, organisation=ready.hub_id)
    return {("CHK-69", HUB): MANAGER, ("CHK-71", HUB): MANAGER}


def asked(ready: Ready, ods: str = ASH, *, came: datetime = FRIDAY + timedelta(minutes=30)) -> int:
    """Friday's patient needs a blood count, which Ash Lane is asked for; the request's id."""
    bilal = ready.who("bilal", came)
    with unit_of_work(ready.system()):
        seen = Consultation.objects.get(organisation=ready.hub_id).pk
    request = InvestigationRequest(
        consultation_id=seen, team_id=team(ready, ods).id, tests=(WantedTest("Full blood count"),), details="Tired.",
        priority="urgent", idempotency_key=next(keys),
    )  # fmt: skip
    made = investigations.ask(actor=bilal, now=came, request=request)
    work(came)
    return made


@fault("A practice has not ordered a test that it was asked for")
def not_ordered(ready: Ready) -> Red:
    asked(ready, came=FRIDAY - timedelta(minutes=50))
    # the task that carries it was not accepted either
    return {("CHK-65", ASH): ready.names[ASH], ("CHK-38", ASH): ready.names[ASH]}


@fault("The day to look for a result is over")
def not_looked_for(ready: Ready) -> Red:
    made = asked(ready)
    farah = ready.who("farah", FRIDAY)
    version = asked_tests.investigation(actor=farah, now=FRIDAY, investigation_id=made).row.version
    investigations.order(
        actor=farah, now=FRIDAY + timedelta(hours=1), investigation_id=made, version=version, reference="LAB-1",
        chase_on=NOW.date(),
    )  # fmt: skip
    ready.drift(Investigation, ASH, {"chase_on": FRIDAY.date()}, pk=made)
    # nor was the task accepted that carries it
    return {("CHK-66", ASH): ready.names[ASH], ("CHK-38", ASH): ready.names[ASH]}


@fault("A result lies at the hub that belongs to no test request")
def stray_result(ready: Ready) -> Red:
    attach_received(
        actor=ready.system(), now=NOW, patient_id=visitor(ready), title="Full blood count", content=b"Normal.",
        file_name="result.txt", kind="result", source_key=next(keys),
    )  # fmt: skip
    return {("CHK-67", HUB): "a clinician of the hub"}
