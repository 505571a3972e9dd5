"""CHK-23: each practice finds the hub's slots, and a practice outside the network finds none.

Two ways lead to a slot. Who works on this platform searches on its pages, which the same rules decide as they decide here;
everybody else, and 111, searches over GP Connect, which is asked for real. Both are judged: what one of them hides, the other
must not show.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.appointments.queries import Seen, consumer_of, slots_seen
from pcnhub.care.appointments.rules.visibility import OWN_ADMINISTRATOR, Consumer, Reason, Route
from pcnhub.care.organisations.queries import NetworkView, systems_of
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.connections.gpconnect.chain import DAYS, Part, Step, Target, Walk
from pcnhub.connections.gpconnect.targets import OUTSIDER, hub_target, runs_here
from pcnhub.connections.probing import Answers, Plan
from pcnhub.connections.sds.configuration import configuration as directory_configuration
from pcnhub.connections.sds.directory import Run
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date

ROTA = "the hub’s rota manager"
LOOK = Fix("See what the endpoint’s own checks say (CHK-03, CHK-15).", "the hub’s configuration manager")
PERIOD = "of the next fortnight"
Looks = dict[tuple[Route, str], Seen]


def plan_23(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    run = Run(directory_configuration(), now=now)
    target = hub_target(actor=actor, hub=hub, now=now)
    looks = _looks(actor, hub, now) if runs_here(hub.hub.id) else {}
    systems = systems_of(ids=[member.id for member in hub.members])
    calls = {("gp-connect", "hub"): Walk(target, run, today=london_date(now))}

    def tell(answers: Answers) -> Iterable[Finding]:
        run.write_down(actor=actor)
        steps: tuple[Step, ...] = answers["gp-connect", "hub"].value or ()
        for member in hub.members:
            is_here = systems.get(member.id) == ClinicalSystem.PCN_HUB and bool(looks)
            yield _of_member(hub, member, target, looks, steps, is_here=is_here)
        if looks:
            yield _of_outsider(hub, target, looks, steps)
        else:
            evidence = "The Spine lets nobody search as a practice that does not exist: what an outsider finds, a person must try"
            fix = Fix(
                "Have somebody of a practice outside the network search, and record what they found.",
                "the hub’s manager",
            )
            yield Finding("CHK-23", hub.hub.id, State.UNKNOWN, evidence, fix)

    return Plan(tell, calls)


def _looks(actor: Actor, hub: NetworkView, now: datetime) -> Looks:
    """What the rules show to each, by either way."""
    kinds = {Route.STAFF: "", Route.GP_CONNECT: "gp-practice"}
    consumers: dict[tuple[Route, str], Consumer] = {
        (route, code): consumer_of(ods_code=code, organisation_type=kind, route=route, hub_id=hub.hub.id, now=now)
        for route, kind in kinds.items()
        for code in (*(member.ods_code for member in hub.members), OUTSIDER)
    }
    today = london_date(now)
    seen = slots_seen(actor=actor, now=now, consumers=tuple(consumers.values()), from_on=today, to_on=today + DAYS)
    return dict(zip(consumers, seen, strict=True))


def _of_member(
    hub: NetworkView, member: OrganisationRef, target: Target, looks: Looks, steps: tuple[Step, ...], *, is_here: bool
) -> Finding:
    asked = next((step for step in steps if step.asker == member.ods_code), None)
    if is_here:
        return _of_member_here(hub, member, target, looks, asked, steps)
    if asked is not None and asked.state is State.MET:
        return _counted(hub, member, asked, looks.get((Route.GP_CONNECT, member.ods_code)))
    state, why = _not_asked(target, member.ods_code, asked, steps)
    evidence = f"{member.name} could not search over GP Connect: {why}"
    return Finding("CHK-23", member.id, state, evidence, LOOK, _waited_for(steps))


def _of_member_here(
    hub: NetworkView, member: OrganisationRef, target: Target, looks: Looks, asked: Step | None, steps: tuple[Step, ...]
) -> Finding:
    on_pages, by_rules = looks[Route.STAFF, member.ods_code], looks[Route.GP_CONNECT, member.ods_code]
    if not on_pages.count:
        return _hidden(hub, member, on_pages)
    finds = f"{member.name} finds {on_pages.count} of {on_pages.free} free slots {PERIOD} on the pages here"
    if not target.askers:
        return Finding("CHK-23", member.id, State.MET, f"{finds}; the hub’s GP Connect appointments are off")
    if asked is None or asked.state is not State.MET:
        state = asked.state if asked is not None else State.UNKNOWN  # an earlier step is another check's to say
        evidence = f"{finds}; over GP Connect: {_not_asked(target, member.ods_code, asked, steps)[1]}"
        return Finding("CHK-23", member.id, state, evidence, LOOK, _waited_for(steps))
    if bool(asked.found) != bool(by_rules.count):
        fix = Fix("Report it: the endpoint shows otherwise than the rules say.", "whoever runs this installation")
        evidence = f"{finds}; over GP Connect {asked.found}, where the rules show {by_rules.count}"
        return Finding("CHK-23", member.id, State.UNMET, evidence, fix, asked.took_ms)
    evidence = f"{finds}, and {asked.found} over GP Connect in {asked.took_ms} ms"
    return Finding("CHK-23", member.id, State.MET, evidence, took_ms=asked.took_ms)


def _counted(hub: NetworkView, member: OrganisationRef, asked: Step, by_rules: Seen | None) -> Finding:
    if asked.found:
        evidence = f"{member.name} finds {asked.found} slots {PERIOD} over GP Connect in {asked.took_ms} ms"
        return Finding("CHK-23", member.id, State.MET, evidence, took_ms=asked.took_ms)
    if by_rules is not None:
        return _hidden(hub, member, by_rules, took_ms=asked.took_ms)
    fix = Fix("Have the hub’s supplier look why the practice is shown nothing.", "the hub’s manager")
    evidence = f"{member.name} searches over GP Connect and finds no slot {PERIOD}"
    return Finding("CHK-23", member.id, State.UNMET, evidence, fix, asked.took_ms)


def _hidden(hub: NetworkView, member: OrganisationRef, seen: Seen, took_ms: int | None = None) -> Finding:
    if not seen.free:
        return _nothing_free(member.id, took_ms)
    why = seen.why
    evidence = f"{member.name} finds none of {seen.free} free slots {PERIOD}" + (f": {why.message}" if why else "")
    fix = _mending(hub, member, why) if why else Fix("Look why on the session’s page.", ROTA, "rota")
    return Finding("CHK-23", member.id, State.UNMET, evidence, fix, took_ms)


def _nothing_free(target_id: int, took_ms: int | None) -> Finding:
    """Neither that a practice is shown the slots is known then, nor that an outsider is not."""
    fix = Fix("Publish sessions, then check again: nothing shows who would find them.", ROTA, "rota")
    evidence = f"The hub has no free slot {PERIOD}, so that nobody can find one"
    return Finding("CHK-23", target_id, State.UNKNOWN, evidence, fix, took_ms)


def _mending(hub: NetworkView, member: OrganisationRef, why: Reason) -> Fix:
    """Whose move it is by name, and the page that mends it: the session's, where no other does."""
    who = f"an administrator of {member.name}" if why.who_can == OWN_ADMINISTRATOR else why.who_can or ROTA
    whose = {"consumer-switched-off": member.id, "hub-endpoint-off": hub.hub.id}.get(why.code)
    if whose is not None:
        return Fix(why.remedy, who, "gp-connect-switches", (whose,))
    pages = {"not-subscribed": "groups", "not-in-group": "groups", "no-agreement": "agreements"}
    return Fix(why.remedy, who, pages.get(why.code, "rota"))


