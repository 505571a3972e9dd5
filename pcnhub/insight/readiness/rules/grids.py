"""How a cell of the grid comes to its state, and what stands in the way of going live."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.findings import Fix, State
from pcnhub.insight.readiness.rules.naming import names
from pcnhub.insight.readiness.rules.requirements import (
    ByAttestation,
    ByProbe,
    ByState,
    Gate,
    Mover,
    NotYet,
    ProofKind,
    Requirement,
)


class CellState(StrEnum):
    MET = "met"
    ATTESTED = "attested"
    WAIVED = "waived"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    NOT_YET = "not-yet"  # of a system that is still to come: never green, and not asked of anybody

    @property
    def is_open(self) -> bool:
        return self in (CellState.UNMET, CellState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class AttestationView:
    """What a named person stated. `was_withdrawn` rows end the one before them."""

    name: str
    stated_on: date
    document: str
    expires_on: date
    recorded_by: str
    at: datetime
    was_withdrawn: bool
    reason: str

    def holds_on(self, day: date) -> bool:
        return not self.was_withdrawn and self.stated_on <= day < self.expires_on


@dataclass(frozen=True, slots=True)
class WaiverView:
    """A permitted person accepted an open requirement, for a reason, until a day (the first on which it no longer counts)."""

    reason: str
    ends_on: date
    by_name: str
    at: datetime
    was_withdrawn: bool

    def holds_on(self, day: date) -> bool:
        return not self.was_withdrawn and day < self.ends_on


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check answered about an organisation, as kept: `since` is when this state began."""

    state: State
    evidence: str
    fix: Fix | None
    checked_at: datetime
    since: datetime
    has_failed: bool = False  # the check itself broke down: nothing a person says makes that good
    proved_by: ProofKind = ProofKind.STATE
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One requirement at one organisation: the state, on what evidence, as of when, and whose move it is."""

    requirement: Requirement
    organisation: OrganisationRef
    state: CellState
    evidence: str
    as_of: datetime | None = None
    since: datetime | None = None
    fix: Fix | None = None
    whose_move: str = ""
    proved_by: ProofKind = ProofKind.NOTHING
    took_ms: int | None = None

    @property
    def gate(self) -> Gate:
        """What it holds up: what would block a practice's opening blocks, at the hub, the hub's."""
        at_hub = self.organisation.kind == OrganisationKind.HUB
        return Gate.HUB if at_hub and self.requirement.gate is Gate.PRACTICE else self.requirement.gate

    @property
    def could_block(self) -> bool:
        return self.gate in (Gate.HUB, Gate.PRACTICE)

    @property
    def blocks(self) -> bool:
        return self.state.is_open and self.could_block


@dataclass(frozen=True, slots=True)
class Row:
    organisation: OrganisationRef
    cells: tuple[Cell, ...]

    @property
    def blocking(self) -> tuple[Cell, ...]:
        """What keeps this organisation from opening."""
        return tuple(cell for cell in self.cells if cell.blocks)


@dataclass(frozen=True, slots=True)
class Grid:
    """Every requirement (columns) at the hub and its practices (rows), the hub's row first."""

    hub: OrganisationRef
    network_name: str
    day: date
    requirements: tuple[Requirement, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for row in self.rows for cell in row.cells)

    @property
    def open_cells(self) -> tuple[Cell, ...]:
        """What is unmet or unknown, the blocking ones first."""
        gates = list(Gate)
        return tuple(
            sorted((cell for cell in self.cells if cell.state.is_open), key=lambda each: gates.index(each.gate))
        )

    @property
    def blocking_hub(self) -> tuple[Cell, ...]:
        """What keeps the whole hub from going live: its gate, in whichever row it is open."""
        return tuple(cell for cell in self.open_cells if cell.gate is Gate.HUB)

    @property
    def blocking_practices(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.open_cells if cell.gate is Gate.PRACTICE)

    @property
    def standing_in_the_way(self) -> tuple[Cell, ...]:
        """Why going live would be refused: the hub's own gate, else that not one practice is ready. Empty: it may."""
        return self.blocking_hub or (() if self.ready_practices else self.blocking_practices)

    @property
    def ready_practices(self) -> tuple[OrganisationRef, ...]:
        return tuple(row.organisation for row in self.rows if row.organisation != self.hub and not row.blocking)

    @property
    def waiting_practices(self) -> tuple[OrganisationRef, ...]:
        return tuple(row.organisation for row in self.rows if row.organisation != self.hub and row.blocking)

    @property
    def asked(self) -> int:
        """How many cells need an answer at all."""
        unasked = (CellState.NOT_APPLICABLE, CellState.NOT_YET)
        return sum(cell.state not in unasked for cell in self.cells)

    @property
    def settled(self) -> int:
        return self.asked - len(self.open_cells)

    @property
    def is_ready(self) -> bool:
        """Nothing that blocks the hub or any of its practices is open."""
        return not any(cell.blocks for cell in self.cells)

    @property
    def as_of(self) -> datetime | None:
        """The oldest answer of the system's own: the grid is no fresher than that."""
        asked = [cell.as_of for cell in self.cells if cell.proved_by is ProofKind.STATE and cell.as_of]
        return min(asked, default=None)


