"""Sending a task to a team, within the agreement of that direction, or refusing at once when it would not be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.consultations import queries as consultations
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.operations.linking import documents_for, link
from pcnhub.care.tasks.operations.writing import look_again
from pcnhub.care.tasks.queries import TeamView, team, teams_of
from pcnhub.care.tasks.queries.selecting import row_of
from pcnhub.care.tasks.queries.teams import kind_of_agreement
from pcnhub.care.tasks.rules import LONGEST_TEXT, TaskPriority, TaskState, TaskType, safety_net_at
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, Problem, Refusal


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """What is asked of whom. A consultation brings its patient along. `idempotency_key` names this very wish of the sender."""

    to_team_id: int
    kind: str
    priority: str
    text: str
    due_on: date
    idempotency_key: str
    patient_id: int | None = None
    consultation_id: int | None = None
    is_test: bool = False  # about nobody
    documents: tuple[int, ...] = ()  # the sender's own, of the same patient


class TeamCannotAccept(Refusal):
    """The team is closed, does not accept, or has no member who can: the task would not be seen."""

    code = "team-cannot-accept"


class OtherPracticesPatient(NotPermitted):
    """A hub may tell a practice about that practice's own patients only."""

    code = "other-practices-patient"


class AskedDifferently(Conflict):
    """The same key was used for a task with another content."""

    code = "asked-differently"
    remedy = "Open the form anew and send it once."


def send(*, actor: Actor, now: datetime, request: TaskRequest) -> int:
    """Send a task; its id. The same request sent again answers the same task.

    Raises InvalidInput with every problem, NotShared, NotPermitted, NotFound, TeamCannotAccept, OtherPracticesPatient,
    AskedDifferently.
    """
    with unit_of_work(actor):
        _refuse_invalid(request, london_date(now))
        to = team(team_id=request.to_team_id, day=london_date(now))
        agreement = kind_of_agreement(actor.organisation)
        grant = permit(
            actor=actor,
            permission=Permission.WORK_TASKS,
            now=now,
            data_organisation_id=to.organisation.id,
            agreement=agreement,
        )
        _refuse_deaf_team(to, now)
        _refuse_unwelcome(to, actor.organisation)
        patient = _patient(actor, now, request)
        if patient is not None:
            _refuse_other_practices_patient(actor.organisation, to, patient)
        linked = documents_for(actor=actor, ids=request.documents, patient_id=patient.id if patient else None)
        # the same wish twice at once takes turns: the table would refuse the second, and its words reach the server's log
        take_turn(f"tasks.send {request.idempotency_key}", actor.organisation.id)
        found = Task.objects.filter(organisation=actor.organisation.id, idempotency_key=request.idempotency_key).first()
        if found is not None:
            return _the_same(found, request, patient.id if patient else None)
        made = _insert(actor, now, request, to, patient)
        link(actor, made, linked)
        leaves = made.to_organisation_id != made.organisation_id
        visits = patient is not None and patient.registration_type == RegistrationType.TEMPORARY
        _tell(actor, now, made, is_about_a_visitor=leaves and visits)
        _wind_the_safety_net(actor, now, made)
        record(
            actor=actor,
            now=now,
            action="tasks.sent",
            subject=Subject("task", made.pk, made.patient_id, made.nhs_number),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
            detail={"team": to.id, "kind": made.kind, "priority": made.priority},
        )
        if made.consultation_id is not None:  # a protocol of the hub may have asked for it
            consulting.note_task(
                actor=actor,
                now=now,
                consultation_id=made.consultation_id,
                task_id=made.pk,
                kind=made.kind,
                priority=made.priority,
            )
        return made.pk


def hand_over(*, actor: Actor, now: datetime, task_id: int) -> bool:
    """Tell the receiving organisation of a task about a patient of the acting hub, who was asked after again just before;
    whether it went: what was delivered or sent back needs no second telling.

    Until then nobody there sees it. Raises NotFound, NotTraced, OtherPracticesPatient: the patient is another organisation's
    since.
    """
    with unit_of_work(actor):
        row = row_of(actor=actor, task_id=task_id)
        if row.state != TaskState.SENT:
            return False
        patient = patients.standing_patients(actor=actor, ids=[row.patient_id or 0]).get(row.patient_id or 0)
        if patient is not None:
            to = team(team_id=row.to_team_id, day=london_date(now))
            _refuse_other_practices_patient(actor.organisation, to, patient)
        _tell_receiver(actor, now, row)
        return True


def _refuse_invalid(request: TaskRequest, day: date) -> None:
    problems = []
    if request.kind not in set(TaskType):
        problems.append(
            Problem("kind", "unknown", "This is not a type of task", "Choose one from the list", request.kind)
        )
    if request.priority not in set(TaskPriority):
        remedy = "Choose urgent, soon or routine"
        problems.append(Problem("priority", "unknown", "This is not a priority", remedy, request.priority))
    if not request.text.strip():
        problems.append(Problem("text", "missing", "The task does not say what is asked", "Enter what is to be done"))
    elif len(request.text) > LONGEST_TEXT:
        problems.append(
            Problem("text", "too-long", f"The text is longer than {LONGEST_TEXT} characters", "Shorten it; nothing is cut off")
        )  # fmt: skip
    if request.due_on < day:
        problems.append(
            Problem("due_on", "past", "The due date is in the past", "Enter today or later", request.due_on.isoformat())
        )
    if request.is_test and (request.patient_id is not None or request.consultation_id is not None):
        problems.append(Problem("patient_id", "test-about-somebody", "A test task is about nobody", "Leave it out"))
    if not request.idempotency_key:
        problems.append(Problem("idempotency_key", "missing", "The request has no key", "Open the form anew"))
    if problems:
        raise InvalidInput(problems)


