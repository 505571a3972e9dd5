"""What the hub does: asks the patient's practice for tests from a consultation, asks again, withdraws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.documents import queries as documents
from pcnhub.care.documents.rules import DocumentState
from pcnhub.care.investigations.models import Investigation
from pcnhub.care.investigations.operations.writing import (
    InvestigationMovedOn,
    keep_on_record,
    note_line,
    write,
)
from pcnhub.care.investigations.queries.selecting import row_of
from pcnhub.care.investigations.rules import (
    InvestigationState,
    WantedTest,
    problems_of_note,
    problems_of_request,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks import operations as tasks
from pcnhub.care.tasks import queries as inboxes
from pcnhub.care.tasks.rules import OPEN as OPEN_TASKS
from pcnhub.care.tasks.rules import UNACCEPTED, TaskPriority, TaskState, TaskType, suggested_due_on
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Problem


@dataclass(frozen=True, slots=True)
class InvestigationRequest:
    """Which tests, why, of which team of the patient's practice. `form_id`: the practice-headed form, attached to the
    consultation, so that it goes home with it. `idempotency_key` names this very wish."""

    consultation_id: int
    team_id: int
    tests: tuple[WantedTest, ...]
    details: str
    priority: str
    idempotency_key: str
    form_id: int | None = None


class TestsAskedDifferently(Conflict):
    """The same key was used for a request with another content."""

    __test__ = False  # a refusal, and no test of pytest's
    code = "tests-asked-differently"
    remedy = "Open the form anew and send it once."


def ask(*, actor: Actor, now: datetime, request: InvestigationRequest) -> int:
    """Ask the patient's practice for tests: the request and the task that carries it, together; the request's id. Asked twice
    with one key, it stays one.

    Raises InvalidInput with every problem, NotPermitted, NotFound, and whatever keeps the task from being sent.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        _refuse_invalid(request)
        take_turn(f"investigations.ask {request.idempotency_key}", actor.organisation.id)
        found = Investigation.objects.filter(
            organisation=actor.organisation.id, idempotency_key=request.idempotency_key
        ).first()
        if found is not None:
            return _the_same(found, request)
        held = consultations.consultation(actor=actor, now=now, consultation_id=request.consultation_id)
        _refuse_other_form(actor, request, held.patient)
        task_id = _send(actor, now, request, request.idempotency_key)
        carrier = inboxes.task(actor=actor, now=now, task_id=task_id)
        _refuse_other_team(actor, held.patient, carrier.row.receiver.id)
        made = Investigation.objects.create(
            organisation_id=actor.organisation.id,
            to_organisation_id=carrier.row.receiver.id,
            patient_id=held.patient.id,
            receiver_patient_id=held.patient.registered_patient_id,
            nhs_number=held.patient.number,
            patient_label=patients.patient_label(held.patient),
            consultation_id=request.consultation_id,
            task_id=task_id,
            form_id=request.form_id,
            tests=[{"code": test.code, "term": test.term.strip()} for test in request.tests],
            details=request.details.strip(),
            priority=request.priority,
            asked_at=now,
            asked_by=actor.user,
            asked_by_name=actor.name,
            state_changed_at=now,
            idempotency_key=request.idempotency_key,
        )
        note_line(actor, now, made, InvestigationState.ASKED, "")
        keep_on_record(actor, now, made, "investigations.asked", made.version)
        return made.pk


