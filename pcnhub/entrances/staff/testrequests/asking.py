"""Asking the patient's practice for tests, from a consultation."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations.queries import ConsultationView, consultation
from pcnhub.care.consultations.queries.attachments import attached_documents
from pcnhub.care.documents.queries import DocumentView
from pcnhub.care.documents.rules import DocumentKind, DocumentState
from pcnhub.care.investigations import operations, queries
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import queries as inboxes
from pcnhub.care.tasks.operations import TeamCannotAccept
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.testrequests import pages
from pcnhub.entrances.staff.testrequests.forms import RequestForm
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, NotShared


@page(Permission.CONSULT)
def test_request_new(request: StaffRequest, consultation_id: int) -> HttpResponse:
    view = consultation(actor=request.actor, now=request.now, consultation_id=consultation_id)
    home = view.patient.registered_practice
    recipients = tuple(
        each
        for each in inboxes.recipients(actor=request.actor, now=request.now)
        if home is not None and each.organisation.id == home.id
    )
    papers = tuple(
        each.document
        for each in attached_documents(actor=request.actor, consultation_id=view.id)
        if each.document.kind is DocumentKind.REQUEST_FORM
        and each.document.state is not DocumentState.IN_ERROR
        and not each.document.is_replaced
    )
    form = RequestForm(request.POST if request.method == "POST" else None, recipients=recipients, papers=papers)
    if request.method != "POST":
        return _page(request, view, form, recipients, papers)
    if not form.is_valid():
        return _page(request, view, form, recipients, papers, Errors.of_form(form))
    try:
        made = operations.ask(actor=request.actor, now=request.now, request=form.request(view.id))
    except InvalidInput as refusal:
        fields = {"team_id": "team", "to_team_id": "team", "form_id": "form", "text": "details", "idempotency_key": ""}
        return _page(request, view, form, recipients, papers, Errors.of_refusal(refusal, fields))
    except (TeamCannotAccept, NotShared, NotPermitted, Conflict) as refusal:
        # changed since the list was shown, or this form was sent before: what was typed is kept
        return _page(request, view, form, recipients, papers, Errors([FieldError("team", refusal.sentence())]))
    flash(request, "The practice is asked. You see here what becomes of it.")
    return redirect("test-request", request_id=made)


def _page(
    request: StaffRequest,
    view: ConsultationView,
    form: RequestForm,
    recipients: tuple[inboxes.Recipient, ...],
    papers: tuple[DocumentView, ...],
    errors: Errors | None = None,
) -> HttpResponse:
    context = {
        "view": view,
        "form": form,
        "errors": errors,
        "has_teams": any(each.teams for each in recipients),
        "why_not": [each.why_not for each in recipients if each.why_not],
        "has_papers": bool(papers),
        "before": queries.of_consultation(actor=request.actor, now=request.now, consultation_id=view.id),
        **pages.words(),
    }
    return render(request, "testrequests/new.jinja", context, status=422 if errors else 200)
