"""Another organisation's system asks to register somebody here, for an appointment: temporary, never regular.

The person has been traced: name, date of birth and practice come from there. Contact details are the caller's, completed from the
trace. Source: GP Connect 1.2.7, register a patient; `domain.md` 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.care.organisations.queries import find_organisation
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.contacts import settle
from pcnhub.care.patients.operations.heeding import heed
from pcnhub.care.patients.operations.temporary import TEMPORARY, NotRegistrable, last_day
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.queries.numbers import id_in_use
from pcnhub.care.patients.queries.patients import PatientView, view_of
from pcnhub.care.patients.rules import RegistrationState, RegistrationType, Sex, TraceBasis, TraceSource, TraceState
from pcnhub.care.patients.rules.contacts import (
    ContactField,
    ContactSource,
    address_text,
    columns_of,
    hear,
    sources_at_first,
)
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict


class AlreadyRegistered(Conflict):
    """The person has an active registration here: the caller finds it instead of making another."""

    code = "already-registered"
    remedy = "Find the patient by NHS number, and go on with that one."


@dataclass(frozen=True, slots=True)
class Traced:
    """Who the person is, as the demographics service says. `practice_ods` empty: registered nowhere. `source` is whose word it
    is, `holds_until` how long it is relied on (None: nobody has to ask again)."""

    nhs_number: NhsNumber
    given_name: str
    family_name: str
    birth_date: date
    title: str = ""
    practice_ods: str = ""
    source: TraceSource = TraceSource.LOCAL
    pds_version: str = ""
    holds_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the person, and what they need; empty where nobody said. `sex` is one of the room's words."""

    sex: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    home_phone: str = ""
    work_phone: str = ""
    mobile_phone: str = ""
    email: str = ""
    preferred_language: str = ""
    language_code: str = ""
    interpreter_required: bool | None = None
    temporary_address_lines: tuple[str, ...] = ()
    temporary_postcode: str = ""
    temporary_phone: str = ""


