"""Whether an endpoint can be found, answers, and shows slots: asked step by step, until one fails, which is the answer.

Source: `national-services` 3.4 (MHS, AS, metadata, MHS of what is licensed, a real search). Nothing here touches the database.
What is registered elsewhere than our own line says is a failing step, too: neither of the two is preferred in silence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.client import Link, Place, Question
from pcnhub.connections.gpconnect.own import NO_ASID
from pcnhub.connections.gpconnect.refusals import SaidNo
from pcnhub.connections.gpconnect.token import READ_ORGANISATION, Caller
from pcnhub.connections.probing import Answer
from pcnhub.connections.sds.directory import Run
from pcnhub.connections.sds.refusals import SaidNo as DirectorySaidNo
from pcnhub.connections.sds.words import Listing
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import Refusal

METADATA, SEARCH, BOOK = "rest:read:metadata-1", "rest:search:slot-1", "rest:create:appointment-1"
STRUCTURED_METADATA = "urn:nhs:names:services:gpconnect:structured:fhir:rest:read:metadata-1"
LEAST = 5.0  # seconds that a step gets, where a search by a person gets fewer: nobody waits for this one
DAYS = timedelta(days=13)  # with today: the fortnight that must be open
LONG = (
    3000  # milliseconds: a service that was waited for so long in vain is not waited for again at once, by another hub
)
DIRECTORY = "the national directory"


class Part(StrEnum):
    DIRECTORY = "directory"  # MHS and AS record of one interaction
    METADATA = "metadata"
    SEARCH = "search"  # as one organisation


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was taken. `found` counts the slots of a search made as `asker` (ODS code)."""

    part: Part
    state: State
    said: str
    took_ms: int = 0
    asker: str = ""
    found: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """One service root. `place` is where our own line, or this installation itself, says that it stands; without one the
    directory is believed. `licensed` are the interactions that must be registered, `askers` those as whom slots are searched.
    `client` where calls take another way than the deployment's; `hosts` are all names of a place that has several."""

    ods_code: str
    name: str
    place: Place | None
    link: Link
    metadata: str = METADATA
    licensed: tuple[str, ...] = ()
    askers: tuple[Caller, ...] = ()
    client: httpx.Client | None = None
    asks_metadata: bool = True
    hosts: tuple[str, ...] = ()


_Now = tuple[tuple[Step, ...], Step | None, float]  # the steps taken, the one that is under way, since when (monotonic)


class Walk:
    """Takes the steps one after the other, the last of which may have failed; called, it answers with them.

    Whom nobody there hears (a practice that is not enabled) keeps no other from being heard: such a no ends only the search
    that was made as that organisation. Silence ends the walk, as any other step that fails. It leans on the national directory,
    and on the server of the endpoint (`probing.Leaning`).
    """

    def __init__(self, target: Target, run: Run, *, today: date) -> None:
        self._target, self._run, self._today = target, run, today
        self._now: _Now = (), None, 0.0  # replaced as a whole: another thread may read it
        self._is_over = False
        self._silent: Mapping[str, Answer] = {}
        self._waited_for: tuple[str, int] | None = None

    def spare(self, silent: Mapping[str, Answer]) -> None:
        self._silent = silent

    def waited_for(self) -> tuple[str, int] | None:
        return self._waited_for

    def __call__(self) -> tuple[Step, ...]:
        taken: tuple[Step, ...] = ()
        for under_way, take in self._steps():
            if self._is_over:
                break
            known = self._silent.get(self._service(under_way))
            if known is not None:
                taken = (*taken, _spared(under_way, self._service(under_way), known))
                break
            self._now = taken, under_way, time.monotonic()
            step = take()
            taken = (*taken, step)
            self._note_silence(step)
            if step.state is not State.MET and (step.part, step.state) != (Part.SEARCH, State.UNMET):
                break
        self._now = taken, None, 0.0
        return taken

    def give_up(self) -> tuple[Step, ...]:
        """What was answered until now, and last the step that was not."""
        self._is_over = True
        taken, under_way, began = self._now
        if under_way is None:
            return taken
        step = replace(under_way, took_ms=_since(began))
        self._note_silence(step)
        return (*taken, step)

    def _service(self, step: Step) -> str:
        """On what a step leans that others lean on, too; a slow search says something of that hub's own slots alone."""
        if step.part is Part.DIRECTORY:
            return DIRECTORY
        place = self._target.place
        return urlsplit(place.service_root).netloc if place is not None and step.part is Part.METADATA else ""

    def _note_silence(self, step: Step) -> None:
        service = self._service(step)
        if service and step.state is State.UNKNOWN and step.took_ms >= LONG:
            self._waited_for = service, step.took_ms

    def _steps(self) -> Iterator[tuple[Step, Callable[[], Step]]]:
        """Each step as it stands while it is under way, and how it is taken."""
        target, run = self._target, self._run
        place = target.place
        if run.is_set:
            found: list[Listing] = []
            yield _silent_directory(target, target.metadata), partial(_registered, target, run, target.metadata, found)
            if found:
                place = place or Place(0, target.ods_code, target.name, found[0].address, found[0].asid)
        if place is None:
            nowhere = Step(Part.METADATA, State.UNKNOWN, f"Nobody has said where the endpoint of {target.name} stands.")
            yield nowhere, lambda: nowhere
            return
        silent = f"{target.name} had not answered when the time was up."
        if target.asks_metadata:
            yield (
                Step(Part.METADATA, State.UNKNOWN, silent),
                partial(_timed, Part.METADATA, partial(_metadata, target, place)),
            )
        if run.is_set:
            for interaction in target.licensed:
                yield _silent_directory(target, interaction), partial(_registered, target, run, interaction, [])
        for caller in target.askers:
            search = partial(_search, target, place, caller, self._today)
            yield (
                Step(Part.SEARCH, State.UNKNOWN, silent, asker=caller.ods_code),
                partial(_timed, Part.SEARCH, search, asker=caller.ods_code),
            )


