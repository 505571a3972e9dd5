"""One call into care per act; what a clinician typed comes back on the page whatever happens."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.appointments.queries import open_booking
from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.operations import ConsultationMovedOn, DraftMovedOn
from pcnhub.care.consultations.queries import ConsultationView
from pcnhub.care.consultations.rules import tidied
from pcnhub.care.consultations.rules.protocols import Moment
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.writeback.queries import obstacles
from pcnhub.entrances.staff.consulting import lost, pages
from pcnhub.entrances.staff.consulting.asked import answers_in, asked_for
from pcnhub.entrances.staff.consulting.forms import ADD, REMOVE, Written, number, standing, written
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

PUT_BACK = "What you wrote is in the form again, and is not saved yet. Read it, then save."
# Buttons that save, and then go on to another page.
LEADS_ON = {"finish": "consultation-finish", "template": "consultation-templates", "letters": "consultation-letters"}


@page(Permission.CONSULT)
def start(request: StaffRequest, booking_id: int) -> HttpResponse:
    begun = queries.consultation_of_booking(actor=request.actor, booking_id=booking_id)
    if begun is None and request.method == "POST":
        begun = operations.start(actor=request.actor, now=request.now, booking_id=booking_id)
    if begun is not None:
        return redirect("consultation", consultation_id=begun)
    booking, _ = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    context = {"booking": booking, "nhs_number": booking.number_words, "when": pages.when}
    return render(request, "consulting/start.jinja", context)


@page(Permission.CONSULT, keeps=lost.keep)
def consultation(request: StaffRequest, consultation_id: int) -> HttpResponse:
    view = _opened(request, consultation_id)
    if request.method == "POST":
        form = written(request.POST).with_change()
        return _keep(request, view, form) if view.is_open else _closed_meanwhile(request, view, form)
    if view.is_open:
        return render(
            request, "consulting/draft.jinja", pages.draft(request, view, standing(view.draft, view.revision))
        )
    return render(request, "consulting/finished.jinja", pages.finished(request, view))


def _keep(request: StaffRequest, view: ConsultationView, form: Written) -> HttpResponse:
    """Whichever button: the draft is saved first."""
    try:
        revision = operations.save_draft(
            actor=request.actor,
            now=request.now,
            consultation_id=view.id,
            revision=form.revision,
            notes=form.notes,
        )
    except InvalidInput as refusal:
        context = pages.draft(request, view, form) | {"errors": Errors.of_refusal(refusal), "unsaved": True}
        return render(request, "consulting/draft.jinja", context, status=422)
    except ConsultationMovedOn:  # this moment: between the opening and the save
        return _closed_meanwhile(request, _opened(request, view.id), form)
    except DraftMovedOn as told:
        context = pages.draft(request, view, replace(form, revision=told.revision), theirs=told.theirs)
        context |= {"errors": Errors([FieldError("", told.sentence())]), "unsaved": True}
        return render(request, "consulting/draft.jinja", context, status=409)
    if (
        form.errors
    ):  # the rest is saved; what was put back and can't be kept stands in the form, and is kept apart still
        context = pages.draft(request, _opened(request, view.id), replace(form, revision=revision))
        context |= {"errors": Errors(form.errors), "unsaved": True}
        return render(request, "consulting/draft.jinja", context, status=422)
    operations.lost_words_saved(actor=request.actor, now=request.now, lost_words_id=form.put_back)
    if form.wants_search:
        shown = _opened(request, view.id)
        now_kept = standing(shown.draft, revision, action=form.action, find=form.find)
        return render(request, "consulting/draft.jinja", pages.draft(request, shown, now_kept))
    if form.action in LEADS_ON:
        return redirect(LEADS_ON[form.action], consultation_id=view.id)
    if form.action.startswith((ADD, REMOVE)):
        return HttpResponseRedirect(f"{reverse('consultation', args=[view.id])}#entries")
    flash(request, "Draft saved.")
    return redirect("consultation", consultation_id=view.id)


@page(Permission.CONSULT)
def finish(request: StaffRequest, consultation_id: int) -> HttpResponse:
    view = _opened(request, consultation_id)
    if not view.is_open:
        return redirect("consultation", consultation_id=view.id)
    context = pages.finishing(request, view)
    context["obstacles"] = obstacles(actor=request.actor, now=request.now, patient_id=view.patient.id)
    problems = queries.missing_to_finish(
        hub_id=request.actor.organisation.id, day=london_date(request.now), notes=view.draft
    )
    if problems:
        context = pages.draft(request, view, standing(view.draft, view.revision))
        context["errors"] = Errors.of_refusal(InvalidInput(problems))
        return render(request, "consulting/draft.jinja", context, status=422)
    asked = asked_for(request, view, view.draft, Moment.FINISH, request.POST)
    context["asked"] = asked
    if request.method == "POST":
        try:
            operations.finish(
                actor=request.actor,
                now=request.now,
                consultation_id=view.id,
                revision=number(request.POST.get("revision", "")),
                answers=answers_in(asked),
            )
        except InvalidInput as refusal:
            context["errors"] = Errors.of_refusal(refusal)
            return render(request, "consulting/finish.jinja", context, status=422)
        except DraftMovedOn as told:
            flash(request, f"Not finished: {told.message} Read what stands here now, then finish.", "information")
            return redirect("consultation", consultation_id=view.id)
        flash(request, "Consultation finished.")
        return redirect("consultation", consultation_id=view.id)
    return render(request, "consulting/finish.jinja", context)


@page(Permission.CONSULT, keeps=lost.keep)
def amend(request: StaffRequest, consultation_id: int) -> HttpResponse:
    view = _opened(request, consultation_id)
    if request.method == "POST" and view.is_in_error:
        return _in_error_meanwhile(request, view, written(request.POST))
    if view.newest is None or view.is_in_error:
        return redirect("consultation", consultation_id=view.id)
    if request.method != "POST":
        return _amendment(request, view, standing(view.newest.notes, view.version))
    form = written(request.POST).with_change()
    if form.action != "amend":
        return _amendment(request, view, form)
    if form.errors:
        return _amendment(request, view, form, Errors(form.errors), status=422)
    try:
        number = operations.amend(
            actor=request.actor,
            now=request.now,
            consultation_id=view.id,
            version=form.revision,
            notes=form.notes,
            reason=form.reason,
            answers=answers_in(asked_for(request, view, form.notes, Moment.AMEND, request.POST)),
        )
    except InvalidInput as refusal:
        return _amendment(request, view, form, Errors.of_refusal(refusal), status=422)
    except ConsultationMovedOn as told:
        view = _opened(request, view.id)
        if view.is_in_error:
            return _in_error_meanwhile(request, view, form)
        errors = Errors([FieldError("", told.sentence())])
        return _amendment(request, view, replace(form, revision=view.version), errors, status=409)
    operations.lost_words_saved(actor=request.actor, now=request.now, lost_words_id=form.put_back)
    flash(request, f"Version {number} saved.")
    return redirect("consultation", consultation_id=view.id)


@page(Permission.CONSULT, methods=("POST",))
def lost_words(request: StaffRequest, consultation_id: int) -> HttpResponse:
    """What was kept because its sender's session was gone: into the form again, not saved yet; or away with it."""
    view = _opened(request, consultation_id)
    which = request.POST.get("which", "")
    number = int(which) if which.isascii() and which.isdecimal() and len(which) < 19 else None
    if request.POST.get("action") == "throw-away":
        operations.throw_lost_words_away(
            actor=request.actor, now=request.now, consultation_id=view.id, lost_words_id=number
        )
        flash(request, "What was kept is thrown away.")
        return redirect("consultation", consultation_id=view.id)
    place, words = operations.put_lost_words_back(
        actor=request.actor, now=request.now, consultation_id=view.id, lost_words_id=number
    )
    form = replace(written(QueryDict(words)).with_change(), put_back=place)
    if not view.is_open:
        return _closed_meanwhile(request, view, form)
    theirs = view.draft if form.revision != view.revision else None  # saved since, by whomever: both texts are shown
    flash(request, PUT_BACK, "information")
    context = pages.draft(request, view, replace(form, revision=view.revision), theirs=theirs) | {"unsaved": True}
    return render(request, "consulting/draft.jinja", context)


