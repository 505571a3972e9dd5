"""CHK-D11: the national service reads a test patient. Nothing of the answer is kept but that it came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.pds.configuration import configuration
from pcnhub.connections.pds.demographics import driver_in_use, verifies
from pcnhub.connections.pds.refusals import NotAnswered, NotForThisEnvironment, SaidNo
from pcnhub.connections.pds.words import Patience
from pcnhub.connections.probing import Alike, Answers, Plan, Probe
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber

INSTALLATION = "whoever runs this installation"
IN_SANDBOX = "9000000009"  # of the service's published examples
FIX = Fix("Run `pcnhub pds check`: it says what is wrong.", INSTALLATION)


def plan_d11(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    def told(state: State, evidence: str, fix: Fix | None = None, took: int | None = None) -> Finding:
        return Finding("CHK-D11", hub.hub.id, state, evidence, fix, took)

    if not verifies():
        evidence = f"The national service is not asked here (PCNHUB_PDS={settings.PDS_DRIVER})"
        return Plan(lambda _: [told(State.NOT_APPLICABLE, evidence)])
    number = _number()
    if number is None:
        fix = Fix("Set PCNHUB_PDS_TEST_NUMBER to a test patient of this environment.", INSTALLATION)
        return Plan(
            lambda _: [told(State.UNKNOWN, "No test patient is named whom the service could be asked for", fix)]
        )
    driver = driver_in_use()

    def ask() -> dict[str, Any]:
        """Whether there is such a patient; nothing of whom the answer tells."""
        try:
            found = driver.read(actor=actor, now=now, nhs_number=number, patience=Patience.PERSON)
        except NotAnswered as refusal:
            return {"said": refusal.message, "is_no": isinstance(refusal, SaidNo | NotForThisEnvironment)}
        return {"found": found is not None}

    def tell(answers: Answers) -> Iterable[Finding]:
        answer = answers["pds"]
        heard: dict[str, Any] = answer.value or {}
        took = answer.took_ms
        if answer.asked_at is None:  # else it was read for another hub, and stands in that one's audit
            with unit_of_work(actor):
                record(
                    actor=actor, now=now, action="pds.read", subject=Subject("patient", nhs_number=number),
                    detail={"source": driver.source, "found": heard.get("found", False), "for": "readiness"},
                )  # fmt: skip
        if answer.is_late:
            yield told(State.UNKNOWN, "The demographics service did not answer in time", FIX)
        elif "said" in heard:
            yield told(State.UNMET if heard["is_no"] else State.UNKNOWN, heard["said"], FIX, took)
        elif not heard["found"]:
            fix = Fix("Set PCNHUB_PDS_TEST_NUMBER to a test patient of this environment.", INSTALLATION)
            evidence = f"The demographics service answers in {took} ms, and does not know the test patient"
            yield told(State.UNMET, evidence, fix, took)
        else:
            yield told(State.MET, f"The demographics service read the test patient in {took} ms", took=took)

    return Plan(tell, {"pds": Alike(ask)})


def _number() -> NhsNumber | None:
    hub: Any = settings.HUB
    is_sandbox = configuration().environment == "sandbox"
    try:
        return NhsNumber(hub.pds_test_number or (IN_SANDBOX if is_sandbox else ""))
    except InvalidIdentifier:
        return None


PROBES: dict[str, Probe] = {"CHK-D11": Probe(plan_d11)}
