"""A patient's record at a practice on another system, asked for over GP Connect Access Record: Structured, and never kept.

Source: GP Connect 1.2.7, retrieve a patient's structured record. It is asked anew for each view: nothing of it is written
down here but that it was asked for, and which sections came. What did not come is named, section by section.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.patients.queries import PatientView
from pcnhub.care.records.queries import HomeElsewhere, SectionState, SectionView, viewable_elsewhere
from pcnhub.care.records.rules import Section, Unread
from pcnhub.connections.gpconnect.client import Place, Question, Whole
from pcnhub.connections.gpconnect.directory import find_endpoint
from pcnhub.connections.gpconnect.mapping import NotStructured, extract_from
from pcnhub.connections.gpconnect.mapping.answers import person_in
from pcnhub.connections.gpconnect.mapping.identity import differs_in_gender, mismatches
from pcnhub.connections.gpconnect.mapping.patients import NHS_NUMBER
from pcnhub.connections.gpconnect.preparing import asked_again
from pcnhub.connections.gpconnect.record_words import plain_of_record
from pcnhub.connections.gpconnect.refusals import HUB_MANAGER, NoAnswer, NotConfigured, SaidNo, Unclear
from pcnhub.connections.gpconnect.searching import link_for
from pcnhub.connections.gpconnect.sections import ASKED, sections_of
from pcnhub.connections.gpconnect.token import READ_PATIENT
from pcnhub.connections.gpconnect.words import Capability
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal

AT_ONCE = 4  # views that may wait for one practice's system; more are told so at once, and hold nothing


class AnotherPerson(Refusal):
    """What came is not, beyond doubt, about the patient for whom it was asked. Nothing clinical of it is shown."""

    code = "gp-connect-another-person"
    remedy = (
        "Do not rely on any record until this is cleared up. Ask the patient for their details, have them traced again, and "
        "telephone the practice."
    )
    who_can = "whoever traces patients at the hub, with the practice"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking. `sections` are always those that were asked for, each with what is there or why it is not.

    `why` is None where the record came; `notes` are for its reader; `unread` is what could not be shown of it.
    """

    home: HomeElsewhere
    asked_at: datetime
    sections: tuple[SectionView, ...]
    why: Refusal | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def is_another_person(self) -> bool:
        return isinstance(self.why, AnotherPerson)

    @property
    def may_try_again(self) -> bool:
        return isinstance(self.why, NoAnswer)


def fetch(*, actor: Actor, now: datetime, patient_id: int, reason: str = "") -> Fetched:
    """Asks the practice's system for allergies and medication. Never call it inside a unit of work: it may take a while.

    Raises what `records.queries.viewable_elsewhere` raises (nothing was asked then). Whatever goes wrong with the other system
    is in the answer.
    """
    patient, home = viewable_elsewhere(actor=actor, now=now, patient_id=patient_id)
    try:
        if asked_again(actor, now, patient):  # who moved since is asked after where they are now
            patient, home = viewable_elsewhere(actor=actor, now=now, patient_id=patient_id)
        place = _place(actor, now, patient, home, reason)
        link = link_for(actor=actor, now=now)
        with _turn(place):
            whole = link.ask_whole(place, question_for(patient))
        found = _read(patient, home, now, whole)
    except Refusal as why:
        found = _nothing(home, now, why)
    _put_down(actor, now, patient, found, reason)
    return found


def question_for(patient: PatientView) -> Question:
    """All allergies, and medication without its single issues; parameters of 1.2.7 alone, which every later version knows."""

    def on(name: str, *, value: bool) -> r.ParametersParameter:
        return r.ParametersParameter(name=name, value_boolean=value)

    number = r.Identifier(system=NHS_NUMBER, value=str(patient.number))
    body = r.Parameters(
        parameter=(
            r.ParametersParameter(name="patientNHSNumber", value_identifier=number),
            r.ParametersParameter(name="includeAllergies", part=(on("includeResolvedAllergies", value=True),)),
            r.ParametersParameter(name="includeMedication", part=(on("includePrescriptionIssues", value=False),)),
        )
    )
    return Question(
        "operation:gpc.getstructuredrecord-1", READ_PATIENT, "Patient/$gpc.getstructuredrecord",
        method="POST", body=body, words=plain_of_record,
    )  # fmt: skip


