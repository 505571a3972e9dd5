"""What readiness asks of the patients held: numbers in form, and practices' lists complete and fresh (`domain.md` 8.3, 8.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView, list_sizes_of
from pcnhub.care.patients.queries import newest_batches, numbers_held
from pcnhub.care.patients.rules.listsize import TOLERANCE
from pcnhub.care.sharing.queries import matrix
from pcnhub.care.sharing.queries.matrix import Cell
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.local_time import london_date

OLDEST = timedelta(days=35)  # a monthly export, with some days of grace
MOST_REJECTED = 0.02  # of the rows of one file


def chk_27(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every NHS number that the hub holds has the right check digit."""
    numbers = numbers_held(actor=actor)
    wrong = sum(not _is_valid(number) for number in numbers)
    if wrong:
        fix = Fix("Have the practice correct the number and import again.", "the patient's practice", "patients")
        yield Finding("CHK-27", hub.hub.id, State.UNMET, f"{wrong} of {len(numbers)} patients: number not valid", fix)
    else:
        yield Finding("CHK-27", hub.hub.id, State.MET, f"All {len(numbers)} patients of the hub have valid numbers")


def chk_29(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """As many active patients as the practice's published list, within 2 %."""
    newest = newest_batches(actor=actor)
    closed = _closed(actor, hub, now, newest)
    sizes = list_sizes_of(ids=[practice.id for practice in hub.members])
    for practice in hub.members:
        batch = newest.get(practice.id)
        size = sizes[practice.id]
        if batch is None:
            yield _unseen("CHK-29", practice, closed)
        elif not size:
            who = f"an administrator of {practice.name}"
            fix = Fix("Enter the list size.", who, "organisation-edit", (practice.id,), "list_size")
            yield Finding("CHK-29", practice.id, State.UNKNOWN, "The practice's list size is not entered", fix)
        else:
            near = abs(batch.active_after - size) <= TOLERANCE * size
            evidence = f"{batch.active_after} active patients here, list size {size}"
            state = State.MET if near else State.UNMET
            yield Finding("CHK-29", practice.id, state, evidence, None if near else _import_again(practice))


def chk_30(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The newest import of each practice is not older than 35 days."""
    newest = newest_batches(actor=actor)
    closed = _closed(actor, hub, now, newest)
    for practice in hub.members:
        batch = newest.get(practice.id)
        if batch is None:
            yield _unseen("CHK-30", practice, closed)
            continue
        fresh = now - batch.imported_at <= OLDEST
        evidence = f"Last imported {batch.imported_at:%-d %B %Y}"
        state = State.MET if fresh else State.UNMET
        yield Finding("CHK-30", practice.id, state, evidence, None if fresh else _import_again(practice))


def chk_31(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The newest import rejected at most 2 % of its rows (the dead and the gone count: a clean export has none)."""
    newest = newest_batches(actor=actor)
    closed = _closed(actor, hub, now, newest)
    for practice in hub.members:
        batch = newest.get(practice.id)
        if batch is None:
            yield _unseen("CHK-31", practice, closed)
            continue
        few = batch.rejected <= MOST_REJECTED * batch.rows
        evidence = f"{batch.rejected} of {batch.rows} rows rejected"
        fix = Fix(
            "Mend the rejected rows at source and import again.", f"whoever imports at {practice.name}", "imports"
        )
        yield Finding("CHK-31", practice.id, State.MET if few else State.UNMET, evidence, None if few else fix)


def _closed(actor: Actor, hub: NetworkView, now: datetime, newest: Mapping[int, object]) -> dict[int, Cell]:
    """The practices whose imports the hub may not see, each with how its care record agreement stands."""
    if all(practice.id in newest for practice in hub.members):
        return {}
    found = matrix(actor=actor, hub_id=hub.hub.id, day=london_date(now), network=hub)
    return {
        row.practice.id: cell
        for row in found.rows
        for cell in row.cells
        if cell.agreement.kind is AgreementKind.CARE_RECORD and not cell.effective
    }


def _unseen(code: str, practice: OrganisationRef, closed: Mapping[int, Cell]) -> Finding:
    """Nothing imported; or nobody knows, and it is not for whoever imports to mend."""
    if cell := closed.get(practice.id):
        evidence = f"{cell.agreement.name} is not active, so that no import can be seen from the hub"
        who = "; ".join(cell.who_must_act)
        fix = Fix("Activate the care record agreement.", who, "agreement", (cell.agreement.id,))
        return Finding(code, practice.id, State.UNKNOWN, evidence, fix)
    return Finding(code, practice.id, State.UNMET, "No import was made", _import_again(practice))


def _import_again(practice: OrganisationRef) -> Fix:
    return Fix("Export the whole list and import it.", f"whoever imports patients at {practice.name}", "imports")


def _is_valid(number: str) -> bool:
    try:
        NhsNumber(number)
    except InvalidIdentifier:
        return False
    return True


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-27": chk_27,
    "CHK-29": chk_29,
    "CHK-30": chk_30,
    "CHK-31": chk_31,
}
