"""A document of a consultation before it is made: its letterhead and its text, or everything that keeps it from being made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.consultations.models import Consultation, Version
from pcnhub.care.consultations.queries.consulting import no_such_consultation
from pcnhub.care.consultations.queries.definitions import DefinitionView, definition
from pcnhub.care.consultations.queries.reference import every_outcome
from pcnhub.care.consultations.rules.definitions import judged
from pcnhub.care.consultations.rules.letterheads import Address, Letterhead, Organisation, letterhead_of
from pcnhub.care.consultations.rules.letters import ANSWER, DocumentTemplate, Headed, MergedBlock, merged, said
from pcnhub.care.consultations.rules.merging import CONFIDENTIAL_FIELDS, OfConsultation, patient_values, values_of
from pcnhub.care.consultations.rules.notes import (
    ConsultationState,
    Notes,
    entries_from_json,
    follow_up_from_json,
    notes_from_json,
    sections_from_json,
)
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.queries import PatientView
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that can be made. `warnings` are for whoever makes it: nothing stands in the way, something is to be known."""

    template: DefinitionView
    document: DocumentTemplate
    letterhead: Letterhead
    blocks: tuple[MergedBlock, ...]
    answers: Mapping[str, str]
    patient: PatientView
    warnings: tuple[str, ...]
    is_confidential: bool
    version: int  # of the consultation, 0 for a draft


