"""What the pages of agreements show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.sharing import queries
from pcnhub.care.sharing.queries import AgreementMatrix, AgreementView, PartyView, WriteBackSettings
from pcnhub.care.sharing.rules import AgreementKind, Side, Standing
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound

# A state is always said in words; the colour only helps to find it.
COLOURS = {
    Standing.ACTIVE: "green",
    Standing.NOT_YET: "yellow",
    Standing.DEACTIVATED: "red",
    Standing.TERMS_CHANGED: "orange",
    Standing.NOT_A_PARTY: "grey",
}


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """One agreement: everyone's side, the reader's own, and for the hub who is missing or no longer belongs."""

    agreement: AgreementView
    mine: PartyView | None
    is_hub: bool
    settings: WriteBackSettings | None
    history: tuple[queries.ChangeView, ...]
    missing: tuple[OrganisationRef, ...]
    leftover: frozenset[int]

    @property
    def gives_a_record(self) -> bool:
        """Whether the reader's side shares its record, and so says whether its patients are asked."""
        return (
            self.mine is not None and self.mine.side is Side.GIVES and self.agreement.kind == AgreementKind.CARE_RECORD
        )


def matrices(*, actor: Actor, day: date) -> tuple[AgreementMatrix, ...]:
    """The matrix of every hub that works for the actor's organisation, or of the hub itself."""
    hubs = organisations.hubs_of(organisation_id=actor.organisation.id, day=day)
    return tuple(queries.matrix(actor=actor, hub_id=hub.id, day=day) for hub in hubs)


def agreement_page(*, actor: Actor, agreement_id: int, day: date) -> AgreementPage:
    """Raises NotFound for who is no party."""
    shown = queries.agreement(actor=actor, agreement_id=agreement_id, day=day)
    is_hub = actor.organisation.id == shown.hub.id
    mine = shown.party(actor.organisation.id)
    practices = organisations.practices_of(hub_id=shown.hub.id, day=day)
    members = {practice.id for practice in practices} | {shown.hub.id}
    settles = mine is not None and settles_write_back(shown, mine.side)
    return AgreementPage(
        agreement=shown,
        mine=mine,
        is_hub=is_hub,
        settings=queries.write_back_settings(practice_id=actor.organisation.id, hub_id=shown.hub.id, day=day)
        if settles
        else None,
        history=queries.history(actor=actor, agreement_id=agreement_id, day=day),
        missing=tuple(each for each in practices if shown.party(each.id) is None) if is_hub else (),
        leftover=frozenset(party.organisation.id for party in shown.parties) - members if is_hub else frozenset(),
    )


def own_side(*, actor: Actor, agreement_id: int, day: date) -> tuple[AgreementView, PartyView]:
    """The agreement and the actor's side of it. Raises NotFound."""
    shown = queries.agreement(actor=actor, agreement_id=agreement_id, day=day)
    mine = shown.party(actor.organisation.id)
    if mine is None:
        raise NotFound(
            f"{actor.organisation.name} is not a party to this agreement.",
            remedy="Ask the hub to add it.",
            who_can="the hub's agreement manager",
        )
    return shown, mine


def settles_write_back(shown: AgreementView, side: Side) -> bool:
    return shown.kind == AgreementKind.WRITE_BACK and side is Side.GIVES
