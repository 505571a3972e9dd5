"""From the service's answer to the hub's appointments: who was booked unregistered is told, or a person is left to decide.

The service is asked first, and only then is anything written (`demographics`).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.organisations.queries import practices_of
from pcnhub.care.patients.operations import (
    AlreadyTraced,
    AnotherPersons,
    Linked,
    NotRegistrable,
    TracedPerson,
)
from pcnhub.care.patients.operations.renumbering import NumberHeld, renumber
from pcnhub.care.patients.operations.tracing import not_theirs
from pcnhub.care.patients.queries import PatientView, attempts_for, is_reliable, standing_patients
from pcnhub.care.patients.rules import NumberEnd, Sex, TraceBasis, TraceOutcome, TraceSource
from pcnhub.care.patients.rules.tracing import Identity, are_one
from pcnhub.connections.pds import demographics
from pcnhub.connections.pds.demographics import verifies
from pcnhub.connections.pds.matching import compare
from pcnhub.connections.pds.refusals import NoAnswer, NotAnswered
from pcnhub.connections.pds.seals import is_as_shown
from pcnhub.connections.pds.words import (
    Found,
    Held,
    Outcome,
    Patience,
    PersonData,
    TraceAnswer,
    TraceQuery,
)
from pcnhub.foundations.jobs.outbox import PermanentFailure
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

MEANWHILE = "Traced meanwhile"
INVALIDATED = "The NHS number must not be used any more: it was taken away. Trace the person anew."


def holds_until(now: datetime, *, is_verified: bool) -> datetime | None:
    """How long a trace is relied on: the national service's for the configured age, a practice's own word as long as it
    stands."""
    return now + settings.TRACE_AGE if is_verified else None


def look_for(*, actor: Actor, now: datetime, patient: PatientView, patience: Patience = Patience.PERSON) -> TraceAnswer:
    """Whom the service has for an untraced patient: under the number that they gave, where it is theirs; else by what they
    said. Raises what `demographics.search` raises."""
    return demographics.search(actor=actor, now=now, query=_query(patient), patience=patience)


def accept(
    *, actor: Actor, now: datetime, patient_id: int, nhs_number: str, basis: TraceBasis, seal: str | None = None
) -> Linked:
    """Somebody chose this person: they are read by number, and linked.

    `seal` (`seals.seal`) says whom the list showed: they must be the same still, whatever differs from what was said was
    looked at. None: no list was shown, so name and date of birth must agree by themselves. Raises InvalidInput (another person
    or changed meanwhile, no such number, or one that must not be used), what `demographics.read` raises, and what
    `appointments.link_traced` raises.
    """
    number = _typed(nhs_number)
    held = demographics.read(actor=actor, now=now, nhs_number=number)
    person = _usable(held, number)
    if not _is_chosen(actor, patient_id, held, person, seal):
        raise InvalidInput(
            [
                Problem(
                    "accept",
                    "not-as-shown",
                    "This is not who was shown, or their record has changed meanwhile",
                    "Compare again with what is shown now, then choose.",
                )
            ]
        )
    return appointments.link_traced(
        actor=actor, now=now, patient_id=patient_id, person=_traced_person(person, held, basis, now)
    )


def accept_read_out(*, actor: Actor, now: datetime, patient: PatientView, nhs_number: str, practice_ods: str) -> Linked:
    """The person's practice read the number out, and has compared name and date of birth.

    Where the service knows the number, its person must be the one who was booked, and is linked. Where it knows nobody, or
    can't be asked, the practice's word stands for what it is, never a verification; name and date of birth stay those that
    the person gave. Raises InvalidInput, and what `appointments.link_traced` raises.
    """
    number = _typed(nhs_number)
    members = {each.ods_code for each in practices_of(hub_id=actor.organisation.id, day=london_date(now))}
    if practice_ods not in members:
        raise InvalidInput(
            [
                Problem(
                    "practice", "unknown", "Choose the practice that read the number out", "It is one of the network."
                )
            ]
        )
    try:
        held = demographics.read(actor=actor, now=now, nhs_number=number)
    except NotAnswered:
        held = None
    if held is not None and (held.person is None or not _is_theirs(held.person, patient)):
        raise not_theirs(number)
    if held is not None and held.person is not None:
        person = _traced_person(held.person, held, TraceBasis.NUMBER, now)
    else:
        person = TracedPerson(
            nhs_number=number,
            given_name=patient.given_name,
            family_name=patient.family_name,
            birth_date=patient.birth_date,
            sex=patient.sex,
            practice_ods=practice_ods,
            source=TraceSource.PRACTICE,
            basis=TraceBasis.TOLD,
        )
    return appointments.link_traced(actor=actor, now=now, patient_id=patient.id, person=person)


def trace_one(*, actor: Actor, now: datetime, patient_id: int, run_id: int) -> None:
    """One person of a run: linked when beyond doubt and with a practice of the network; else what was found is put down for
    a person to decide. A service that gives no answer is put down, too: whoever waits sees it. Each person ends with an
    attempt, or the run would never be over."""
    patient = standing_patients(actor=actor, ids=[patient_id]).get(patient_id)
    if patient is None:
        return
    try:
        if patient.is_untraced:
            _trace_untraced(actor, now, patient, run_id)
        elif is_reliable(patient, now=now, verifies=verifies()):  # by a person, or by another run
            _note(actor, now, patient, TraceOutcome.LINKED, source=_source(), note=MEANWHILE, run_id=run_id)
        else:
            _retrace(actor, now, patient, run_id)
    except PermanentFailure as failure:
        note = f"{failure.message} {failure.remedy}"
        _note(actor, now, patient, TraceOutcome.SEVERAL, source=_source(), note=note, run_id=run_id)
    except NotAnswered as refusal:
        _note(actor, now, patient, TraceOutcome.UNAVAILABLE, source=_source(), note=refusal.message, run_id=run_id)
    except AlreadyTraced:
        _note(actor, now, patient, TraceOutcome.LINKED, source=_source(), note=MEANWHILE, run_id=run_id)


def retrace_before_leaving(*, actor: Actor, now: datetime, patient_id: int) -> bool:
    """Before anything about a person leaves the hub: ask again where the trace is older than the configured age, or nobody
    but a practice has said who they are although the service can be asked; whether it was asked.

    Raises what `demographics.read` raises: then it is tried again, and what was to leave waits behind it; PermanentFailure
    where the number leads to nobody, to somebody else, or to another patient of the hub: then a person decides.
    """
    patient = standing_patients(actor=actor, ids=[patient_id]).get(patient_id)
    if patient is None or patient.nhs_number is None or is_reliable(patient, now=now, verifies=verifies()):
        return False
    _retrace(actor, now, patient, None)
    return True


def trace_booked(*, actor: Actor, now: datetime, patient_id: int) -> None:
    """Somebody was booked on a trace that has grown old, on a practice's word alone, or untraced: ask the service who and
    where they are, as before something leaves. Whom a person has rejected candidates for is left to a person.

    Raises as `retrace_before_leaving`.
    """
    patient = standing_patients(actor=actor, ids=[patient_id]).get(patient_id)
    if patient is None or not patient.is_untraced:
        retrace_before_leaving(actor=actor, now=now, patient_id=patient_id)
        return
    tried = attempts_for(actor=actor, patient_ids=[patient.id]).get(patient.id, ())
    if not any(each.outcome is TraceOutcome.REJECTED for each in tried):
        _trace_untraced(actor, now, patient, None)


def _trace_untraced(actor: Actor, now: datetime, patient: PatientView, run_id: int | None) -> None:
    if patient.is_sensitive:  # how a run ended is read by whoever traces: in the words of a number that nobody has
        note = demographics.UNKNOWN_NUMBER
        _note(actor, now, patient, TraceOutcome.NO_MATCH, source=_source(), note=note, run_id=run_id)
        return
    answer = look_for(actor=actor, now=now, patient=patient, patience=Patience.BATCH)
    certain = answer.certain
    count = len(answer.candidates)
    if certain is None:
        outcome = TraceOutcome.NO_MATCH if answer.outcome is Found.NONE else TraceOutcome.SEVERAL
        _note(actor, now, patient, outcome, source=answer.source, candidates=count, note=answer.note, run_id=run_id)
        return
    members = {each.ods_code for each in practices_of(hub_id=actor.organisation.id, day=london_date(now))}
    if certain.practice_ods not in members:
        _note(actor, now, patient, TraceOutcome.OUTSIDE, source=answer.source, candidates=count, run_id=run_id)
        return
    number = certain.person.nhs_number
    held = demographics.read(actor=actor, now=now, nhs_number=number, patience=Patience.BATCH)
    try:
        found = _usable(held, number)
        if not compare(_query(patient), found).agrees:
            raise AnotherPersons("The record that was read differs from what the search found.")
        person = _traced_person(found, held, _basis(patient, number), now)
        appointments.link_traced(actor=actor, now=now, patient_id=patient.id, person=person, run_id=run_id)
    except (InvalidInput, NotRegistrable, AnotherPersons):
        # died, protected or a stranger, as the reading told or as the hub holds the number: a person decides
        _note(actor, now, patient, TraceOutcome.SEVERAL, source=answer.source, candidates=count, run_id=run_id)


def _retrace(actor: Actor, now: datetime, patient: PatientView, run_id: int | None) -> None:
    number = NhsNumber(patient.number)
    held = demographics.read(actor=actor, now=now, nhs_number=number, patience=Patience.BATCH)
    if held is None and not verifies():  # an agreement lapsed, or a list was cleared: nothing against the number
        raise NoAnswer(
            "No practice here shows this patient to the hub any more, so nobody can say whether the number is still theirs.",
            remedy="Ask their practice, or trace them with the national service.",
        )
    if held is None:  # mistyped, or a fault of the service: no reason to let go of whom a practice knows
        raise PermanentFailure(
            "The demographics service knows nobody under this patient's NHS number.",
            code="pds-number-unknown",
            remedy="Compare the number with their practice, have it mended if it is wrong, then try again.",
        )
    if Outcome.INVALID in held.flags:
        renumber(actor=actor, now=now, patient_id=patient.id, nhs_number=None, ended=NumberEnd.INVALIDATED)
        if run_id is not None:
            _note(actor, now, patient, TraceOutcome.NO_MATCH, source=held.source, note=INVALIDATED, run_id=run_id)
        return
    person = held.person
    if person is None or not _is_theirs(person, patient):
        raise PermanentFailure(
            "The demographics service holds this patient's number of somebody with another name or date of birth.",
            code="pds-not-matching",
            remedy="Compare the patient with their practice, have the number mended, then try again.",
        )
    if held.superseded_by is not None:
        _supersede(actor, now, patient, held.superseded_by)
    traced = _traced_person(person, held, TraceBasis.NUMBER, now)
    appointments.retraced(actor=actor, now=now, patient_id=patient.id, person=traced, run_id=run_id)


def _supersede(actor: Actor, now: datetime, patient: PatientView, number: NhsNumber) -> None:
    try:
        renumber(actor=actor, now=now, patient_id=patient.id, nhs_number=number, ended=NumberEnd.SUPERSEDED)
    except NumberHeld as refusal:
        raise PermanentFailure(
            "The demographics service has replaced this patient's NHS number by one that another patient here has.",
            code=refusal.code,
            remedy=refusal.remedy,
        ) from refusal


def _query(patient: PatientView) -> TraceQuery:
    return TraceQuery(
        family_name=patient.family_name,
        given_name=patient.given_name,
        birth_date=patient.birth_date,
        gender=patient.sex if patient.sex != Sex.UNKNOWN else "",
        postcode=patient.postcode,
        nhs_number=NhsNumber(patient.stated_nhs_number) if patient.stated_nhs_number else None,
    )


def _is_chosen(actor: Actor, patient_id: int, held: Held | None, person: PersonData, seal: str | None) -> bool:
    if seal is not None:
        return held is not None and is_as_shown(seal, patient_id=patient_id, held=held)
    patient = standing_patients(actor=actor, ids=[patient_id]).get(patient_id)
    return patient is None or _is_theirs(person, patient)  # linking refuses whom the actor doesn't see


def _is_theirs(person: PersonData, patient: PatientView) -> bool:
    return are_one(
        Identity(patient.given_name, patient.family_name, patient.birth_date, patient.previous_family_name),
        Identity(person.given_name, person.family_name, person.birth_date, person.previous_family_name),
    )


def _usable(held: Held | None, number: NhsNumber) -> PersonData:
    if held is None or held.person is None:
        raise InvalidInput(
            [
                Problem(
                    "nhs_number",
                    "not-found",
                    "Nobody is known under this NHS number, or it must not be used",
                    "Ask for the number again, or search by name and date of birth.",
                    number.spaced,
                )
            ]
        )
    return held.person


def _traced_person(person: PersonData, held: Held | None, basis: TraceBasis, now: datetime) -> TracedPerson:
    flags = held.flags if held else frozenset()
    source = TraceSource.PDS if held is not None and held.is_verified else TraceSource.LOCAL
    superseded = held.superseded_by if held else None
    return TracedPerson(
        nhs_number=superseded or person.nhs_number,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
        title=person.title,
        sex=person.gender if person.gender in set(Sex) else "",
        address_lines=person.address_lines,
        postcode=person.postcode,
        home_phone=person.home_phone,
        mobile_phone=person.mobile_phone,
        work_phone=person.work_phone,
        email=person.email,
        practice_ods=person.practice_ods,
        source=source,
        basis=basis,
        pds_version=held.version if held else "",
        holds_until=holds_until(now, is_verified=source is TraceSource.PDS),
        is_restricted=Outcome.SENSITIVE in flags,
        is_deceased=Outcome.DECEASED in flags,
        died_on=person.died_on,
    )


def _basis(patient: PatientView, number: NhsNumber) -> TraceBasis:
    return TraceBasis.NUMBER if patient.stated_nhs_number == number else TraceBasis.SEARCH


def _note(
    actor: Actor,
    now: datetime,
    patient: PatientView,
    outcome: TraceOutcome,
    *,
    source: str,
    candidates: int = 0,
    note: str = "",
    run_id: int | None,
) -> None:
    appointments.no_match(
        actor=actor,
        now=now,
        patient_id=patient.id,
        source=source,
        outcome=outcome,
        candidates=candidates,
        note=note,
        run_id=run_id,
    )


def _source() -> str:
    return TraceSource.PDS if verifies() else TraceSource.LOCAL


def _typed(text: str) -> NhsNumber:
    try:
        return NhsNumber(text)
    except InvalidIdentifier as error:
        raise InvalidInput(
            [Problem("nhs_number", "form", str(error), "Ask for it again, digit by digit.", text)]
        ) from None
