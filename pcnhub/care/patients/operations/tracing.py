"""What a trace leads to: an unregistered person gets their number and their practice, or nobody is found and it says so.

The service is asked elsewhere, beforehand. Source: `national-services` 2.7; `domain.md` 8.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pcnhub.care.organisations.queries import practices_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient, TraceAttempt, TraceRun
from pcnhub.care.patients.operations.heeding import heed
from pcnhub.care.patients.operations.homes import home_of
from pcnhub.care.patients.operations.temporary import NotRegistrable
from pcnhub.care.patients.operations.traced_rows import TracedPerson, give_number, join, put, stamp
from pcnhub.care.patients.operations.unlinking import as_reached, as_said
from pcnhub.care.patients.queries.numbers import id_in_use
from pcnhub.care.patients.queries.patients import known_to
from pcnhub.care.patients.rules import (
    RegistrationState,
    RegistrationType,
    TraceOutcome,
    TraceSource,
)
from pcnhub.care.patients.rules.tracing import Identity, are_one
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish, publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem, Refusal


class AlreadyTraced(Conflict):
    """Somebody found out meanwhile who this person is."""

    code = "already-traced"
    remedy = "Look at the appointment again: it shows who it is."


class AnotherPersons(Conflict):
    """The hub holds that number already, of somebody who differs from the one who was booked."""

    code = "another-persons-number"
    remedy = (
        "Ask for the number again. If it is right, compare with the patient who is held under it, and have one mended."
    )
    who_can = "whoever traces patients at the hub, with the practice"


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of an untraced row. `patient_id` is the row that stands for the person now; `from_id` the one that was
    asked about (the same, unless the hub held the number already). `practice_id` is the member practice, None: outside."""

    patient_id: int
    from_id: int
    practice_id: int | None
    outcome: TraceOutcome
    attempt_id: int


def link(*, actor: Actor, now: datetime, patient_id: int, person: TracedPerson, run_id: int | None = None) -> Linked:
    """Say who an untraced person of the acting hub is.

    Where the hub holds the number already, that row stands for the person, renewed if need be, and the untraced one ends and
    points to it. Publishes `patients.linked`: what waited for it goes on. Raises NotPermitted, NotFound, AlreadyTraced,
    NotRegistrable (died, or protected and known to the actor), InvalidInput (protected), AnotherPersons.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        take_turn("patients.follow", actor.organisation.id)
        row = _untraced(actor, patient_id)
        _refuse(person)
        if (
            row.pds_restricts and person.source is not TraceSource.PDS
        ):  # whose number was taken away: the service knows better
            raise _protected(actor, person.nhs_number)
        held = _held(actor, person.nhs_number)
        before = {"said": as_said(row)} | ({"held": as_reached(held)} if held else {})
        if held is None:
            give_number(row, person, actor, now)
            standing = row
        else:
            _refuse_another(held, person)
            join(row, held, person, actor, now)
            standing = held
        heed(actor=actor, now=now, nhs_number=person.nhs_number)
        standing.refresh_from_db()
        if standing.is_sensitive:
            raise _protected(actor, person.nhs_number)
        member = _member(actor, standing, now)
        outcome = TraceOutcome.LINKED if member else TraceOutcome.OUTSIDE
        attempt = _attempt(row, actor, now, outcome, source=person.source, candidates=1, run_id=run_id, before=before)
        _put_on_record(standing, grant, outcome, person, row.pk, actor=actor, now=now)
        publish(
            actor=actor,
            now=now,
            fact="patients.linked",
            key=str(attempt.pk),
            payload={"patient_id": standing.pk, "from_id": row.pk},
        )
        return Linked(standing.pk, row.pk, member, outcome, attempt.pk)


def retrace(*, actor: Actor, now: datetime, patient_id: int, person: TracedPerson) -> tuple[str, ...]:
    """What a newer trace says of a person whose number is known: practice, death, protection, version, how long it holds; the
    columns that changed, apart from those of the trace itself.

    A restricted record withholds the practice, and one of who has died often names none: what was known stands, so that what
    was written of them still goes there. Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        take_turn("patients.follow", actor.organisation.id)
        row = _own(actor, patient_id)
        says_where = bool(person.practice_ods) or not (person.is_restricted or person.is_deceased)
        wanted = _protection(row, person)
        if says_where:
            wanted |= home_of(nhs_number=person.nhs_number, birth_date=row.birth_date, practice_ods=person.practice_ods)
        if person.is_deceased:
            wanted |= {
                "registration_state": RegistrationState.DECEASED,
                "died_on": person.died_on or row.died_on,
                "left_on": None,
            }
        before = {name: getattr(row, name) for name in wanted}
        put(row, wanted | stamp(person, actor, now), now)
        if before.get("pds_restricts") and not row.pds_restricts:  # a practice may protect them still
            heed(actor=actor, now=now, nhs_number=row.number)
            row.refresh_from_db()
        differing = sorted(name for name, value in before.items() if getattr(row, name) != value)
        trail.record(
            actor=actor,
            now=now,
            action="patients.retraced",
            subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number),
            data_organisation_id=row.registered_practice_id,
            basis=grant.basis,
            detail={"source": person.source.value, "fields": differing, "says_where": says_where},
        )
        if differing:
            publish_once(actor=actor, now=now, fact="patients.moved")
        return tuple(differing)


