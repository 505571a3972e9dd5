"""Whether a document that somebody names by its fingerprint is held here."""

from __future__ import annotations

from collections.abc import Collection

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.queries.finding import current
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def documents_with(*, actor: Actor, patient_id: int | None, fingerprints: Collection[str]) -> dict[str, int]:
    """The actor's own organisation's documents of this patient with these SHA-256, by fingerprint; for pages whose opening is on
    record."""
    with unit_of_work(actor):
        rows = Document.objects.filter(organisation=actor.organisation.id, patient=patient_id, sha256__in=fingerprints)
        return dict(current(rows).order_by("pk").values_list("sha256", "pk"))
