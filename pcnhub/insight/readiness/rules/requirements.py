"""What a requirement is: a line of the checklist, whose move it is, how often it is asked and how it is proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pcnhub.foundations.kernel.findings import Finding

Check = Callable[..., Iterable[Finding]]
"""A room's check: `check(*, actor, hub, now)`, one Finding for each organisation concerned."""


class Concerns(StrEnum):
    """Whose row of the grid must carry an answer."""

    HUB = "hub"
    PRACTICE = "practice"
    BOTH = "both"


class Gate(StrEnum):
    """What an open requirement holds up (`domain.md` 12: G, G per practice, S, W)."""

    HUB = "hub"  # the hub's go-live
    PRACTICE = "practice"  # this practice's opening; the hub and the others may go on
    SHIFT = "shift"  # the next session
    WARNING = "warning"  # nothing, but somebody should look


class Mover(StrEnum):
    """Who must act (`domain.md` 1.2)."""

    HUB = "the hub"
    PRACTICE = "the practice"
    ICB = "the ICB"
    RA = "the Registration Authority"
    SUPPLIER = "the system supplier"
    NHSBSA = "NHSBSA"
    NHS_111 = "the 111 provider"


class Often(StrEnum):
    """How often a line is asked at least (`domain.md` 12, column When)."""

    ONCE = "once"  # at set-up, and after a change
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    BEFORE_SESSION = "before each session"  # 24 hours and 2 hours before it begins

    @property
    def every(self) -> timedelta | None:
        """After how long it is due again by the clock alone; None where sessions decide."""
        return _EVERY.get(self)


_EVERY = {
    Often.ONCE: timedelta(days=30),
    Often.HOURLY: timedelta(hours=1),
    Often.DAILY: timedelta(days=1),
    Often.WEEKLY: timedelta(days=7),
    Often.MONTHLY: timedelta(days=31),
}


class ProofKind(StrEnum):
    """What stands behind a cell's state."""

    STATE = "state"  # this product's own tables
    PROBE = "probe"  # a real call
    IMPORT = "import"  # what another system exported
    REHEARSAL = "rehearsal"  # somebody, or something, went the whole way with a dummy patient
    ATTESTATION = "attestation"  # a named person
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ByState:
    """Answered from what this product holds, inside the hub's unit of work. `or_rehearsed`: by the steps of rehearsals, too."""

    check: Check
    proved_by: ProofKind = ProofKind.STATE
    or_rehearsed: bool = False


@dataclass(frozen=True, slots=True)
class ByProbe:
    """Answered by real calls, OUTSIDE any unit of work: the probe opens its own for what it must read, and holds no transaction
    over the network. One that is not back after `seconds` is "unknown", never "no"."""

    probe: Check
    seconds: float = 10.0
    proved_by: ProofKind = ProofKind.PROBE
    or_rehearsed: bool = False


@dataclass(frozen=True, slots=True)
class ByAttestation:
    """A person answers: who may say so, on what evidence, and for how many days it stands."""

    role: str
    evidence: str
    days: int


@dataclass(frozen=True, slots=True)
class NotYet:
    """Of a system that is still to come: never green, and blocks nothing by itself. `reason` says what is missing."""

    reason: str


Proof = ByState | ByProbe | ByAttestation | NotYet


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the checklist. `lead_days` is what to allow for it, `needs` the ids that come first."""

    id: str
    item: str
    title: str
    why: str
    concerns: Concerns
    movers: tuple[Mover, ...]
    lead_days: int
    needs: tuple[str, ...]
    gate: Gate
    proof: Proof
    else_attested: ByAttestation | None = None  # accepted where the system's own answer is "unknown"
    may_be_waived: bool = True
    often: tuple[Often, ...] = (Often.DAILY,)

    @property
    def attestation(self) -> ByAttestation | None:
        return self.proof if isinstance(self.proof, ByAttestation) else self.else_attested

    def expected_of(self, organisation_id: int, *, hub_id: int) -> bool:
        """Whether this organisation's row must carry an answer."""
        mine = Concerns.HUB if organisation_id == hub_id else Concerns.PRACTICE
        return self.concerns in (mine, Concerns.BOTH)
