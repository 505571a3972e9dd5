"""Somebody whom no list here names is put down at the hub with what they say of themselves, to be traced before the clinic."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.temporary import last_day
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.rules import RegistrationType, TraceState
from pcnhub.care.patients.rules.contacts import ContactField, ContactSource, sources_at_first
from pcnhub.care.patients.rules.tracing import UnregisteredPerson, problems_of_person
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


def register_unregistered(*, actor: Actor, now: datetime, hub_id: int, person: UnregisteredPerson) -> int:
    """Make the hub's temporary registration of somebody without a verified NHS number; its id.

    A practice does so under the appointments agreement, and stands on the row as the practice that the person is said to be
    with, until they are traced. Nothing leads from it to anybody's record (`domain.md` 8.1, 8.3). Where the number that they
    gave is a protected person's, the database closes the row as it is written (`patients_keep_protected`): not even this
    operation knows, and it answers the same. Publishes `patients.registered-untraced` where they gave a number.
    Raises InvalidInput, NotPermitted, NotShared.
    """
    problems = problems_of_person(person, today=london_date(now))
    if problems or person.birth_date is None:
        raise InvalidInput(problems)
    birth_date, person = person.birth_date, person.tidied()
    with unit_of_work(actor):
        grant = permit(
            actor=actor,
            permission=Permission.BOOK_APPOINTMENTS,
            now=now,
            data_organisation_id=hub_id,
            agreement=AgreementKind.APPOINTMENTS,
        )
        said = {
            ContactField.MOBILE_PHONE if _is_mobile(person.phone) else ContactField.HOME_PHONE: person.phone,
            ContactField.EMAIL: person.email,
            ContactField.ADDRESS: person.postcode,
        }
        source = ContactSource.HUB if actor.organisation.id == hub_id else ContactSource.BOOKER
        is_practice = actor.organisation.kind == OrganisationKind.PRACTICE
        row = Patient.objects.create(
            organisation_id=hub_id,
            nhs_number=None,
            given_name=person.given_name,
            family_name=person.family_name,
            birth_date=birth_date,
            sex=person.sex,
            postcode=person.postcode,
            email=person.email,
            mobile_phone=said.get(ContactField.MOBILE_PHONE, ""),
            home_phone=said.get(ContactField.HOME_PHONE, ""),
            contact_sources=sources_at_first(said, source, now),
            stated_nhs_number=person.nhs_number,
            registration_type=RegistrationType.TEMPORARY,
            registered_on=london_date(now),
            ends_on=last_day(now),
            registered_practice_id=actor.organisation.id if is_practice else None,
            trace_state=TraceState.UNTRACED,
            put_down_by=actor.user,
            created_at=now,
            updated_at=now,
        )
        learn_names(organisation_id=hub_id, patient_ids=[row.pk])
        trail.record(
            actor=actor,
            now=now,
            action="patients.registered-untraced",
            subject=trail.Subject("patient", row.pk, row.pk),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
        )
        if person.nhs_number:  # it may be a protected person's: only the hub may know, and tells who can settle it
            publish(
                actor=actor,
                now=now,
                fact="patients.registered-untraced",
                key=str(row.pk),
                payload={"patient_id": row.pk},
                organisation_id=hub_id,
            )
        return row.pk


def _is_mobile(phone: str) -> bool:
    digits = "".join(each for each in phone if each.isdecimal())
    return digits.startswith(("07", "447"))
