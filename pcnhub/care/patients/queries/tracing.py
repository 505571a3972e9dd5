"""Who at the hub has not been traced, what was tried, and how a run of tracing goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient, TraceAttempt, TraceRun
from pcnhub.care.patients.queries.patients import PatientView, shown_to, visible_to
from pcnhub.care.patients.rules import TraceOutcome, TraceState
from pcnhub.care.patients.rules.tracing import trace_is_fresh
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, Refusal

MERGES_FOLLOWED = 5
RUN_LASTS = timedelta(minutes=30)  # then somebody should look at the worker, and another run may begin


class NotTraced(Refusal):
    """Whoever is booked unregistered is nobody to other organisations, until they have been traced."""

    code = "patient-untraced"
    remedy = "Trace the patient first: they stand on the list of people to trace."
    who_can = "whoever traces patients at the hub"


def require_traced(view: PatientView) -> None:
    """Before anything about a person goes to another organisation. Raises NotTraced."""
    if view.nhs_number is None:
        raise NotTraced("It is not known who this patient is: they were booked unregistered.")


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One look for who a person is. `source` is whose word it was."""

    patient_id: int
    at: datetime
    by: str
    source: str
    outcome: TraceOutcome
    candidates: int
    note: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A run of tracing: `attempts` so far of `asked` people, in the order in which they were made."""

    id: int
    asked_at: datetime
    asked_by: str
    asked: int
    attempts: tuple[AttemptView, ...]

    @property
    def is_over(self) -> bool:
        return len(self.attempts) >= self.asked

    def counted(self, *outcomes: TraceOutcome) -> int:
        return sum(attempt.outcome in outcomes for attempt in self.attempts)


def attempts_for(*, actor: Actor, patient_ids: Collection[int]) -> dict[int, tuple[AttemptView, ...]]:
    """What was tried for each of these patients of the acting organisation, newest first."""
    with unit_of_work(actor):
        rows = TraceAttempt.objects.filter(organisation=actor.organisation.id, patient__in=patient_ids)
        found: dict[int, list[AttemptView]] = {}
        for row in rows.order_by("-at", "-pk"):
            found.setdefault(row.patient_id, []).append(_attempt(row))
        return {patient_id: tuple(its) for patient_id, its in found.items()}


def trace_run(*, actor: Actor, now: datetime, run_id: int) -> RunView:
    """Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        row = TraceRun.objects.filter(organisation=actor.organisation.id, pk=run_id).first()
        if row is None:
            raise NotFound("There is no such run of tracing here.", remedy="Look at the list of people to trace.")
        return _run(row)


def run_that_goes_on(*, actor: Actor, now: datetime) -> RunView | None:
    """The newest run of the acting organisation, where it is not over and not older than `RUN_LASTS`. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        runs = TraceRun.objects.filter(organisation=actor.organisation.id, asked_at__gt=now - RUN_LASTS)
        newest = runs.order_by("pk").last()
        run = _run(newest) if newest else None
        return run if run and not run.is_over else None


def _run(row: TraceRun) -> RunView:
    attempts = TraceAttempt.objects.filter(run=row.pk).order_by("pk")
    return RunView(row.pk, row.asked_at, row.asked_by, row.asked, tuple(_attempt(each) for each in attempts))


def standing_patients(*, actor: Actor, ids: Collection[int]) -> dict[int, PatientView]:
    """The acting organisation's patients by the id that was asked for; of a row that was joined to another, that other one."""
    with unit_of_work(actor):
        found = {row.pk: row for row in visible_to(actor).filter(pk__in=ids)}
        for _ in range(MERGES_FOLLOWED):
            onwards = {row.merged_into_id for row in found.values() if row.merged_into_id is not None}
            if not onwards:
                break
            kept = {row.pk: row for row in visible_to(actor).filter(pk__in=onwards)}
            found = {
                asked: kept.get(row.merged_into_id, row) if row.merged_into_id else row for asked, row in found.items()
            }
        return {asked: shown_to(actor, row) for asked, row in found.items()}


def is_reliable(view: PatientView, *, now: datetime, verifies: bool) -> bool:
    """Whether who this is may be relied on for what leaves the hub now. `verifies`: the national service can be asked, so
    that a practice's word alone is no longer enough."""
    if view.nhs_number is None:
        return False
    if verifies and view.trace_state != TraceState.TRACED:
        return False
    return trace_is_fresh(view.trace_holds_until, now=now)


def patient_of_trace(*, actor: Actor, now: datetime, patient_id: int) -> PatientView:
    """The person who is to be traced, for the page that compares; put on record. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        found = standing_patients(actor=actor, ids=[patient_id]).get(patient_id)
        if found is None:
            raise NotFound("There is no such patient here.", remedy="Look at the list of people to trace.")
        trail.record(
            actor=actor,
            now=now,
            action="patients.opened",
            subject=trail.Subject("patient", found.id, found.id, found.number),
            data_organisation_id=found.registered_practice.id if found.registered_practice else None,
            basis=grant.basis,
            detail={"for": "tracing"},
        )
        return found


def is_held(*, actor: Actor, nhs_number: str) -> bool:
    """Whether the acting organisation holds somebody under this number already, seen or not."""
    with unit_of_work(actor):
        return Patient.objects.filter(organisation=actor.organisation.id, nhs_number=nhs_number).exists()


def _attempt(row: TraceAttempt) -> AttemptView:
    return AttemptView(row.patient_id, row.at, row.by, row.source, TraceOutcome(row.outcome), row.candidates, row.note)
