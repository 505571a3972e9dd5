"""Filling in a clinical template, and making a document, from a consultation. What was typed comes back whatever happens."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.operations import DraftMovedOn
from pcnhub.care.consultations.operations.filling import in_use
from pcnhub.care.consultations.operations.letters import typeset
from pcnhub.care.consultations.queries import ConsultationView
from pcnhub.care.consultations.queries.deeds import deeds
from pcnhub.care.consultations.queries.definitions import DefinitionView, published_documents, published_forms
from pcnhub.care.consultations.queries.letters import letterhead_choices, prepared
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.care.consultations.rules.letters import DOCUMENT_WORDS
from pcnhub.care.consultations.rules.protocols import DeedKind
from pcnhub.care.documents.queries import open_document
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.consulting.pages import banner, when
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.filling.forms import QuestionsForm
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound


@page(Permission.CONSULT, methods=("GET",))
def templates(request: StaffRequest, consultation_id: int) -> HttpResponse:
    """Those in use, to choose one."""
    view = _opened(request, consultation_id)
    context = {"forms": published_forms(actor=request.actor), **_shared(request, view)}
    return render(request, "filling/templates.jinja", context)


@page(Permission.CONSULT)
def fill(request: StaffRequest, consultation_id: int, template_id: int) -> HttpResponse:
    view = _opened(request, consultation_id)
    template = in_use(request.actor, template_id, DefinitionKind.FORM)
    form = QuestionsForm(request.POST or None, questions=template.form.questions)
    if request.method != "POST":
        return _filling(request, view, template, form)
    revision = request.POST.get("revision", "")
    try:
        operations.fill_template(
            actor=request.actor,
            now=request.now,
            consultation_id=view.id,
            template_id=template.id,
            revision=int(revision) if revision.isdecimal() else -1,
            answers=form.answers(),
        )
    except InvalidInput as refusal:
        return _filling(request, view, template, form, Errors.of_refusal(refusal, form.places()), status=422)
    except DraftMovedOn as told:
        said = f"{told.message} Your answers were not added. Look at the consultation first, then add them."
        return _filling(request, view, template, form, Errors([FieldError("", said)]), status=409)
    flash(request, f"{template.title} is added to the notes.")
    return redirect("consultation", consultation_id=view.id)


@page(Permission.CONSULT, methods=("GET",))
def letters(request: StaffRequest, consultation_id: int) -> HttpResponse:
    """What was made, and what can be."""
    view = _opened(request, consultation_id)
    every = deeds(actor=request.actor, consultation_id=view.id)
    context = {
        "made": [each for each in reversed(every) if each.deed.kind is DeedKind.DOCUMENT],
        "documents": published_documents(actor=request.actor),
        "words": DOCUMENT_WORDS,
        **_shared(request, view),
    }
    return render(request, "filling/letters.jinja", context)


@page(Permission.CONSULT, methods=("GET",))
def made(request: StaffRequest, consultation_id: int, deed_id: int) -> HttpResponse:
    """The very bytes that were made, from the patient's documents."""
    view = _opened(request, consultation_id)
    every = deeds(actor=request.actor, consultation_id=view.id)
    found = next((each for each in every if each.id == deed_id and each.deed.kind is DeedKind.DOCUMENT), None)
    if found is None or not found.reference.isdecimal():
        raise NotFound("There is no such document of this consultation.", remedy="Choose one from its list.")
    opened = open_document(actor=request.actor, now=request.now, document_id=int(found.reference))
    return _pdf(opened.content, "document.pdf")


@page(Permission.CONSULT)
def letter(request: StaffRequest, consultation_id: int, template_id: int) -> HttpResponse:
    """The questions, a preview on the page or as PDF, and making it."""
    view = _opened(request, consultation_id)
    template = in_use(request.actor, template_id, DefinitionKind.DOCUMENT)
    addresses = letterhead_choices(actor=request.actor, consultation_id=view.id, template_id=template.id)
    form = QuestionsForm(request.POST or None, questions=template.document.questions, addresses=addresses)
    asked: dict[str, Any] = {
        "actor": request.actor, "now": request.now, "consultation_id": view.id, "template_id": template.id,
    }  # fmt: skip
    if request.method != "POST" and template.document.questions:
        return _lettering(request, view, template, form)
    action = request.POST.get("action", "preview")
    if action == "change":
        return _lettering(request, view, template, form)
    asked |= {"answers": form.answers(), "site_id": form.site_id()}
    try:
        if action == "make":
            operations.letter(**asked)
            flash(request, f"{template.title} is made. It is kept with the patient’s documents.")
            return redirect("consultation-letters", consultation_id=view.id)
        ready = prepared(**asked)
    except InvalidInput as refusal:
        return _lettering(request, view, template, form, Errors.of_refusal(refusal, form.places()), status=422)
    if action == "pdf":
        return _pdf(typeset(actor=request.actor, now=request.now, ready=ready), "preview.pdf")
    context = {"ready": ready, "form": form, "template": template, **_shared(request, view)}
    return render(request, "filling/preview.jinja", context)


def _filling(
    request: StaffRequest,
    view: ConsultationView,
    template: DefinitionView,
    form: QuestionsForm,
    errors: Errors | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    if not view.is_open:
        flash(request, "A template is added while the consultation is written. This one is finished.", "information")
        return HttpResponseRedirect(reverse("consultation", args=[view.id]))
    context = {"template": template, "form": form, "errors": errors, **_shared(request, view)}
    return render(request, "filling/fill.jinja", context, status=status)


def _lettering(
    request: StaffRequest,
    view: ConsultationView,
    template: DefinitionView,
    form: QuestionsForm,
    errors: Errors | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "template": template,
        "form": form,
        "errors": errors,
        "words": DOCUMENT_WORDS,
        **_shared(request, view),
    }
    return render(request, "filling/letter.jinja", context, status=status)


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _shared(request: StaffRequest, view: ConsultationView) -> dict[str, Any]:
    return {"view": view, "banner": banner(view.patient, london_date(request.now)), "when": when}


def _opened(request: StaffRequest, consultation_id: int) -> ConsultationView:
    return queries.consultation(actor=request.actor, now=request.now, consultation_id=consultation_id)
