"""The port to the demographics service: look for a person, and read one by NHS number. The driver is chosen by PCNHUB_PDS.

`pds-fhir` asks the national service; `local` knows what this deployment holds, and is never a verification. Both only read.

- Never search as somebody types: each person whom a search finds is put on record at the service. Call it for one request.
- A hit is a proposal. Whoever is chosen is read by number (`read`) before anything is written down: a search leaves things
  out, and a superseded number shows only then.
- Ask first, lock afterwards: never call these inside a unit of work that has written or locked anything. They may be called
  inside one that has only read; a page that asks the service is better off without (`@page(opens_work=False)`).

Source: PDS FHIR API (search and read a patient); `national-services` 2 and 13.7.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

from django.conf import settings

from pcnhub.connections.pds import fhir, local
from pcnhub.connections.pds.matching import compare
from pcnhub.connections.pds.plan import plan, problems
from pcnhub.connections.pds.refusals import NotConfigured
from pcnhub.connections.pds.words import (
    Found,
    Held,
    Outcome,
    Patience,
    Source,
    TraceAnswer,
    TraceQuery,
    candidate_of,
)
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.rehearsing import rehearsal_going
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


class Reading(Protocol):
    def __call__(self, *, actor: Actor, now: datetime, nhs_number: NhsNumber, patience: Patience) -> Held | None: ...


class Searching(Protocol):
    def __call__(self, *, actor: Actor, now: datetime, query: TraceQuery, patience: Patience) -> TraceAnswer: ...


class Driver(NamedTuple):
    """One way to ask. `source`: whose word its answers are."""

    source: Source
    read: Reading
    search: Searching


# By the setting PCNHUB_PDS.
DRIVERS: dict[str, Driver] = {
    "local": Driver("local", local.read, local.search),
    "pds-fhir": Driver("pds", fhir.read, fhir.search),
}
STRANGER = "The NHS number that was given is not theirs: name or date of birth there are another person's."
UNKNOWN_NUMBER = "The NHS number that was given is not known."
UNUSABLE = "The NHS number that was given must not be used any more."


def verifies() -> bool:
    """Whether the national service is asked, so that its word can be had."""
    return rehearsal_going() is None and settings.PDS_DRIVER == "pds-fhir"


def search(*, actor: Actor, now: datetime, query: TraceQuery, patience: Patience = Patience.PERSON) -> TraceAnswer:
    """Whom the service has for these details, best first; put on record with the numbers of those found.

    A number that is given is read first: whoever stands there with that date of birth and family name is the answer, certain
    only where the given name agrees too. Otherwise the names are searched for, and `note` says what became of the number.
    `patience`: a person waits (an answer or a refusal within seconds), or a batch does (it takes its turn).
    Raises InvalidInput when the details do not suffice; NotConfigured, NotForThisEnvironment, Busy, NoAnswer, SaidNo.
    """
    wrong = list(problems(query, today=london_date(now)))
    if wrong:
        raise InvalidInput(wrong)
    driver = driver_in_use()
    note = ""
    answer = None
    if query.nhs_number:
        held = driver.read(actor=actor, now=now, nhs_number=query.nhs_number, patience=patience)
        answer, note = _by_number(query, held, driver.source)
    if answer is None:
        answer = (
            TraceAnswer(driver.source, (), Found.NONE)
            if plan(query).is_empty
            else driver.search(actor=actor, now=now, query=query, patience=patience)
        )
        if note:
            answer = replace(answer, note=f"{note} {answer.note}".strip())
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="pds.searched",
            subject=Subject("search", nhs_number=query.nhs_number or ""),
            detail={"source": answer.source, "outcome": answer.outcome.value, "found": len(answer.candidates)},
            nhs_numbers=[each.person.nhs_number for each in answer.candidates],
        )
    return answer


def read(*, actor: Actor, now: datetime, nhs_number: NhsNumber, patience: Patience = Patience.PERSON) -> Held | None:
    """What the service holds under a number; None where it holds nothing. Put on record.

    A superseded number answers with the person under `superseded_by` (flag SUPERSEDED: give them that number); an invalidated
    one without a person (flag INVALID). A restricted record (flag SENSITIVE) says what it withholds. Without person and flag:
    a record by which nobody can be recognised.
    Raises NotConfigured, NotForThisEnvironment, Busy, NoAnswer, SaidNo.
    """
    driver = driver_in_use()
    held = driver.read(actor=actor, now=now, nhs_number=nhs_number, patience=patience)
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="pds.read",
            subject=Subject("patient", nhs_number=nhs_number),
            detail={
                "source": driver.source,
                "found": held is not None,
                "flags": sorted(flag.value for flag in held.flags) if held else [],
            },
        )
    return held


def driver_in_use() -> Driver:
    """In a rehearsal the local one: the national service knows no dummy patient of ours. Raises NotConfigured."""
    driver = DRIVERS.get("local" if rehearsal_going() else settings.PDS_DRIVER)
    if driver is None:
        raise NotConfigured("No demographics service is set up here, so nobody can be traced.")
    return driver


def _by_number(query: TraceQuery, held: Held | None, source: Source) -> tuple[TraceAnswer | None, str]:
    """The answer, where the number leads to who is looked for; else what is to be said of the number."""
    if held is None or held.person is None:
        return None, UNUSABLE if held is not None and Outcome.INVALID in held.flags else UNKNOWN_NUMBER
    likeness = compare(query, held.person)
    has_more = bool(query.birth_date and query.family_name)
    if has_more and not likeness.agrees_by_number:
        return None, STRANGER
    candidate = candidate_of(
        held,
        score=likeness.score if has_more else 0.0,
        why=("NHS number", *likeness.why) if has_more else ("NHS number alone: compare name and date of birth",),
        # a twin has the same date of birth and family name: only the given name tells a misread or borrowed number
        is_certain=has_more and likeness.agrees and not likeness.contradicts,
    )
    return TraceAnswer(source, (candidate,), Found.ONE), ""
