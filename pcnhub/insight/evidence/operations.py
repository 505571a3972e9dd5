"""Making a pack, and taking one along. Both are on record."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound
from pcnhub.insight.evidence.assembling import document
from pcnhub.insight.evidence.gathering import gather
from pcnhub.insight.evidence.keys import signing_key, text_of
from pcnhub.insight.evidence.models import Pack
from pcnhub.insight.evidence.pages import pages_of
from pcnhub.insight.evidence.queries import refuse_others
from pcnhub.insight.evidence.sealing import Sealed, digest, seal
from pcnhub.insight.readiness import checking


def make_pack(*, actor: Actor, now: datetime, hub_id: int) -> Sealed:
    """Ask every check anew, put all of it in order, sign it and keep it in the hub's history.

    The checks run as the hub, so it can't run inside another unit of work. Raises NotPermitted, NotFound, KeyUnusable.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
        refuse_others(actor, now, hub_id)
    key = signing_key(settings.EVIDENCE_KEY)
    checking.check(now=now, hub_id=hub_id)
    public = text_of(key.public_key())
    facts = gather(actor=actor, now=now, hub_id=hub_id, public_key=public)
    made = document(facts)
    sealed = seal(made, pages_of(made), key=key)
    with unit_of_work(actor):
        row = Pack.objects.create(
            hub_id=hub_id,
            at=now,
            by=actor.user,
            by_name=actor.name,
            sha256=digest(sealed.manifest),
            public_key=public,
            is_ready=facts.grid.is_ready,
            settled=facts.grid.settled,
            asked=facts.grid.asked,
            data=sealed.data,
            pages=sealed.pages,
            manifest=sealed.manifest,
            signature=sealed.signature,
        )
        _on_record(actor, now, "evidence.made", row)
    return sealed


def take_pack(*, actor: Actor, now: datetime, hub_id: int, pack_id: int) -> Sealed:
    """A pack of the history as it was made. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        refuse_others(actor, now, hub_id)
        row = Pack.objects.filter(pk=pack_id, hub_id=hub_id).first()
        if row is None:
            raise NotFound("There is no such evidence pack.", remedy="Choose one from the page.")
        _on_record(actor, now, "evidence.taken", row)
        return Sealed(bytes(row.data), bytes(row.pages), bytes(row.manifest), bytes(row.signature))


def _on_record(actor: Actor, now: datetime, action: str, row: Pack) -> None:
    record(actor=actor, now=now, action=action, subject=Subject("evidence-pack", row.pk), detail={"sha256": row.sha256})
