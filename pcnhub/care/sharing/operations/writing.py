"""What every change of a side leaves behind: its new state, a line of history, an audit event, and a fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import models

from pcnhub.care.sharing.models import Party, PartyChange
from pcnhub.care.sharing.rules import ActivationState
from pcnhub.foundations.audit.trail import Basis, Subject, record
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor


def changes_between(row: models.Model, values: Mapping[str, object]) -> tuple[str, ...]:
    """Set on the row those of `values` that differ; their names."""
    changed = tuple(field for field, value in values.items() if getattr(row, field) != value)
    for field in changed:
        setattr(row, field, values[field])
    return changed


def change_party(
    party: Party, *, actor: Actor, now: datetime, state: ActivationState, action: str, reason: str = ""
) -> PartyChange:
    """Write the step into the history and the audit. The hub sees the event too: it is about its agreement."""
    step = PartyChange.objects.create(
        party=party, state=state, terms_version=party.terms_accepted, at=now, by=actor.user, reason=reason
    )
    agreement = party.agreement
    record(
        actor=actor,
        now=now,
        action=f"sharing.{action}",
        subject=Subject("agreement", agreement.pk),
        data_organisation_id=party.organisation_id
        if actor.organisation.id != party.organisation_id
        else agreement.hub_id,
        basis=Basis(agreement.name, agreement.pk),
        reason=reason,
        detail={"kind": agreement.kind, "organisation": party.organisation_id, "side": party.side, "state": state},
    )
    return step


def tell(party: Party, *, actor: Actor, now: datetime, fact: str) -> None:
    """Publish what happened to a side. Its handlers act for the hub, whose work waits for it."""
    step = party.changes.order_by("-pk").values_list("pk", flat=True).first()
    publish(
        actor=actor,
        now=now,
        fact=fact,
        key=f"{party.pk}:{step}",
        payload={
            "agreement_id": party.agreement_id,
            "kind": party.agreement.kind,
            "organisation_id": party.organisation_id,
        },
        organisation_id=party.agreement.hub_id,
    )
