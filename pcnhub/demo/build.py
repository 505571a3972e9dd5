"""Building the demo's network, through the operations that the screens call, each act by whoever would do it.

What is left undone is left so on purpose (see `LEFT_UNDONE`): the readiness grid names each, and a person mends it on the pages.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments import queries as book
from pcnhub.care.appointments.operations import BookingRequest
from pcnhub.care.appointments.queries import SlotCriteria
from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations import queries as directory
from pcnhub.care.patients import operations as patients
from pcnhub.care.patients import queries as patient_queries
from pcnhub.care.patients.rules import read_file
from pcnhub.care.records import operations as records
from pcnhub.care.sharing import operations as sharing
from pcnhub.care.sharing import queries as agreements
from pcnhub.care.sharing.rules import AgreementKind, Side, Standing
from pcnhub.demo import formularies, letters, network, rules_of_the_hub, teams, tonight
from pcnhub.demo.histories import history
from pcnhub.demo.people import demographics_csv
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import checking
from pcnhub.insight.readiness import operations as readiness
from pcnhub.insight.readiness import queries as readiness_queries
from pcnhub.insight.readiness.rules import ByAttestation, CellState
from pcnhub.onboarding.operations import onboard

Say = Callable[[str], None]

LEFT_UNDONE = (
    "The hub's Authentication NACS is empty",
    "Cedar House has not subscribed to the group of practices that book",
    "Dale View has not activated Consultation Write Back, and its GP Connect appointments switch is off",
    "Birch Road still has Remote Consultations switched on beside Consultation Write Back",
    "Elm Court's team has one member; it needs two",
    "Nobody has attested the hub's continuity plan, nor Elm Court's trial search",
)
_UNATTESTED = {("CHK-D4", network.HUB), ("CHK-23", "A99805")}
HORIZON = timedelta(days=28)


def build(*, now: datetime, say: Say) -> None:
    """The whole network. Everything is there afterwards, or the operation that refused says why.

    Every step leaves alone what an earlier, interrupted build has done, so that building again completes it.
    """
    today = london_date(now)
    content = network.onboarding_file(today)
    say("Onboarding the network")
    onboard(content=content, now=now)
    for ods, name in network.PRACTICES.items():
        say(f"{name}: {network.PATIENTS_A_PRACTICE} patients, agreements, group")
        manager = person(network.manager_of(ods), now)
        _patients(manager, ods, now)
        _subscribe(manager, ods, now)
        _activate(manager, ods, now)
        formularies.take_in(manager=manager, now=now)
        letters.bring(manager=manager, now=now)
    teams.settle(manager=person("dilys", now), lead=person("eve", now), now=now)
    say("The hub: agreements, four weeks of sessions, first bookings")
    carys = person("carys", now)
    _activate(carys, network.HUB, now)
    _subscribe(carys, network.HUB, now)
    rules_of_the_hub.take_in(manager=carys, now=now)
    extend(now=now)
    _bookings(now)
    say("Attestations")
    _attest(now)


def extend(*, now: datetime) -> None:
    """Sessions up to the horizon, and one that begins soon: nothing that is there already."""
    carys = person("carys", now)
    until = london_date(now) + HORIZON
    appointments.make_sessions(actor=carys, now=now, hub_id=carys.organisation.id, until=until)
    tonight.make(carys=carys, bilal=person("bilal", now), now=now)


def person(username: str, now: datetime) -> Actor:
    account = directory.find_account(username=username)
    if account is None:
        raise LookupError(username)
    position = directory.positions_of(account_id=account.id, day=london_date(now))[0]
    return directory.actor_for(position_id=position.id, now=now, request_id="demo", origin="demo", identity="demo")


def _patients(manager: Actor, ods: str, now: datetime) -> None:
    text = demographics_csv(ods, count=network.PATIENTS_A_PRACTICE, today=london_date(now))
    patients.import_demographics(actor=manager, now=now, file=read_file(text.encode()))
    draw = random.Random(ods)  # noqa: S311 - which synthetic people have a history
    for family in ("Smith", *draw.sample(("Khan", "Jones", "Patel", "Walker", "Begum", "Singh"), 2)):
        found = patient_queries.find_patients(actor=manager, now=now, text=family)
        for one in found.items[:10]:
            records.import_items(
                actor=manager, now=now, patient_id=one.id, **history(one.id, one.birth_date, london_date(now))
            )


def _subscribe(manager: Actor, ods: str, now: datetime) -> None:
    if ods == "A99803":
        return
    for group in directory.groups_with(organisation_id=manager.organisation.id):
        organisations.subscribe(actor=manager, now=now, group_id=group.id)


def _activate(manager: Actor, ods: str, now: datetime) -> None:
    hub = directory.organisation(ods_code=network.HUB)
    for agreement in agreements.agreements_of(hub_id=hub.id, day=london_date(now)):
        party = agreement.party(manager.organisation.id)
        if party is None or party.standing is Standing.ACTIVE or not _would_activate(agreement.kind, ods):
            continue
        settles = agreement.kind is AgreementKind.WRITE_BACK and party.side is Side.GIVES
        sharing.activate(
            actor=manager,
            now=now,
            agreement_id=agreement.id,
            side=party.side,
            accepted_terms=agreement.terms_version,
            formulary=formularies.name_of(manager.organisation.name) if settles else "",
            prescribing_position_id=person(network.prescriber_of(ods), now).position_id if settles else None,
        )


def _would_activate(kind: AgreementKind, ods: str) -> bool:
    if kind is AgreementKind.REMOTE_CONSULTATIONS:
        return ods in (network.HUB, "A99802")
    return not (ods == "A99804" and kind is AgreementKind.WRITE_BACK)


def _bookings(now: datetime) -> None:
    """A few patients of two practices in the first evenings, so that the hub's list is not empty."""
    today = london_date(now)
    for username, wanted in (("ada", 5), ("birch-reception", 3)):
        actor = person(username, now)
        criteria = SlotCriteria(from_on=today, to_on=today + timedelta(days=13))
        free = book.free_slots(actor=actor, now=now, criteria=criteria).slots
        found = patient_queries.find_patients(actor=actor, now=now, text="Smith").items
        for place, (slot, patient) in enumerate(zip(free, found[:wanted], strict=False)):
            if book.bookings_for(actor=actor, now=now, patient_id=patient.id):
                continue
            appointments.book(
                actor=actor,
                now=now,
                request=BookingRequest(
                    slot_id=slot.id,
                    patient_id=patient.id,
                    idempotency_key=f"demo-{username}-{place}",
                    reason=("Cough for three weeks", "Knee pain", "Medication review", "Rash", "Sore throat")[
                        place % 5
                    ],
                    patient_agrees=True,
                ),
            )


def _attest(now: datetime) -> None:
    """Each side states what no system can see, as its manager would; the evidence is as synthetic as the people."""
    carys = person("carys", now)
    hub_id, today = carys.organisation.id, london_date(now)
    checking.check(now=now, hub_id=hub_id, probes=False)
    for cell in readiness_queries.grid(actor=carys, now=now, hub_id=hub_id).open_cells:
        check_id, ods = cell.requirement.id, cell.organisation.ods_code
        asks_a_person = isinstance(cell.requirement.proof, ByAttestation) or (
            cell.requirement.else_attested is not None and cell.state is CellState.UNKNOWN
        )
        if asks_a_person and (check_id, ods) not in _UNATTESTED:
            manager = carys if ods == network.HUB else person(network.manager_of(ods), now)
            readiness.attest(
                actor=manager,
                now=now,
                hub_id=hub_id,
                check_id=check_id,
                organisation_id=cell.organisation.id,
                name=f"{manager.name} (demo)",
                stated_on=today,
                document=f"Demo evidence file, {check_id}",
            )
