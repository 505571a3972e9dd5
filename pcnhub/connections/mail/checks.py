"""What readiness asks about e-mail: does a notice leave the hub (`domain.md` 10: tasks go unseen until somebody is told)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.mail.operations import status
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State

WHO = "whoever runs this installation"


def chk_d5(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """A mail system is set, takes what it is given, and no letter has failed for good."""
    found = status(actor=actor)
    if not found.is_set:
        fix = Fix("Set PCNHUB_SMTP_HOST and what belongs to it, then run `pcnhub mail check`.", WHO, "failures")
        evidence = f"No mail system is set: {found.waiting} notices wait"
    elif found.failed:
        fix = Fix("Mend the address, then try again.", "a manager at the hub", "failures")
        evidence = f"{len(found.failed)} letters failed for good"
    elif found.trouble:
        fix = Fix("Run `pcnhub mail check` and mend what it says.", WHO, "failures")
        evidence = f"{found.waiting} notices wait. {found.trouble}"
    else:
        yield Finding(
            "CHK-D5", hub.hub.id, State.MET, f"A mail system is set; {found.waiting} notices are on their way"
        )
        return
    yield Finding("CHK-D5", hub.hub.id, State.UNMET, evidence, fix)
