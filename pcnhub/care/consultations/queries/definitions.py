"""Reads of what a hub took in from files. They hold nobody's data; a hub reads its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.queries import slot_types
from pcnhub.care.consultations.models import Definition, Needed
from pcnhub.care.consultations.queries.reference import concepts, outcomes
from pcnhub.care.consultations.rules.definitions import DefinitionKind, DefinitionState
from pcnhub.care.consultations.rules.forms import Form, form_from, unknown_codes
from pcnhub.care.consultations.rules.letters import DocumentTemplate, document_from
from pcnhub.care.consultations.rules.protocols import AskKind, Protocol, protocol_from
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, Problem


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """One version of one file; `needed` is the least version that the hub's required set asks for, or None."""

    id: int
    kind: DefinitionKind
    key: str
    number: int
    title: str
    state: DefinitionState
    source: str
    sha256: str
    taken_in_at: datetime
    taken_in_by: str
    state_changed_at: datetime
    state_changed_by: str
    retired_because: str
    needed: int | None = None

    @property
    def is_published(self) -> bool:
        return self.state is DefinitionState.PUBLISHED

    @property
    def form(self) -> Form:
        return form_from(self.source.encode())

    @property
    def document(self) -> DocumentTemplate:
        return document_from(self.source.encode())

    @property
    def protocol(self) -> Protocol:
        return protocol_from(self.source.encode())


@dataclass(frozen=True, slots=True)
class NeededView:
    """One of the hub's required set, with the version that is published, if one is, and a newer draft that waits."""

    kind: DefinitionKind
    key: str
    number: int
    title: str
    published: int | None
    waiting: int | None

    @property
    def is_met(self) -> bool:
        return self.published is not None and self.published >= self.number


def definitions(
    *, hub_id: int, kinds: Collection[DefinitionKind] = tuple(DefinitionKind)
) -> tuple[DefinitionView, ...]:
    """Every version that the hub took in, by kind and title, the newest version first."""
    rows = Definition.objects.filter(hub=hub_id, kind__in=kinds).order_by("kind", "key", "-number")
    needed = {(each.kind, each.key): each.number for each in Needed.objects.filter(hub=hub_id)}
    return tuple(_view(row, needed.get((row.kind, row.key))) for row in rows)


def definition(*, hub_id: int, definition_id: int) -> DefinitionView:
    """One version of the hub's own. Raises NotFound."""
    row = Definition.objects.filter(hub=hub_id, pk=definition_id).first()
    if row is None:
        raise NotFound("There is no such template or protocol of your hub.", remedy="Choose one from the list.")
    needed = Needed.objects.filter(hub=hub_id, kind=row.kind, key=row.key).first()
    return _view(row, needed.number if needed else None)


@read_once
def published(*, hub_id: int, kind: DefinitionKind) -> tuple[DefinitionView, ...]:
    """What is in use, by title."""
    rows = Definition.objects.filter(hub=hub_id, kind=kind, state=DefinitionState.PUBLISHED.value).order_by(
        "title", "key"
    )
    return tuple(_view(row) for row in rows)


def published_forms(*, actor: Actor) -> tuple[DefinitionView, ...]:
    """The clinical templates that the clinicians of the acting hub can use."""
    return published(hub_id=actor.organisation.id, kind=DefinitionKind.FORM)


def published_documents(*, actor: Actor) -> tuple[DefinitionView, ...]:
    """The document templates that the clinicians of the acting hub can use."""
    return published(hub_id=actor.organisation.id, kind=DefinitionKind.DOCUMENT)


def required_set(*, hub_id: int) -> tuple[NeededView, ...]:
    """What the hub says must be published, and what is (CHK-50)."""
    every = definitions(hub_id=hub_id)
    found = []
    for row in Needed.objects.filter(hub=hub_id).order_by("kind", "key"):
        versions = [each for each in every if (each.kind.value, each.key) == (row.kind, row.key)]
        in_use = next((each.number for each in versions if each.is_published), None)
        drafts = [each.number for each in versions if each.state is DefinitionState.DRAFT]
        waiting = max((number for number in drafts if number > (in_use or 0)), default=None)
        title = versions[0].title if versions else row.key
        found.append(NeededView(DefinitionKind(row.kind), row.key, row.number, title, in_use, waiting))
    return tuple(found)


def lacking_codes(view: DefinitionView) -> list[Problem]:
    """The codes that no loaded list has: an entry could not be made of them, nor could one ever meet the condition."""
    match view.kind:
        case DefinitionKind.FORM:
            form = view.form
            lacking = unknown_codes(form, concepts(codes=form.codes()))
        case DefinitionKind.PROTOCOL:
            named = view.protocol.when.codes | view.protocol.unless.codes
            lacking = tuple(sorted(named - set(concepts(codes=named))))
        case DefinitionKind.DOCUMENT:
            lacking = ()
    remedy = "Check the code, or bring in a code list that has it: pcnhub import codes"
    return [Problem("code", "unknown-code", "No loaded list has this code", remedy, code) for code in lacking]


def lacking_here(view: DefinitionView, *, hub_id: int, now: datetime) -> list[Problem]:
    """What keeps it from being published at this hub: words that it names and that the hub does not have."""
    problems = lacking_codes(view)
    if view.kind is not DefinitionKind.PROTOCOL:
        return problems
    protocol = view.protocol
    offered = {each.code for each in outcomes(hub_id=hub_id, day=london_date(now))}
    asked = {code for ask in protocol.asks for code in ask.one_of}
    types = {each.name for each in slot_types(hub_id=hub_id)}
    documents = {each.key for each in published(hub_id=hub_id, kind=DefinitionKind.DOCUMENT)}
    wanted_documents = {ask.document for ask in protocol.asks if ask.kind is AskKind.DOCUMENT}
    for field, named, known, what, where in (
        (
            "outcomes",
            protocol.when.outcomes | protocol.unless.outcomes | asked,
            offered,
            "outcome",
            "on the outcomes page",
        ),
        (
            "slot_types",
            protocol.when.slot_types | protocol.unless.slot_types,
            types,
            "slot type",
            "on the slot types page",
        ),
        ("template", wanted_documents, documents, "published document template", "by publishing it first"),
    ):
        remedy = f"Add it {where}, or take it out of the file and take that in again"
        problems += [
            Problem(field, f"unknown-{field}", f"Your hub has no such {what}", remedy, each)
            for each in sorted(named - known)
        ]
    return problems


def _view(row: Definition, needed: int | None = None) -> DefinitionView:
    return DefinitionView(
        id=row.pk,
        kind=DefinitionKind(row.kind),
        key=row.key,
        number=row.number,
        title=row.title,
        state=DefinitionState(row.state),
        source=row.source,
        sha256=row.sha256,
        taken_in_at=row.taken_in_at,
        taken_in_by=row.taken_in_by,
        state_changed_at=row.state_changed_at,
        state_changed_by=row.state_changed_by,
        retired_because=row.retired_because,
        needed=needed,
    )
