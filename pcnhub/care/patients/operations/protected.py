"""Somebody was written down under a protected person's number: who may see the protected hears of it, and settles it.

The row is closed by the database (`patients_keep_protected`), and whoever wrote it sees no difference. What is left is a
question that only a person can answer: is it them, or was the number misheard?
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, QuerySet

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.registrations import AlreadySo, refuse_without_reason
from pcnhub.care.patients.queries.patients import known_to, no_such_patient
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor


def look_again(*, actor: Actor, now: datetime) -> int:
    """A practice has said, since, that a number is a protected person's: the database closes the acting hub's rows of people who
    gave that number; how many. Run by whoever heeds the practices' word."""
    with unit_of_work(actor):
        said = _asked_about(actor).filter(is_sensitive=False)
        ids = list(said.order_by("pk").select_for_update().values_list("pk", flat=True))
        Patient.objects.filter(pk__in=ids).update(stated_nhs_number=F("stated_nhs_number"))  # which makes it look
        return tell_who_may_know(actor=actor, now=now, patient_ids=ids)


def tell_who_may_know(*, actor: Actor, now: datetime, patient_ids: Collection[int]) -> int:
    """Of those of these rows that are closed, have the acting hub's people told who may see the protected; how many.

    Told once of each. Publishes `patients.protected-number-given`. What is put on record names no patient: "who saw this
    patient?" is read by whoever wrote the person down.
    """
    with unit_of_work(actor):
        closed = list(_asked_about(actor).filter(pk__in=patient_ids, is_sensitive=True).order_by("pk"))
        for row in closed:
            trail.record(
                actor=actor,
                now=now,
                action="patients.protected-number-given",
                subject=trail.Subject("protection", row.pk),
            )
            publish(
                actor=actor,
                now=now,
                fact="patients.protected-number-given",
                key=f"{row.pk}:{row.stated_nhs_number}",
                payload={"patient_id": row.pk},
            )
        return len(closed)


def is_somebody_else(*, actor: Actor, now: datetime, patient_id: int, reason: str) -> None:
    """The person who was written down is not the protected one whose number was given: the number is taken off, and they stand
    on everybody's list of people to trace.

    Only for who may see the protected and traces: whoever tried numbers would learn whose they are. Raises InvalidInput,
    NotPermitted, NotFound, AlreadySo.
    """
    refuse_without_reason(reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_SENSITIVE, now=now)
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        mine = Patient.objects.filter(known_to(actor), organisation=actor.organisation.id, pk=patient_id)
        row = mine.select_for_update().first()
        if row is None:
            raise no_such_patient(actor)
        if row.nhs_number is not None or row.merged_into_id is not None or not row.is_sensitive:
            raise AlreadySo("Nothing closes this person any more.")
        number, row.stated_nhs_number, row.is_sensitive, row.updated_at = row.stated_nhs_number, "", False, now
        row.pds_restricts = False
        row.save(update_fields=["stated_nhs_number", "is_sensitive", "pds_restricts", "updated_at"])
        trail.record(
            actor=actor,
            now=now,
            action="patients.number-taken-off",
            subject=trail.Subject("patient", row.pk, row.pk),
            reason=reason,
            nhs_numbers=[number],
        )


def _asked_about(actor: Actor) -> QuerySet[Patient]:
    return Patient.objects.filter(organisation=actor.organisation.id, nhs_number=None, merged_into=None).exclude(
        stated_nhs_number=""
    )
