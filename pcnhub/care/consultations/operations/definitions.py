"""Taking in templates and protocols from files, publishing and retiring them, and saying which of them the hub requires."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from pcnhub.care.consultations.models import Definition, Needed
from pcnhub.care.consultations.queries.definitions import (
    DefinitionView,
    definition,
    lacking_codes,
    lacking_here,
    published,
)
from pcnhub.care.consultations.rules.definitions import (
    TEMPLATES,
    DefinitionKind,
    DefinitionState,
    Read,
    open_file,
)
from pcnhub.care.consultations.rules.forms import form_from
from pcnhub.care.consultations.rules.letters import document_from
from pcnhub.care.consultations.rules.protocols import protocol_from
from pcnhub.care.consultations.rules.refusals import problems_of_reason
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted

# What a protocol in use names, and the protocol, take turns: else each could be looked at before the other has changed.
IN_USE = "consultations.in-use"


class DefinitionMovedOn(Conflict):
    """It is not in the state that the act was meant for."""

    code = "definition-moved-on"
    remedy = "Open the list to see how it stands now."


def import_template(*, actor: Actor, now: datetime, source: bytes) -> DefinitionView:
    """Take in a clinical or document template as a draft: version 1 of its key, or the next one. Nobody uses a draft.

    The same file as the newest version answers that version. Raises InvalidInput with every error, NotPermitted.
    """
    return _take_in(actor, now, source, TEMPLATES)


def import_protocol(*, actor: Actor, now: datetime, source: bytes) -> DefinitionView:
    """The same of a protocol. A draft asks for nothing; its dry run shows what it would ask."""
    return _take_in(actor, now, source, {DefinitionKind.PROTOCOL})


def put_into_use(*, actor: Actor, now: datetime, definition_id: int) -> None:
    """Put a version into use; the one that was in use is retired by it. What is in use already stays so.

    Raises InvalidInput with all that it names and the hub lacks, NotFound, NotPermitted, DefinitionMovedOn.
    """
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        take_turn(IN_USE, actor.organisation.id)
        view = _held(actor, definition_id)
        if view.is_published:
            return
        problems = lacking_here(view, hub_id=actor.organisation.id, now=now)
        if problems:
            raise InvalidInput(problems)
        for other in _rows(actor, view).filter(state=DefinitionState.PUBLISHED.value):
            _change(other, actor, now, DefinitionState.RETIRED, f"Version {view.number} took its place.")
        _change(_rows(actor, view).get(pk=view.id), actor, now, DefinitionState.PUBLISHED)
        _record(actor, now, grant, "consultations.definition-published", view)


def retire(*, actor: Actor, now: datetime, definition_id: int, reason: str) -> None:
    """Take a version out of use, or put a draft away. What was made with it stays as it was made.

    Raises InvalidInput, NotFound, NotPermitted, DefinitionMovedOn.
    """
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        take_turn(IN_USE, actor.organisation.id)
        view = _held(actor, definition_id)
        if problems := problems_of_reason(reason, act="retire it"):
            raise InvalidInput(problems)
        _refuse_wanted(actor, view)
        if view.state is DefinitionState.RETIRED:
            raise DefinitionMovedOn(f"Version {view.number} of {view.title} is retired already.")
        _change(_rows(actor, view).get(pk=view.id), actor, now, DefinitionState.RETIRED, reason.strip())
        _record(actor, now, grant, "consultations.definition-retired", view, reason=reason.strip())


def need(*, actor: Actor, now: datetime, definition_id: int, is_needed: bool = True) -> None:
    """Say that the hub requires this version or a later one to be in use (CHK-50), or that it no longer does.

    Raises NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        view = _held(actor, definition_id)
        rows = Needed.objects.filter(hub=actor.organisation.id, kind=view.kind, key=view.key)
        if (view.needed == view.number) if is_needed else view.needed is None:
            return
        rows.delete()
        if is_needed:
            Needed.objects.create(hub_id=actor.organisation.id, kind=view.kind, key=view.key, number=view.number)
        word = "needed" if is_needed else "no-longer-needed"
        _record(actor, now, grant, f"consultations.definition-{word}", view)


