"""Documents that want somebody: in quarantine, altered at rest, or still waiting for the scanner."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.queries.finding import permission_to_see
from pcnhub.care.documents.queries.views import DocumentPage, page_of
from pcnhub.care.documents.rules import DocumentState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def attention(*, actor: Actor, now: datetime, page: int = 1) -> DocumentPage:
    """The actor's organisation's documents that want somebody, longest first, put on record. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=permission_to_see(actor), now=now)
        found = page_of(_wanting(actor).order_by("made_at", "pk"), page)
        trail.record(
            actor=actor,
            now=now,
            action="documents.attention-listed",
            subject=trail.Subject("documents"),
            detail={"documents": [each.id for each in found.documents]},
        )
        return found


def attention_count(*, actor: Actor) -> int:
    """How many: for a notice on other pages."""
    with unit_of_work(actor):
        return _wanting(actor).count()


def waiting_for_scan(*, actor: Actor) -> tuple[int, ...]:
    """The ids of those that wait for the scanner, oldest first."""
    with unit_of_work(actor):
        rows = Document.objects.filter(organisation=actor.organisation.id, state=DocumentState.CHECKING)
        return tuple(rows.order_by("made_at", "pk").values_list("pk", flat=True))


def _wanting(actor: Actor) -> QuerySet[Document]:
    rows = Document.objects.filter(organisation=actor.organisation.id)
    if not actor.may(Permission.VIEW_SENSITIVE):
        rows = rows.filter(patient__is_sensitive=False)
    altered = Q(altered_at__isnull=False) & ~Q(state=DocumentState.IN_ERROR)
    return rows.filter(Q(state=DocumentState.CHECKING) | Q(state=DocumentState.QUARANTINED, settled_at=None) | altered)
