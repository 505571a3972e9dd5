"""How one practice's export reads, kept so that the next file needs no mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pcnhub.care.patients.models import SavedMapping
from pcnhub.care.patients.operations.imports.steps import PERMISSION
from pcnhub.care.patients.rules import mapping_from
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


def save_mapping(
    *, actor: Actor, now: datetime, name: str, headers: Sequence[str], content: Mapping[str, object]
) -> int:
    """Keep (or replace, under the same name) a mapping of the actor's organisation; its id.

    A file with the same headers is read by it from then on, unless it is given another. `content` is as `rules.mapping_from`
    takes it. Raises InvalidInput, NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        if not name.strip():
            raise InvalidInput(
                [
                    Problem(
                        "name", "name-missing", "The mapping has no name.", "Name it after the practice's system.", ""
                    )
                ]
            )
        mapping_from(content)
        row, _made = SavedMapping.objects.update_or_create(
            organisation_id=actor.organisation.id,
            name=name.strip(),
            defaults={
                "headers_sha256": digest_of(headers),
                "content": dict(content),
                "saved_at": now,
                "saved_by": actor.name,
            },
        )
        trail.record(
            actor=actor,
            now=now,
            action="patients.mapping-saved",
            subject=trail.Subject("mapping", row.pk),
            basis=grant.basis,
        )
        return row.pk


def mapping_for(*, actor: Actor, headers: Sequence[str]) -> dict[str, Any]:
    """The newest saved mapping of the acting organisation for a file with these headers; the default (empty) without one."""
    saved = SavedMapping.objects.filter(organisation=actor.organisation.id, headers_sha256=digest_of(headers))
    row = saved.order_by("-saved_at", "-pk").first()
    return dict(row.content) if row else {}


def digest_of(headers: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(headers).encode()).hexdigest()