def refuse_named_outcome(*, actor: Actor, code: str, left: Collection[str]) -> None:
    """An outcome that a protocol in use rests on stays while the protocol does: without it an urgent task would be asked for
    no more, and nobody would know. `left` are the codes that could be chosen still. Raises DefinitionMovedOn."""
    take_turn(IN_USE, actor.organisation.id)
    titles = []
    for view in published(hub_id=actor.organisation.id, kind=DefinitionKind.PROTOCOL):
        lists = (view.protocol.when.outcomes, *(frozenset(ask.one_of) for ask in view.protocol.asks))
        if any(code in named and not named & set(left) for named in lists):
            titles.append(view.title)
    if titles:
        raise DefinitionMovedOn(
            f"The outcome {code} is named by a protocol in use: {', '.join(titles)}.",
            remedy="Retire the protocol first, or publish a version of it that does without the outcome.",
        )


def _take_in(actor: Actor, now: datetime, source: bytes, kinds: Collection[DefinitionKind]) -> DefinitionView:
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        read = _read(source, kinds)
        sha256 = hashlib.sha256(source).hexdigest()
        take_turn(f"consultations.take-in {read.kind} {read.key}", actor.organisation.id)
        rows = Definition.objects.filter(hub=actor.organisation.id, kind=read.kind, key=read.key)
        newest = rows.order_by("-number").first()
        if newest is not None and newest.sha256 == sha256:
            return definition(hub_id=actor.organisation.id, definition_id=newest.pk)
        row = Definition.objects.create(
            hub_id=actor.organisation.id,
            kind=read.kind,
            key=read.key,
            number=newest.number + 1 if newest else 1,
            title=read.title,
            source=source.decode(),
            sha256=sha256,
            taken_in_at=now,
            taken_in_by=actor.name,
            state_changed_at=now,
            state_changed_by=actor.name,
        )
        view = definition(hub_id=actor.organisation.id, definition_id=row.pk)
        if problems := lacking_codes(view):
            raise InvalidInput(problems)  # undoes what was written above, with the unit of work
        _record(actor, now, grant, "consultations.definition-taken-in", view)
        return view


def _read(source: bytes, kinds: Collection[DefinitionKind]) -> Read:
    kind = open_file(source, kinds)[0].kind
    match kind:
        case DefinitionKind.FORM:
            return form_from(source).read
        case DefinitionKind.DOCUMENT:
            return document_from(source).read
        case DefinitionKind.PROTOCOL:
            return protocol_from(source).read


def _of_the_hub(actor: Actor, now: datetime) -> Grant:
    grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
    if actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "Templates and protocols belong to a hub: its clinicians work by them.",
            remedy="Ask the hub if one is missing.",
            who_can="the hub's manager",
        )
    return grant


def _held(actor: Actor, definition_id: int) -> DefinitionView:
    """The version, with every version of it held until commit: two who publish come one after the other."""
    view = definition(hub_id=actor.organisation.id, definition_id=definition_id)
    list(_rows(actor, view).select_for_update().order_by("pk"))
    return definition(hub_id=actor.organisation.id, definition_id=definition_id)


def _refuse_wanted(actor: Actor, view: DefinitionView) -> None:
    """A protocol that asks for a document which nobody can make would keep consultations from ever being finished."""
    if view.kind is not DefinitionKind.DOCUMENT or not view.is_published:
        return
    protocols = published(hub_id=actor.organisation.id, kind=DefinitionKind.PROTOCOL)
    titles = [each.title for each in protocols if view.key in {ask.document for ask in each.protocol.asks}]
    if titles:
        raise DefinitionMovedOn(
            f"{view.title} is asked for by a protocol in use: {', '.join(titles)}.",
            remedy="Retire the protocol first, or publish a version of it that does not ask for the document.",
        )


def _rows(actor: Actor, view: DefinitionView) -> QuerySet[Definition]:
    """Every version of it."""
    return Definition.objects.filter(hub=actor.organisation.id, kind=view.kind, key=view.key)


def _change(row: Definition, actor: Actor, now: datetime, state: DefinitionState, because: str = "") -> None:
    row.state, row.retired_because = state, because
    row.state_changed_at, row.state_changed_by = now, actor.name
    row.save(update_fields=["state", "retired_because", "state_changed_at", "state_changed_by"])


def _record(actor: Actor, now: datetime, grant: Grant, action: str, view: DefinitionView, *, reason: str = "") -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("definition", view.id),
        basis=grant.basis,
        reason=reason,
        detail={"kind": view.kind.value, "key": view.key, "version": view.number},
    )
    publish_once(actor=actor, now=now, fact="consultations.definitions-changed")
