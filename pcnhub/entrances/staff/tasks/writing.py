"""A new task: from a consultation, about a patient, or about neither."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations.queries import attached_documents, consultation
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, open_patient
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.operations import OtherPracticesPatient, TeamCannotAccept
from pcnhub.care.tasks.queries import Recipient, TaskView
from pcnhub.care.tasks.rules import TaskPriority, TaskType
from pcnhub.entrances.staff import refusals
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.tasks.forms import TaskForm
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotShared, Refusal


@dataclass(frozen=True, slots=True)
class About:
    """What a new task is about, as the address says by ids."""

    patient: PatientView | None = None
    consultation_id: int | None = None
    again: TaskView | None = None  # one that came back, to be written again


@page(Permission.WORK_TASKS)
def task_new(request: StaffRequest) -> HttpResponse:
    about = _about(request)
    recipients = _fitting(queries.recipients(actor=request.actor, now=request.now), about.patient)
    form = TaskForm(
        request.POST if request.method == "POST" else None,
        recipients=recipients,
        today=london_date(request.now),
        again=about.again,
        documents=_documents(request, about),
    )
    form.initial.update(_suggested(request))
    if request.method != "POST":
        return _page(request, form, about, recipients)
    if not form.is_valid():
        return _page(request, form, about, recipients, Errors.of_form(form))
    wish = form.request(patient_id=about.patient.id if about.patient else None, consultation_id=about.consultation_id)
    try:
        task_id = operations.send(actor=request.actor, now=request.now, request=wish)
    except InvalidInput as refusal:
        fields = {"to_team_id": "to_team", "idempotency_key": ""}
        return _page(request, form, about, recipients, Errors.of_refusal(refusal, fields))
    except Refusal as refusal:  # something changed since the list was shown: what was typed is kept
        refusals.put_on_record(request, refusal, actor=request.actor, now=request.now)
        field = "to_team" if isinstance(refusal, (TeamCannotAccept, NotShared, OtherPracticesPatient)) else ""
        return _page(request, form, about, recipients, Errors([FieldError(field, refusal.sentence())]))
    flash(request, "The task is sent. Its receipts are below.")
    return redirect("task", task_id=task_id)


def _about(request: StaffRequest) -> About:
    """Raises NotFound or NotPermitted for what the actor may not open."""
    earlier = _number(request, "again")
    if earlier is not None:
        seen = queries.task(actor=request.actor, now=request.now, task_id=earlier)
        if seen.is_sender and seen.patient_id is not None:
            patient = open_patient(actor=request.actor, now=request.now, patient_id=seen.patient_id, reason="task")
            return About(patient, seen.consultation_id, seen)
        return About(again=seen if seen.is_sender else None)
    number = _number(request, "consultation")
    if number is not None:
        opened = consultation(actor=request.actor, now=request.now, consultation_id=number)
        return About(opened.patient, number)
    patient_id = _number(request, "patient")
    if patient_id is None:
        return About()
    return About(open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="task"))


def _documents(request: StaffRequest, about: About) -> list[tuple[int, str]]:
    """Those of the consultation, which its copy brings to the practice."""
    if about.consultation_id is None:
        return []
    found = attached_documents(actor=request.actor, consultation_id=about.consultation_id)
    return [(each.document.id, each.document.title) for each in found]


def _number(request: StaffRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 19 else None


def _suggested(request: StaffRequest) -> dict[str, str]:
    """Type and priority, where a protocol of the hub asks for this very task."""
    given = {"kind": request.GET.get("kind", ""), "priority": request.GET.get("priority", "")}
    known = {*TaskType, *TaskPriority}
    return {name: word for name, word in given.items() if word in known}


def _fitting(recipients: tuple[Recipient, ...], patient: PatientView | None) -> tuple[Recipient, ...]:
    """A hub tells only the patient's own practice of a patient."""
    home = patient.registered_practice if patient else None
    if patient is None or home is None:
        return recipients
    return tuple(each for each in recipients if each.organisation.id in (home.id, patient.organisation_id))


def _page(
    request: StaffRequest,
    form: TaskForm,
    about: About,
    recipients: tuple[Recipient, ...],
    errors: Errors | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "about": about,
        "recipients": recipients,
        "has_teams": any(each.teams for each in recipients),
        "unreachable": [
            each for each in recipients if each.why_not and each.organisation != request.actor.organisation
        ],
        "errors": errors,
    }
    return render(request, "tasks/task_new.jinja", context, status=422 if errors else 200)
