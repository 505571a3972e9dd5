"""The demo's network, made ready as its people would: what the demo leaves undone is done, and an evening has been worked.

Built as of a Friday; the faults happen on the Monday after. Neither is the day of the test, so that no weekday finds less.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.db.models import Model
from django.test import override_settings

from pcnhub.care.appointments import operations as book
from pcnhub.care.appointments import queries as books
from pcnhub.care.appointments.operations import BookingRequest
from pcnhub.care.consultations import operations as consulting
from pcnhub.care.consultations.rules import Heading, Notes, Section
from pcnhub.care.documents.operations import try_test_documents
from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations import queries as directory
from pcnhub.care.organisations.operations import OrganisationFacts
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing import operations as sharing
from pcnhub.care.sharing import queries as agreements
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.tasks import operations as tasks
from pcnhub.care.tasks import queries as teams
from pcnhub.care.tasks.operations import TeamRequest
from pcnhub.demo import build, formularies, network, sign_ins
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Heartbeat
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.continuity.jobs import write_packs
from pcnhub.insight.continuity.keys import make_key_file
from pcnhub.insight.readiness import operations as readiness
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.rules import ByProbe
from pcnhub.rehearsal.models import Run
from pcnhub.rehearsal.rules import OF_111, OF_OUTSIDER, OF_PRACTICE, StepName, StepState, Subject

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # the Monday after
HUB = network.HUB
ASH, BIRCH, CEDAR, DALE, ELM = network.PRACTICES
PRACTICES = (ASH, BIRCH, CEDAR, DALE, ELM)
keys = (f"faults-{uuid.uuid4()}" for _ in count())


@dataclass(frozen=True)
class Ready:
    """The network, and who acts in it. `ids`: of its organisations, by ODS code."""

    ids: dict[str, int]

    @classmethod
    def found(cls) -> Ready:
        codes = (HUB, *PRACTICES, network.NHS_111)
        return cls({ods: directory.organisation(ods_code=ods).id for ods in codes})

    @property
    def hub_id(self) -> int:
        return self.ids[HUB]

    @cached_property
    def names(self) -> dict[str, str]:
        return {ods: directory.organisation(id=each).name for ods, each in self.ids.items()}

    def who(self, username: str, now: datetime = NOW) -> Actor:
        """With the permissions that the tables give now."""
        return build.person(username, now)

    def manager(self, ods: str, now: datetime = NOW) -> Actor:
        return self.who("carys" if ods == HUB else network.manager_of(ods), now)

    def system(self, ods: str = HUB) -> Actor:
        return directory.system_actor_for(organisation_id=self.ids[ods])

    def drift(self, model: type[Model], ods: str, values: dict[str, Any], **which: Any) -> None:
        """Rows of an organisation that have become so without anybody here doing it."""
        with unit_of_work(self.system(ods)):
            assert model._default_manager.filter(**which).update(**values), f"no such {model.__name__}"

    def patient_of(self, ods: str, place: int = 0) -> int:
        """The id of one of the practice's patients."""
        with unit_of_work(self.system(ods)):
            return Patient.objects.filter(organisation=self.ids[ods], is_sensitive=False).order_by("pk")[place].pk


def work(now: datetime) -> None:
    def actor_for(organisation_id: int, request_id: str) -> Actor:
        return directory.system_actor_for(organisation_id=organisation_id, request_id=request_id)

    Worker("faults", actor_for).drain(now=now)


def make(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "PATIENTS_A_PRACTICE", 12)
        build.build(now=FRIDAY, say=lambda _: None)
    made = Ready.found()
    _mend(made)
    _evening(made)
    _tonight(made)
    _look(made, folder)
    work(NOW)
    _forget_calls()


def _mend(made: Ready) -> None:
    """What the demo leaves undone (`build.LEFT_UNDONE`), by those whose move it is."""
    say_of(made, HUB, now=FRIDAY, authentication_nacs=HUB)
    for check_id, ods in (("CHK-D4", HUB), ("CHK-23", ELM)):
        readiness.attest(
            actor=made.manager(ods, FRIDAY), now=FRIDAY, hub_id=made.hub_id, check_id=check_id,
            organisation_id=made.ids[ods], name="Carys Evans", stated_on=london_date(FRIDAY), document="Folder, item 7",
        )  # fmt: skip
    side(made, BIRCH, AgreementKind.REMOTE_CONSULTATIONS, on=False, now=FRIDAY)
    [group] = [each for each in directory.groups_of(owner_id=made.hub_id) if each.name == network.GROUP]
    organisations.subscribe(actor=made.manager(CEDAR, FRIDAY), now=FRIDAY, group_id=group.id)
    side(made, DALE, AgreementKind.WRITE_BACK, on=True, now=FRIDAY)
    organisations.set_gp_connect_switch(
        actor=made.manager(DALE, FRIDAY), now=FRIDAY, organisation_id=made.ids[DALE],
        capability=GpConnectCapability.APPOINTMENTS, is_on=True,
    )  # fmt: skip
    members(made, ELM, [made.who(each, FRIDAY).position_id or 0 for each in ("elm-admin", "elm-manager")], now=FRIDAY)
    for username in ("bilal", "owen", "nadia"):
        sign_ins.let_in(username, "a river walk at noon", FRIDAY)


def say_of(made: Ready, ods: str, *, now: datetime = NOW, **values: Any) -> None:
    """The organisation's own manager changes what is said of it."""
    view = directory.organisation(id=made.ids[ods])
    same = {each.name: getattr(view, each.name) for each in fields(OrganisationFacts)}
    organisations.save_organisation(actor=made.manager(ods, now), now=now, facts=OrganisationFacts(**same | values))


