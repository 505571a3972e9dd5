"""The two lists, and one task with what can be done about it."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.investigations.queries import of_task
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import queries
from pcnhub.care.tasks.operations import NotInTheTeam
from pcnhub.care.tasks.queries import TaskPage, TaskView
from pcnhub.care.tasks.rules import OPEN, STATE_WORDS, UNACCEPTED, TaskState, next_steps
from pcnhub.entrances.staff import refusals
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.tasks import pages, steps
from pcnhub.entrances.staff.tasks.forms import FilterForm
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput

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
    if wanted.states == OPEN:  # what came back is the sender's move: it stands first until they say what they did
        wanted = replace(wanted, with_came_back=True)
    found = queries.sent(actor=request.actor, now=request.now, wanted=wanted, page=_page(request))
    return _list(request, "tasks/sent.jinja", form, found, came_back=sum(row.is_senders_move for row in found.items))


@tasks_page
def task(request: StaffRequest, task_id: int) -> HttpResponse:
    """One task. A posted `step` takes it; what was wrong with a step is shown on the same page."""
    own = queries.teams_of(organisation_id=request.actor.organisation.id, day=london_date(request.now))
    step = request.POST.get("step", "") if request.method == "POST" else ""
    forms = steps.forms_for(step, request.POST, own)
    errors, status, written = Errors(), 422, ""
    if step:
        form = forms.get(step)
        if form is not None and not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                said = steps.take(request, step, task_id, form)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, steps.FIELDS.get(step, {"text": "comment"}))
            except (Conflict, NotInTheTeam) as refusal:
                written = steps.written(form)
                if not written:
                    raise
                refusals.put_on_record(request, refusal, actor=request.actor, now=request.now)
                status, errors = 409, Errors([FieldError("", refusal.sentence())])
            else:
                flash(request, said)
                return redirect("task", task_id=task_id)
    seen = queries.task(actor=request.actor, now=request.now, task_id=task_id)
    context = {
        "task": seen,
        "steps": _steps(seen),
        "may_claim": seen.is_receiver
        and seen.row.state in (TaskState.ACCEPTED, TaskState.IN_PROGRESS)
        and seen.row.assigned_position_id != request.actor.position_id,
        "may_withdraw": seen.is_sender and seen.row.state in UNACCEPTED,
        "age": pages.age(seen.row.sent_at, request.now),
        "test_request": of_task(actor=request.actor, task_id=task_id),
        "forms": forms,
        "errors": errors or None,
        "posted": step,
        "written": written,
        "may_open_patient": request.actor.may(Permission.FIND_PATIENTS),
        "may_open_consultation": request.actor.may(Permission.CONSULT),
        **pages.words(),
    }
    return render(request, "tasks/task.jinja", context, status=status if errors else 200)


@page(Permission.WORK_TASKS, methods=("GET",))
def owed(request: StaffRequest) -> HttpResponse:
    """Everything owed, by whom, with its age and its clock."""
    partners = queries.partners_of(request.actor.organisation, london_date(request.now))
    form = FilterForm(request.GET, teams=(), owing=[request.actor.organisation, *partners])
    found = queries.owed(
        actor=request.actor,
        now=request.now,
        wanted=form.wanted(),
        page=_page(request),
        on_one_page=bool(request.GET.get("all")),
    )
    return _list(
        request,
        "tasks/owed.jinja",
        form,
        found.tasks,
        owed=found.by,
        age=pages.age,
        now=request.now,
        mine=request.actor,
    )


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
