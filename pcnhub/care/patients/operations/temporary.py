"""A practice registers its own patient at the hub, for the time of an appointment: temporary, never regular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.contacts import settle
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.queries.patients import PatientView, own_row, view_of
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.patients.rules.contacts import REACHED_BY, ContactSource, hear, said_by, sources_at_first
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import current_work, unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, NotFound, Refusal

TEMPORARY = timedelta(days=91)  # as long as a temporary resident is one: three months; each booking begins them anew

# What a temporary registration repeats of the practice's row, and follows when that changes. How to reach the person is
# heard, not copied: the hub may know better (`rules/contacts.py`).
COPIED = (
    "title",
    "given_name",
    "family_name",
    "previous_family_name",
    "birth_date",
    "sex",
    "usual_gp",
    "preferred_language",
    "dissents_from_sharing",
)

Was = Literal["made", "renewed", "active"]


class NotRegistrable(Refusal):
    """This person can't be registered at the hub, whoever asks."""

    code = "not-registrable"


class HeldForAnotherPractice(Conflict):
    """The hub still holds the person as another practice's patient (`domain.md` A18)."""

    code = "held-for-another-practice"


@dataclass(frozen=True, slots=True)
class TemporaryRegistration:
    """The hub's row of the person, and what had to be done to it."""

    patient_id: int
    was: Was


def register_temporarily(
    *, actor: Actor, now: datetime, hub_id: int, practice_patient_id: int
) -> TemporaryRegistration:
    """Make, renew or confirm the hub's temporary registration of one of the actor's own regular patients.

    Acts under the appointments agreement with the hub. Raises NotPermitted, NotShared, NotFound, NotRegistrable,
    HeldForAnotherPractice.
    """
    with unit_of_work(actor):
        grant = permit(
            actor=actor,
            permission=Permission.BOOK_APPOINTMENTS,
            now=now,
            data_organisation_id=hub_id,
            agreement=AgreementKind.APPOINTMENTS,
        )
        own = own_row(actor=actor, patient_id=practice_patient_id)
        if hub_id == actor.organisation.id:
            return _confirm(own, now)
        _refuse_unregistrable(own)
        if organisation_ref(id=hub_id).kind != OrganisationKind.HUB:
            raise NotFound("This organisation is not a hub.", remedy="Choose a hub of your network.")
        held = _held(hub_id, own)
        if held is None:
            held = _make(own, hub_id, now)
            _refuse_restricted(held)
            _put_on_record(held, "made", grant, actor=actor, now=now)
            return TemporaryRegistration(held.pk, "made")
        _refuse_restricted(held)
        done = _renew(held, own, actor, now)
        if done is not None:
            _put_on_record(held, done, grant, actor=actor, now=now)
        return TemporaryRegistration(held.pk, "renewed" if done == "renewed" else "active")


def keep_open(*, now: datetime, registration: PatientView) -> None:
    """A booking is made for an active registration: it lasts for its whole time anew. The booking itself is on record. In the
    running unit of work."""
    current_work()
    until = last_day(now, registration.ends_on)
    if registration.registration_type == RegistrationType.TEMPORARY and registration.ends_on != until:
        Patient.objects.filter(pk=registration.id).update(ends_on=until)


def last_day(now: datetime, before: date | None = None) -> date:
    """Until when a registration lasts that is made or used now; never shorter than it was to."""
    return max(filter(None, (before, london_date(now) + TEMPORARY)))


def _confirm(row: Patient, now: datetime) -> TemporaryRegistration:
    """The hub's own staff book for whom the hub already holds."""
    if row.registration_state == RegistrationState.DECEASED:
        raise NotRegistrable(
            "This person is recorded as deceased.",
            code="deceased",
            remedy="If that is wrong, the practice corrects it in its own system, imports its list, and books.",
            who_can="the person's practice",
        )
    if row.registration_state != RegistrationState.ACTIVE:
        practice = f"the reception of {row.registered_practice.name}" if row.registered_practice else "the practice"
        raise NotRegistrable(
            "The temporary registration here has ended.",
            remedy="Reactivate it on the patient's page, or ask the patient's practice to book: that renews it.",
            who_can=f"someone at the hub who changes registrations, or {practice}",
        )
    keep_open(now=now, registration=view_of(row))
    return TemporaryRegistration(row.pk, "active")


