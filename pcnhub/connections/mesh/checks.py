"""What readiness asks about reports to practices elsewhere (`national-services` 13.9; `domain.md` 12A.5, CHK-70's part)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView, systems_of
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.connections.mesh.configuration import configuration
from pcnhub.connections.mesh.models import Contact, Outgoing
from pcnhub.connections.mesh.states import Kind, OutState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london

OLDEST = timedelta(hours=24)  # the exchange asks for a handshake once a day at least
INSTALLATION = "whoever runs this installation"


def chk_d6(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The hub's mailbox answered within a day, where a practice of the network keeps its record elsewhere."""
    kept_elsewhere = members_elsewhere(hub)
    elsewhere = [member.name for member in hub.members if member.id in kept_elsewhere]
    box = configuration().box_of(hub.hub.ods_code)
    if box is None and not elsewhere:
        evidence = "Every practice of the network keeps its record on this platform, and no mailbox is set."
        yield Finding("CHK-D6", hub.hub.id, State.NOT_APPLICABLE, evidence)
    elif box is None:
        evidence = (
            f"No mailbox is set, and these keep their record elsewhere: {', '.join(elsewhere)}. Their reports wait."
        )
        fix = Fix("Set the mailbox up (docs/operate/mesh.md), then run `pcnhub mesh check`.", INSTALLATION)
        yield Finding("CHK-D6", hub.hub.id, State.UNMET, evidence, fix)
    else:
        yield _of_contact(actor, hub, box.mailbox, now)


def _of_contact(actor: Actor, hub: NetworkView, mailbox: str, now: datetime) -> Finding:
    with unit_of_work(actor):
        contact = Contact.objects.filter(organisation=hub.hub.id, mailbox=mailbox).first()
    fix = Fix("Run `pcnhub mesh check`: it says what is wrong. The worker must run, too.", INSTALLATION)
    if contact is None or contact.answered_at is None:
        said = f" {contact.said}" if contact else ""
        return Finding("CHK-D6", hub.hub.id, State.UNMET, f"Mailbox {mailbox} has never answered.{said}", fix)
    when = f"{in_london(contact.answered_at):%-d %B %Y at %H:%M}"
    if now - contact.answered_at > OLDEST:
        evidence = f"Mailbox {mailbox} last answered on {when}. {contact.said}".strip()
        return Finding("CHK-D6", hub.hub.id, State.UNMET, evidence, fix)
    return Finding("CHK-D6", hub.hub.id, State.MET, f"Mailbox {mailbox} answered on {when}.")


def chk_70(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Where a practice keeps its record elsewhere: what became of the newest report that was answered.

    That it was read there, nobody but the practice can say: a good answer leaves the line to its manager's word.
    """
    kept_elsewhere, answered = members_elsewhere(hub), _newest_answered(actor, hub)
    for member in hub.members:
        if member.id not in kept_elsewhere:
            evidence = "The practice's record is on this platform: whoever looked there says what arrived."
            yield Finding("CHK-70", member.id, State.UNKNOWN, evidence)
            continue
        newest = answered.get(member.id)
        if newest is None:
            evidence = "No report to this practice has been answered yet."
            yield Finding("CHK-70", member.id, State.UNKNOWN, evidence)
        elif newest.state == OutState.REFUSED:
            evidence = f"The newest report to this practice came back: {newest.said}"
            fix = Fix(
                "Settle why with the practice, then send a dummy patient's report again.",
                "the hub's manager",
                "writeback",
            )
            yield Finding("CHK-70", member.id, State.UNMET, evidence, fix)
        else:
            when = f"{in_london(newest.state_changed_at):%-d %B %Y}"
            evidence = f"The practice's system accepted a report on {when}. Whether it was read, the practice says."
            yield Finding("CHK-70", member.id, State.UNKNOWN, evidence)


def _newest_answered(actor: Actor, hub: NetworkView) -> dict[int, Outgoing]:
    """By practice."""
    with unit_of_work(actor):
        answered = Outgoing.objects.filter(
            organisation=hub.hub.id, kind=Kind.REPORT, state__in=[OutState.ACCEPTED, OutState.REFUSED]
        ).exclude(copy__target=None)
        newest = answered.order_by("copy__target", "-state_changed_at", "-pk").distinct("copy__target")
        return {row.copy.target_id: row for row in newest.select_related("copy") if row.copy and row.copy.target_id}


def members_elsewhere(hub: NetworkView) -> frozenset[int]:
    """Ids of the network's practices whose record is in another system."""
    found = systems_of(ids=[member.id for member in hub.members])
    return frozenset(each for each, system in found.items() if system != ClinicalSystem.PCN_HUB)


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-70": chk_70}