def _protection(row: Patient, person: TracedPerson) -> dict[str, Any]:
    """What the service restricts is protected on its word, which it alone takes back: then the practices' word holds, and the
    database keeps the protection in the same statement where one protects them, or where the practice that they are registered
    with can't be asked now, until it says otherwise (`patients_word_of_practices_stands`)."""
    if person.is_restricted:
        is_its_word = person.source is TraceSource.PDS or not row.is_sensitive
        return {"is_sensitive": True, "pds_restricts": row.pds_restricts or is_its_word}
    if person.source is not TraceSource.PDS or not row.pds_restricts:
        return {}
    return {"pds_restricts": False, "is_sensitive": False}


def record_attempt(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    outcome: TraceOutcome,
    source: str,
    candidates: int = 0,
    note: str = "",
    run_id: int | None = None,
) -> None:
    """Put down how a look for who a person of the acting hub is has ended. A run asks after people who were traced before,
    too; what a person decides is only ever about somebody untraced. Raises NotPermitted, NotFound, AlreadyTraced."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        may_be_traced = run_id is not None or outcome is TraceOutcome.UNAVAILABLE
        row = _own(actor, patient_id) if may_be_traced else _untraced(actor, patient_id)
        _attempt(row, actor, now, outcome, source=source, candidates=candidates, note=note, run_id=run_id)
        trail.record(
            actor=actor,
            now=now,
            action=f"patients.trace-{outcome.value}",
            subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number),
            basis=grant.basis,
            detail={"source": source, "candidates": candidates},
        )


def begin_run(*, actor: Actor, now: datetime, asked: int) -> int:
    """A run of tracing of so many people; its id. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        return TraceRun.objects.create(
            organisation_id=actor.organisation.id, asked_at=now, asked_by=actor.name, asked=asked
        ).pk


def _own(actor: Actor, patient_id: int) -> Patient:
    rows = Patient.objects.select_for_update().filter(
        known_to(actor), organisation=actor.organisation.id, registration_type=RegistrationType.TEMPORARY, pk=patient_id
    )
    row = rows.first()
    if row is None:
        raise NotFound("There is no such patient here.", remedy="Look at the list of people to trace.")
    return row


def _untraced(actor: Actor, patient_id: int) -> Patient:
    row = _own(actor, patient_id)
    if row.nhs_number is not None or row.merged_into_id is not None:
        raise AlreadyTraced("Somebody has traced this person meanwhile.")
    return row


def _refuse(person: TracedPerson) -> None:
    if person.is_restricted:
        raise _not_registrable("sensitive")
    if person.is_deceased:
        raise _not_registrable("deceased")


