"""A practice says whether its patients are asked each time before the hub opens the record that it shares."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.sharing.operations.activation import Done, own_side
from pcnhub.care.sharing.operations.writing import change_party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


def ask_permission_to_view(*, actor: Actor, now: datetime, agreement_id: int, asks: bool) -> Done:
    """From now on the hub asks the patient first, or needs not. Only the side that shares its record says so.

    Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        party, shown = own_side(actor, now, agreement_id, Side.GIVES)
        if shown.kind != AgreementKind.CARE_RECORD:
            raise NotFound(f"{shown.name} opens no record.", remedy="This is said of the care record's agreement.")
        if party.asks_permission_to_view is not asks:
            party.asks_permission_to_view, party.changed_at, party.changed_by = asks, now, actor.user
            party.save(update_fields=["asks_permission_to_view", "changed_at", "changed_by"])
            change_party(
                party,
                actor=actor,
                now=now,
                state=ActivationState(party.state),
                action="settings-changed",
                reason="the patient is asked before the record is opened"
                if asks
                else "the patient need not be asked before the record is opened",
            )
        return Done(party.pk)