def _place(actor: Actor, now: datetime, patient: PatientView, home: HomeElsewhere, reason: str) -> Place:
    """Where to ask; that it is asked is on record, and committed, before it is."""
    with unit_of_work(actor):
        line = find_endpoint(actor=actor, ods_code=home.ods_code, capability=Capability.STRUCTURED)
        if line is None or not line.facts.is_active:
            raise NotConfigured(
                f"Your organisation's directory has no address to ask {home.name} for records.",
                remedy="Ask the patient about allergies, medicines and problems; have the practice's line for "
                "Access Record Structured added to the directory.",
                who_can=HUB_MANAGER,
            )
        record(
            actor=actor, now=now, action="gpconnect.record-asked",
            subject=Subject("record", patient.id, patient.id, patient.nhs_number), reason=reason,
            data_organisation_id=home.practice.id if home.practice else None,
            detail={"holder": home.ods_code, "endpoint": line.id, "sections": [each.value for each in ASKED]},
        )  # fmt: skip
        return line.place


_waiting: dict[str, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(AT_ONCE))


@contextmanager
def _turn(place: Place) -> Iterator[None]:
    room = _waiting[place.service_root]
    if not room.acquire(blocking=False):
        raise NoAnswer(f"{place.name} is slow: others wait for it already.", was_sent=False)
    try:
        yield
    finally:
        room.release()


def _read(patient: PatientView, home: HomeElsewhere, now: datetime, whole: Whole) -> Fetched:
    """Whose record it is comes first: nothing else of it is looked at before."""
    there = person_in(whole.content)
    if found := mismatches(patient, there):
        raise AnotherPerson(
            f"What {home.name} sent is not about this patient, or not surely: {', '.join(found)} "
            f"{'differs' if len(found) == 1 else 'differ'}. None of it is shown. (trace id {whole.trace_id})"
        )
    try:
        extract = extract_from(whole.content)
    except NotStructured as wrong:
        raise Unclear(f"{home.name} sent no record: {wrong.message}", was_sent=False) from wrong
    notes = []
    if differs_in_gender(patient, there):
        notes.append(f"{home.name} and your organisation have different genders for this patient. Make sure who it is.")
    sections = sections_of(whole.content, extract, home=home, now=now)
    return Fetched(home, now, sections, None, tuple(notes), extract.unread)


def _nothing(home: HomeElsewhere, now: datetime, why: Refusal) -> Fetched:
    """Each section that was asked for, as refused (they said no, or it is another person's) or as not known."""
    state = SectionState.REFUSED if isinstance(why, (SaidNo, AnotherPerson)) else SectionState.NOT_HELD
    return Fetched(home, now, tuple(_missing(section, state, home) for section in ASKED), why)


def _missing(section: Section, state: SectionState, home: HomeElsewhere) -> SectionView:
    words = section.value
    notice = f"The {words} that {home.name} has recorded could not be seen: that says nothing about the patient."
    return SectionView(section, state, notice=notice, remedy=f"Ask the patient about {words}.", who_can=home.name)


def _put_down(actor: Actor, now: datetime, patient: PatientView, found: Fetched, reason: str) -> None:
    shown = [each.section.value for each in found.sections if each.state in (SectionState.SHOWN, SectionState.EMPTY)]
    missing = [each.section.value for each in found.sections if each.section.value not in shown]
    with unit_of_work(actor):
        record(
            actor=actor, now=now, action="records.opened-elsewhere" if shown else "records.opening-elsewhere-failed",
            subject=Subject("record", patient.id, patient.id, patient.nhs_number), reason=reason,
            data_organisation_id=found.home.practice.id if found.home.practice else None,
            detail={
                "holder": found.home.ods_code, "sections": shown, "missing": missing,
                "why": found.why.code if found.why else "",
                "spine_code": found.why.spine_code if isinstance(found.why, SaidNo) else "",
            },
        )  # fmt: skip
