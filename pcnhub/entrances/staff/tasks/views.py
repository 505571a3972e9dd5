"""The two lists, and one task with what can be done about it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.queries import TaskFilter, TaskPage, TaskView
from pcnhub.care.tasks.rules import STATE_WORDS, TaskState, next_steps
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.tasks import pages
from pcnhub.entrances.staff.tasks.forms import FilterForm, NoteForm, PassForm, RejectForm
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

StepForms = dict[str, NoteForm | RejectForm | PassForm]
tasks_page = page(Permission.WORK_TASKS)


@page(Permission.WORK_TASKS, methods=("GET",))
def inbox(request: StaffRequest) -> HttpResponse:
    own = queries.teams_of(organisation_id=request.actor.organisation.id, day=london_date(request.now))
    form = FilterForm(request.GET, teams=own)
    found = queries.inbox(actor=request.actor, now=request.now, wanted=form.wanted(), page=_page(request))
    deaf = [team for team in own if team.why_not is not None and not team.is_closed]
    return _list(request, "tasks/inbox.jinja", form, found, teams=own, deaf=deaf)


@page(Permission.WORK_TASKS, methods=("GET",))
def sent(request: StaffRequest) -> HttpResponse:
    form = FilterForm(request.GET, teams=())
    wanted = form.wanted()
    found = queries.sent(actor=request.actor, now=request.now, wanted=wanted, page=_page(request))
    back = TaskFilter(states=frozenset({TaskState.RETURNED, TaskState.REJECTED}))
    came_back = queries.sent(actor=request.actor, now=request.now, wanted=back).total
    return _list(request, "tasks/sent.jinja", form, found, came_back=came_back)


@tasks_page
def task(request: StaffRequest, task_id: int) -> HttpResponse:
    """One task. A posted `step` takes it; what was wrong with a step is shown on the same page."""
    own = queries.teams_of(organisation_id=request.actor.organisation.id, day=london_date(request.now))
    step = request.POST.get("step", "") if request.method == "POST" else ""
    forms: StepForms = {
        "finish": NoteForm(request.POST if step == "finish" else None),
        "reject": RejectForm(request.POST if step == "reject" else None),
        "pass": PassForm(request.POST if step == "pass" else None, teams=own),
    }
    errors = Errors()
    if step:
        form = forms.get(step)
        if form is not None and not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                said = _take(request, step, task_id, forms)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(
                    refusal,
                    {"team_id": "whom", "position_id": "whom", "note": "pass_note" if step == "pass" else "note"},
                )
            else:
                flash(request, said)
                return redirect("task", task_id=task_id)
    seen = queries.task(actor=request.actor, now=request.now, task_id=task_id)
    context = {
        "task": seen,
        "steps": _steps(seen),
        "forms": forms,
        "errors": errors or None,
        "may_open_patient": request.actor.may(Permission.FIND_PATIENTS),
        "may_open_consultation": request.actor.may(Permission.CONSULT),
        **pages.words(),
    }
    return render(request, "tasks/task.jinja", context, status=422 if errors else 200)


def _take(request: StaffRequest, step: str, task_id: int, forms: StepForms) -> str:
    """Take the step; what to say afterwards."""
    given = request.POST.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 9 else 0
    match step, forms.get(step):
        case "accept", _:
            operations.accept(actor=request.actor, now=request.now, task_id=task_id, version=version)
            return "You have accepted the task. The sender sees it."
        case "begin", _:
            operations.begin(actor=request.actor, now=request.now, task_id=task_id, version=version)
            return "The task is in progress. The sender sees it."
        case "finish", NoteForm() as form:
            note = form.cleaned_data["note"]
            operations.finish(actor=request.actor, now=request.now, task_id=task_id, version=version, note=note)
            return "The task is done. The sender sees it."
        case "reject", RejectForm() as form:
            reason = form.cleaned_data["reason"]
            operations.reject(actor=request.actor, now=request.now, task_id=task_id, version=version, reason=reason)
            return "The task is rejected. The sender sees it with your reason."
        case "pass", PassForm() as form:
            team_id, position_id = form.target()
            operations.reassign(
                actor=request.actor,
                now=request.now,
                task_id=task_id,
                version=version,
                team_id=team_id,
                position_id=position_id,
                note=form.cleaned_data["pass_note"],
            )
            return "The task is passed on."
        case _:
            return "Nothing was changed."


def _steps(seen: TaskView) -> frozenset[str]:
    """What the page offers; who may take a step is the operation's to say."""
    return frozenset(state.value for state in next_steps(seen.row.state)) if seen.is_receiver else frozenset()


def _list(request: StaffRequest, template: str, form: FilterForm, found: TaskPage, **more: object) -> HttpResponse:
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "found": found,
        "is_filtered": bool(query),
        "query": query.urlencode(),
        "may_manage": request.actor.may(Permission.MANAGE_ORGANISATION),
        "state_words": STATE_WORDS,
        **pages.words(),
        **more,
    }
    return render(request, template, context)


def _page(request: StaffRequest) -> int:
    return pages.page_number(request.GET.get("page", ""))
