"""Protection reaches every hub that holds the person, whatever stood in the way when the practice learnt of it.

The practice keeps its word in a table (`keep_word`); a hub reads there of people whom it holds, and acts on it (`heed`): after
each import, and when the appointments agreement comes into effect. So it also learns of somebody who moved, whom it still
holds as another practice's patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations.queries import hubs_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import FormerNumber, Patient, Protection
from pcnhub.care.patients.queries.numbers import id_in_use, superseded_numbers
from pcnhub.care.patients.rules import NumberEnd, RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.queries import effective_between
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import current_work, unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared

COPIED = ("nhs_number", "birth_date", "registered_on", "is_sensitive", "dissents_from_sharing")
FLAGS = ("is_sensitive", "dissents_from_sharing")


def keep_word(*, actor: Actor) -> int:
    """Write down who of the acting practice's list is protected or dissents today; how many. In the running unit of work."""
    current_work()
    mine = Patient.objects.filter(
        organisation=actor.organisation.id,
        registration_type=RegistrationType.REGULAR,
        registration_state=RegistrationState.ACTIVE,
    )
    protected = list(mine.filter(is_sensitive=True) | mine.filter(dissents_from_sharing=True))
    Protection.objects.filter(organisation=actor.organisation.id).exclude(
        patient__in=[p.pk for p in protected]
    ).delete()
    Protection.objects.bulk_create(
        [
            Protection(
                organisation_id=actor.organisation.id,
                patient_id=patient.pk,
                **{name: getattr(patient, name) for name in COPIED},
            )
            for patient in protected
        ],
        update_conflicts=True,
        unique_fields=["patient"],
        update_fields=list(COPIED),
    )
    return len(protected)


def untold_hubs(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """The names of the acting practice's hubs that can't see its word now, where it protects anybody."""
    with unit_of_work(actor):
        if not Protection.objects.filter(organisation=actor.organisation.id).exists():
            return ()
        practice, day = actor.organisation.id, london_date(now)
        hubs = hubs_of(organisation_id=practice, day=day)
        kind = AgreementKind.APPOINTMENTS
        return tuple(
            hub.name for hub in hubs if not effective_between(kind=kind, hub_id=hub.id, practice_id=practice, day=day)
        )


def heed(*, actor: Actor, now: datetime, nhs_number: str = "") -> int:
    """Put the practices' word on the acting hub's registrations (or on that of one person), and link who moved to where they
    are; how many changed.

    Of who has not been traced, the number that they gave counts with their date of birth: whom it may protect is protected, and
    linked by nobody. It is a duty, not a use of data: no list of job categories limits it. Acts under each practice's
    appointments agreement.
    """
    with unit_of_work(actor):
        take_turn("patients.follow", actor.organisation.id)
        told = Protection.objects.exclude(organisation=actor.organisation.id).order_by("registered_on", "pk")
        if nhs_number:
            row = id_in_use(organisation_id=actor.organisation.id, nhs_number=nhs_number)
            told = told.filter(nhs_number__in=[nhs_number, *(superseded_numbers(patient_id=row) if row else ())])
        newest = {word.nhs_number: word for word in told}
        newest |= _under_newer_numbers(actor, newest)
        mine = Patient.objects.filter(
            organisation=actor.organisation.id, registration_type=RegistrationType.TEMPORARY
        ).order_by("pk")
        held = mine.filter(nhs_number__in=newest).select_for_update()
        untraced = mine.filter(nhs_number=None, merged_into=None, stated_nhs_number__in=newest).select_for_update()
        return sum(_heed(row, newest[row.number], actor, now) for row in held) + sum(
            _heed(row, word, actor, now)
            for row in untraced
            if (word := newest[row.stated_nhs_number]).birth_date == row.birth_date
        )


def _under_newer_numbers(actor: Actor, newest: dict[str, Protection]) -> dict[str, Protection]:
    """A practice may know a person by a number that a newer one took the place of at the hub; its word holds for them."""
    former = FormerNumber.objects.filter(
        organisation=actor.organisation.id, ended=NumberEnd.SUPERSEDED, nhs_number__in=newest
    )
    pairs = former.values_list("patient__nhs_number", "nhs_number")
    return {new: newest[old] for new, old in pairs if new and new not in newest}


def outranks(word: Protection, row: Patient | None) -> bool:
    """Whether who protects the person is where they are registered now, rather than the practice of this row."""
    if row is None or row.pk == word.patient_id:
        return row is not None
    return row.registration_state != RegistrationState.ACTIVE or word.registered_on > row.registered_on


def words_against(practice_id: int, rows: Iterable[Patient]) -> set[str]:
    """NHS numbers of a practice's rows that no longer say where the person is: another practice protects them."""
    others = Protection.objects.exclude(organisation=practice_id).order_by("registered_on", "pk")
    newest = {word.nhs_number: word for word in others}
    return {row.number for row in rows if row.number in newest and outranks(newest[row.number], row)}


def _heed(held: Patient, word: Protection, actor: Actor, now: datetime) -> bool:
    wanted: dict[str, object] = {flag: True for flag in FLAGS if getattr(word, flag)}
    linked = held.registered_patient_id
    is_untraced = held.nhs_number is None  # it leads to nobody's record
    home = None if linked is None else Patient.objects.filter(pk=linked).first()
    if not is_untraced and (linked is None or outranks(word, home)):
        wanted |= {"registered_practice_id": word.organisation_id, "registered_patient_id": word.patient_id}
    differing = sorted(name for name, value in wanted.items() if getattr(held, name) != value)
    if not differing:
        return False
    try:
        grant = permit(
            actor=actor,
            permission=Permission.FIND_PATIENTS,
            now=now,
            data_organisation_id=word.organisation_id,
            agreement=AgreementKind.APPOINTMENTS,
            side=Side.GIVES,
        )
    except NotShared:
        return False
    for name in differing:
        setattr(held, name, wanted[name])
    held.updated_at = now
    held.save(update_fields=[*(name.removesuffix("_id") for name in differing), "updated_at"])
    subject = trail.Subject("patient", held.pk, held.pk, held.nhs_number)
    if is_untraced:  # "who saw this patient?" is read by whoever wrote them down: it would say whose number was given
        subject = trail.Subject("protection", held.pk)
    trail.record(
        actor=actor,
        now=now,
        action="patients.protection-heeded",
        subject=subject,
        data_organisation_id=word.organisation_id,
        basis=grant.basis,
        detail={"fields": differing},
    )
    return True
