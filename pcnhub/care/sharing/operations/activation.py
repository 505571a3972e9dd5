"""Each side's own people activate and deactivate it. Both take effect at once: the database's policies read the state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.operations.writing import change_party, tell
from pcnhub.care.sharing.queries import (
    AgreementView,
    agreement,
    agreements_of,
    is_effective_with,
    problems_with,
)
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side, Standing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, Problem


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to a side; `warnings` are sentences for the person who did it."""

    party_id: int
    warnings: tuple[str, ...] = ()


class WriteBackFirst(Conflict):
    """Remote Consultations is not switched off before Consultation Write Back works (`domain.md` 12A.6)."""

    code = "write-back-first"


def activate(
    *,
    actor: Actor,
    now: datetime,
    agreement_id: int,
    side: Side,
    accepted_terms: str,
    formulary: str = "",
    prescribing_position_id: int | None = None,
) -> Done:
    """Accept the terms of this version and activate one's own organisation's side.

    A practice activating Consultation Write Back settles its formulary and prescribing user with it.
    Raises InvalidInput (all problems), NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        party, shown = own_side(actor, now, agreement_id, side)
        problems = []
        if accepted_terms != shown.terms_version:
            problems.append(
                Problem(
                    "accepted_terms",
                    "terms-changed" if accepted_terms else "terms-not-accepted",
                    f"The terms of {shown.name} are version {shown.terms_version}.",
                    "Read them, and accept this version.",
                    accepted_terms,
                )
            )
        if _settles_write_back(shown, side):
            problems += _settings(party, now, formulary, prescribing_position_id)
        if problems:
            raise InvalidInput(problems)
        party.state, party.terms_accepted = ActivationState.ACTIVE, accepted_terms
        party.changed_at, party.changed_by = now, actor.user
        party.save(update_fields=["state", "terms_accepted", "changed_at", "changed_by", *_SETTINGS])
        change_party(party, actor=actor, now=now, state=ActivationState.ACTIVE, action="activated")
        tell(party, actor=actor, now=now, fact="sharing.activated")
        return Done(party.pk, _warnings(shown, party, now))


def deactivate(*, actor: Actor, now: datetime, agreement_id: int, side: Side, reason: str) -> Done:
    """Deactivate one's own organisation's side, at once. Raises InvalidInput without a reason, WriteBackFirst,
    NotPermitted, NotFound."""
    with unit_of_work(actor):
        party, shown = own_side(actor, now, agreement_id, side)
        if not reason.strip():
            raise InvalidInput(
                [Problem("reason", "missing", "Enter why it is deactivated.", "The other side will read it.")]
            )
        if party.state == ActivationState.INACTIVE:
            return Done(party.pk)
        _refuse_gap(shown, actor.organisation.id, now)
        party.state, party.changed_at, party.changed_by = ActivationState.INACTIVE, now, actor.user
        party.save(update_fields=["state", "changed_at", "changed_by"])
        change_party(
            party, actor=actor, now=now, state=ActivationState.INACTIVE, action="deactivated", reason=reason.strip()
        )
        tell(party, actor=actor, now=now, fact="sharing.deactivated")
        return Done(party.pk)


def change_write_back_settings(
    *, actor: Actor, now: datetime, agreement_id: int, formulary: str, prescribing_position_id: int | None
) -> Done:
    """A practice changes its formulary or prescribing user while its side stays as it is.

    Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        party, shown = own_side(actor, now, agreement_id, Side.GIVES)
        if not _settles_write_back(shown, Side.GIVES):
            raise NotFound(f"{shown.name} has no such settings.", remedy="They belong to Consultation Write Back.")
        if problems := _settings(party, now, formulary, prescribing_position_id):
            raise InvalidInput(problems)
        party.save(update_fields=list(_SETTINGS))
        change_party(
            party, actor=actor, now=now, state=ActivationState(party.state), action="settings-changed",
            reason="formulary and prescribing user",
        )  # fmt: skip
        tell(party, actor=actor, now=now, fact="sharing.settings-changed")
        return Done(party.pk)


