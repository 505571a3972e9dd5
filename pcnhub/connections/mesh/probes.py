"""CHK-D6: the hub's mailbox is greeted, and the exchange is asked where the reports of practices elsewhere would go."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.mesh.checks import chk_d6, members_elsewhere
from pcnhub.connections.mesh.client import opened
from pcnhub.connections.mesh.configuration import Box, Configuration, configuration
from pcnhub.connections.mesh.looking import Route
from pcnhub.connections.mesh.mapping.words import REPORT
from pcnhub.connections.mesh.receiving import note_contact
from pcnhub.connections.mesh.refusals import NoAnswer, NotExchanged, SaidNo
from pcnhub.connections.probing import Answer, Answers, Plan, Probe
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london

EXCHANGE = "the message exchange"
LONG = 3000  # milliseconds: waited for so long in vain, it is not waited for again at once, by another hub
INSTALLATION = "whoever runs this installation"
FIX = Fix("Run `pcnhub mesh check`: it says what is wrong.", INSTALLATION)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the exchange said: `greeted`, and then where each practice's reports go, until it said no more. `cut_short`: why no
    further step was taken."""

    greeted: bool = False
    routes: tuple[Route, ...] = ()
    failure: NotExchanged | None = None
    cut_short: str = ""


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
        heard: _Heard = answer.value
        if heard.greeted or heard.failure is not None:
            with unit_of_work(actor):
                note_contact(actor=actor, now=now, box=box, failure=None if heard.greeted else heard.failure)
        yield _meaning(hub.hub.id, box, heard, answer.took_ms, len(practices))

    return Plan(tell, {("mesh", box.mailbox): Walk(settings, hub.hub.ods_code, practices)})


class Walk:
    """The handshake, and then each practice's look-up, until one is not as it should be. Says how far it came, when its time is
    up; and leans on the exchange, as the walks of other hubs do (`probing.Stepwise`, `probing.Leaning`)."""

    def __init__(self, settings: Configuration, ods_code: str, practices: Sequence[str]) -> None:
        self._settings, self._ods_code, self._practices = settings, ods_code, practices
        self._heard = _Heard()  # replaced as a whole: another thread may read it
        self._is_over = False
        self._silent: Answer | None = None
        self._began: float | None = None
        self._waited_for: tuple[str, int] | None = None

    def spare(self, silent: Mapping[str, Answer]) -> None:
        self._silent = silent.get(EXCHANGE)

    def waited_for(self) -> tuple[str, int] | None:
        return self._waited_for

    def __call__(self) -> _Heard:
        if self._silent is not None:
            when = f" at {in_london(self._silent.asked_at):%H:%M}" if self._silent.asked_at else ""
            return _Heard(
                cut_short=f"nothing was heard from {EXCHANGE}{when}, so that it was not waited for again so soon"
            )
        self._began = time.monotonic()
        try:
            with opened(self._settings, self._ods_code) as mailbox:
                mailbox.handshake()
                self._heard = _Heard(greeted=True)
                for practice in self._practices:
                    if self._is_over:
                        break
                    self._began = time.monotonic()
                    route = Route(practice, mailbox.lookup(practice, REPORT))
                    self._heard = replace(self._heard, routes=(*self._heard.routes, route))
                    if not route.is_good:
                        break  # the first step that fails is the answer
        except NotExchanged as failure:
            self._heard = replace(self._heard, failure=failure)
            self._note_silence(isinstance(failure, NoAnswer))
        return self._heard

    def give_up(self) -> _Heard:
        self._is_over = True
        self._note_silence(self._began is not None)
        return replace(self._heard, cut_short="no answer in time")

    def _note_silence(self, is_silent: bool) -> None:
        waited = round((time.monotonic() - (self._began or 0.0)) * 1000)
        if is_silent and waited >= LONG:
            self._waited_for = EXCHANGE, waited


def _meaning(hub_id: int, box: Box, heard: _Heard, took: int | None, wanted: int) -> Finding:
    mailbox = f"Mailbox {box.mailbox}"
    bad = next((route for route in heard.routes if not route.is_good), None)
    if bad is not None:
        shown = ", ".join(bad.mailboxes) or "no mailbox"
        fix = Fix(
            "Have the practice’s supplier register one mailbox for consultation reports.", "the practice’s supplier"
        )
        evidence = f"{mailbox} answers, and the exchange would bring reports to {bad.ods_code} to {shown}"
        return Finding("CHK-D6", hub_id, State.UNMET, evidence, fix, took)
    far = f"; {len(heard.routes)} of {wanted} practices elsewhere are known to have one mailbox" if wanted else ""
    if heard.failure is not None:
        state = State.UNMET if isinstance(heard.failure, SaidNo) else State.UNKNOWN
        what = f"answered{far}, and then" if heard.greeted else "did not answer:"
        return Finding("CHK-D6", hub_id, state, f"{mailbox} {what} {heard.failure.message}", FIX, took)
    if heard.cut_short:
        what = f" answered{far}, and then" if heard.greeted else ":"
        return Finding("CHK-D6", hub_id, State.UNKNOWN, f"{mailbox}{what} {heard.cut_short}", FIX, took)
    where = f", and {len(heard.routes)} practices elsewhere have one mailbox each" if heard.routes else ""
    return Finding("CHK-D6", hub_id, State.MET, f"{mailbox} answered{where}, in {took} ms", took_ms=took)


PROBES: dict[str, Probe] = {"CHK-D6": Probe(plan_d6)}
