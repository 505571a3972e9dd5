"""What the practice does with a test request: orders, looks again, records the result, or declines; results gone astray."""

from __future__ import annotations

from datetime import date, datetime

from pcnhub.care.documents import queries as documents
from pcnhub.care.investigations.models import Investigation
from pcnhub.care.investigations.operations.writing import InvestigationMovedOn, keep_on_record, note_line, write
from pcnhub.care.investigations.queries.selecting import row_of
from pcnhub.care.investigations.rules import (
    OPEN,
    InvestigationState,
    problems_of_chase,
    problems_of_note,
    problems_of_order,
    problems_of_result,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks import operations as tasks
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem


def order(
    *, actor: Actor, now: datetime, investigation_id: int, version: int, reference: str, chase_on: date | None
) -> None:
    """The practice has ordered: under which number, and on which day somebody looks for the result. The task may close now.

    Raises InvalidInput, NotFound, NotPermitted, InvestigationMovedOn.
    """
    today = london_date(now)
    _refuse(problems_of_order(reference=reference, chase_on=chase_on, today=today))
    with unit_of_work(actor):
        row = _received(actor, now, investigation_id)
        write(
            actor, now, row, version, InvestigationState.ORDERED,
            note=f"Reference {reference.strip()}. Look for the result on {chase_on:%-d %B %Y}.",
            action="investigations.ordered",
            changes={"order_reference": reference.strip(), "ordered_on": today, "chase_on": chase_on},
        )  # fmt: skip


def chase_again(
    *, actor: Actor, now: datetime, investigation_id: int, version: int, chase_on: date | None, note: str
) -> None:
    """Somebody looked, there is no result yet: the next day to look. Raises as `order`."""
    problems = problems_of_chase(chase_on=chase_on, today=london_date(now))
    _refuse(problems + problems_of_note("note", note, "Say what you found when you looked"))
    with unit_of_work(actor):
        row = _received(actor, now, investigation_id)
        if row.state != InvestigationState.ORDERED:
            raise InvestigationMovedOn("Only an order without a result has a day to look for it.")
        write(
            actor, now, row, version, InvestigationState.ORDERED,
            note=f"{note.strip()} Look again on {chase_on:%-d %B %Y}.",
            action="investigations.chased", changes={"chase_on": chase_on},
        )  # fmt: skip


def result(
    *, actor: Actor, now: datetime, investigation_id: int, version: int, resulted_on: date | None, acted: str
) -> None:
    """The result is with the practice, and what was done about it: the request closes. Raises as `order`."""
    with unit_of_work(actor):
        row = _received(actor, now, investigation_id)
        asked_on = london_date(row.asked_at)
        _refuse(problems_of_result(resulted_on=resulted_on, acted=acted, asked_on=asked_on, today=london_date(now)))
        write(
            actor, now, row, version, InvestigationState.RESULTED, note=acted.strip(),
            action="investigations.resulted", changes={"resulted_on": resulted_on},
        )  # fmt: skip


def decline(*, actor: Actor, now: datetime, investigation_id: int, version: int, reason: str) -> None:
    """The practice will not order. It is the hub's move then, until a clinician there has said what happens instead.

    Raises as `order`.
    """
    _refuse(problems_of_note("reason", reason, "The hub must learn why"))
    with unit_of_work(actor):
        row = _received(actor, now, investigation_id)
        write(
            actor, now, row, version, InvestigationState.DECLINED, note=reason.strip(),
            action="investigations.declined",
        )  # fmt: skip
        tasks.comment(actor=actor, now=now, task_id=row.task_id, text="The tests are declined: see the test request.")


def match_result(*, actor: Actor, now: datetime, investigation_id: int, version: int, document_id: int) -> None:
    """A result that came to the hub belongs to this request: it is named there, and the practice sees that it is.

    The request stays the practice's: whoever ordered acts on the result (CHK-67). Raises InvalidInput, NotFound, NotPermitted,
    InvestigationMovedOn.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = row_of(actor=actor, investigation_id=investigation_id)
        if row.organisation_id != actor.organisation.id:
            raise NotPermitted("This test request was made by another organisation.", who_can="a clinician there")
        document = documents.documents_by_id(actor=actor, ids=[document_id]).get(document_id)
        if document is None or document.patient_id != row.patient_id:
            _refuse([Problem("document", "other-patient", "That document is not this patient's", "Choose another.")])
        if row.state not in OPEN:
            raise InvestigationMovedOn("The test request is closed.")
        changed = Investigation.objects.filter(pk=row.pk, version=version).update(
            result_id=document_id, version=version + 1
        )
        if changed != 1:
            raise InvestigationMovedOn("Somebody else has taken a step with this test request since you opened it.")
        note = "A result came to the hub instead of the practice. Ask the hub for it, and act on it."
        note_line(actor, now, row, InvestigationState(row.state), note)
        keep_on_record(actor, now, row, "investigations.result-matched", version + 1)


def _received(actor: Actor, now: datetime, investigation_id: int) -> Investigation:
    permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
    row = row_of(actor=actor, investigation_id=investigation_id)
    if row.to_organisation_id != actor.organisation.id:
        raise NotPermitted(
            "Only the practice that was asked can say what became of the tests.",
            code="not-the-orderer",
            remedy="Ring the practice, or withdraw the request.",
            who_can="a member of the practice's team",
        )
    return row


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)
