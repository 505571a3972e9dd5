"""The one gate: it gives a grant that names the ground relied on, or refuses with the reason and the remedy.

Row-level security in the database backs it: what the gate would refuse between organisations, a query would not see.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import Permission, holds_on, require
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import KINDS, AgreementKind, Side, Stand, Standing, Terms, standing
from pcnhub.foundations.audit.trail import Basis
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared


@dataclass(frozen=True, slots=True)
class Grant:
    """The gate's yes: for which permission, about whose data, and on what ground (for the audit)."""

    permission: Permission
    data_organisation_id: int
    basis: Basis


def permit(
    *,
    actor: Actor,
    permission: Permission,
    now: datetime,
    data_organisation_id: int | None = None,
    agreement: AgreementKind | None = None,
    side: Side = Side.USES,
) -> Grant:
    """Whether the actor may do this with the data of that organisation (default: the actor's own).

    For another organisation's data, `agreement` is the kind that must be effective between the two, the actor's
    organisation standing on `side`. Raises NotPermitted or NotShared.
    """
    require(actor=actor, permission=permission)
    owner = data_organisation_id or actor.organisation.id
    if owner == actor.organisation.id:
        return Grant(permission, owner, Basis())
    if agreement is None:
        raise NotShared(
            "This belongs to another organisation, and no agreement covers it.",
            remedy="Sign in at the organisation that it belongs to.",
            who_can="someone with a position there",
        )
    found = effective_agreement(
        kind=agreement, mine=actor.organisation.id, theirs=owner, side=side, day=london_date(now)
    )
    if not _includes(found, actor, side):
        allowed = found.allowed_job_categories
        raise NotShared(
            f"{found.name} does not include your job category, {actor.job_category or 'none'}.",
            code="job-category-not-allowed",
            remedy=f"It includes: {', '.join(allowed)}. Ask for your job category to be added to the agreement.",
            who_can="the hub's agreement manager",
        )
    return Grant(permission, owner, Basis(found.name, found.id))


def permitted_among(
    *,
    actor: Actor,
    permission: Permission,
    now: datetime,
    data_organisation_ids: Collection[int],
    agreement: AgreementKind,
    side: Side = Side.USES,
) -> dict[int, Grant]:
    """The grants of `permit` for those of these organisations that it would grant, in two statements for however many; of the
    others `permit` says why not. Raises NotPermitted."""
    require(actor=actor, permission=permission)
    mine, day = actor.organisation.id, london_date(now)
    other_side = Side.GIVES if side is Side.USES else Side.USES
    concerned = Agreement.objects.filter(kind=agreement, parties__organisation=mine, parties__side=side)
    agreements = {each.pk: each for each in concerned.distinct()}
    active: set[tuple[int, int, str]] = set()
    for party in Party.objects.filter(agreement__in=agreements, organisation__in=[mine, *data_organisation_ids]):
        its = agreements[party.agreement_id]
        terms = Terms(its.terms_version, its.starts_on, its.ends_on)
        if standing(stand=stand_of(party), terms=terms, day=day) == Standing.ACTIVE:
            active.add((party.agreement_id, party.organisation_id, party.side))
    grants = {mine: Grant(permission, mine, Basis())} if mine in data_organisation_ids else {}
    for agreement_id, organisation_id, its_side in sorted(active):
        found = agreements[agreement_id]
        both = its_side == other_side and (agreement_id, mine, side) in active
        if both and holds_on(day, found.starts_on, found.ends_on) and _includes(found, actor, side):
            grants.setdefault(organisation_id, Grant(permission, organisation_id, Basis(found.name, found.id)))
    return grants


def _includes(agreement: Agreement, actor: Actor, side: Side) -> bool:
    """The list says who of the using side may; whoever gives keeps their own house in order."""
    allowed = agreement.allowed_job_categories
    return not allowed or side is not Side.USES or actor.is_system or actor.job_category in allowed


def effective_agreement(*, kind: AgreementKind, mine: int, theirs: int, side: Side, day: date) -> Agreement:
    """The agreement of this kind that is effective between the two, or NotShared saying which side must act."""
    reasons: list[tuple[str, str]] = []
    other_side = Side.GIVES if side is Side.USES else Side.USES
    for agreement in Agreement.objects.filter(kind=kind, parties__organisation=mine, parties__side=side).distinct():
        terms = Terms(agreement.terms_version, agreement.starts_on, agreement.ends_on)
        parties = {
            (party.organisation_id, party.side): party
            for party in Party.objects.filter(agreement=agreement, organisation__in=[mine, theirs]).order_by(
                "joined_on"
            )
            if holds_on(day, party.joined_on, party.left_on)
        }
        sides = {place: parties.get(place) for place in ((mine, side), (theirs, other_side))}
        lacking = [
            (organisation_id, found)
            for (organisation_id, _), party in sides.items()
            if (found := standing(stand=stand_of(party), terms=terms, day=day)) != Standing.ACTIVE
        ]
        if not holds_on(day, agreement.starts_on, agreement.ends_on):
            reasons.append((f"{agreement.name} does not hold on this day.", "the hub's agreement manager"))
        elif not lacking:
            return agreement
        reasons += [_reason(agreement, organisation_id, found) for organisation_id, found in lacking]
    raise not_effective(kind=kind, theirs=theirs, reasons=reasons)


def not_effective(*, kind: AgreementKind, theirs: int, reasons: list[tuple[str, str]]) -> NotShared:
    """The refusal, from reasons each with who must act."""
    words = KINDS[kind]
    name = organisation_ref(id=theirs).name
    said = " ".join(reason for reason, _ in reasons) or "There is no such agreement between the two."
    return NotShared(
        f"No agreement for this is effective with {name} ({words.category}: {words.uses_label}). {said}",
        remedy="Activate it on the agreements page.",
        who_can=" and ".join(dict.fromkeys(who for _, who in reasons)) or "the hub's agreement manager",
    )


def stand_of(party: Party | None) -> Stand | None:
    """What the rules need to know of a side; None of an organisation that is no party."""
    return Stand(party.state, party.terms_accepted, party.joined_on, party.left_on) if party else None


def _reason(agreement: Agreement, organisation_id: int, found: Standing) -> tuple[str, str]:
    name = organisation_ref(id=organisation_id).name
    who = f"an agreement manager at {name}"
    if found is Standing.NOT_A_PARTY:
        return f"{name} is not a party to {agreement.name}.", "the hub's agreement manager"
    if found is Standing.TERMS_CHANGED:
        return f"{name} has not accepted the new terms of {agreement.name}.", who
    return f"{agreement.name} is not active at {name}.", who
