"""The demo's network is built by operations alone, as the people of the screens would act."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

import pcnhub.demo
from pcnhub.care.appointments import queries as book
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients import queries as patients
from pcnhub.demo import build, network, sign_ins
from pcnhub.demo.people import demographics_csv
from pcnhub.foundations.database.embedded import EmbeddedPostgres
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW
from tests.conftest import copied, pointed_at
from tests.demo.undone import LEFT_UNDONE, blocking

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


@pytest.fixture(scope="module")
def built_once(
    postgres: EmbeddedPostgres,
    template: str,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
) -> Iterator[None]:
    """A tenth of the demo, for all tests of this file: the same acts, fewer patients."""
    name = "demo_of_few"
    with (
        copied(postgres, template, name),
        pointed_at(postgres, name, tmp_path_factory.mktemp("demo"), django_db_blocker),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(network, "PATIENTS_A_PRACTICE", 100)
        build.build(now=NOW, say=lambda _: None)
        yield


@pytest.fixture
def built(built_once: None) -> Iterator[None]:
    """What a test does to it is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("built")
def test_the_demo_is_red_for_what_it_leaves_undone_and_for_nothing_else() -> None:
    the_book_is_filled()
    assert blocking() == LEFT_UNDONE


@pytest.mark.usefixtures("built")
def test_everybody_of_the_network_is_listed_and_can_sign_in() -> None:
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
