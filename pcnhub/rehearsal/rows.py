"""The grid of a rehearsal: who takes part, which steps each takes, and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from pcnhub.care.appointments.queries import slots_of_session
from pcnhub.connections.gpconnect import refusals
from pcnhub.connections.gpconnect.client import Place
from pcnhub.foundations.database.rehearsing import rehearsing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import Refusal
from pcnhub.rehearsal import stage as making
from pcnhub.rehearsal.playing import on_pages, over_gp_connect
from pcnhub.rehearsal.playing.play import Play, closing
from pcnhub.rehearsal.rules import (
    ELSEWHERE,
    OF_111,
    OF_PRACTICE,
    STEP_WORDS,
    Row,
    Step,
    StepName,
    StepState,
    Subject,
    why_not_now,
)
from pcnhub.rehearsal.stage import Scene, Stage
from pcnhub.rehearsal.ways import Door, NoAnswer
from pcnhub.rehearsal.worker import Settle

Act = Callable[[Play], str]
ACTS: dict[StepName, Act] = {
    StepName.SEARCH: over_gp_connect.search,
    StepName.BOOK_GP_CONNECT: over_gp_connect.book,
    StepName.BOOK_ACROSS: on_pages.book,
    StepName.REGISTER: on_pages.register,
    StepName.ARRIVE: on_pages.arrive,
    StepName.OPEN_RECORD: on_pages.open_record,
    StepName.CONSULT: on_pages.consult,
    StepName.WRITE_BACK: on_pages.write_back,
    StepName.RECEIVE: on_pages.receive,
    StepName.TASK_OUT: on_pages.task_out,
    StepName.ACCEPT: on_pages.accept,
    StepName.TASK_BACK: on_pages.task_back,
    StepName.CANCEL: over_gp_connect.cancel,
}
BY_HAND = "This happens in the practice's own system, to which a rehearsal sends nothing."
DO_BY_HAND = "Do it there with a dummy patient, then say here how it went."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which practices and steps; `path` is that of the hub's GP Connect service root."""

    practices: tuple[OrganisationRef, ...]
    steps: frozenset[StepName]
    path: str


@dataclass(slots=True)
class _Company:
    """What rows leave to the rows after them."""

    scenes: list[Scene] = field(default_factory=list)
    hub_members: set[int] = field(default_factory=set)
    patient: str = ""  # the hub's number of a dummy patient


def all_by_hand(practices: tuple[OrganisationRef, ...], steps: frozenset[StepName]) -> list[Row]:
    """The grid of a hub that works in another system: every step is a person's."""
    said = "The hub works in another system: nothing here can take this step."
    return [
        Row(
            Subject.PRACTICE, practice,
            tuple(Step(name, StepState.MANUAL, None, said, DO_BY_HAND) for name in OF_PRACTICE if name in steps),
        )
        for practice in practices
    ]  # fmt: skip


def play_all(
    *, door: Door, hub: Actor, now: datetime, wanted: Wanted, settle: Settle, show: Callable[[Row], None]
) -> None:
    """Play every row, and show each as it ends. A row that lacks what it needs says so in all its steps."""
    with rehearsing(door.rehearsal):
        stage = Stage(hub, door, now)
        company = _Company()
        place = over_gp_connect.place_of(stage, wanted.path)
        for number, practice in enumerate(wanted.practices):
            show(_row(stage, company, Subject.PRACTICE, practice, number, wanted, settle, place))
        first = next((scene for scene in company.scenes if scene.patient_id), None)
        if first is not None:
            for number, provider in enumerate(making.providers_of_111(hub.organisation.id)):
                show(_row(stage, company, Subject.NHS_111, provider, number, wanted, settle, place))
        if StepName.REFUSED in wanted.steps and company.scenes:
            show(_outsider(stage, company, place))


def _row(
    stage: Stage,
    company: _Company,
    subject: Subject,
    organisation: OrganisationRef,
    number: int,
    wanted: Wanted,
    settle: Settle,
    place: Place,
) -> Row:
    names = [name for name in (OF_PRACTICE if subject is Subject.PRACTICE else OF_111) if name in wanted.steps]
    began = time.monotonic()
    try:
        scene = (
            making.scene_of_practice(stage, organisation, number, company.hub_members)
            if subject is Subject.PRACTICE
            else making.scene_of_111(stage, organisation, company.scenes[0])
        )
    except Refusal as refusal:
        failed = _failed(names[0], began, refusal, was_answered=False) if names else None
        rest = tuple(Step(name, StepState.SKIPPED, None, "The rehearsal could not begin here.") for name in names[1:])
        return Row(subject, organisation, ((failed, *rest) if failed else ()))
    company.scenes.append(scene)
    system = making.system_at(stage, organisation.id)
    play = Play(stage, scene, over_gp_connect.link_as(stage, system), place, settle)
    done: list[Step] = []
    with closing(play):
        for name in names:
            done.append(_step(play, name, done))
    company.patient = company.patient or str(play.hub_patient_id or "")
    return Row(subject, organisation, tuple(done))


def _step(play: Play, name: StepName, done: list[Step]) -> Step:
    if not play.scene.works_here and name in ELSEWHERE and play.scene.organisation.kind == "practice":
        return Step(name, StepState.MANUAL, None, BY_HAND, DO_BY_HAND)
    first = why_not_now(done, name, books_elsewhere=not play.scene.works_here)
    if first is not None:
        return Step(name, StepState.SKIPPED, None, f"It follows from “{STEP_WORDS[first]}”, which did not pass.")
    began = time.monotonic()
    try:
        said = ACTS[name](play)
    except Refusal as refusal:
        return _failed(name, began, refusal)
    except httpx.HTTPError as error:
        return _failed(name, began, NoAnswer(
            f"The hub did not answer ({type(error).__name__}).",
            remedy="Look whether `pcnhub serve` runs, and at the address that the rehearsal calls.",
            who_can="whoever runs the hub's server",
        ))  # fmt: skip
    return Step(name, StepState.PASSED, _since(began), said)


def _outsider(stage: Stage, company: _Company, place: Place) -> Row:
    began = time.monotonic()
    link = over_gp_connect.link_as_outsider(stage)
    ids = {scene.session_id for scene in company.scenes}
    try:
        slot_id = _a_free_slot(stage, ids)
        said = over_gp_connect.refused(stage, link, place, session_ids=ids, slot_id=slot_id, patient=company.patient)
        step = Step(StepName.REFUSED, StepState.PASSED, _since(began), said)
    except Refusal as refusal:
        step = _failed(StepName.REFUSED, began, refusal)
    return Row(Subject.OUTSIDER, None, (step,))


def _a_free_slot(stage: Stage, session_ids: set[int]) -> str:
    with unit_of_work(stage.hub):
        free = [
            slot.id for session_id in sorted(session_ids) for slot in slots_of_session(session_id=session_id)
            if slot.state == "free"
        ]  # fmt: skip
    return str(free[0]) if free else ""


def _failed(name: StepName, began: float, refusal: Refusal, *, was_answered: bool = True) -> Step:
    return Step(
        name, StepState.FAILED, _since(began), refusal.message[:1000], refusal.remedy, who=refusal.who_can,
        was_answered=was_answered and not isinstance(refusal, NoAnswer | refusals.NoAnswer),
    )  # fmt: skip


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