def _refuse_unregistrable(own: Patient) -> None:
    if own.registration_state == RegistrationState.DECEASED:
        raise NotRegistrable(
            "This person is recorded as deceased.",
            code="deceased",
            remedy="If that is wrong, correct it in the practice's system and import again.",
            who_can="the practice",
        )
    if own.registration_state == RegistrationState.LEFT or own.registration_type != RegistrationType.REGULAR:
        raise NotRegistrable(
            "This person is not registered at the practice any more.",
            code="left",
            remedy="The practice where the person is registered now can book.",
            who_can="the person's present practice",
        )
    if own.is_sensitive:
        raise NotRegistrable(
            "This person's record is protected and is not given to a hub.",
            code="sensitive",
            remedy="Offer an appointment at the practice.",
            who_can="the practice",
        )


def _refuse_restricted(held: Patient) -> None:
    """The hub was told by the national service, of which the practice's list may not know yet. The words don't say so: whoever
    books may not know of the protected."""
    if held.pds_restricts:
        raise NotRegistrable(
            "This person can't be registered at the hub.", remedy="Offer an appointment at the practice.",
            who_can="the practice",
        )  # fmt: skip


def _held(hub_id: int, own: Patient) -> Patient | None:
    """The hub's row of the practice's patient: by number, or by the link where the hub knows a newer number by now; of a row
    that was merged, the one that is used instead."""
    at_hub = Patient.objects.filter(organisation=hub_id)
    row = at_hub.filter(nhs_number=own.nhs_number).first() or at_hub.filter(registered_patient=own.pk).first()
    if row is None or row.merged_into_id is None:
        return row
    kept = at_hub.filter(pk=row.merged_into_id).first()
    if kept is None:
        raise _held_for_another()
    return kept


def _make(own: Patient, hub_id: int, now: datetime) -> Patient:
    held = Patient(
        organisation_id=hub_id,
        nhs_number=own.nhs_number,
        registration_type=RegistrationType.TEMPORARY,
        registered_on=london_date(now),
        registered_practice_id=own.organisation_id,
        registered_patient_id=own.pk,
        ends_on=last_day(now),
        contact_sources=sources_at_first(said_by(own), ContactSource.PRACTICE, now),
        created_at=now,
        updated_at=now,
        **{name: getattr(own, name) for name in COPIED + REACHED_BY},
    )
    # Held already, it was made this moment by a colleague, or is out of this practice's sight. The table is not made to
    # refuse it: the database's own log would have the whole row.
    Patient.objects.bulk_create([held], ignore_conflicts=True)
    standing = _held(hub_id, own)
    if standing is None:
        raise _held_for_another()
    return standing


def _held_for_another() -> HeldForAnotherPractice:
    return HeldForAnotherPractice(
        "The hub still holds this person as a patient of another practice.",
        remedy="Import your practice's newest patient list; the hub then follows within minutes. Then book again.",
        who_can="whoever imports patients at your practice",
    )


def _renew(held: Patient, own: Patient, actor: Actor, now: datetime) -> Literal["renewed", "refreshed"] | None:
    """Bring the hub's row up to date with the practice's, and let it last anew; None when nothing else differs.

    Contact details that the hub has from elsewhere stay, and the practice's are offered.
    """
    words = hear(held, said_by(own), source=ContactSource.PRACTICE, at=now)
    wanted: dict[str, Any] = {name: getattr(own, name) for name in COPIED} | words.columns
    wanted |= {"is_sensitive": False}
    if held.nhs_number == own.nhs_number:  # else the hub's number is newer, and the link that was there leads here
        wanted["registered_patient_id"] = own.pk
    gone = held.registration_state != RegistrationState.ACTIVE
    if gone:
        wanted |= {
            "registration_state": RegistrationState.ACTIVE,
            "registered_on": london_date(now),
            "left_on": None,
            "died_on": None,
        }
    settle(held, words, source=ContactSource.PRACTICE, actor=actor, now=now)
    differing = [name for name, value in wanted.items() if getattr(held, name) != value]
    lasts = {"ends_on": last_day(now, None if gone else held.ends_on)}
    if not differing and held.ends_on == lasts["ends_on"]:
        return None
    for name, value in {**{name: wanted[name] for name in differing}, **lasts}.items():
        setattr(held, name, value)
    held.updated_at = now
    held.save(update_fields=[*(name.removesuffix("_id") for name in differing), "ends_on", "updated_at"])
    return "renewed" if gone else "refreshed" if differing else None


def _put_on_record(held: Patient, was: str, grant: Grant, *, actor: Actor, now: datetime) -> None:
    learn_names(organisation_id=held.organisation_id, patient_ids=[held.pk])
    trail.record(
        actor=actor,
        now=now,
        action=f"patients.temporary-registration-{was}",
        subject=trail.Subject("patient", held.pk, held.pk, held.nhs_number),
        data_organisation_id=grant.data_organisation_id,
        basis=grant.basis,
    )