def _amendment(
    request: StaffRequest, view: ConsultationView, form: Written, errors: Errors | None = None, *, status: int = 200
) -> HttpResponse:
    theirs = view.newest.notes if view.newest and status == 409 else None
    context = pages.amendment(request, view, form, theirs=theirs) | {
        "errors": errors,
        "unsaved": request.method == "POST",
    }
    context["asked"] = asked_for(request, view, form.notes, Moment.AMEND, request.POST)
    return render(request, "consulting/amend.jinja", context, status=status)


def _closed_meanwhile(request: StaffRequest, view: ConsultationView, form: Written) -> HttpResponse:
    meanwhile = _in_error_meanwhile if view.is_in_error else _finished_meanwhile
    return meanwhile(request, view, form)


def _finished_meanwhile(request: StaffRequest, view: ConsultationView, form: Written) -> HttpResponse:
    """A colleague finished it while this was being written, or it is an amendment that was kept: the text is not lost."""
    told = "This consultation is finished. What you wrote is below, and is not saved: save it as an amendment, with a reason."
    mine = replace(form, revision=view.version)
    return _amendment(request, view, mine, Errors([FieldError("", told)]), status=409)


def _in_error_meanwhile(request: StaffRequest, view: ConsultationView, form: Written) -> HttpResponse:
    """A colleague marked all of it meanwhile: what was typed is shown, to be taken where it belongs."""
    context = pages.finished(request, view) | {"typed": tidied(form.notes)}
    told = "This consultation was marked as recorded in error meanwhile. What you wrote is below, and is not saved."
    context["errors"] = Errors([FieldError("", told)])
    return render(request, "consulting/finished.jinja", context, status=409)


def _opened(request: StaffRequest, consultation_id: int) -> ConsultationView:
    return queries.consultation(actor=request.actor, now=request.now, consultation_id=consultation_id)