def prepared(
    *,
    actor: Actor,
    now: datetime,
    consultation_id: int,
    template_id: int,
    answers: Mapping[str, str],
    site_id: int | None = None,
) -> Prepared:
    """A document with everything merged, from what is known now; nothing is kept. The patient's opening is put on record.

    The letterhead is read from the organisation itself, never from the template: the practice's is that of the practice where
    the patient is registered now. Raises InvalidInput with all that is wrong or missing, NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = (
            Consultation.objects.select_related("site")
            .filter(pk=consultation_id, organisation=actor.organisation.id)
            .first()
        )
        if row is None:
            raise no_such_consultation(actor)
        try:
            patient = patients.open_patient(actor=actor, now=now, patient_id=row.patient_id, reason="document")
        except NotFound:  # a protected person's consultation is none at all
            raise no_such_consultation(actor) from None
        template = definition(hub_id=actor.organisation.id, definition_id=template_id)
        document = template.document
        problems: list[Problem] = []
        if row.state == ConsultationState.IN_ERROR:
            remedy = "Make the document from the right consultation"
            message = "This consultation was recorded in error, so no document is made of it"
            problems.append(Problem("consultation", "in-error", message, remedy))
        given, wrong = judged(document.questions, answers)
        problems += wrong
        head = _letterhead(actor, now, document, patient, row, site_id)
        if isinstance(head, list):
            raise InvalidInput([*problems, *head])
        notes, of_consultation = _written(row)
        values = {
            **patient_values(patient, london_date(now)),
            **_of_organisation("hub", organisations.organisation(id=actor.organisation.id), row.site_id),
            **_of_practice(patient),
            **values_of(notes, of_consultation),
            "today.date": f"{london_date(now):%-d %B %Y}",
            **{ANSWER + name: answer for name, answer in given.items()},
        }
        if document.headed is Headed.PRACTICE:  # the text names the same address and number as the head
            values |= {"practice.address": head.address.words, "practice.phone": head.phone}
        text = merged(document, values)
        named = {problem.field for problem in problems}  # an answer that is wrong or missing is named with its question
        problems += [
            _missing(field, document, notes) for field in text.missing if field.removeprefix(ANSWER) not in named
        ]
        if problems:
            raise InvalidInput(problems)
        return Prepared(
            template,
            document,
            head,
            text.blocks,
            given,
            patient,
            _warnings(document, patient, row, notes),
            notes.is_confidential,
            row.version,
        )


def letterhead_choices(*, actor: Actor, consultation_id: int, template_id: int) -> tuple[Address, ...]:
    """The addresses that could stand at the head; choosing matters where there are several."""
    with unit_of_work(actor):
        row = Consultation.objects.filter(pk=consultation_id, organisation=actor.organisation.id).first()
        if row is None:
            raise no_such_consultation(actor)
        headed = definition(hub_id=actor.organisation.id, definition_id=template_id).document.headed
        organisation_id: int | None = actor.organisation.id
        if headed is Headed.PRACTICE:
            patient = patients.own_registration(actor=actor, patient_id=row.patient_id)
            organisation_id = patient.registered_practice.id if patient.registered_practice else None
        return _known(organisation_id, None).addresses if organisation_id else ()


def _letterhead(
    actor: Actor,
    now: datetime,
    document: DocumentTemplate,
    patient: PatientView,
    row: Consultation,
    site_id: int | None,
) -> Letterhead | list[Problem]:
    today = london_date(now)
    if document.headed is Headed.HUB:
        return letterhead_of(
            _known(actor.organisation.id, today), today=today, site_id=site_id, usual_site_id=row.site_id
        )
    if patient.registered_practice is None or patient.registration_state == RegistrationState.LEFT:
        message = "Nobody knows at which practice the patient is registered now, so nothing can bear its letterhead"
        remedy = (
            "Trace the patient, or ask where they are registered and have it entered. Who can: whoever traces patients"
        )
        return [Problem("letterhead", "practice-unknown", message, remedy)]
    return letterhead_of(_known(patient.registered_practice.id, today), today=today, site_id=site_id)


def _known(organisation_id: int, today: date | None) -> Organisation:
    view = organisations.organisation(id=organisation_id)
    addresses = tuple(
        Address(site.id, site.name, site.address_lines, site.postcode, site.phone)
        for site in organisations.sites_of(organisation_id=organisation_id)
        if site.closed_on is None or (today is not None and today < site.closed_on)
    )
    return Organisation(view.id, view.name, view.ods_code, view.phone, view.email, view.closed_on, addresses)


def _of_practice(patient: PatientView) -> dict[str, str]:
    if patient.registered_practice is None:
        return {}
    return _of_organisation("practice", organisations.organisation(id=patient.registered_practice.id), None)


def _of_organisation(word: str, view: organisations.OrganisationView, usual_site_id: int | None) -> dict[str, str]:
    known = _known(view.id, None)
    head = letterhead_of(known, today=date.min, usual_site_id=usual_site_id)
    found = {"name": view.name, "ods_code": view.ods_code, "phone": view.phone, "email": view.email}
    if isinstance(head, Letterhead):
        found |= {"address": head.address.words, "phone": head.phone}
    return {f"{word}.{key}": value for key, value in found.items()}


def _written(row: Consultation) -> tuple[Notes, OfConsultation]:
    """The newest finished version, or the draft while none is."""
    newest = Version.objects.filter(consultation=row.pk, number=row.version).first() if row.version else None
    if newest is None:
        notes = notes_from_json(row.draft)
        chosen = (each.name for each in every_outcome(hub_id=row.organisation_id) if each.code == notes.outcome)
        author, role, outcome = row.author_name, "", next(chosen, "")
    else:
        notes = Notes(
            sections_from_json(newest.sections),
            entries_from_json(newest.entries),
            newest.outcome_code,
            newest.is_confidential,
            follow_up_from_json(newest.follow_up),
        )
        author, role, outcome = newest.author_name, newest.author_role, newest.outcome_name
    begun = in_london(row.started_at)
    site = row.site.name if row.site else ""
    return notes, OfConsultation(f"{begun:%-d %B %Y}", f"{begun:%H:%M}", site, author, role, outcome)


def _missing(field: str, document: DocumentTemplate, notes: Notes) -> Problem:
    words = said(field, document.questions)
    message = f"{words[0].upper()}{words[1:]} is missing, and the document needs it"
    if field in CONFIDENTIAL_FIELDS and notes.has_confidential:
        remedy = "What is marked confidential is not put into documents: choose another template, or write the letter by hand"
        return Problem(
            "document", "confidential", f"{words[0].upper()}{words[1:]} is confidential, or not written", remedy
        )
    place = field.partition(".")[0]
    remedy = {
        "patient": "Enter it on the page of the patient, or trace them. Who can: whoever keeps registrations",
        "consultation": "Write it in the consultation, save, and come back",
        "answer": "Answer it",
    }.get(place, "Enter it on the page of the organisation. Who can: its manager")
    return Problem(field.removeprefix(ANSWER) if place == "answer" else "document", "data-missing", message, remedy)


def _warnings(document: DocumentTemplate, patient: PatientView, row: Consultation, notes: Notes) -> tuple[str, ...]:
    found = []
    practice = patient.registered_practice
    if practice is not None and row.patient_practice_id not in (None, practice.id):
        then = organisations.organisation_ref(id=row.patient_practice_id or 0)
        found.append(
            f"When this consultation began the patient was registered at {then.name}. They are at {practice.name} now, "
            "and so is what this document says."
        )
    if not row.version:
        found.append("The consultation is not finished: what you write in it later will not be in this document.")
    if notes.has_confidential and document.fields() & CONFIDENTIAL_FIELDS:
        found.append("What is marked confidential in the consultation is left out of this document.")
    if patient.registration_state == RegistrationState.DECEASED:
        found.append("The patient is recorded as deceased.")
    return tuple(found)
