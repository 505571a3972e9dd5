"""What readiness asks of agreements (`domain.md` 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import NetworkView, joining_later
from pcnhub.care.sharing.queries import AgreementMatrix, Cell, matrix
from pcnhub.care.sharing.rules import KINDS, AgreementKind
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date

_REMOTE = AgreementKind.REMOTE_CONSULTATIONS


def chk_05(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every agreement exists, and both sides of each are active with each practice (`domain.md` 3.2)."""
    found = _matrix(actor, hub, now)
    missing = [KINDS[kind].category + ": " + KINDS[kind].uses_label for kind in found.missing if kind != _REMOTE]
    fix = Fix("Make the agreement.", f"the agreement manager at {hub.hub.name}", "agreements")
    yield _finding("CHK-05", hub.hub, [f"Not made: {each}" for each in missing], "Every agreement is made", fix)
    for row in found.rows:
        waiting = [cell for cell in row.cells if cell.is_wanted and not cell.effective]
        who = dict.fromkeys(name for cell in waiting for name in cell.who_must_act)
        said = [f"{cell.agreement.name}: {_sides(cell)}" for cell in waiting]
        what, mover = "Activate what is not active.", "; ".join(who) or fix.who
        if not row.cells:
            said = ["No agreement is made yet"]
        mend = Fix(what, mover, "agreement", (waiting[0].agreement.id,)) if waiting else Fix(what, mover, "agreements")
        yield _finding("CHK-05", row.practice, said, "All agreements are effective", mend)


def chk_06(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The care record agreement includes the job category of everyone at the hub who consults."""
    day = london_date(now)
    agreement = next(
        (each for each in _matrix(actor, hub, now).agreements if each.kind == AgreementKind.CARE_RECORD), None
    )
    fix = Fix("Add the job category to the agreement.", f"the agreement manager at {hub.hub.name}", "agreements")
    if agreement is None:
        yield _finding("CHK-06", hub.hub, ["There is no care record agreement"], "", fix)
        return
    allowed = agreement.allowed_job_categories
    said = [
        f"{position.name} ({position.job_category}) is not included"
        for position in organisations.positions_at(organisation_id=hub.hub.id, day=day)
        if position.consulter and allowed and position.job_category not in allowed
    ]
    fix = Fix(fix.what, fix.who, "agreement-edit", (agreement.id,), "allowed_job_categories")
    yield _finding("CHK-06", hub.hub, said, "Every consulter's job category is included", fix)


def chk_07(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Remote Consultations is off wherever Consultation Write Back is on (`domain.md` 12A.6)."""
    for row in _matrix(actor, hub, now).rows:
        cells = {cell.agreement.kind: cell for cell in row.cells}
        modern, legacy = cells.get(AgreementKind.WRITE_BACK), cells.get(_REMOTE)
        both = modern is not None and modern.effective and legacy is not None and legacy.effective
        who = f"an agreement manager at {row.practice.name}, or at {hub.hub.name}"
        args = (legacy.agreement.id,) if legacy else ()
        fix = Fix("Deactivate Remote Consultations.", who, "agreement" if args else "agreements", args)
        said = ["Both are active: consultations arrive twice"] if both else []
        yield _finding("CHK-07", row.practice, said, "Not both", fix)


def chk_72(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Nobody can be booked by way of Remote Consultations (`domain.md` 12A.6): such an appointment knows no write-back. While
    the agreement works on both sides the practice's own system may hold some; once it doesn't, none can be made."""
    for row in _matrix(actor, hub, now).rows:
        legacy = next((cell for cell in row.cells if cell.agreement.kind == _REMOTE), None)
        who = f"an agreement manager at {row.practice.name}, or at {hub.hub.name}"
        what = "Rebook what is still booked that way into the hub’s own book, then deactivate Remote Consultations."
        fix = Fix(what, who, "agreement-deactivate", (legacy.agreement.id,)) if legacy else Fix(what, who, "agreements")
        open_yet = legacy is not None and legacy.effective
        said = ["Remote Consultations is active: appointments can be booked that way"] if open_yet else []
        right = "Remote Consultations is off: nobody can be booked that way"
        yield _finding("CHK-72", row.practice, said, right, fix)


def chk_08(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The parties of each agreement are the practices of the network, no more and no fewer. One that is to join may be made a
    party, and activate, before its day (A24)."""
    names = {practice.id: practice.name for practice in hub.members}
    later = joining_later(network=hub, day=london_date(now))
    said: list[str] = []
    wrong: list[int] = []
    for agreement in _matrix(actor, hub, now).agreements:
        before = len(said)
        parties = {party.organisation.id: party.organisation.name for party in agreement.parties}
        parties.pop(hub.hub.id, None)
        said += [f"{agreement.name} lacks {names[each]}" for each in names if each not in parties]
        said += [f"{agreement.name} has {parties[each]}, no member" for each in parties if each not in names | later]
        wrong += [agreement.id] * (len(said) > before)
    what, who = "Bring the parties up to date.", f"the agreement manager at {hub.hub.name}"
    fix = Fix(what, who, "agreement", (wrong[0],)) if wrong else Fix(what, who, "agreements")
    yield _finding("CHK-08", hub.hub, said, "Every agreement has the network's practices", fix)


def _matrix(actor: Actor, hub: NetworkView, now: datetime) -> AgreementMatrix:
    return matrix(actor=actor, hub_id=hub.hub.id, day=london_date(now), network=hub)


def _sides(cell: Cell) -> str:
    sides = [f"{side.organisation.name} {side.standing}" for side in (cell.uses, cell.gives) if side.must_act]
    return ", ".join(sides) or "its dates do not hold"


def _finding(code: str, organisation: OrganisationRef, said: list[str], right: str, fix: Fix) -> Finding:
    if said:
        return Finding(code, organisation.id, State.UNMET, "; ".join(said) + ".", fix)
    return Finding(code, organisation.id, State.MET, f"{right}.")


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-05": chk_05,
    "CHK-06": chk_06,
    "CHK-07": chk_07,
    "CHK-08": chk_08,
    "CHK-72": chk_72,
}
