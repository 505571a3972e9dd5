"""The driver that asks the national service: read by number, and the searches of the plan, each hit followed by a read."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pcnhub.connections.pds import mapping, shapes
from pcnhub.connections.pds.client import Link, Question, ask, link_for
from pcnhub.connections.pds.configuration import configuration
from pcnhub.connections.pds.matching import compare
from pcnhub.connections.pds.plan import Search, plan
from pcnhub.connections.pds.refusals import (
    INVALIDATED,
    NOT_FOUND,
    TOO_MANY,
    NotForThisEnvironment,
    SaidNo,
    Unclear,
)
from pcnhub.connections.pds.words import (
    Candidate,
    Found,
    Held,
    Outcome,
    Patience,
    TraceAnswer,
    TraceQuery,
    candidate_of,
)
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.local_time import london_date

NARROW = "The service has more than one such person. Give the whole postcode and all given names, or the NHS number."
TOO_LITTLE = "The service has a record without a name or date of birth, which can't be compared. Ask the practice."


def read(*, actor: Actor, now: datetime, nhs_number: NhsNumber, patience: Patience) -> Held | None:
    """Raises NotForThisEnvironment, Busy, NoAnswer, SaidNo."""
    link = _link(actor, now, patience)
    refuse_number(nhs_number, environment=link.configuration.environment)
    return _read(link, nhs_number, now)


def search(*, actor: Actor, now: datetime, query: TraceQuery, patience: Patience) -> TraceAnswer:
    """Raises Busy, NoAnswer, SaidNo."""
    link = _link(actor, now, patience)
    planned = plan(query)
    asked, hits = _hits(link, planned.first, planned.narrower)
    if hits is not None and not hits:
        asked, hits = _hits(link, planned.by_sound, planned.by_sound_narrower)
    if hits is None:
        return TraceAnswer("pds", (), Found.TOO_MANY, NARROW)
    found = [
        candidate for hit in hits if (candidate := _candidate(link, query, asked, hit, len(hits), now)) is not None
    ]
    if not found:
        return TraceAnswer("pds", (), Found.NONE, TOO_LITTLE if hits else "")
    found.sort(key=lambda each: -each.score)
    return TraceAnswer("pds", tuple(found), Found.ONE if len(found) == 1 else Found.SEVERAL)


def refuse_number(number: NhsNumber, *, environment: str) -> None:
    """Raises NotForThisEnvironment. Numbers for tests begin with 999, or with 9000000 in the published examples; 0 to 4, 6 and
    7 begin what a real person may have (`national-services` 13.4; numbers from 5, 8 and 9 on are issued to nobody)."""
    if environment == "live" and number.startswith(("999", "9000000")):
        raise NotForThisEnvironment(
            "This NHS number is for tests, and the live service is asked about real people alone.",
            remedy="Give the person's own number, or use the test environment of the service.",
        )
    if environment != "live" and number.startswith(("0", "1", "2", "3", "4", "6", "7")):
        raise NotForThisEnvironment(
            "This NHS number may be a real person's, and this hub asks a test environment of the service.",
            remedy="Use numbers for tests here. To trace real people, set PCNHUB_PDS_ENVIRONMENT to live with its address.",
        )


class _Hit(NamedTuple):
    number: NhsNumber
    score: float


def _link(actor: Actor, now: datetime, patience: Patience) -> Link:
    return link_for(actor=actor, now=now, configuration=configuration(), patience=patience)


def _read(link: Link, number: NhsNumber, now: datetime) -> Held | None:
    try:
        answer = ask(link, Question("read", f"Patient/{number}", nhs_number=number))
    except SaidNo as no:
        if no.spine_code == NOT_FOUND:
            return None
        if no.spine_code == INVALIDATED:
            return Held(None, frozenset({Outcome.INVALID}), "pds")
        raise
    if not isinstance(answer, shapes.Patient):
        raise Unclear("The demographics service answered a reading with something else than a patient.")
    try:
        return mapping.held_of(answer, asked=number, today=london_date(now))
    except InvalidIdentifier:
        raise Unclear("The demographics service answered with a number that is no NHS number.") from None


def _hits(link: Link, first: Search | None, narrower: Search | None) -> tuple[Search | None, tuple[_Hit, ...] | None]:
    """The search that was made last, and whom it found; None: more than the service tells."""
    asked: Search | None = None
    found: tuple[_Hit, ...] | None = ()
    for wanted in (first, narrower):
        if wanted is None or (asked is not None and wanted.parameters == asked.parameters):
            break
        asked, found = wanted, _found(link, wanted)
        if found is not None:
            break
    return asked, found


def _found(link: Link, wanted: Search) -> tuple[_Hit, ...] | None:
    answer = ask(link, Question(f"search.{wanted.name}", "Patient", wanted.parameters))
    if isinstance(answer, shapes.OperationOutcome) and TOO_MANY in answer.codes:
        return None
    if not isinstance(answer, shapes.Bundle):
        raise Unclear("The demographics service answered a search with something else than a list of people.")
    try:
        return tuple(_Hit(NhsNumber(entry.resource.id), entry.search.score) for entry in answer.entry)
    except InvalidIdentifier:
        raise Unclear("The demographics service answered with a number that is no NHS number.") from None


def _candidate(
    link: Link, query: TraceQuery, asked: Search | None, hit: _Hit, hits: int, now: datetime
) -> Candidate | None:
    """Read by number: a search leaves things out, and tells of nobody's newer number."""
    held = _read(link, hit.number, now)
    if held is None or held.person is None:
        return None
    likeness = compare(query, held.person)
    is_sure = asked is not None and asked.is_sure and hits == 1 and hit.score >= 1 and likeness.agrees
    why = ("Found by sound and by earlier names",) if asked is not None and asked.name.startswith("by-sound") else ()
    return candidate_of(
        held, score=hit.score, why=(*likeness.why, *why), is_certain=is_sure and not likeness.contradicts
    )