def register_by_gp_connect(*, actor: Actor, now: datetime, person: Traced, contact: Contact) -> PatientView:
    """Make or renew the acting organisation's temporary registration of a traced person.

    It is linked to the practice's own row where the practice is here and shares its records with this organisation; else it
    names the practice, or its code. Raises NotPermitted, AlreadyRegistered, NotRegistrable (died or protected, as is known
    here).
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        take_turn("patients.follow", actor.organisation.id)
        standing = _standing(actor, person.nhs_number)
        values = _values(person, now) | _needs(contact, now) | _home(actor, person)
        if standing is None:
            held, was = _make(actor, values | _first_contact(contact, now), now), "made"
        else:
            words = hear(standing, _said(contact), source=ContactSource.GP_CONNECT, at=now)
            settle(standing, words, source=ContactSource.GP_CONNECT, actor=actor, now=now)
            held, was = _renew(standing, values | words.columns, now), "renewed"
        learn_names(organisation_id=held.organisation_id, patient_ids=[held.pk])
        heed(actor=actor, now=now, nhs_number=person.nhs_number)
        held.refresh_from_db()
        if held.is_sensitive:
            raise _not_registrable("sensitive")
        trail.record(
            actor=actor,
            now=now,
            action=f"patients.temporary-registration-{was}",
            subject=trail.Subject("patient", held.pk, held.pk, held.nhs_number),
            data_organisation_id=held.registered_practice_id,
            basis=grant.basis,
            detail={"practice": person.practice_ods, "linked": held.registered_patient_id is not None},
        )
        return view_of(held)


def _standing(actor: Actor, nhs_number: str) -> Patient | None:
    found = id_in_use(organisation_id=actor.organisation.id, nhs_number=nhs_number)
    row = Patient.objects.select_for_update(of=("self",)).filter(pk=found).first() if found else None
    if row is None:
        return None
    if row.is_sensitive:
        raise _not_registrable("sensitive")
    if row.registration_state == RegistrationState.DECEASED:
        raise _not_registrable("deceased")
    if row.registration_state == RegistrationState.ACTIVE:
        raise AlreadyRegistered("This person has an active registration here.")
    return row


def _not_registrable(code: str) -> NotRegistrable:
    """One sentence for both: to whom may not know, a protected person is nobody that can be registered."""
    return NotRegistrable(
        "This person can't be registered here.",
        code=code,
        remedy="Ask the person's own practice.",
        who_can="the person's own practice",
    )


def _values(person: Traced, now: datetime) -> dict[str, Any]:
    today = london_date(now)
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_date,
        "registration_type": RegistrationType.TEMPORARY,
        "registration_state": RegistrationState.ACTIVE,
        "registered_on": today,
        "ends_on": last_day(now),
        "left_on": None,
        "died_on": None,
        "updated_at": now,
        "trace_state": TraceState.TRACED if person.source is TraceSource.PDS else TraceState.LOCAL,
        "traced_at": now,
        "traced_by": "GP Connect",
        "trace_basis": TraceBasis.NUMBER.value,
        "pds_version": person.pds_version,
        "trace_holds_until": person.holds_until,
        "nhs_number": str(person.nhs_number),
    } | ({"title": person.title} if person.title else {})


def _needs(contact: Contact, now: datetime) -> dict[str, Any]:
    """What the caller says of the person's needs and of where they stay meanwhile. What it leaves out, it does not know: an
    interpreter who was asked for once is not sent away by silence."""
    said: dict[str, Any] = {}
    if contact.sex not in ("", Sex.UNKNOWN):
        said["sex"] = contact.sex
    if contact.preferred_language or contact.language_code:
        said |= {"preferred_language": contact.preferred_language, "language_code": contact.language_code}
    if contact.interpreter_required is not None:
        said["interpreter_required"] = contact.interpreter_required
    if contact.temporary_address_lines or contact.temporary_postcode or contact.temporary_phone:
        said |= {
            "temporary_address_lines": list(contact.temporary_address_lines),
            "temporary_postcode": contact.temporary_postcode,
            "temporary_phone": contact.temporary_phone,
            "temporary_contact_ends_on": london_date(now) + TEMPORARY,
        }
    return said


def _said(contact: Contact) -> dict[ContactField, str]:
    """What the caller says of how to reach the person. What it leaves out it does not know."""
    said = {
        ContactField.MOBILE_PHONE: contact.mobile_phone,
        ContactField.HOME_PHONE: contact.home_phone,
        ContactField.WORK_PHONE: contact.work_phone,
        ContactField.EMAIL: contact.email,
        ContactField.ADDRESS: address_text(contact.address_lines, contact.postcode),
    }
    return {field: text for field, text in said.items() if text}


def _first_contact(contact: Contact, now: datetime) -> dict[str, Any]:
    said = _said(contact)
    columns = {name: value for field, text in said.items() for name, value in columns_of(field, text).items()}
    return columns | {"contact_sources": sources_at_first(said, ContactSource.GP_CONNECT, now)}


def _home(actor: Actor, person: Traced) -> dict[str, Any]:
    """The practice where the trace says that the person is registered, and its own row, as far as it is shared with us."""
    practice = find_organisation(ods_code=person.practice_ods) if person.practice_ods else None
    if practice is None:
        return {
            "registered_practice_id": None,
            "registered_patient_id": None,
            "traced_practice_ods": person.practice_ods,
        }
    own = Patient.objects.filter(
        organisation=practice.id,
        nhs_number=person.nhs_number,
        birth_date=person.birth_date,
        registration_type=RegistrationType.REGULAR,
        registration_state=RegistrationState.ACTIVE,
    ).first()
    return {
        "registered_practice_id": practice.id,
        "registered_patient_id": own.pk if own else None,
        "traced_practice_ods": None,
    } | ({"dissents_from_sharing": own.dissents_from_sharing} if own else {})


def _make(actor: Actor, values: dict[str, Any], now: datetime) -> Patient:
    # Held already, it was made this moment by somebody else. The table is not made to refuse it: the database's own log would
    # have the whole row.
    Patient.objects.bulk_create(
        [Patient(organisation_id=actor.organisation.id, created_at=now, **values)], ignore_conflicts=True
    )
    held = Patient.objects.get(organisation=actor.organisation.id, nhs_number=values["nhs_number"])
    if held.created_at != now:
        raise AlreadyRegistered("This person has an active registration here.")
    return held


def _renew(held: Patient, values: dict[str, Any], now: datetime) -> Patient:
    for name, value in values.items():
        setattr(held, name, value)
    held.save(update_fields=[name.removesuffix("_id") for name in values])
    return held
