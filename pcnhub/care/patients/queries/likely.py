"""Before somebody is booked as unknown: whom of those held here they may be. Put on record, like any list of patients."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries.patients import PatientView, shown_to, visible_to
from pcnhub.care.patients.rules.tracing import ALIKE, Known, UnregisteredPerson, resembles
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

SHOWN_AT_MOST = 20


def likely_matches(*, actor: Actor, now: datetime, person: UnregisteredPerson) -> tuple[PatientView, ...]:
    """The actor's own patients who may be this person, the nearest first: those who left or died too, for they are known.

    `person` is tidied and has no problems. Raises NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.FIND_PATIENTS, now=now)
        near = Q(birth_date=person.birth_date) | Q(
            family_name__istartswith=person.family_name[:ALIKE], given_name__istartswith=person.given_name[:ALIKE]
        )
        if person.nhs_number:
            near |= Q(nhs_number=person.nhs_number)
        rows = visible_to(actor).filter(near, merged_into=None)
        found = [row for row in rows if resembles(person, _known(row))]
        found.sort(key=lambda row: (_distance(person, row), row.family_name, row.given_name, row.pk))
        views = tuple(shown_to(actor, row) for row in found[:SHOWN_AT_MOST])
        if views:
            trail.record_list(
                actor=actor,
                now=now,
                action="patients.likely-shown",
                kind="search",
                shown=[trail.Shown(view.id, view.number, view.home_id) for view in views],
                basis=grant.basis,
            )
        return views


def _known(row: Patient) -> Known:
    phones = tuple(phone for phone in (row.mobile_phone, row.home_phone, row.work_phone) if phone)
    return Known(row.given_name, row.family_name, row.birth_date, row.number or row.stated_nhs_number, phones)


def _distance(person: UnregisteredPerson, row: Patient) -> int:
    agreeing = (
        person.nhs_number and person.nhs_number == row.nhs_number,
        person.birth_date == row.birth_date,
        person.family_name.casefold() == row.family_name.casefold(),
        person.given_name.casefold() == row.given_name.casefold(),
    )
    return -sum(bool(each) for each in agreeing)
