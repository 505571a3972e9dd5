"""What the demo's hub works by: every template and protocol that comes with the product, in use and required."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations import operations as consultations
from pcnhub.care.consultations.operations import definitions
from pcnhub.care.consultations.queries.definitions import definitions as held
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.foundations.kernel.actors import Actor


def take_in(*, manager: Actor, now: datetime) -> None:
    """Each example once. What the manager has changed or retired since stays as it is."""
    known = {(each.kind, each.key) for each in held(hub_id=manager.organisation.id)}
    for each in shipped():
        if (each.read.kind, each.read.key) in known:
            continue
        is_protocol = each.read.kind is DefinitionKind.PROTOCOL
        take = consultations.import_protocol if is_protocol else consultations.import_template
        view = take(actor=manager, now=now, source=each.source)
        definitions.put_into_use(actor=manager, now=now, definition_id=view.id)
        definitions.need(actor=manager, now=now, definition_id=view.id)