def _of_outsider(hub: NetworkView, target: Target, looks: Looks, steps: tuple[Step, ...]) -> Finding:
    by_rules = max(looks[route, OUTSIDER].count for route in (Route.STAFF, Route.GP_CONNECT))
    asked = next((step for step in steps if step.asker == OUTSIDER), None)
    found = max(by_rules, asked.found if asked is not None else 0)
    if found:
        fix = Fix("Take “open to every organisation” from the sessions that are for the network.", ROTA, "rota")
        evidence = f"A practice outside the network finds {found} slots {PERIOD}"
        return Finding("CHK-23", hub.hub.id, State.UNMET, evidence, fix, asked.took_ms if asked else None)
    if not looks[Route.STAFF, OUTSIDER].free:
        return _nothing_free(hub.hub.id, asked.took_ms if asked else None)
    if not target.askers:
        return Finding(
            "CHK-23", hub.hub.id, State.MET, "A practice outside the network finds no slot on the pages here"
        )
    if asked is None or asked.state is not State.MET:
        why = _not_asked(target, OUTSIDER, asked, steps)[1]
        evidence = f"Nobody knows what an outsider finds: {why}"
        return Finding("CHK-23", hub.hub.id, State.UNKNOWN, evidence, LOOK, _waited_for(steps))
    evidence = f"A practice outside the network searched over GP Connect and found no slot, in {asked.took_ms} ms"
    return Finding("CHK-23", hub.hub.id, State.MET, evidence, took_ms=asked.took_ms)


def _waited_for(steps: tuple[Step, ...]) -> int | None:
    """How long a search was waited for in vain, which ended all searches: what a person stated, or a rehearsal found, on another
    day holds up none of them then. That an earlier step was silent is another check's to say."""
    last = steps[-1] if steps else None
    return last.took_ms if last is not None and (last.part, last.state) == (Part.SEARCH, State.UNKNOWN) else None


def _not_asked(target: Target, asker: str, asked: Step | None, steps: tuple[Step, ...]) -> tuple[State, str]:
    """The first step that failed is the answer; that another organisation is refused says nothing about this one."""
    if asked is not None:
        return asked.state, asked.said
    if not steps:
        return State.UNKNOWN, "no answer in time."
    last = steps[-1]
    if last.state is not State.MET and last.part is not Part.SEARCH:
        return last.state, last.said
    if any(each.ods_code == asker for each in target.askers):
        return State.UNKNOWN, last.said
    if target.client is not None:
        return State.UNMET, "the hub’s GP Connect appointments are switched off."
    return State.UNKNOWN, "the practice has no ASID here, so that no search can be made as it."
