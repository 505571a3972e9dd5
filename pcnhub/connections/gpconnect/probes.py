"""What only calls to GP Connect endpoints show: registered, answering, and showing slots to whom it should, and nobody else.

`national-services` 3.4: nothing is ready by configuration alone. CHK-03, CHK-15 and CHK-23 are told by one walk along the chain
of the hub's own endpoint; CHK-D7 by one of each other endpoint that the hub answers at or calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.gpconnect.chain import Part, Step, Target, Walk
from pcnhub.connections.gpconnect.own import where
from pcnhub.connections.gpconnect.targets import hub_target, own_targets, partner_targets
from pcnhub.connections.gpconnect.visibility import plan_23
from pcnhub.connections.probing import Answers, Plan, Probe
from pcnhub.connections.sds.configuration import Configuration as Directory
from pcnhub.connections.sds.configuration import configuration as directory
from pcnhub.connections.sds.directory import Run
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date

INSTALLATION = "whoever runs this installation"
SUPPLIER = "the system supplier"
CONFIGURATION = "the hub’s configuration manager"


def plan_03(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """Each interaction that the hub answers is registered in the national directory, at its address and under its ASID."""
    run = Run(directory(), now=now)
    if not run.is_set:
        fix = Fix("Set PCNHUB_SDS_URL, or have it attested.", INSTALLATION)
        evidence = "The national directory is not asked here, so that a person must say what it has"
        return Plan(lambda _: [Finding("CHK-03", hub.hub.id, State.UNKNOWN, evidence, fix)])
    target = hub_target(actor=actor, hub=hub, now=now)
    wanted = 1 + len(target.licensed)

    def tell(answers: Answers) -> Iterable[Finding]:
        run.write_down(actor=actor)
        steps: Sequence[Step] = answers["gp-connect", "hub"].value or ()
        asked = [step for step in steps if step.part is Part.DIRECTORY]
        took = sum(step.took_ms for step in asked)
        fix = Fix("Have the endpoint registered, or this installation’s address and ASID corrected.", SUPPLIER)
        last = steps[-1] if steps else None
        ask = Fix("Run `pcnhub sds lookup`; have PCNHUB_SDS_* checked if it stays so.", INSTALLATION)
        if last is None:
            yield Finding("CHK-03", hub.hub.id, State.UNKNOWN, "The national directory did not answer in time", ask)
        elif last.part is Part.DIRECTORY and last.state is not State.MET:
            yield Finding("CHK-03", hub.hub.id, last.state, last.said, fix if last.state is State.UNMET else ask, took)
        elif len(asked) < wanted:
            evidence = (
                f"{len(asked)} of {wanted} interactions are registered; the others were not asked after: {last.said}"
            )
            yield Finding("CHK-03", hub.hub.id, State.UNKNOWN, evidence, _mend(target), took)
        else:
            evidence = f"All {wanted} interactions are registered: {asked[0].said} In {took} ms"
            yield Finding("CHK-03", hub.hub.id, State.MET, evidence, took_ms=took)

    return Plan(tell, {("gp-connect", "hub"): Walk(target, run, today=london_date(now))})


def plan_15(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """The hub's endpoint, here or on the system that it works on, answers with its capability statement and lists Slot."""
    run = Run(directory(), now=now)
    target = hub_target(actor=actor, hub=hub, now=now)

    def tell(answers: Answers) -> Iterable[Finding]:
        run.write_down(actor=actor)
        yield _answered("CHK-15", hub.hub.id, target, answers["gp-connect", "hub"].value or (), _mend(target))

    return Plan(tell, {("gp-connect", "hub"): Walk(target, run, today=london_date(now))})


def plan_d7(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """Each service root of the network that stands here answers, asked as the proxy in front asks; and each line of the hub's
    directory leads to one that answers, and is as the national directory has it."""
    run, nowhere = Run(directory(), now=now), Run(Directory(), now=now)  # at our own door the directory is not asked
    own = own_targets(actor=actor, hub=hub, now=now)
    partners = partner_targets(actor=actor, hub=hub, now=now)
    today = london_date(now)
    calls = {("gp-connect-own", target.ods_code): Walk(target, nowhere, today=today) for target in own}
    calls |= {("gp-connect", str(line.id)): Walk(target, run, today=today) for line, target in partners}

    def tell(answers: Answers) -> Iterable[Finding]:
        run.write_down(actor=actor)
        found = [
            _answered(
                "CHK-D7", hub.hub.id, target, answers["gp-connect-own", target.ods_code].value or (), _mend(target)
            )
            for target in own
        ]
        for line, target in partners:
            steps: Sequence[Step] = answers["gp-connect", str(line.id)].value or ()
            fix = Fix("Ask them what is right, and correct the line, or have the national directory corrected.", CONFIGURATION,
                      "endpoint-edit", (line.id,))  # fmt: skip
            last = steps[-1] if steps else None
            if last is not None and last.part is Part.DIRECTORY and last.state is not State.MET:
                found.append(Finding("CHK-D7", hub.hub.id, last.state, last.said, fix, last.took_ms))
            elif target.asks_metadata:
                found.append(_answered("CHK-D7", hub.hub.id, target, steps, fix))
        if not found:
            evidence = (
                "Nobody of the network answers GP Connect here, and no other organisation is in the hub’s directory"
            )
            found.append(Finding("CHK-D7", hub.hub.id, State.NOT_APPLICABLE, evidence))
        yield from found

    return Plan(tell, calls)


def _answered(code: str, hub_id: int, target: Target, steps: Sequence[Step], fix: Fix) -> Finding:
    step = next((step for step in steps if step.part is Part.METADATA), None)
    if step is not None and step.state is State.MET:
        return Finding(code, hub_id, State.MET, f"{step.said} In {step.took_ms} ms", took_ms=step.took_ms)
    if step is not None:
        return Finding(code, hub_id, step.state, step.said, fix, step.took_ms)
    if not steps:
        return Finding(code, hub_id, State.UNKNOWN, f"{target.name} did not answer in time", fix)
    first = Fix("Mend what the national directory says first (CHK-03).", CONFIGURATION)
    return Finding(code, hub_id, State.UNKNOWN, f"{target.name} was not asked: {steps[-1].said}", first)


def _mend(target: Target) -> Fix:
    if target.client is None:
        return Fix("Ask the supplier of the system on which it works.", SUPPLIER)
    return Fix(f"Look whether `pcnhub serve` runs and is reached at {where()}.", INSTALLATION)


PROBES: dict[str, Probe] = {
    "CHK-03": Probe(plan_03),
    "CHK-15": Probe(plan_15),
    "CHK-23": Probe(plan_23),
    "CHK-D7": Probe(plan_d7),
}