def ask_again(
    *, actor: Actor, now: datetime, investigation_id: int, version: int, team_id: int, idempotency_key: str
) -> None:
    """Send the request to a team once more, when its task came back or was rejected: the practice still owes the order.

    Raises as `ask`; InvestigationMovedOn.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = _own(actor, investigation_id)
        if row.state != InvestigationState.ASKED:
            write(actor, now, row, version, InvestigationState.ASKED, note="", action="")  # raises with where it stands
        carrier = inboxes.task(actor=actor, now=now, task_id=row.task_id)
        if carrier.row.state not in (TaskState.RETURNED, TaskState.REJECTED, TaskState.WITHDRAWN):
            raise Conflict(
                "The task that carries this request is with the practice.",
                code="task-still-there",
                remedy="Wait for their answer, or ring them.",
                who_can="the practice",
            )
        request = InvestigationRequest(
            row.consultation_id, team_id, _tests(row), row.details, row.priority, idempotency_key, row.form_id
        )
        task_id = _send(actor, now, request, f"{idempotency_key}:again")
        to = inboxes.task(actor=actor, now=now, task_id=task_id).row
        if to.receiver.id != row.to_organisation_id:
            raise NotPermitted(
                "The request was made of another practice.",
                remedy="Withdraw it, and ask the patient's practice of today.",
            )
        changed = Investigation.objects.filter(pk=row.pk, version=version, state=row.state).update(
            task_id=task_id, version=version + 1, state_changed_at=now
        )
        if changed != 1:  # the task that was just sent is undone with this: two would be two orders
            raise InvestigationMovedOn("Somebody else has taken a step with this test request since you opened it.")
        note_line(actor, now, row, InvestigationState.ASKED, f"Sent again, to {to.team_name}.")
        keep_on_record(actor, now, row, "investigations.asked-again", version + 1)


def withdraw(*, actor: Actor, now: datetime, investigation_id: int, version: int, reason: str) -> None:
    """The hub needs it no longer, or has seen that the practice declined and says what happens instead. Both sides read why.

    Raises InvalidInput, NotFound, NotPermitted, InvestigationMovedOn.
    """
    problems = problems_of_note("reason", reason, "Say what happens instead, or why nothing need")
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = _own(actor, investigation_id)
        write(
            actor, now, row, version, InvestigationState.WITHDRAWN, note=reason.strip(),
            action="investigations.withdrawn",
        )  # fmt: skip
        _take_the_task_back(actor, now, row, reason.strip())


def _take_the_task_back(actor: Actor, now: datetime, row: Investigation, reason: str) -> None:
    """Whoever reads only the task would order what nobody wants any more."""
    state = TaskState(row.task.state)
    if state in UNACCEPTED:
        tasks.withdraw(actor=actor, now=now, task_id=row.task_id, reason=reason)
    elif state in OPEN_TASKS:
        tasks.comment(actor=actor, now=now, task_id=row.task_id, text="The tests are withdrawn: see the test request.")


def _refuse_invalid(request: InvestigationRequest) -> None:
    codes = {test.code for test in request.tests if test.code}
    known = frozenset(consultations.concepts(codes=codes)) if codes else frozenset()
    problems = problems_of_request(tests=request.tests, details=request.details, known_codes=known)
    if request.priority not in set(TaskPriority):
        remedy = "Choose urgent, soon or routine."
        problems.append(Problem("priority", "unknown", "This is not a priority", remedy, request.priority))
    if not request.idempotency_key:
        problems.append(Problem("idempotency_key", "missing", "The request has no key", "Open the form anew."))
    if problems:
        raise InvalidInput(problems)


def _refuse_other_form(actor: Actor, request: InvestigationRequest, patient: patients.PatientView) -> None:
    """A form that names another person must never go with this request."""
    if request.form_id is None:
        return
    form = documents.documents_by_id(actor=actor, ids=[request.form_id]).get(request.form_id)
    remedy = "Make the form again from here."
    if form is None or form.patient_id != patient.id:
        raise InvalidInput([Problem("form_id", "other-patient", "The form is not this patient's", remedy)])
    if form.state is DocumentState.IN_ERROR or form.is_replaced:
        raise InvalidInput([Problem("form_id", "not-valid", "The form is in error, or replaced", remedy)])


def _refuse_other_team(actor: Actor, patient: patients.PatientView, receiver_id: int) -> None:
    """Only the patient's own practice sees the result where somebody acts on it."""
    home, remedy = patient.registered_practice, "Choose a team of the patient's practice."
    if receiver_id == actor.organisation.id:
        raise InvalidInput([Problem("team_id", "own-team", "The hub can't order tests itself", remedy)])
    if home is None or home.id != receiver_id:
        raise InvalidInput([Problem("team_id", "other-practice", "The patient is not registered there", remedy)])


def _send(actor: Actor, now: datetime, request: InvestigationRequest, key: str) -> int:
    """The task: what is wanted, and where the answer belongs."""
    return tasks.send(
        actor=actor,
        now=now,
        request=tasks.TaskRequest(
            to_team_id=request.team_id,
            kind=TaskType.TEST,
            priority=request.priority,
            text=task_text(request.tests, request.details),
            due_on=suggested_due_on(london_date(now), TaskPriority(request.priority)),
            idempotency_key=f"investigation:{key}",
            consultation_id=request.consultation_id,
            documents=(request.form_id,) if request.form_id is not None else (),
        ),
    )


def task_text(tests: Iterable[WantedTest], details: str) -> str:
    wanted = "\n".join(f"- {test.term.strip()}" for test in tests)
    return (
        f"Please order these tests:\n{wanted}\n\nClinical details: {details.strip()}\n\n"
        "Record the order's reference and a day to look for the result on the test request. This task stays open until then."
    )


def _own(actor: Actor, investigation_id: int) -> Investigation:
    row = row_of(actor=actor, investigation_id=investigation_id)
    if row.organisation_id != actor.organisation.id:
        raise NotPermitted(
            "This test request was made by another organisation.",
            code="not-the-asker",
            remedy="Record the order, the result, or why you decline.",
            who_can="a clinician of the organisation that asked",
        )
    return row


def _tests(row: Investigation) -> tuple[WantedTest, ...]:
    return tuple(WantedTest(test["term"], test["code"]) for test in row.tests)


def _the_same(found: Investigation, request: InvestigationRequest) -> int:
    asked = (
        request.consultation_id,
        tuple(test.term.strip() for test in request.tests),
        request.details.strip(),
        request.priority,
        request.form_id,
    )
    before = (
        found.consultation_id,
        tuple(test["term"] for test in found.tests),
        found.details,
        found.priority,
        found.form_id,
    )
    is_as_sent = found.version == 1 and found.task.version == 1  # else the task may have been passed on since
    if asked != before or (is_as_sent and found.task.to_team_id != request.team_id):
        raise TestsAskedDifferently("This form was sent before, with another content.")
    return found.pk
