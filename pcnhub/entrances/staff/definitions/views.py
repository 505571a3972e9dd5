"""The hub's templates and protocols, for its manager."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.operations import definitions as acts
from pcnhub.care.consultations.queries import definitions as queries
from pcnhub.care.consultations.queries import hierarchy
from pcnhub.care.consultations.queries.definitions import DefinitionView
from pcnhub.care.consultations.queries.protocols import dry_run
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.consultations.rules.definitions import KIND_WORDS, DefinitionKind, open_file
from pcnhub.care.consultations.rules.letters import DOCUMENT_WORDS
from pcnhub.care.consultations.rules.protocols import AskKind
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.connections.mail.configuration import why_nothing_leaves
from pcnhub.entrances.staff.consulting.pages import when
from pcnhub.entrances.staff.definitions.forms import FileForm, RetireForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

for_managers = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
by_button = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@for_managers
def definitions(request: StaffRequest) -> HttpResponse:
    return _list(request, FileForm())


@by_button
def take_in(request: StaffRequest) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, Errors.of_form(form), status=422)
    return _taken_in(request, form.cleaned_data["file"].read(), form)


@by_button
def take_example(request: StaffRequest, example: str) -> HttpResponse:
    found = next((each for each in shipped() if each.name == example), None)
    if found is None:
        raise NotFound("There is no such example.", remedy="Choose one from the list.")
    return _taken_in(request, found.source, FileForm())


@for_managers
def definition(request: StaffRequest, definition_id: int) -> HttpResponse:
    return _one(request, _held(request, definition_id))


@by_button
def publish(request: StaffRequest, definition_id: int) -> HttpResponse:
    view = _held(request, definition_id)
    try:
        acts.put_into_use(actor=request.actor, now=request.now, definition_id=view.id)
    except InvalidInput as refusal:
        return _one(request, view, _errors(refusal), status=422)
    flash(request, f"{view.title}, version {view.number}, is in use.")
    return redirect("definition", definition_id=view.id)


@for_managers
def retire(request: StaffRequest, definition_id: int) -> HttpResponse:
    """Asks first: what is retired is used by nobody from now on."""
    view = _held(request, definition_id)
    form = RetireForm(request.POST if request.method == "POST" else None)
    errors = None
    if request.method == "POST":
        errors = Errors.of_form(form)
        if not errors:
            reason = form.cleaned_data["reason"]
            acts.retire(actor=request.actor, now=request.now, definition_id=view.id, reason=reason)
            flash(request, f"{view.title}, version {view.number}, is retired.")
            return redirect("definitions")
    context = {"view": view, "form": form, "errors": errors, "words": KIND_WORDS}
    return render(request, "definitions/retire.jinja", context, status=422 if errors else 200)


@by_button
def require(request: StaffRequest, definition_id: int) -> HttpResponse:
    view = _held(request, definition_id)
    wants = request.POST.get("required") == "yes"
    acts.need(actor=request.actor, now=request.now, definition_id=view.id, is_needed=wants)
    said = f"version {view.number} or later is required" if wants else "is no longer required"
    flash(request, f"{view.title}: {said}. Readiness shows it as CHK-50.")
    return redirect("definition", definition_id=view.id)


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def try_out(request: StaffRequest, definition_id: int) -> HttpResponse:
    """What a protocol would have asked for in the consultations of the last days. Changes nothing."""
    view = _held(request, definition_id)
    if view.kind is not DefinitionKind.PROTOCOL:
        raise NotFound("Only a protocol can be tried out.", remedy="Open a protocol from the list.")
    days = request.GET.get("days", "")
    wanted_days = int(days) if days.isdecimal() and len(days) < 4 else 7
    found = dry_run(actor=request.actor, now=request.now, protocol=view.protocol, days=wanted_days)
    context = {
        "view": view,
        "found": found,
        "lacking": _lacking(request, view),
        "unsent": _unsent(view),
        "no_hierarchy": _no_hierarchy(view),
        "when": when,
        "may_open": request.actor.may(Permission.CONSULT),
    }
    return render(request, "definitions/dry_run.jinja", context)


def _taken_in(request: StaffRequest, source: bytes, form: FileForm) -> HttpResponse:
    """Whatever it is: the file says so."""
    try:
        kind = open_file(source, tuple(DefinitionKind))[0].kind
        take = operations.import_protocol if kind is DefinitionKind.PROTOCOL else operations.import_template
        view = take(actor=request.actor, now=request.now, source=source)
    except InvalidInput as refusal:
        return _list(request, form, _errors(refusal), status=422)
    flash(request, f"{view.title} is taken in as version {view.number}. Look at it, then publish it.")
    return redirect("definition", definition_id=view.id)


def _list(request: StaffRequest, form: FileForm, errors: Errors | None = None, *, status: int = 200) -> HttpResponse:
    hub_id = _hub(request)
    every = queries.definitions(hub_id=hub_id)
    held = {(each.kind, each.key) for each in every}
    context = {
        "groups": [(words, [each for each in every if each.kind is kind]) for kind, words in KIND_WORDS.items()],
        "required": queries.required_set(hub_id=hub_id),
        "examples": [each for each in shipped() if (each.read.kind, each.read.key) not in held],
        "words": KIND_WORDS,
        "form": form,
        "errors": errors,
        "when": when,
    }
    return render(request, "definitions/definitions.jinja", context, status=status)


def _one(
    request: StaffRequest, view: DefinitionView, errors: Errors | None = None, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "view": view,
        "words": KIND_WORDS,
        "document_words": DOCUMENT_WORDS,
        "errors": errors,
        "when": when,
        "lacking": _lacking(request, view),
        "unsent": _unsent(view),
        "no_hierarchy": _no_hierarchy(view),
    }
    return render(request, "definitions/definition.jinja", context, status=status)


def _lacking(request: StaffRequest, view: DefinitionView) -> list[str]:
    """What a protocol names and the hub has not, or has no more: what rests on it never holds, and somebody must know."""
    if view.kind is not DefinitionKind.PROTOCOL:
        return []
    found = queries.lacking_here(view, hub_id=_hub(request), now=request.now)
    return [problem.sentence() for problem in found]


def _unsent(view: DefinitionView) -> str:
    """Why the e-mails that a protocol asks for can't leave; empty where they can, or it asks for none."""
    if view.kind is not DefinitionKind.PROTOCOL or all(ask.kind is not AskKind.EMAIL for ask in view.protocol.asks):
        return ""
    return why_nothing_leaves()


def _no_hierarchy(view: DefinitionView) -> bool:
    """Whether a protocol heeds what lies beneath its codes, and nobody here knows what that is."""
    return view.kind is DefinitionKind.PROTOCOL and view.protocol.heeds_descendants and hierarchy() is None


def _held(request: StaffRequest, definition_id: int) -> DefinitionView:
    return queries.definition(hub_id=_hub(request), definition_id=definition_id)


def _hub(request: StaffRequest) -> int:
    if request.actor.organisation.kind != OrganisationKind.HUB:
        raise NotFound("Only a hub keeps templates and protocols.", remedy="Ask the hub if one is missing.")
    return request.actor.organisation.id


def _errors(refusal: InvalidInput) -> Errors:
    """Each with its place in the file, for there is no input to link to."""
    return Errors(FieldError("", problem.sentence()) for problem in refusal.problems)
