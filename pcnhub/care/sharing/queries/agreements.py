"""Agreements as they stand: who is a party, what each side has done, and what followed upon what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import holds_on
from pcnhub.care.sharing.gate import stand_of
from pcnhub.care.sharing.models import Agreement, Party, PartyChange
from pcnhub.care.sharing.rules import KINDS, AgreementKind, KindOfAgreement, Side, Standing, Terms, standing
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class PartyView:
    """One side of one organisation, as of a day. `formulary` and the position are a practice's, of write-back only."""

    id: int
    organisation: OrganisationRef
    side: Side
    standing: Standing
    terms_accepted: str
    joined_on: date
    left_on: date | None
    changed_at: datetime | None
    formulary: str
    prescribing_position_id: int | None
    asks_permission_to_view: bool = False  # of whoever shares its record: the patient is asked before the hub opens it


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One agreement as of a day. `allowed_job_categories` empty means any."""

    id: int
    hub: OrganisationRef
    kind: AgreementKind
    name: str
    terms_version: str
    allowed_job_categories: tuple[str, ...]
    starts_on: date
    ends_on: date | None
    holds: bool
    parties: tuple[PartyView, ...]

    @property
    def words(self) -> KindOfAgreement:
        return KINDS[self.kind]

    def label(self, side: Side) -> str:
        """The agreement's name as that side knows it."""
        return self.words.gives_label if side is Side.GIVES else self.words.uses_label

    def party(self, organisation_id: int, side: Side | None = None) -> PartyView | None:
        """The organisation's side, if it is a party now."""
        return next(
            (
                party
                for party in self.parties
                if party.organisation.id == organisation_id and side in (None, party.side)
            ),
            None,
        )

    @property
    def hub_side(self) -> Side:
        return Side.GIVES if self.words.giver == "hub" else Side.USES

    @property
    def practice_side(self) -> Side:
        return Side.USES if self.hub_side is Side.GIVES else Side.GIVES


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One step in an agreement's history."""

    at: datetime
    by: str
    organisation: OrganisationRef
    side: Side
    state: str
    terms_version: str
    reason: str


def agreement(*, actor: Actor, agreement_id: int, day: date) -> AgreementView:
    """One agreement, for its hub or a party of it; a party sees its own side and the hub's. Raises NotFound."""
    row = Agreement.objects.select_related("hub").filter(pk=agreement_id).first()
    found = None if row is None else _views([row], day)[0]
    if found is None or not _concerns(actor, found):
        raise NotFound(
            "There is no such agreement that your organisation is a party to.",
            remedy="Choose one from the agreements page.",
            who_can="the hub's agreement manager can add your organisation",
        )
    return found


@read_once
def agreements_of(*, hub_id: int, day: date) -> tuple[AgreementView, ...]:
    """Every agreement of a hub's network, in the order of the kinds."""
    rows = {row.kind: row for row in Agreement.objects.select_related("hub").filter(hub=hub_id)}
    return tuple(_views([rows[kind] for kind in AgreementKind if kind in rows], day))


def history(*, actor: Actor, agreement_id: int, day: date) -> tuple[ChangeView, ...]:
    """Who did what to an agreement, newest first; a practice sees its own steps and the hub's. Raises NotFound."""
    shown = agreement(actor=actor, agreement_id=agreement_id, day=day)
    changes = PartyChange.objects.filter(party__agreement=agreement_id).select_related("party__organisation")
    if actor.organisation.id != shown.hub.id:
        changes = changes.filter(party__organisation__in=[actor.organisation.id, shown.hub.id])
    return tuple(
        ChangeView(
            change.at,
            _name_of(change.by),
            organisations.organisation_ref(id=change.party.organisation_id),
            Side(change.party.side),
            change.state,
            change.terms_version,
            change.reason,
        )
        for change in changes.order_by("-at", "-pk")
    )


def _name_of(user: str) -> str:
    kind, _, number = user.partition(":")
    return organisations.account(id=int(number)).name if kind == "account" else f"{number} (system)"


def effective_between(*, kind: AgreementKind, hub_id: int, practice_id: int, day: date) -> bool:
    """Whether the hub's agreement of this kind is effective with a practice on the day."""
    found = next((view for view in agreements_of(hub_id=hub_id, day=day) if view.kind == kind), None)
    return found is not None and is_effective_with(found, practice_id)


def is_effective_with(view: AgreementView, practice_id: int) -> bool:
    """The same, of an agreement that is at hand."""
    sides = (view.party(view.hub.id, view.hub_side), view.party(practice_id, view.practice_side))
    return view.holds and all(side is not None and side.standing is Standing.ACTIVE for side in sides)


def asks_permission_to_view(*, agreement_id: int | None, holder_id: int, day: date) -> bool:
    """Whether whoever gives under this agreement wants the patient to be asked before its record is opened."""
    giving = Party.objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gt=day),
        agreement=agreement_id,
        organisation=holder_id,
        side=Side.GIVES,
        joined_on__lte=day,
    )
    return giving.filter(asks_permission_to_view=True).exists()


def _concerns(actor: Actor, view: AgreementView) -> bool:
    return actor.organisation.id == view.hub.id or view.party(actor.organisation.id) is not None


def _views(rows: Iterable[Agreement], day: date) -> list[AgreementView]:
    agreements = list(rows)
    holding = Q(joined_on__lte=day) & (Q(left_on__isnull=True) | Q(left_on__gt=day))
    parties = list(
        Party.objects.filter(holding, agreement__in=agreements)
        .select_related("organisation")
        .order_by("organisation__name", "side")
    )
    return [
        AgreementView(
            id=row.pk,
            hub=OrganisationRef(row.hub.pk, row.hub.ods_code, row.hub.name, row.hub.kind),
            kind=AgreementKind(row.kind),
            name=row.name,
            terms_version=row.terms_version,
            allowed_job_categories=tuple(row.allowed_job_categories),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            holds=holds_on(day, row.starts_on, row.ends_on),
            parties=tuple(_party(party, row, day) for party in parties if party.agreement_id == row.pk),
        )
        for row in agreements
    ]


def _party(row: Party, agreement: Agreement, day: date) -> PartyView:
    at = row.organisation
    return PartyView(
        id=row.pk,
        organisation=OrganisationRef(at.pk, at.ods_code, at.name, at.kind),
        side=Side(row.side),
        standing=standing(
            stand=stand_of(row), terms=Terms(agreement.terms_version, agreement.starts_on, agreement.ends_on), day=day
        ),
        terms_accepted=row.terms_accepted,
        joined_on=row.joined_on,
        left_on=row.left_on,
        changed_at=row.changed_at,
        formulary=row.formulary,
        prescribing_position_id=row.prescribing_position_id,
        asks_permission_to_view=row.asks_permission_to_view,
    )
