"""What the readiness pages show, made from the grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.readiness.rules import ByAttestation, Cell, CellState, Gate, Grid, Requirement, is_move_of

STATE_WORDS = {
    CellState.MET: ("Met", "green"),
    CellState.ATTESTED: ("Attested", "aqua-green"),
    CellState.WAIVED: ("Waived", "yellow"),
    CellState.UNMET: ("Not met", "red"),
    CellState.UNKNOWN: ("Unknown", "orange"),
    CellState.NOT_APPLICABLE: ("Not asked", "white"),
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
    """The address of the page that mends the cell, or "" when the finding names none that this release has."""
    if cell.fix is None or not cell.fix.page:
        return ""
    try:
        return reverse(cell.fix.page, args=cell.fix.page_args)
    except NoReverseMatch:
        return ""


def how_proved(requirement: Requirement) -> str:
    asks = requirement.attestation
    if isinstance(requirement.proof, ByAttestation):
        return (
            f"By statement: {asks.role} states it with {asks.evidence}; it stands for {asks.days} days." if asks else ""
        )
    also = f" Where the system can’t know, {asks.role} may state it with {asks.evidence}." if asks else ""
    return f"By the system, from what it holds.{also}"


def clock(instant: datetime | None) -> str:
    """An instant as people here read it."""
    return f"{in_london(instant):%-d %B %Y, %H:%M}" if instant else ""