def side(made: Ready, ods: str, kind: AgreementKind, *, on: bool, now: datetime = NOW) -> None:
    """Switch a party's side of an agreement, as its manager does."""
    actor = made.manager(ods, now)
    [agreement] = [
        each for each in agreements.agreements_of(hub_id=made.hub_id, day=london_date(now)) if each.kind is kind
    ]
    party = agreement.party(made.ids[ods])
    assert party is not None
    if not on:
        sharing.deactivate(actor=actor, now=now, agreement_id=agreement.id, side=party.side, reason="As agreed")
        return
    settles = kind is AgreementKind.WRITE_BACK and party.side is Side.GIVES
    sharing.activate(
        actor=actor, now=now, agreement_id=agreement.id, side=party.side, accepted_terms=agreement.terms_version,
        formulary=formularies.name_of(actor.organisation.name) if settles else "",
        prescribing_position_id=made.who(network.prescriber_of(ods), now).position_id if settles else None,
    )  # fmt: skip


def members(made: Ready, ods: str, positions: Iterable[int], *, now: datetime = NOW) -> None:
    """Who is in the practice's team, as its manager says."""
    actor = made.manager(ods, now)
    [team] = teams.teams_of(organisation_id=made.ids[ods], day=london_date(now))
    request = TeamRequest(name=team.name, purpose=team.purpose, members=frozenset(positions))
    tasks.save_team(actor=actor, now=now, request=request, team_id=team.id)


def _evening(made: Ready) -> None:
    """Friday morning: somebody from Ash Lane is seen, and what was written goes home."""
    came = FRIDAY + timedelta(minutes=10)
    booking_id = booked(made, ASH, "ada", day=FRIDAY, starts=time(9, 15), now=FRIDAY)
    gwen, bilal = made.who("gwen", came), made.who("bilal", came)
    view = books.booking(actor=gwen, booking_id=booking_id)
    book.set_status(actor=gwen, now=came, booking_id=booking_id, version=view.version, status="arrived")
    begun = consulting.start(actor=bilal, now=came, booking_id=booking_id)
    notes = Notes(sections=(Section(Heading.HISTORY, "Cough for three days."),), entries=(), outcome="discharged")
    revision = consulting.save_draft(actor=bilal, now=came, consultation_id=begun, revision=0, notes=notes)
    consulting.finish(actor=bilal, now=came, consultation_id=begun, revision=revision)
    work(came + timedelta(hours=1))


def _tonight(made: Ready) -> None:
    """Two people of two practices are booked for Monday evening."""
    for ods, username in ((ASH, "ada"), (BIRCH, "birch-reception")):
        booked(made, ods, username, day=NOW, starts=time(18, 30), now=NOW - timedelta(hours=1), place=1)


def booked(made: Ready, ods: str, username: str, *, day: datetime, starts: time, now: datetime, place: int = 0) -> int:
    """The practice's receptionist books the first free slot of that day from this time on; the booking's id."""
    criteria = books.SlotCriteria(from_on=london_date(day), to_on=london_date(day))
    actor = made.who(username, now)
    free = books.free_slots(actor=actor, now=now, criteria=criteria).slots
    slot = next(each for each in free if each.starts_at.time() >= starts)
    wish = BookingRequest(
        slot_id=slot.id,
        patient_id=made.patient_of(ods, place),
        idempotency_key=next(keys),
        reason="Cough",
        patient_agrees=True,
    )
    return book.book(actor=actor, now=now, request=wish).booking_id


def _look(made: Ready, folder: Path) -> None:
    """This morning: a pack was written, the test documents were opened, and the night's rehearsal had passed."""
    packs = folder / "packs"
    packs.mkdir()
    key = make_key_file(folder / "riverside.key", passphrase="river walk at noon", cost=2**10)
    with override_settings(CONTINUITY_FOLDER=packs, CONTINUITY_KEYS={HUB: key.text}):
        write_packs(NOW)
    practices = [made.ids[ods] for ods in PRACTICES]
    try_test_documents(actor=made.manager(HUB), now=NOW, holder_ids=practices, stopwatch=monotonic)
    rehearsed(made)
    Heartbeat.objects.update_or_create(worker="faults", defaults={"beat_at": NOW})


def _forget_calls() -> None:
    """What changed while the network was made was asked about, by calls too, which nothing here answers."""
    calls = [line.id for line in CATALOGUE if isinstance(line.proof, ByProbe)]
    Result.objects.filter(check_id__in=calls).delete()


def rehearsed(
    made: Ready, *, failed: StepName | None = None, at: str = "", who: str = "", hours_ago: float = 6
) -> None:
    """What a rehearsal of the night leaves behind; the rehearsal itself has tests of its own (tests/rehearsal). `at`: the one
    organisation where the step failed; everywhere, without."""
    ended = NOW - timedelta(hours=hours_ago)

    def row(subject: Subject, organisation_id: int | None, steps: tuple[StepName, ...]) -> dict[str, object]:
        return {
            "subject": subject,
            "organisation": organisation_id,
            "steps": [
                {"name": step, "state": StepState.FAILED, "took_ms": 9, "said": "No answer", "remedy": "", "who": who}
                if step is failed and (not at or organisation_id == made.ids[at])
                else {"name": step, "state": StepState.PASSED, "took_ms": 9, "said": "", "remedy": ""}
                for step in steps
            ],
        }  # fmt: skip

    rows = [row(Subject.PRACTICE, made.ids[ods], OF_PRACTICE) for ods in PRACTICES]
    rows += [row(Subject.NHS_111, made.ids[network.NHS_111], OF_111), row(Subject.OUTSIDER, None, OF_OUTSIDER)]
    Run.objects.create(
        hub_id=made.hub_id,
        started_at=ended - timedelta(minutes=1),
        ended_at=ended,
        asked_by="system:night",
        rows=rows,
        is_clean=True,
    )
