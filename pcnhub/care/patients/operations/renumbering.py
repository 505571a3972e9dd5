"""A person's NHS number ends: another one takes its place, or none. Who has the old one still finds the person by it."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import FormerNumber, Patient
from pcnhub.care.patients.operations.holding import held_here
from pcnhub.care.patients.rules import NumberEnd, TraceState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import Conflict


class NumberHeld(Conflict):
    """Another row here has that number: the two are one person, or one of them has the wrong number."""

    code = "number-held"
    remedy = "Compare the two. If they are one person, merge them; if not, trace both again."
    who_can = "whoever changes registrations at the hub"


def renumber(*, actor: Actor, now: datetime, patient_id: int, nhs_number: NhsNumber | None, ended: NumberEnd) -> bool:
    """Give a temporary registration of the acting organisation the number that is right; whether anything changed.

    `ended` says why the old one is no longer used. Superseded: the old one stays a way to the person, and to their practice's
    record, which may know them by it. Corrected or invalidated: it was never the person's own, so it leads to them no more
    in any automatic way, and the link to a practice's row is let go, to be made anew by tracing. `nhs_number` None: nothing
    takes its place; the person is to be traced. Raises NotPermitted, NotFound, KeptElsewhere, NumberHeld.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        row = held_here(actor=actor, patient_id=patient_id)
        former = row.number
        if former == (nhs_number or ""):
            return False
        _refuse_held(row, nhs_number)
        values: dict[str, object] = {"nhs_number": nhs_number, "updated_at": now}
        if ended is not NumberEnd.SUPERSEDED:
            values["registered_patient"] = None
        if nhs_number is None:
            values |= {"trace_state": TraceState.UNTRACED, "traced_at": None, "traced_by": "", "trace_basis": ""}
            values["stated_nhs_number"] = former  # whoever traces them anew sees by which they were known
            values["put_down_by"] = (
                ""  # the words are not only their writer's any more, who would see them though closed
            )
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
        if former:
            put_down_former(row, former, ended, now)
        trail.record(
            actor=actor,
            now=now,
            action="patients.renumbered",
            subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number),
            data_organisation_id=row.registered_practice_id,
            detail={"ended": ended.value},
            nhs_numbers=[former] if former else [],
        )
        return True


def put_down_former(row: Patient, number: str, ended: NumberEnd, now: datetime) -> None:
    """The number leads to this row from now on, unless it leads to another one already."""
    FormerNumber.objects.filter(organisation=row.organisation_id, nhs_number=row.number).delete()  # it is in use again
    FormerNumber.objects.update_or_create(
        organisation_id=row.organisation_id,
        nhs_number=number,
        defaults={"patient_id": row.pk, "ended": ended, "since": now},
    )


def _refuse_held(row: Patient, nhs_number: NhsNumber | None) -> None:
    if nhs_number is None:
        return
    other = Patient.objects.filter(organisation=row.organisation_id, nhs_number=nhs_number).exclude(pk=row.pk)
    if other.exists():
        raise NumberHeld("Another patient here has this NHS number.")