_SETTINGS = ("formulary", "prescribing_position")


def own_side(actor: Actor, now: datetime, agreement_id: int, side: Side) -> tuple[Party, AgreementView]:
    """The row of the actor's own side, locked, and the agreement. Raises NotPermitted, NotFound."""
    permit(actor=actor, permission=Permission.MANAGE_AGREEMENTS, now=now)
    if actor.is_system:
        raise NotPermitted(
            "A person of the organisation accepts the terms, never a system.",
            remedy="Sign in at the organisation and open the agreements page.",
            who_can=f"an agreement manager at {actor.organisation.name}",
        )
    shown = agreement(actor=actor, agreement_id=agreement_id, day=london_date(now))
    mine = shown.party(actor.organisation.id, side)
    if mine is None:
        raise NotFound(
            f"{actor.organisation.name} does not stand on this side of {shown.name}.",
            remedy="Each organisation activates its own side.",
            who_can="an agreement manager of the other organisation",
        )
    return Party.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=mine.id), shown


def _settles_write_back(shown: AgreementView, side: Side) -> bool:
    return shown.kind == AgreementKind.WRITE_BACK and side is Side.GIVES


def _settings(party: Party, now: datetime, formulary: str, prescribing_position_id: int | None) -> list[Problem]:
    """Put the settings on the row; what is wrong with them."""
    day = london_date(now)
    party.formulary, party.prescribing_position_id = formulary.strip(), None
    prescribing = None
    if prescribing_position_id is not None:
        held = organisations.positions_at(organisation_id=party.organisation_id, day=day, include_inactive=True)
        prescribing = next((position for position in held if position.id == prescribing_position_id), None)
        party.prescribing_position_id = prescribing.id if prescribing else None
    return list(problems_with(formulary, prescribing, practice_id=party.organisation_id))


def _warnings(shown: AgreementView, party: Party, now: datetime) -> tuple[str, ...]:
    """Write-back and Remote Consultations both active between the same two would write everything twice."""
    pair = {AgreementKind.WRITE_BACK: AgreementKind.REMOTE_CONSULTATIONS}
    pair |= {legacy: modern for modern, legacy in pair.items()}
    other = next((view for view in _network(shown, now) if view.kind == pair.get(shown.kind)), None)
    mine = other.party(party.organisation_id) if other else None
    if other is None or mine is None or mine.standing is not Standing.ACTIVE:
        return ()
    legacy = other.name if other.kind == AgreementKind.REMOTE_CONSULTATIONS else shown.name
    return (f"{shown.name} and {other.name} are both active here: deactivate {legacy}, or consultations arrive twice.",)


def _refuse_gap(shown: AgreementView, organisation_id: int, now: datetime) -> None:
    if shown.kind != AgreementKind.REMOTE_CONSULTATIONS:
        return
    modern = next((view for view in _network(shown, now) if view.kind == AgreementKind.WRITE_BACK), None)
    is_hub = organisation_id == shown.hub.id
    practices = [party.organisation for party in shown.parties if party.organisation.kind == OrganisationKind.PRACTICE]
    concerned = [
        practice
        for practice in practices
        if practice.id == organisation_id or (is_hub and is_effective_with(shown, practice.id))
    ]
    waiting = [practice.name for practice in concerned if modern is None or not is_effective_with(modern, practice.id)]
    if waiting:
        raise WriteBackFirst(
            f"Consultation Write Back is not active yet with {', '.join(waiting)}: consultations would not come home.",
            remedy="Activate Consultation Write Back on both sides first, then deactivate Remote Consultations.",
            who_can="the agreement managers of the hub and of the practice",
        )


def _network(shown: AgreementView, now: datetime) -> tuple[AgreementView, ...]:
    return agreements_of(hub_id=shown.hub.id, day=london_date(now))
