"""A test request as either side sees it: whose move it is, since when, and how long that may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from pcnhub.care.investigations.models import Investigation, InvestigationEvent
from pcnhub.care.investigations.queries.selecting import row_of
from pcnhub.care.investigations.rules import Age, InvestigationState, WantedTest, age_of, decide_by, order_by
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.rules import CAME_BACK, TaskPriority, TaskState
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.opening_hours import OpeningHours


@dataclass(frozen=True, slots=True)
class InvestigationRow:
    """A request in a list. `owner` owes the next step until `owed_by`; `trouble` says what keeps it from being seen at all."""

    id: int
    patient_label: str
    tests: tuple[WantedTest, ...]
    priority: TaskPriority
    state: InvestigationState
    version: int
    asker: OrganisationRef
    orderer: OrganisationRef
    owner: OrganisationRef | None
    asked_at: datetime
    asked_by_name: str
    owed_by: datetime
    chase_on: date | None
    age: Age
    trouble: str
    has_stray_result: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    state: InvestigationState
    at: datetime
    by_name: str
    organisation: OrganisationRef
    note: str


@dataclass(frozen=True, slots=True)
class InvestigationView:
    """One request. `patient_id` is this side's own row; `consultation_id`, `form_id` and `result_id` are given to the asker."""

    row: InvestigationRow
    details: str
    patient_id: int | None
    task_id: int
    consultation_id: int | None
    form_id: int | None
    result_id: int | None
    order_reference: str
    ordered_on: date | None
    resulted_on: date | None
    is_asker: bool
    is_orderer: bool
    history: tuple[Step, ...]


def investigation(*, actor: Actor, now: datetime, investigation_id: int) -> InvestigationView:
    """One request of either side, put on record as an opening of its patient. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=permission_to_see(actor), now=now)
        row = row_of(actor=actor, investigation_id=investigation_id)
        is_asker = row.organisation_id == actor.organisation.id
        patient_id = row.patient_id if is_asker else row.receiver_patient_id or row.task.receiver_patient_id
        trail.record(
            actor=actor,
            now=now,
            action="investigations.opened",
            subject=trail.Subject("investigation", row.pk, patient_id, row.nhs_number),
            data_organisation_id=row.to_organisation_id if is_asker else row.organisation_id,
            basis=grant.basis,
        )
        around = Around.of([row])
        events = InvestigationEvent.objects.filter(investigation=row.pk).order_by("pk")
        return InvestigationView(
            row=view_of(row, around, now),
            details=row.details,
            patient_id=patient_id,
            task_id=row.task_id,
            consultation_id=row.consultation_id if is_asker else None,
            form_id=row.form_id if is_asker else None,
            result_id=row.result_id if is_asker else None,
            order_reference=row.order_reference,
            ordered_on=row.ordered_on,
            resulted_on=row.resulted_on,
            is_asker=is_asker,
            is_orderer=row.to_organisation_id == actor.organisation.id,
            history=tuple(
                Step(
                    InvestigationState(event.state),
                    event.at,
                    event.by_name,
                    around.references[event.organisation_id],
                    event.note,
                )
                for event in events
            ),
        )


def permission_to_see(actor: Actor) -> Permission:
    """Clinicians who ask, and whoever works the inbox of the practice."""
    return Permission.WORK_TASKS if actor.may(Permission.WORK_TASKS) else Permission.CONSULT


@dataclass(frozen=True, slots=True)
class Around:
    """What requests refer to, read once for all of them."""

    references: dict[int, OrganisationRef]
    hours: dict[int, OpeningHours]
    tasks: dict[int, str]

    @classmethod
    def of(cls, rows: Sequence[Investigation]) -> Self:
        ends = sorted({end for row in rows for end in (row.organisation_id, row.to_organisation_id)})
        return cls(
            references={each.id: each for each in organisations.organisation_refs(ids=ends)},
            hours=organisations.opening_hours_of(organisation_ids=ends),
            tasks={row.task_id: row.task.state for row in rows},
        )


def view_of(row: Investigation, around: Around, now: datetime) -> InvestigationRow:
    state, priority = InvestigationState(row.state), TaskPriority(row.priority)
    asker, orderer = around.references[row.organisation_id], around.references[row.to_organisation_id]
    owed_by = order_by(row.asked_at, priority, around.hours[orderer.id])
    looked_for_by = day_bounds(row.chase_on)[1] if state is InvestigationState.ORDERED and row.chase_on else None
    answer_by = (
        decide_by(row.state_changed_at, around.hours[asker.id]) if state is InvestigationState.DECLINED else None
    )
    owner = {
        InvestigationState.ASKED: orderer,
        InvestigationState.ORDERED: orderer,
        InvestigationState.DECLINED: asker,
    }.get(state)
    trouble = ""
    if state is InvestigationState.ASKED and TaskState(around.tasks[row.task_id]) in CAME_BACK | {TaskState.WITHDRAWN}:
        trouble = "The task that carried it came back: nobody at the practice has it."
        owner = asker
    return InvestigationRow(
        id=row.pk,
        patient_label=row.patient_label,
        tests=tuple(WantedTest(test["term"], test["code"]) for test in row.tests),
        priority=priority,
        state=state,
        version=row.version,
        asker=asker,
        orderer=orderer,
        owner=owner,
        asked_at=row.asked_at,
        asked_by_name=row.asked_by_name,
        owed_by=looked_for_by or answer_by or owed_by,
        chase_on=row.chase_on,
        age=Age.LATE
        if trouble
        else age_of(state=state, order_by=owed_by, chase_on=row.chase_on, decide_by=answer_by, now=now),
        trouble=trouble,
        has_stray_result=row.result_id is not None and state not in (InvestigationState.RESULTED,),
    )