def cell(
    *,
    requirement: Requirement,
    organisation: OrganisationRef,
    hub_id: int,
    answer: Answer | None,
    attestation: AttestationView | None,
    waiver: WaiverView | None,
    day: date,
) -> Cell:
    """The state of one cell. What the system sees stands above what a person says; only a waiver accepts what is unmet.

    No answer where one must be is unknown, and unknown is never met.
    """
    found = _answered(requirement, organisation, hub_id, answer)
    asks = requirement.attestation
    if found.state is CellState.UNKNOWN and asks is not None and _people_decide(requirement, answer, attestation):
        found = _attested(asks, attestation, day)
    if found.state.is_open and waiver is not None and waiver.holds_on(day) and requirement.may_be_waived:
        accepted = f"Accepted until {waiver.ends_on:%-d %B %Y} by {waiver.by_name}: {waiver.reason}"
        found = replace(
            found,
            state=CellState.WAIVED,
            evidence=f"{found.evidence.rstrip('.')}. {accepted}",
            as_of=found.as_of or waiver.at,
            since=waiver.at,
        )
    is_open = found.state.is_open
    return Cell(
        requirement=requirement,
        organisation=organisation,
        state=found.state,
        evidence=found.evidence,
        as_of=found.as_of,
        since=found.since,
        fix=found.fix if is_open else None,
        whose_move=_whose_move(requirement, organisation, found.fix) if is_open else "",
        proved_by=found.proved_by,
        took_ms=found.took_ms,
    )


def _people_decide(requirement: Requirement, answer: Answer | None, attestation: AttestationView | None) -> bool:
    """Whether a statement counts where the system does not know.

    Of what is asked by a real call it says what no call can be made about. What was called and gave no answer was not seen to
    work by whoever spoke before that: an endpoint that fell silent is not held up by last month's paper.
    """
    if isinstance(requirement.proof, ByAttestation):
        return True
    if attestation is None or (answer is not None and answer.has_failed):
        return False
    was_called = answer is not None and isinstance(requirement.proof, ByProbe) and bool(answer.took_ms)
    return not was_called or answer is None or attestation.at >= answer.since


@dataclass(frozen=True, slots=True)
class _Found:
    state: CellState
    evidence: str
    as_of: datetime | None = None
    since: datetime | None = None
    fix: Fix | None = None
    proved_by: ProofKind = ProofKind.NOTHING
    took_ms: int | None = None


def _answered(requirement: Requirement, organisation: OrganisationRef, hub_id: int, answer: Answer | None) -> _Found:
    if isinstance(requirement.proof, NotYet) and requirement.expected_of(organisation.id, hub_id=hub_id):
        return _Found(CellState.NOT_YET, requirement.proof.reason)
    if answer is not None and isinstance(requirement.proof, ByState | ByProbe):
        state = CellState(answer.state.value)
        if state is CellState.NOT_APPLICABLE:
            return _Found(state, answer.evidence, answer.checked_at, answer.since)
        return _Found(
            state, answer.evidence, answer.checked_at, answer.since, answer.fix, answer.proved_by, answer.took_ms
        )
    if not requirement.expected_of(organisation.id, hub_id=hub_id):
        return _Found(CellState.NOT_APPLICABLE, "Not asked of this organisation.")
    return _Found(CellState.UNKNOWN, "Not checked yet.")


def _attested(asks: ByAttestation, attestation: AttestationView | None, day: date) -> _Found:
    if attestation is None:
        return _Found(CellState.UNMET, f"Nobody has attested this. Needed: {asks.evidence}, stated by {asks.role}.")
    said = f"{attestation.name} on {attestation.stated_on:%-d %B %Y}: {attestation.document}."
    at, by = attestation.at, ProofKind.ATTESTATION
    if attestation.was_withdrawn:
        return _Found(CellState.UNMET, f"Withdrawn: {attestation.reason}", at, at)
    if not attestation.holds_on(day):
        expired = f"Expired on {attestation.expires_on:%-d %B %Y}. Last stated by {said}"
        return _Found(CellState.UNMET, expired, at, at)
    until = f"Stated by {said} Stands until {attestation.expires_on:%-d %B %Y}."
    return _Found(CellState.ATTESTED, until, at, at, proved_by=by)


def _whose_move(requirement: Requirement, organisation: OrganisationRef, fix: Fix | None) -> str:
    if fix is not None and fix.who:
        return fix.who
    names = [organisation.name if mover is Mover.PRACTICE else mover.value for mover in requirement.movers]
    return " and ".join(names)


def is_move_of(cell: Cell, organisation: OrganisationRef, *, hub_id: int) -> bool:
    """Whether this organisation can take the next step of an open cell: the finding's own word first, else the catalogue's."""
    if not cell.state.is_open:
        return False
    who = cell.fix.who if cell.fix is not None else ""
    if names(who, organisation.name):
        return True
    # the hub's rota manager, say: no practice's move then, whoever else the catalogue names
    is_hubs = "hub" in who.casefold()
    if organisation.id == hub_id:
        return (is_hubs or Mover.HUB in cell.requirement.movers) and not names(who, cell.organisation.name)
    return not is_hubs and Mover.PRACTICE in cell.requirement.movers and cell.organisation.id == organisation.id
