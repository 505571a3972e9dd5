"""What readiness asks about who the hub's patients are: their practice, as the newest trace has it (`domain.md` 8.3, CHK-28)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.patients.queries.registrations import HomeLink, home_links
from pcnhub.care.patients.rules import TraceState
from pcnhub.connections.pds.demographics import verifies
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State

WHO = "whoever traces patients at the hub"


def chk_28(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Everybody's practice is a member of the network, and the one that is linked here: the consultation is copied to it.

    Where the national service can be asked, a trace that is too old, or only a practice's word, leaves the answer open.
    """
    links = home_links(actor=actor, now=now)
    members = {member.id for member in hub.members}
    outside = [link for link in links if link.practice_id not in members]
    moved = [link for link in links if link.practice_id in members and (link.is_there is False or link.traced_ods)]
    unsure = (
        [link for link in links if not (link.is_fresh and link.trace_state is TraceState.TRACED)] if verifies() else []
    )
    if outside or moved:
        told = [
            f"{len(outside)} with a practice outside the network" if outside else "",
            f"{len(moved)} no longer with the practice that is linked" if moved else "",
        ]
        fix = Fix(
            f"Trace again, and tell {'them' if len(outside) + len(moved) > 1 else 'the patient'} where to go: "
            f"{_named([*outside, *moved])}.",
            WHO, "patients",
        )  # fmt: skip
        yield Finding(
            "CHK-28", hub.hub.id, State.UNMET, f"Of {len(links)} patients {', '.join(filter(None, told))}", fix
        )
    elif unsure:
        evidence = f"{len(unsure)} of {len(links)} patients: not asked after at the national service, or too long ago"
        yield Finding("CHK-28", hub.hub.id, State.UNKNOWN, evidence, Fix("Trace them.", WHO, "patients"))
    else:
        verified = sum(link.trace_state is TraceState.TRACED for link in links)
        evidence = (
            f"All {len(links)} patients are with a practice of the network, the linked one: {verified} as the national service "
            f"has it, {len(links) - verified} as practices here hold it"
        )
        yield Finding("CHK-28", hub.hub.id, State.MET, evidence)


def _named(links: Sequence[HomeLink]) -> str:
    """By their ids here: evidence is kept, and names nobody."""
    shown = ", ".join(str(link.patient_id) for link in links[:5])
    return f"patient {shown}" + (f" and {len(links) - 5} more" if len(links) > 5 else "")


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-28": chk_28}
