"""Which receipts are backed by a consultation in one's own record."""

from __future__ import annotations

from collections.abc import Collection

from pcnhub.care.records.models import FiledConsultation
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def receipts_held(*, actor: Actor, receipts: Collection[str]) -> frozenset[str]:
    """Those of the receipts whose consultation stands in the actor's own record: for reconciling, no patient is named."""
    with unit_of_work(actor):
        rows = FiledConsultation.objects.filter(organisation=actor.organisation.id, receipt__in=set(receipts))
        return frozenset(rows.values_list("receipt", flat=True))
