"""What readiness asks of test requests (`domain.md` 12A.4 and 12)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pcnhub.care.investigations.queries import InvestigationRow, asked_between, forms_without_request, stray_results
from pcnhub.care.investigations.rules import Age, InvestigationState
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date

LOOKED_BACK = timedelta(days=30)
_WAITS_FOR_ORDER = (InvestigationState.ASKED, InvestigationState.DECLINED)


def chk_65(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each test that a practice was asked for has its order, with a reference, in time; and no form was made and asked of
    nobody."""
    rows = _by_practice(actor, now)
    unasked = Counter(form.practice_id for form in forms_without_request(actor=actor, now=now))
    for practice in hub.members:
        mine = rows[practice.id]
        late = [row for row in mine if row.state in _WAITS_FOR_ORDER and row.age is Age.LATE]
        if unasked[practice.id] and not late:
            said = f"{unasked[practice.id]} request forms that nobody there was asked about"
            fix = Fix(
                "Ask the practice for the tests, or take the form off.", "a clinician of the hub", "test-requests"
            )
            yield Finding("CHK-65", practice.id, State.UNMET, said, fix)
            continue
        if not late:
            evidence = f"{len(mine)} asked in 30 days or still open, none waits too long for its order"
            yield Finding("CHK-65", practice.id, State.MET, evidence)
            continue
        back = sum(row.owner is not None and row.owner.id == hub.hub.id for row in late)
        said = f"{len(late)} without an order for too long" + (f", {back} of them the hub's move" if back else "")
        who = f"a member of the team at {practice.name}" if back < len(late) else "a clinician of the hub"
        fix = Fix("Record the order, or decline with a reason.", who, "test-requests")
        yield Finding("CHK-65", practice.id, State.UNMET, said, fix)


def chk_66(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each order has its result, or a day on which somebody looks for it that is not over."""
    rows = _by_practice(actor, now)
    for practice in hub.members:
        ordered = [row for row in rows[practice.id] if row.state is InvestigationState.ORDERED]
        late = [row for row in ordered if row.age is Age.LATE]
        if not late:
            yield Finding(
                "CHK-66", practice.id, State.MET, f"{len(ordered)} wait for a result, each with a day to look"
            )
            continue
        fix = Fix(
            "Look for the result: record it, or set another day.",
            f"a member of the team at {practice.name}",
            "test-requests",
        )
        yield Finding("CHK-66", practice.id, State.UNMET, f"{len(late)} whose day to look for the result is over", fix)


def chk_67(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No result lies at the hub that belongs to no test request."""
    found = stray_results(actor=actor)
    if not found:
        yield Finding("CHK-67", hub.hub.id, State.MET, "No result at the hub without a test request")
        return
    fix = Fix(
        "Match each to its test request, or send it to the patient's practice.",
        "a clinician of the hub",
        "test-requests",
    )
    yield Finding("CHK-67", hub.hub.id, State.UNMET, f"{len(found)} results at the hub belong to no test request", fix)


def _by_practice(actor: Actor, now: datetime) -> dict[int, list[InvestigationRow]]:
    day = london_date(now)
    grouped: dict[int, list[InvestigationRow]] = defaultdict(list)
    for row in asked_between(actor=actor, now=now, day_from=day - LOOKED_BACK, day_to=day):
        grouped[row.orderer.id].append(row)
    return grouped


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-65": chk_65, "CHK-66": chk_66, "CHK-67": chk_67}
