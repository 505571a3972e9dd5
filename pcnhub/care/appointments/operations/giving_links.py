"""Giving a patient a link of their own, and taking it away (`domain.md` 11.3, 12A.3).

A link is a secret of 130 random bits, of which only a hash is kept, and the patient's date of birth: neither opens anything
alone. It acts for the organisation that gave it and for one patient; what it may then do is in `own_links.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pcnhub.care.appointments.models import OwnLink
from pcnhub.care.appointments.operations.recording import record_link
from pcnhub.care.appointments.operations.refusals import NoLinkForThem, NotAllowedNow
from pcnhub.care.appointments.queries.bookings import booking, booking_grant
from pcnhub.care.appointments.queries.own_links import may_have_a_link, slot_types_for_patients
from pcnhub.care.appointments.rules.own_links import VALID_FOR, hash_of, problems_of_link, refusal_to_change_own
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, open_patient, own_registration
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem

DAYS_AHEAD = 14
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, none like another: a link is also typed from paper
LENGTH = 26


@dataclass(frozen=True, slots=True)
class GivenLink:
    """A link that was given just now. `token` is told here and never again."""

    id: int
    token: str = field(repr=False)
    expires_at: datetime


def give_link_to_book(
    *, actor: Actor, now: datetime, patient_id: int, days_ahead: int = DAYS_AHEAD, slot_type_ids: Iterable[int] = ()
) -> GivenLink:
    """Give a patient of the actor's own organisation a link to book once, valid for 7 days; for these slot types, or (none)
    all that patients may book.

    Raises InvalidInput (days ahead; a type that patients may not book), NoLinkForThem (the patient is protected, has died, is not
    registered; or no type is marked for patients), NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        person = open_patient(actor=actor, now=now, patient_id=patient_id, reason="giving a link of their own")
        asked = sorted(set(slot_type_ids))
        open_types = {each.id for each in slot_types_for_patients(actor=actor, now=now)}
        problems = problems_of_link(days_ahead=days_ahead)
        for unknown in sorted(set(asked) - open_types):
            problems.append(
                Problem(
                    "slot_type_ids",
                    "not-for-patients",
                    "Patients may not book slots of this type themselves",
                    "Choose a type that is marked for patients.",
                    str(unknown),
                )
            )
        if problems:
            raise InvalidInput(problems)
        if not open_types:
            raise NoLinkForThem(
                "No slot type of your hub is one that patients may book themselves.",
                code="nothing-for-patients",
                remedy="Mark a slot type as one that patients may book, or book for the patient.",
                who_can="the hub's configuration manager",
            )
        _refuse_a_link(person)
        return _give(
            actor, now, person, OwnLink(days_ahead=days_ahead, slot_type_ids=asked, expires_at=now + VALID_FOR)
        )


def give_link_to_appointment(*, actor: Actor, now: datetime, booking_id: int) -> GivenLink:
    """Give the patient of a booking that is still ahead a link to look at it, move it and cancel it, valid until it ends.

    A practice gives it to its own patient, the hub to whomever it holds. Raises NotAllowedNow, NoLinkForThem, NotFound,
    NotShared, NotPermitted.
    """
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        why_not = refusal_to_change_own(status=view.status, starts_at=view.slot.starts_at, now=now)
        if why_not:
            raise NotAllowedNow(
                "There is nothing that the patient could still change about this appointment.",
                remedy="Give a link at least an hour before the appointment starts.",
                who_can="the hub's reception, on the clinic list",
            )
        own_id = view.patient_id if view.hub_id == actor.organisation.id else view.registered_patient_id
        if own_id is None:
            raise NoLinkForThem(
                "Your practice has no record of its own of this patient yet.",
                remedy="Ask the hub to give the link: it holds the patient.",
                who_can="the hub's reception",
            )
        person = open_patient(actor=actor, now=now, patient_id=own_id, reason="giving a link of their own")
        _refuse_a_link(person)
        row = OwnLink(days_ahead=DAYS_AHEAD, booking_id=booking_id, expires_at=view.slot.ends_at)
        return _give(actor, now, person, row, basis=grant.basis)


def withdraw_link(*, actor: Actor, now: datetime, link_id: int) -> None:
    """Take a link away: it opens nothing from this moment on. Withdrawn already, it stays so. By the organisation that gave it,
    or by whoever sees the appointment to which it leads. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        row = OwnLink.objects.select_for_update().filter(pk=link_id).first()
        if row is None:
            raise NotFound("There is no such link here.", remedy="Look at the patient's links again.")
        if row.withdrawn_at is not None:
            return
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_by_name = now, actor.user, actor.name
        number, home_id = _whose(actor, row)
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_by_name"])
        record_link(actor, now, "appointments.link-withdrawn", row=row, nhs_number=number, home_id=home_id)


def _whose(actor: Actor, row: OwnLink) -> tuple[str, int]:
    """The NHS number and the practice of the link's patient. Raises NotFound to whoever may not know of them."""
    if row.organisation_id == actor.organisation.id:  # also while no agreement shows the appointment
        person = own_registration(actor=actor, patient_id=row.patient_id)
        return person.number, person.home_id
    view = booking(actor=actor, booking_id=row.booking_id or 0)
    return view.nhs_number, view.practice_id or row.organisation_id


def _refuse_a_link(person: PatientView) -> None:
    if may_have_a_link(person):
        return
    raise NoLinkForThem(
        "This patient can't be given a link of their own: their record is protected, has ended, or says that they died.",
        remedy="Book, move or cancel for them yourself.",
        who_can="whoever books appointments for the patient",
    )


def _give(actor: Actor, now: datetime, person: PatientView, row: OwnLink, *, basis: Basis = OWN_RECORD) -> GivenLink:
    token = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    row.organisation_id, row.patient_id, row.token_hash = actor.organisation.id, person.id, hash_of(token)
    row.given_at, row.given_by, row.given_by_name = now, actor.user, actor.name
    row.given_job_category = actor.job_category
    row.save(force_insert=True)
    until = row.expires_at.isoformat()
    record_link(
        actor,
        now,
        "appointments.link-given",
        row=row,
        nhs_number=person.number,
        home_id=person.home_id,
        basis=basis,
        until=until,
    )
    return GivenLink(row.pk, token, row.expires_at)
