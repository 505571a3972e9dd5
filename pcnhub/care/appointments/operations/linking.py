"""The appointments of a person who was booked unregistered follow what a trace finds out about them.

Who asks the service calls these with its answer: care rooms never call out.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import Booking, BookingEvent
from pcnhub.care.appointments.operations.refusals import BookingMoved
from pcnhub.care.appointments.queries.bookings import booking, record_booking
from pcnhub.care.appointments.queries.unlinked import unlinked
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations import Linked, TracedPerson, Unlinked, tracing, unlinking
from pcnhub.care.patients.queries import run_that_goes_on, standing_patients
from pcnhub.care.patients.rules import TraceOutcome
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict

# Not over yet: what was written of one that is over stays with the row that it was written for, which leads to the new one.
LIVE = (BookingStatus.BOOKED, BookingStatus.ARRIVED, BookingStatus.SENT_IN, BookingStatus.CALL_STARTED)


class NothingToTrace(Conflict):
    """Everybody of the worklist is known, or waits for a person's decision."""

    code = "nothing-to-trace"
    remedy = "Look at the list: who was rejected before is left to a person."


class RunGoesOn(Conflict):
    """Somebody is having everybody of the worklist traced already. `run_id`: that run."""

    code = "trace-run-goes-on"
    remedy = "Look at how far it is. What it leaves can be settled one by one, or by another run afterwards."

    def __init__(self, run_id: int) -> None:
        super().__init__("Everybody on the list is being traced already.")
        self.run_id = run_id


def link_traced(
    *, actor: Actor, now: datetime, patient_id: int, person: TracedPerson, run_id: int | None = None
) -> Linked:
    """Say who an untraced patient of the acting hub is; their live appointments follow, to the row that stands for the person
    and to the practice where they are registered. Raises as `patients.operations.tracing.link` does, and BookingMoved."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        linked = tracing.link(actor=actor, now=now, patient_id=patient_id, person=person, run_id=run_id)
        moved = _follow(actor, now, linked.from_id, linked.patient_id, linked.practice_id, grant)
        unlinking.keep_moved(actor=actor, attempt_id=linked.attempt_id, bookings=moved)
        return linked


def unlink(*, actor: Actor, now: datetime, patient_id: int, reason: str) -> Unlinked:
    """A trace led to the wrong person: the appointments that moved with it stand again under the row that was asked about
    (`patient_id`), which is to be traced again. What was written and sent meanwhile stays where it is, for a person to put
    right. Raises as `patients.operations.unlinking.undo_link` does, and BookingMoved."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        undone = unlinking.undo_link(actor=actor, now=now, patient_id=patient_id, reason=reason)
        rows = Booking.objects.filter(organisation=actor.organisation.id, patient=undone.was_id, pk__in=undone.bookings)
        for row in rows.order_by("pk"):
            _move(actor, now, row, undone.from_id, undone.bookings[row.pk], "Goes back: it was not this patient", grant)
        return undone


def retraced(*, actor: Actor, now: datetime, patient_id: int, person: TracedPerson, run_id: int | None = None) -> None:
    """A newer trace of a patient who is known: their live appointments follow to the practice where they are now. Raises
    NotPermitted, NotFound, BookingMoved."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        changed = tracing.retrace(actor=actor, now=now, patient_id=patient_id, person=person)
        if run_id is not None:
            tracing.record_attempt(
                actor=actor,
                now=now,
                patient_id=patient_id,
                outcome=TraceOutcome.LINKED,
                source=person.source,
                candidates=1,
                run_id=run_id,
            )
        if "registered_practice_id" in changed:
            view = standing_patients(actor=actor, ids=[patient_id])[patient_id]
            practice = view.registered_practice.id if view.registered_practice else None
            _follow(actor, now, patient_id, patient_id, practice, grant)


def no_match(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    source: str,
    outcome: TraceOutcome = TraceOutcome.NO_MATCH,
    candidates: int = 0,
    note: str = "",
    run_id: int | None = None,
) -> None:
    """Put down that a look for who an untraced patient is did not settle it; `outcome` says why. Raises NotPermitted,
    NotFound, AlreadyTraced."""
    tracing.record_attempt(
        actor=actor,
        now=now,
        patient_id=patient_id,
        outcome=outcome,
        source=source,
        candidates=candidates,
        note=note,
        run_id=run_id,
    )


def reject_candidates(*, actor: Actor, now: datetime, patient_id: int, source: str, candidates: int) -> None:
    """Somebody looked at whom a search found, and none of them is the person: from now on no run of tracing decides it.
    Raises NotPermitted, NotFound, AlreadyTraced."""
    no_match(
        actor=actor,
        now=now,
        patient_id=patient_id,
        source=source,
        outcome=TraceOutcome.REJECTED,
        candidates=candidates,
    )


def trace_all(*, actor: Actor, now: datetime, stale_until: datetime) -> int:
    """Have everybody of the worklist traced who can be told beyond doubt, one job each; the run's id.

    Whom a person rejected candidates for is left to a person, until one has told who they are: then their number is asked
    after again as everybody's. Raises NotPermitted, NothingToTrace, RunGoesOn.
    """
    with unit_of_work(actor):
        found = unlinked(actor=actor, now=now, stale_until=stale_until)
        undecided = [
            each
            for each in found
            if each.is_stale or not any(one.outcome is TraceOutcome.REJECTED for one in each.attempts)
        ]
        ids = list(dict.fromkeys(each.patient.id for each in undecided))
        if not ids:
            raise NothingToTrace("Nobody is left whom a run could trace.")
        take_turn("appointments.trace-all", actor.organisation.id)
        running = run_that_goes_on(actor=actor, now=now)
        if running is not None:
            raise RunGoesOn(running.id)
        run_id = tracing.begin_run(actor=actor, now=now, asked=len(ids))
        for patient_id in ids:
            publish(
                actor=actor,
                now=now,
                fact="patients.trace-asked",
                key=f"{run_id}:{patient_id}",
                payload={"run_id": run_id, "patient_id": patient_id},
            )
        return run_id


def _follow(
    actor: Actor, now: datetime, from_id: int, to_id: int, practice_id: int | None, grant: Grant
) -> dict[int, int | None]:
    """The bookings that it moved, each with the practice that it named before."""
    moved: dict[int, int | None] = {}
    rows = Booking.objects.filter(organisation=actor.organisation.id, patient=from_id, status__in=LIVE)
    for row in rows.order_by("pk"):
        if (row.patient_id, row.patient_practice_id) == (to_id, practice_id):
            continue
        moved[row.pk] = row.patient_practice_id
        _move(actor, now, row, to_id, practice_id, "Follows the patient, who was traced", grant)
    return moved


def _move(
    actor: Actor, now: datetime, row: Booking, to_id: int, practice_id: int | None, reason: str, grant: Grant
) -> None:
    moved = Booking.objects.filter(pk=row.pk, version=row.version).update(
        patient_id=to_id, patient_practice_id=practice_id, version=row.version + 1, changed_at=now
    )
    if moved != 1:
        raise BookingMoved("An appointment of this person changed while they were traced.")
    view = booking(actor=actor, booking_id=row.pk)
    BookingEvent.objects.create(
        organisation_id=row.organisation_id,
        booking_id=row.pk,
        status=row.status,
        at=now,
        by=actor.user,
        by_name=actor.name,
        reason=reason,
    )
    record_booking(actor=actor, now=now, action="appointments.linked", view=view, grant=grant)