def _spared(step: Step, service: str, known: Answer) -> Step:
    """It takes as long as it took when it was really waited for."""
    when = f" at {in_london(known.asked_at):%H:%M}" if known.asked_at else ""
    said = f"Nothing was heard from {service}{when}, so that it was not waited for again so soon."
    return replace(step, said=said, took_ms=known.took_ms or 0)


def _silent_directory(target: Target, interaction: str) -> Step:
    said = f"The national directory had not answered about {target.ods_code}, {interaction}, when the time was up."
    return Step(Part.DIRECTORY, State.UNKNOWN, said)


def _registered(target: Target, run: Run, interaction: str, found: list[Listing]) -> Step:
    """What was found is added to `found`, for the steps after it."""
    began = time.monotonic()
    try:
        listing = run.listing(ods_code=target.ods_code, interaction=interaction)
    except Refusal as refusal:
        state = State.UNMET if isinstance(refusal, DirectorySaidNo) else State.UNKNOWN
        return Step(Part.DIRECTORY, state, refusal.message, _since(began))
    found.append(listing)
    said = listing.sentence()
    other = _differences(target, listing)
    if other:
        said = f"The national directory has {target.name} otherwise than we do: {other}"
    state = State.UNMET if listing.fault is not None or other else State.MET
    return Step(Part.DIRECTORY, state, f"{said}.", _since(began))


def _differences(target: Target, listing: Listing) -> str:
    """What the directory has otherwise than our own line, each with both values."""
    if listing.fault is not None or target.place is None or listing.interaction == STRUCTURED_METADATA:
        return ""
    ours = target.place
    found = []
    if not _is_at(listing.address, ours.service_root.rstrip("/"), target.hosts):
        found.append(f"address {listing.address} there, {ours.service_root} here")
    if listing.asid != ours.asid:
        found.append(f"ASID {listing.asid} there, {'none' if ours.asid == NO_ASID else ours.asid} here")
    return "; ".join(found)


def _is_at(theirs: str, ours: str, hosts: tuple[str, ...]) -> bool:
    """The same address; of this installation also by another of its names, at whatever port its front has."""
    if theirs == ours or not hosts:
        return theirs == ours
    there, here = urlsplit(theirs), urlsplit(ours)
    return (there.scheme, there.path) == (here.scheme, here.path) and there.hostname in hosts


def _metadata(target: Target, place: Place) -> tuple[State, str, int]:
    question = Question(METADATA, READ_ORGANISATION, "metadata")
    content = _link(target).ask_whole(place, question, seconds=_seconds(target)).content
    version = str(content.get("version") or "no version")[:40]
    software = content.get("software")
    name = str(software.get("name") or "")[:60] if isinstance(software, dict) else ""
    said = f"{target.name} answers: version {version}{f', {name}' if name else ''}"
    if not lists_slot_search(content):
        return State.UNMET, f"{said}; its capability statement does not list the search for slots.", 0
    return State.MET, f"{said}, slot search listed.", 0


def lists_slot_search(statement: dict[str, Any]) -> bool:
    """Whether a capability statement (STU3, as JSON) has search-type for Slot (CHK-15)."""
    for rest in _dicts(statement.get("rest")):
        for resource in _dicts(rest.get("resource")):
            codes = [each.get("code") for each in _dicts(resource.get("interaction"))]
            if resource.get("type") == "Slot" and "search-type" in codes:
                return True
    return False


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _search(target: Target, place: Place, caller: Caller, today: date) -> tuple[State, str, int]:
    link = replace(_link(target), caller=caller)
    found, unshown = asking.free_slots(link, place, from_on=today, to_on=today + DAYS, seconds=_seconds(target))
    return State.MET, f"{caller.organisation_name} finds {len(found)} slots.", len(found) + unshown


def _link(target: Target) -> Link:
    return replace(target.link, client=target.client) if target.client is not None else target.link


def _seconds(target: Target) -> float:
    return max(LEAST, target.link.configuration.search_seconds)


def _timed(part: Part, ask: Callable[[], tuple[State, str, int]], *, asker: str = "") -> Step:
    """What a refusal means: their own no is a no; silence, or what can't be read, is unknown."""
    began = time.monotonic()
    try:
        state, said, found = ask()
    except Refusal as refusal:
        state, said, found = (State.UNMET if isinstance(refusal, SaidNo) else State.UNKNOWN), refusal.message, 0
    return Step(part, state, said, _since(began), asker, found)


def _since(began: float) -> int:
    """Whatever was asked took a millisecond at least: none would say that nobody was asked, so that a person may state it."""
    return max(1, round((time.monotonic() - began) * 1000))