def _not_registrable(code: str) -> NotRegistrable:
    """Who compared the two has seen whom it is about; the sentence still says no more than it must."""
    if code == "deceased":
        return NotRegistrable(
            "This person is recorded as deceased, so they are not who was booked, or the record is wrong.",
            code=code,
            remedy="Compare again. If it is them, their practice corrects the record; ring whoever booked.",
            who_can="the person's own practice",
        )
    return NotRegistrable(
        "This person's record is protected and is not linked to an appointment at a hub.",
        code=code,
        remedy="Ring whoever booked: the person's own practice looks after them.",
        who_can="the person's own practice",
    )


def not_theirs(nhs_number: NhsNumber) -> InvalidInput:
    """One sentence for a stranger's number, for one that must not be used, and for a protected person's, so that whoever tries
    numbers learns of nobody that they are protected."""
    return InvalidInput(
        [
            Problem(
                "nhs_number",
                "another-person",
                "This NHS number belongs to somebody with another name or date of birth, or must not be used",
                "Have it read out again, and compare name and date of birth.",
                nhs_number.spaced,
            )
        ]
    )


def _protected(actor: Actor, nhs_number: NhsNumber) -> Refusal:
    may_know = actor.may(Permission.VIEW_SENSITIVE)
    return _not_registrable("sensitive") if may_know else not_theirs(nhs_number)


def _held(actor: Actor, nhs_number: NhsNumber) -> Patient | None:
    """The hub's own row of that number, or the one that is used instead."""
    found = id_in_use(organisation_id=actor.organisation.id, nhs_number=nhs_number)
    row = Patient.objects.select_for_update().filter(pk=found).first() if found else None
    if row is None:
        return None
    if row.is_sensitive:
        raise _protected(actor, nhs_number)
    if row.registration_state == RegistrationState.DECEASED:
        raise _not_registrable("deceased")
    return row


def _refuse_another(held: Patient, person: TracedPerson) -> None:
    """Whoever compared has seen the service's person beside the one who was booked, never whom the hub holds under the number:
    where one entry has a wrong number, the appointment would go to a stranger."""
    here = Identity(held.given_name, held.family_name, held.birth_date, held.previous_family_name)
    if not are_one(here, Identity(person.given_name, person.family_name, person.birth_date)):
        raise AnotherPersons("The hub holds this NHS number of a patient with another name or date of birth.")


def _member(actor: Actor, standing: Patient, now: datetime) -> int | None:
    """The practice, where it is one of the network's: only those can be written back to (`domain.md` A18)."""
    members = {each.id for each in practices_of(hub_id=actor.organisation.id, day=london_date(now))}
    practice = standing.registered_practice_id
    return practice if practice in members else None


def _attempt(
    row: Patient,
    actor: Actor,
    now: datetime,
    outcome: TraceOutcome,
    *,
    source: str,
    candidates: int,
    note: str = "",
    run_id: int | None = None,
    before: dict[str, Any] | None = None,
) -> TraceAttempt:
    return TraceAttempt.objects.create(
        organisation_id=row.organisation_id,
        patient_id=row.pk,
        at=now,
        by=actor.name,
        source=source,
        outcome=outcome,
        candidates=candidates,
        note=note,
        run_id=run_id,
        before=before,
    )


def _put_on_record(
    standing: Patient,
    grant: Grant,
    outcome: TraceOutcome,
    person: TracedPerson,
    from_id: int,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    done: Literal["linked", "joined"] = "linked" if standing.pk == from_id else "joined"
    trail.record(
        actor=actor,
        now=now,
        action=f"patients.trace-{done}",
        subject=trail.Subject("patient", standing.pk, standing.pk, standing.nhs_number),
        data_organisation_id=standing.registered_practice_id,
        basis=grant.basis,
        detail={
            "source": person.source.value,
            "basis": person.basis.value,
            "outcome": outcome.value,
            "was": from_id,
            "practice": person.practice_ods,
        },
    )
