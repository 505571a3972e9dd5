"""CHK-D5: the mail system is there, encrypted, and takes this hub in. No letter is sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.mail.checks import WHO, chk_d5
from pcnhub.connections.mail.client import NotTaken, line
from pcnhub.connections.mail.configuration import Configuration, configuration
from pcnhub.connections.probing import Alike, Answers, Plan, Probe
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State

SILENT = ("slow", "unreachable", "cut")
"""What of `NotTaken` is no word of the mail system's."""


def plan_d5(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """What letters tell comes first; where they tell nothing bad, the mail system is greeted and signed in to."""
    wanted = configuration()
    found = list(chk_d5(actor=actor, hub=hub, now=now))
    if not wanted.is_set or any(each.state is not State.MET for each in found):
        return Plan(lambda _: found)

    def tell(answers: Answers) -> Iterable[Finding]:
        answer = answers["smtp"]
        fix = Fix("Run `pcnhub mail check` and mend what it says.", WHO, "failures")
        if answer.is_late:
            yield Finding("CHK-D5", hub.hub.id, State.UNKNOWN, "The mail system did not answer in time", fix)
        elif answer.value is None:
            evidence = f"{found[0].evidence}. The mail system took this hub in, in {answer.took_ms} ms"
            yield Finding("CHK-D5", hub.hub.id, State.MET, evidence, took_ms=answer.took_ms)
        else:
            code, message = answer.value
            state = State.UNKNOWN if code in SILENT else State.UNMET
            yield Finding("CHK-D5", hub.hub.id, state, message, fix, answer.took_ms)

    return Plan(tell, {"smtp": Alike(lambda: _greet(wanted))})


def _greet(wanted: Configuration) -> list[str] | None:
    """Code and message of the trouble; None where there is none."""
    try:
        with line(wanted):
            return None
    except NotTaken as trouble:
        return [trouble.code, trouble.message]


PROBES: dict[str, Probe] = {"CHK-D5": Probe(plan_d5)}
