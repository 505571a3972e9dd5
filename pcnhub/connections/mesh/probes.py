"""CHK-D6: the hub's mailbox is greeted, and the exchange is asked where the reports of practices elsewhere would go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.mesh.checks import chk_d6, members_elsewhere
from pcnhub.connections.mesh.client import opened
from pcnhub.connections.mesh.configuration import Box, Configuration, configuration
from pcnhub.connections.mesh.looking import Route
from pcnhub.connections.mesh.mapping.words import REPORT
from pcnhub.connections.mesh.receiving import note_contact
from pcnhub.connections.mesh.refusals import NotExchanged, SaidNo
from pcnhub.connections.probing import Answers, Plan, Probe
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State

INSTALLATION = "whoever runs this installation"
FIX = Fix("Run `pcnhub mesh check`: it says what is wrong.", INSTALLATION)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the exchange said: `greeted`, and then where each practice's reports go, until it said no more."""

    greeted: bool = False
    routes: tuple[Route, ...] = ()
    failure: NotExchanged | None = None


def plan_d6(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """Where no mailbox is set, the state alone answers; else the handshake, then one look-up a practice elsewhere."""
    settings = configuration()
    box = settings.box_of(hub.hub.ods_code)
    if box is None:
        found = list(chk_d6(actor=actor, hub=hub, now=now))
        return Plan(lambda _: found)
    kept_elsewhere = members_elsewhere(hub)
    practices = [member.ods_code for member in hub.members if member.id in kept_elsewhere]

    def tell(answers: Answers) -> Iterable[Finding]:
        answer = answers["mesh", box.mailbox]
        heard: _Heard | None = answer.value
        if heard is None:
            yield Finding("CHK-D6", hub.hub.id, State.UNKNOWN, f"Mailbox {box.mailbox}: no answer in time", FIX)
            return
        with unit_of_work(actor):
            note_contact(actor=actor, now=now, box=box, failure=None if heard.greeted else heard.failure)
        yield _meaning(hub.hub.id, box, heard, answer.took_ms or 0)

    return Plan(tell, {("mesh", box.mailbox): lambda: _ask(settings, hub.hub.ods_code, practices)})


def _ask(settings: Configuration, ods_code: str, practices: Sequence[str]) -> _Heard:
    heard = _Heard()
    try:
        with opened(settings, ods_code) as mailbox:
            mailbox.handshake()
            heard = _Heard(greeted=True)
            for practice in practices:
                route = Route(practice, mailbox.lookup(practice, REPORT))
                heard = _Heard(greeted=True, routes=(*heard.routes, route))
                if not route.is_good:
                    break  # the first step that fails is the answer
    except NotExchanged as failure:
        return _Heard(heard.greeted, heard.routes, failure)
    return heard


def _meaning(hub_id: int, box: Box, heard: _Heard, took: int) -> Finding:
    if heard.failure is not None:
        state = State.UNMET if isinstance(heard.failure, SaidNo) else State.UNKNOWN
        what = "answered, and then" if heard.greeted else "did not answer:"
        return Finding("CHK-D6", hub_id, state, f"Mailbox {box.mailbox} {what} {heard.failure.message}", FIX, took)
    bad = next((route for route in heard.routes if not route.is_good), None)
    if bad is not None:
        shown = ", ".join(bad.mailboxes) or "no mailbox"
        fix = Fix(
            "Have the practice’s supplier register one mailbox for consultation reports.", "the practice’s supplier"
        )
        evidence = f"Mailbox {box.mailbox} answers, and the exchange would bring reports to {bad.ods_code} to {shown}"
        return Finding("CHK-D6", hub_id, State.UNMET, evidence, fix, took)
    where = f", and {len(heard.routes)} practices elsewhere have one mailbox each" if heard.routes else ""
    return Finding("CHK-D6", hub_id, State.MET, f"Mailbox {box.mailbox} answered{where}, in {took} ms", took_ms=took)


PROBES: dict[str, Probe] = {"CHK-D6": Probe(plan_d6)}
