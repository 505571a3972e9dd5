"""Practices x agreements x sides: what stands, and who must act next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.sharing.queries.agreements import AgreementView, agreements_of, is_effective_with
from pcnhub.care.sharing.rules import AgreementKind, Side, Standing
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class SideView:
    """One side of one cell. `must_act` when this side's own people keep the agreement from taking effect."""

    organisation: OrganisationRef
    side: Side
    label: str
    standing: Standing
    must_act: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One agreement with one practice. `is_wanted` is False for what should be off (Remote Consultations)."""

    agreement: AgreementView
    practice: OrganisationRef
    gives: SideView
    uses: SideView
    effective: bool
    is_wanted: bool

    @property
    def is_right(self) -> bool:
        return self.effective == self.is_wanted

    @property
    def who_must_act(self) -> tuple[str, ...]:
        """In plain words, hub first; empty when nothing is to do."""
        if self.is_right:
            return ()
        if not self.agreement.holds and self.is_wanted:
            return (f"{self.agreement.hub.name} (the agreement's dates)",)
        return tuple(self._who(side) for side in (self.uses, self.gives) if side.must_act)

    def _who(self, side: SideView) -> str:
        """Only the hub can make an organisation a party."""
        if side.standing is Standing.NOT_A_PARTY:
            return f"{self.agreement.hub.name} (to make it a party)"
        return f"{side.organisation.name} ({side.standing})"


@dataclass(frozen=True, slots=True)
class Row:
    practice: OrganisationRef
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AgreementMatrix:
    """`missing` are the kinds for which the hub has made no agreement yet."""

    hub: OrganisationRef
    agreements: tuple[AgreementView, ...]
    missing: tuple[AgreementKind, ...]
    rows: tuple[Row, ...]

    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for row in self.rows for cell in row.cells)


@read_once
def matrix(
    *, actor: Actor, hub_id: int, day: date, network: organisations.NetworkView | None = None
) -> AgreementMatrix:
    """The matrix of a hub: the hub sees every practice, a member practice its own row. `network` is the hub's as of another day
    than `day`, for a practice that is still to join. Raises NotFound for others."""
    network = network or organisations.network_of_hub(hub_id=hub_id, day=day)
    mine = actor.organisation.id
    if mine not in network.organisation_ids:
        raise NotFound(
            "Your organisation is not part of this network.",
            remedy="Choose a position at the hub or at one of its practices.",
            who_can="someone with a position there",
        )
    practices = [practice for practice in network.members if mine in (hub_id, practice.id)]
    agreements = agreements_of(hub_id=hub_id, day=day)
    return AgreementMatrix(
        hub=network.hub,
        agreements=agreements,
        missing=tuple(kind for kind in AgreementKind if kind not in {found.kind for found in agreements}),
        rows=tuple(Row(practice, tuple(_cell(found, practice) for found in agreements)) for practice in practices),
    )


def _cell(agreement: AgreementView, practice: OrganisationRef) -> Cell:
    wanted = agreement.kind != AgreementKind.REMOTE_CONSULTATIONS
    hub = _side(agreement, agreement.hub, agreement.hub_side, wanted=wanted)
    theirs = _side(agreement, practice, agreement.practice_side, wanted=wanted)
    gives, uses = (hub, theirs) if agreement.hub_side is Side.GIVES else (theirs, hub)
    return Cell(
        agreement=agreement,
        practice=practice,
        gives=gives,
        uses=uses,
        effective=is_effective_with(agreement, practice.id),
        is_wanted=wanted,
    )


def _side(agreement: AgreementView, organisation: OrganisationRef, side: Side, *, wanted: bool) -> SideView:
    party = agreement.party(organisation.id, side)
    found = party.standing if party else Standing.NOT_A_PARTY
    return SideView(
        organisation=organisation,
        side=side,
        label=agreement.label(side),
        standing=found,
        must_act=(found is not Standing.ACTIVE) if wanted else (found is Standing.ACTIVE),
    )
