"""Which consultations are open or finished: ids and times, no patient's name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.queries.views import OpenDraft
from pcnhub.care.consultations.rules import ConsultationState
from pcnhub.care.patients.operations.ties import Tie, TieKind
from pcnhub.care.patients.queries.patients import known_to
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def open_drafts(*, actor: Actor, own: bool = False) -> tuple[OpenDraft, ...]:
    """Begun and unfinished consultations of the actor's organisation (`own`: begun by the actor), oldest first."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(state=ConsultationState.DRAFT)
        if own:
            rows = rows.filter(author=actor.position_id)
        return tuple(
            OpenDraft(row.pk, row.booking_id, row.patient_id, row.author_name, row.started_at)
            for row in rows.order_by("started_at")
        )


def in_error_of_booking(*, actor: Actor, booking_id: int) -> tuple[tuple[int, datetime], ...]:
    """Consultations of a booking that were recorded in error: id, and when each was begun; oldest first. None of a protected
    person's for who may not know of it."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(booking=booking_id, state=ConsultationState.IN_ERROR)
        rows = rows.filter(known_to(actor, "patient__"))
        return tuple(rows.order_by("started_at").values_list("pk", "started_at"))


def finished_booking_ids(*, actor: Actor, booking_ids: Iterable[int]) -> frozenset[int]:
    """Those of the bookings that led to a finished consultation; finishing needs an outcome (CHK-51)."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(booking__in=set(booking_ids), state=ConsultationState.FINISHED)
        return frozenset(found for found in rows.values_list("booking_id", flat=True) if found is not None)


def ties(actor: Actor, now: datetime, patient_ids: Collection[int]) -> Iterable[Tie]:
    """The acting hub's consultations with these patients that are not finished. In the running unit of work."""
    rows = Consultation.objects.filter(organisation=actor.organisation.id, patient__in=patient_ids)
    for row in rows.filter(state=ConsultationState.DRAFT).order_by("pk"):
        yield Tie(row.patient_id, TieKind.CONSULTATION, f"a consultation of {row.author_name} that is not finished")
