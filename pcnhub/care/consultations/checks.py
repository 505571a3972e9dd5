"""What consultations can say about a hub's readiness (`domain.md` 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pcnhub.care.appointments.queries import attended_booking_ids
from pcnhub.care.consultations.queries import finished_booking_ids, outcomes
from pcnhub.care.consultations.queries.definitions import lacking_here, published, required_set
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import day_bounds, london_date

LOOKS_BACK = timedelta(days=28)
CLINICIANS = "the clinicians of the hub"


def chk_50(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The templates and protocols that the hub requires are in use, each in the version that it requires or a later one.
    Which those are is the hub's to say: a list that nobody has made can't be looked for."""
    manager = "the hub's manager"
    needed = required_set(hub_id=hub.hub.id)
    if not needed:
        evidence = "The hub has not said which templates and protocols it requires."
        fix = Fix("Take them in, publish them, and mark each that is required.", manager, "definitions")
        yield Finding("CHK-50", hub.hub.id, State.UNMET, evidence, fix)
        return
    missing = [each for each in needed if not each.is_met]
    if missing:
        lacking = "; ".join(
            f"{each.title}: version {each.number} or later is required, "
            + (f"version {each.published} is in use" if each.published else "none is in use")
            for each in missing
        )
        fix = Fix("Publish what is missing, or say that it is no longer required.", manager, "definitions")
        yield Finding(
            "CHK-50", hub.hub.id, State.UNMET, f"{len(missing)} of {len(needed)} are missing. {lacking}.", fix
        )
        return
    keys = {each.key for each in needed if each.kind is DefinitionKind.PROTOCOL}
    every = published(hub_id=hub.hub.id, kind=DefinitionKind.PROTOCOL) if keys else ()
    views = [each for each in every if each.key in keys]
    names = {view.title: lacking_here(view, hub_id=hub.hub.id, now=now) for view in views}
    if any(names.values()):
        lacking = "; ".join(
            f"{title} names {', '.join(each.value for each in problems)}"
            for title, problems in names.items()
            if problems
        )
        evidence = f"In use, but resting on what the hub does not have (any more), so never holding: {lacking}."
        fix = Fix("Bring back what is named, or publish a version that does without it.", manager, "definitions")
        yield Finding("CHK-50", hub.hub.id, State.UNMET, evidence, fix)
        return
    listed = "; ".join(f"{each.title}, version {each.published}" for each in needed)
    waits = "".join(f" {each.title}: version {each.waiting} waits to be published." for each in needed if each.waiting)
    yield Finding("CHK-50", hub.hub.id, State.MET, f"In use: {listed}.{waits}")


def chk_51(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every attended appointment before today carries exactly one outcome. Finishing a consultation needs one, so what is
    looked for is attended appointments without a finished consultation."""
    today = london_date(now)
    if not outcomes(hub_id=hub.hub.id, day=today):
        fix = Fix("Add the outcomes that clinicians choose from.", "the hub's manager", "outcomes")
        yield Finding("CHK-51", hub.hub.id, State.UNMET, "The hub has no outcomes to choose from.", fix)
        return
    attended = attended_booking_ids(
        actor=actor, starts_from=day_bounds(today - LOOKS_BACK)[0], starts_before=day_bounds(today)[0]
    )
    without = attended - finished_booking_ids(actor=actor, booking_ids=attended)
    if not attended:
        evidence = f"Nobody was seen in the {LOOKS_BACK.days} days before today."
        yield Finding("CHK-51", hub.hub.id, State.NOT_APPLICABLE, evidence)
    elif without:
        evidence = (
            f"{len(without)} of {len(attended)} attended appointments of the {LOOKS_BACK.days} days before today have no "
            "finished consultation, and so no outcome."
        )
        fix = Fix("Open the clinic list of the day and finish each consultation.", CLINICIANS, "clinic-list")
        yield Finding("CHK-51", hub.hub.id, State.UNMET, evidence, fix)
    else:
        evidence = (
            f"All {len(attended)} attended appointments of the {LOOKS_BACK.days} days before today have one outcome."
        )
        yield Finding("CHK-51", hub.hub.id, State.MET, evidence)


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-50": chk_50, "CHK-51": chk_51}
