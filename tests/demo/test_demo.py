"""The demo's network is built by operations alone, as the people of the screens would act."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

import pcnhub.demo
from pcnhub.care.appointments import queries as book
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients import queries as patients
from pcnhub.demo import build, network, sign_ins
from pcnhub.demo import built as built_up
from pcnhub.demo.people import demographics_csv
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import checking
from pcnhub.insight.readiness import queries as readiness
from tests.cast import NOW

TODAY = london_date(NOW)


def test_the_same_practice_has_the_same_valid_people() -> None:
    once = demographics_csv("A99801", count=50, today=date(2026, 1, 1))
    assert once == demographics_csv("A99801", count=50, today=date(2026, 6, 1))
    numbers = [line.split(",")[0] for line in once.splitlines()[1:]]
    assert len({NhsNumber(number) for number in numbers}) == 50
    assert {number[:3] for number in numbers} == {"999"}


def test_the_demo_touches_no_table_of_care() -> None:
    for path in Path(pcnhub.demo.__file__).parent.glob("*.py"):
        modules = [
            node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        ]
        assert not [name for name in modules if name.startswith("pcnhub.care") and "models" in name], path.name


@pytest.fixture
def built(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A tenth of the demo: the same acts, fewer patients."""
    monkeypatch.setattr(network, "PATIENTS_A_PRACTICE", 100)
    said: list[str] = []
    build.build(now=NOW, say=said.append)
    return said


def test_the_demo_is_red_for_what_it_leaves_undone_and_for_nothing_else(built: list[str]) -> None:
    the_book_is_filled()
    assert blocking() == LEFT_UNDONE


LEFT_UNDONE = {
    ("CHK-01", network.HUB),
    ("CHK-D4", network.HUB),
    ("CHK-07", "A99802"),
    ("CHK-72", "A99802"),
    ("CHK-17", "A99803"),
    ("CHK-05", "A99804"),
    ("CHK-14", "A99804"),
    ("CHK-68", "A99804"),
    ("CHK-23", "A99805"),
    ("CHK-36", "A99805"),
}


def blocking() -> set[tuple[str, str]]:
    hub = organisations.organisation(ods_code=network.HUB)
    checking.check(now=NOW, hub_id=hub.id, probes=False)
    actor = organisations.system_actor_for(organisation_id=hub.id, name="test")
    found = readiness.summary(actor=actor, now=NOW, hub_id=hub.id).blocking
    return {(cell.requirement.id, cell.organisation.ods_code) for cell in found}


def test_an_interrupted_build_is_completed_at_the_next_start(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(network, "PATIENTS_A_PRACTICE", 100)
    for step, after in (("sharing.activate", 8), ("appointments.book", 1), ("readiness.attest", 3)):
        with monkeypatch.context() as patch:
            patch.setattr(*interrupting(step, after))
            with pytest.raises(KeyboardInterrupt):
                built_up.ensure(data=tmp_path, now=NOW, say=lambda _: None)
    said: list[str] = []
    assert built_up.ensure(data=tmp_path, now=NOW, say=said.append), "without the marker nobody believes the network"
    assert blocking() == LEFT_UNDONE
    assert booked() == ["Ash Lane Surgery", "Birch Road Practice"]
    assert not built_up.ensure(data=tmp_path, now=NOW, say=said.append)
    built_up.forget(tmp_path)
    assert built_up.ensure(data=tmp_path, now=NOW, say=said.append)
    assert booked() == ["Ash Lane Surgery", "Birch Road Practice"]


def interrupting(step: str, after: int) -> tuple[str, Any]:
    """An operation that the person at the keyboard stops at its call number `after`."""
    room, _, name = step.partition(".")
    real = getattr(getattr(build, room), name)
    calls: list[int] = []

    def act(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return real(**arguments)

    return f"pcnhub.demo.build.{step}", act


def booked() -> list[str]:
    """The practices with bookings; a patient who was booked twice would spoil it."""
    names = []
    for username in ("ada", "birch-reception"):
        actor = build.person(username, NOW)
        found = book.practice_bookings(actor=actor, now=NOW, from_on=TODAY, to_on=TODAY + build.HORIZON)
        assert found
        assert len({one.patient_id for one in found}) == len(found)
        names.append(actor.organisation.name)
    return names


def test_everybody_of_the_network_is_listed_and_can_sign_in(built: list[str]) -> None:
    listed = sign_ins.sign_ins(NOW)
    everybody = [person.username for person in network.onboarding_file(TODAY).people]
    assert [one.username for one in next(iter(listed.values()))] == list(network.TOUR), "the tour comes first"
    assert sorted(one.username for people in listed.values() for one in people) == sorted(everybody)
    assert list(listed)[1:] == ["Riverside Enhanced Access Hub", *network.PRACTICES.values()]
    sign_ins.let_in("gwen", "a-password-of-gwen", NOW)
    assert get_user_model().objects.get(username="gwen").check_password("a-password-of-gwen")
    assert set(sign_ins.codes(everybody)) == {"gwen"}


def the_book_is_filled() -> None:
    ada = build.person("ada", NOW)
    assert patients.find_patients(actor=ada, now=NOW, text="Smith").items
    hub = organisations.organisation(ods_code=network.HUB)
    sessions = book.sessions(hub_id=hub.id, from_on=TODAY, to_on=TODAY + build.HORIZON)
    assert {one.state for one in sessions} == {"published"}
    build.extend(now=NOW)  # a second start adds nothing
    assert len(book.sessions(hub_id=hub.id, from_on=TODAY, to_on=TODAY + build.HORIZON)) == len(sessions)
