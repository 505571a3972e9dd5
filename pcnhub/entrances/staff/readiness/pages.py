"""What the readiness pages show, made from the grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.readiness.changing import ChangeView
from pcnhub.insight.readiness.rules import (
    ByAttestation,
    ByProbe,
    ByState,
    Cell,
    CellState,
    Gate,
    Grid,
    NotYet,
    Often,
    ProofKind,
    Requirement,
    is_move_of,
)

STATE_WORDS = {
    CellState.MET: ("Met", "green"),
    CellState.ATTESTED: ("Attested", "aqua-green"),
    CellState.WAIVED: ("Waived", "yellow"),
    CellState.UNMET: ("Not met", "red"),
    CellState.UNKNOWN: ("Unknown", "orange"),
    CellState.NOT_APPLICABLE: ("Not asked", "white"),
    CellState.NOT_YET: ("Not yet in this release", "grey"),
}
PROOF_WORDS = {
    ProofKind.STATE: "by the hub’s own tables",
    ProofKind.PROBE: "by a call",
    ProofKind.IMPORT: "by an export",
    ProofKind.REHEARSAL: "by rehearsal",
    ProofKind.ATTESTATION: "by statement",
    ProofKind.NOTHING: "",
}
GATE_WORDS = {
    Gate.HUB: "Blocks the hub’s go-live",
    Gate.PRACTICE: "Blocks the practice’s opening",
    Gate.SHIFT: "Affects the next session",
    Gate.WARNING: "Warning",
}
COUNT_WORDS = {
    Gate.HUB: "holding up the hub’s go-live",
    Gate.PRACTICE: "holding up a practice’s opening",
    Gate.SHIFT: "for the next sessions",
    Gate.WARNING: "to look at",
}
WORDS_OF_OFTEN = {
    Often.ONCE: "once, and after each change",
    Often.HOURLY: "every hour",
    Often.DAILY: "every day",
    Often.WEEKLY: "every week",
    Often.MONTHLY: "every month",
    Often.BEFORE_SESSION: "24 hours and 2 hours before each session",
}
HEADINGS = {"all": "What blocks going live", "open": "What is open", "mine": "Your move"}
NOTHING = {
    "all": "Nothing blocks going live.",
    "open": "Nothing is open.",
    "mine": "Nothing waits for you. Look at what is open to see whose move it is.",
}
FILTERS = {"all": "Everything", "open": "Only what is open", "mine": "My move"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as the pages show it. `mend` is the address of the page that mends it, or "" when that is not the viewer's move."""

    cell: Cell
    words: str
    colour: str
    gate: str
    href: str
    mend: str

    @property
    def proof(self) -> str:
        """What stands behind the state, as one says it beside it; nothing, where nothing does."""
        words = PROOF_WORDS[self.cell.proved_by]
        return f"{words}, {self.cell.took_ms} ms" if words and self.cell.took_ms is not None else words


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement across the organisations."""

    requirement: Requirement
    gate: str
    cells: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    grid: Grid
    chosen: str
    to_do: tuple[Shown, ...]
    lines: tuple[Line, ...]
    organisations: tuple[OrganisationRef, ...]

    @property
    def heading(self) -> str:
        return HEADINGS[self.chosen]

    @property
    def nothing(self) -> str:
        return NOTHING[self.chosen]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many cells are open at each gate, the blocking gates first."""
        return [(words, sum(cell.gate is gate for cell in self.grid.open_cells)) for gate, words in COUNT_WORDS.items()]


def overview(grid: Grid, *, viewer: OrganisationRef, chosen: str) -> Overview:
    """The grid through one of the FILTERS."""

    def wanted(cell: Cell) -> bool:
        match chosen:
            case "mine":
                return is_move_of(cell, viewer, hub_id=grid.hub.id)
            case "open":
                return cell.state.is_open
            case _:
                return cell.blocks

    to_do = tuple(shown(cell, viewer=viewer, hub_id=grid.hub.id) for cell in grid.open_cells if wanted(cell))
    lines = []
    for index, requirement in enumerate(grid.requirements):
        cells = [row.cells[index] for row in grid.rows]
        is_asked = any(cell.state is not CellState.NOT_APPLICABLE for cell in cells)
        if is_asked and (chosen == "all" or any(map(wanted, cells))):
            seen = tuple(shown(cell, viewer=viewer, hub_id=grid.hub.id) for cell in cells)
            lines.append(Line(requirement, GATE_WORDS[requirement.gate], seen))
    return Overview(grid, chosen, to_do, tuple(lines), tuple(row.organisation for row in grid.rows))


def shown(cell: Cell, *, viewer: OrganisationRef, hub_id: int) -> Shown:
    words, colour = STATE_WORDS[cell.state]
    return Shown(
        cell=cell,
        words=words,
        colour=colour,
        gate=GATE_WORDS[cell.gate],
        href=reverse("readiness-check", args=[cell.requirement.id, cell.organisation.id]),
        mend=mending_page(cell) if is_move_of(cell, viewer, hub_id=hub_id) else "",
    )


def mending_page(cell: Cell) -> str:
    """The address of the very field that mends the cell, or "" when the finding names none that this release has."""
    if cell.fix is None or not cell.fix.page:
        return ""
    try:
        address = reverse(cell.fix.page, args=cell.fix.page_args)
    except NoReverseMatch:
        return ""
    return f"{address}#{cell.fix.field}" if cell.fix.field else address


def how_proved(requirement: Requirement) -> str:
    asks = requirement.attestation
    also = f" Where the system can’t know, {asks.role} may state it with {asks.evidence}." if asks else ""
    match requirement.proof:
        case ByAttestation() as proof:
            return f"By statement: {proof.role} states it with {proof.evidence}; it stands for {proof.days} days."
        case ByProbe(or_rehearsed=True):
            return f"By a call, as another system would make it, and by rehearsal with a dummy patient.{also}"
        case ByState(or_rehearsed=True):
            return f"By the system, from what it holds, and by rehearsal with a dummy patient.{also}"
        case ByProbe():
            return f"By a call, as another system would make it.{also}"
        case ByState(proved_by=ProofKind.IMPORT):
            return f"By what the hub’s own system exports.{also}"
        case ByState(proved_by=ProofKind.REHEARSAL):
            return f"By rehearsal with a dummy patient.{also}"
        case NotYet():
            return "Not at all yet: it belongs to what this release does not have. It blocks nothing."
        case _:
            return f"By the system, from what it holds.{also}"


def how_often(requirement: Requirement) -> str:
    """What the checklist asks for, and what happens here."""
    if isinstance(requirement.proof, ByAttestation):
        return f"A statement stands for {requirement.proof.days} days."
    if isinstance(requirement.proof, NotYet):
        return ""
    asked = "; ".join(WORDS_OF_OFTEN[each] for each in requirement.often)
    here = "" if isinstance(requirement.proof, ByProbe) else " Here every hour, and whenever this page is opened."
    return f"{asked[:1].upper()}{asked[1:]}.{here}"


def clock(instant: datetime | None) -> str:
    """An instant as people here read it."""
    return f"{in_london(instant):%-d %B %Y, %H:%M}" if instant else ""


def change_words(change: ChangeView) -> str:
    """From what to what."""
    became = STATE_WORDS[change.became][0]
    return f"{STATE_WORDS[change.was][0]}, then {became[:1].lower()}{became[1:]}" if change.was else became