def _refuse_deaf_team(to: TeamView, now: datetime) -> None:
    if to.why_not is None:
        return
    others = [
        each.name for each in teams_of(organisation_id=to.organisation.id, day=london_date(now)) if not each.why_not
    ]
    open_ones = f" Open there: {', '.join(others)}." if others else ""
    raise TeamCannotAccept(
        to.why_not.message, code=to.why_not.code, remedy=f"{to.why_not.remedy}{open_ones}", who_can=to.why_not.who_can
    )


def _refuse_unwelcome(to: TeamView, sender: OrganisationRef) -> None:
    if to.takes_from(sender.id):
        return
    raise TeamCannotAccept(
        f"{to.name} at {to.organisation.name} takes no tasks from {sender.name}.",
        code="team-not-for-you",
        remedy="Choose another team, or ask them to let the team take yours.",
        who_can=f"a manager at {to.organisation.name}",
    )


def _wind_the_safety_net(actor: Actor, now: datetime, made: Task) -> None:
    """When the patient would ring, somebody of the sender looks first."""
    hours = organisations.opening_hours(organisation_id=made.to_organisation_id)
    at = safety_net_at(made.sent_at, TaskType(made.kind), hours)
    if at is not None:
        look_again(actor, now, made, at)


def _patient(actor: Actor, now: datetime, request: TaskRequest) -> patients.PatientView | None:
    if request.consultation_id is not None:
        held = consultations.consultation(actor=actor, now=now, consultation_id=request.consultation_id)
        return held.patient
    if request.patient_id is None:
        return None
    found = patients.patients_by_id(actor=actor, ids=[request.patient_id]).get(request.patient_id)
    if found is None:
        raise NotFound(
            "There is no such patient at your organisation.",
            remedy="Find the patient first, then start the task from there.",
            who_can=f"someone at {actor.organisation.name}",
        )
    return found


def _refuse_other_practices_patient(sender: OrganisationRef, to: TeamView, patient: patients.PatientView) -> None:
    """A task carries the patient's name and what was found: it goes to the patient's own practice, or stays inside."""
    if to.organisation.id != sender.id:
        patients.require_traced(patient)
    home = patient.registered_practice
    if home is None or to.organisation.id in (home.id, sender.id):
        return
    raise OtherPracticesPatient(
        f"The patient is registered at {home.name}, not at {to.organisation.name}.",
        remedy=f"Send the task to a team of {home.name}.",
        who_can="you",
    )


def _insert(
    actor: Actor, now: datetime, request: TaskRequest, to: TeamView, patient: patients.PatientView | None
) -> Task:
    crosses = to.organisation.id != actor.organisation.id
    return Task.objects.create(
        organisation_id=actor.organisation.id,
        to_organisation_id=to.organisation.id,
        to_team_id=to.id,
        patient_id=patient.id if patient else None,
        receiver_patient_id=(patient.registered_patient_id if crosses else patient.id) if patient else None,
        nhs_number=patient.number if patient else "",
        patient_label=patients.patient_label(patient) if patient else "",
        consultation_id=request.consultation_id,
        kind=request.kind,
        priority=request.priority,
        text=request.text.strip(),
        due_on=request.due_on,
        state=TaskState.SENT,
        sent_at=now,
        sent_by=actor.user,
        sent_by_name=actor.name if not actor.is_system else actor.organisation.name,
        state_changed_at=now,
        is_test=request.is_test,
        idempotency_key=request.idempotency_key,
    )


def _tell(actor: Actor, now: datetime, made: Task, *, is_about_a_visitor: bool) -> None:
    """Of a hub's patient the trace must hold before the task leaves, as of a copy (`national-services` 2.7, step 8)."""
    TaskEvent.objects.create(
        organisation_id=actor.organisation.id,
        task=made,
        state=TaskState.SENT,
        at=now,
        by=actor.user,
        by_name=made.sent_by_name,
    )
    if is_about_a_visitor:
        publish(
            actor=actor,
            now=now,
            fact="tasks.leaving",
            key=str(made.pk),
            payload={"task_id": made.pk, "patient_id": made.patient_id},
            ordering_key=f"task:{made.pk}",
        )
    else:
        _tell_receiver(actor, now, made)


def _tell_receiver(actor: Actor, now: datetime, made: Task) -> None:
    publish(
        actor=actor,
        now=now,
        fact="tasks.sent",
        key=str(made.pk),
        payload={"task_id": made.pk},
        organisation_id=made.to_organisation_id,
    )


def _the_same(found: Task, request: TaskRequest, patient_id: int | None) -> int:
    asked = (request.to_team_id, request.kind, request.priority, request.text.strip(), request.due_on)
    # a task may have been passed on to another team since
    first_asked = (found.to_team_id, found.kind, found.priority, found.text, found.due_on)
    is_another = asked[1:] != first_asked[1:] or found.patient_id != patient_id
    if is_another or (found.version == 1 and asked[0] != first_asked[0]):
        raise AskedDifferently("This form was sent before, with another content.")
    return found.pk
