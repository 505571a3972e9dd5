"""Taking an extract: repeatable, tried first, every problem by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pcnhub.care.organisations.queries import installation_actor
from pcnhub.connections.pds.extract import read
from pcnhub.connections.pds.loading import load
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW
from tests.connections.pds.extracts import ALIVE, HEADER, OLD, ROWS, extract, whole

NATIONAL = Path(__file__).parents[4] / "shared/data/gpconnect/PDS.csv"
GOOD = "9476719931,31/05/1952,,DAWES,Minnie,,MRS,,24 GRAMMAR SCHOOL ROAD,,BRIGG,,DN20 8AF,,A21472"


def held(number: str) -> Person | None:
    with unit_of_work(installation_actor()), asking_for([number]):
        return Person.objects.filter(nhs_number=number).first()


@pytest.mark.django_db
def test_loaded_twice_nothing_changes() -> None:
    first, second = (load(now=NOW, content=whole()) for _ in range(2))
    assert (first.rows, first.created, first.changed, first.refused) == (6, 6, 0, 0)
    assert (second.created, second.changed, second.unchanged) == (0, 0, 6)
    superseded = held(OLD)
    assert superseded is not None
    assert superseded.superseded_by == ALIVE


@pytest.mark.django_db
def test_a_change_is_taken_and_counted_and_on_record() -> None:
    load(now=NOW, content=extract(*ROWS))
    report = load(now=NOW, content=extract(ROWS[0].replace("DN20 8AF", "DN20 8AG"), *ROWS[1:]))
    assert (report.created, report.changed, report.unchanged) == (0, 1, 3)
    person = held(ALIVE)
    assert person is not None
    assert person.postcode == "DN20 8AG"
    with unit_of_work(installation_actor()):
        newest = AuditEvent.objects.filter(action="pds.extract-loaded").latest("sequence")
    assert json.loads(newest.detail)["changed"] == 1
    assert "DAWES" not in str(newest.__dict__)


@pytest.mark.django_db
def test_a_dry_run_changes_nothing() -> None:
    report = load(now=NOW, content=whole(), dry_run=True)
    assert report.created == 6
    assert held(ALIVE) is None


@pytest.mark.django_db
def test_a_line_with_a_problem_is_left_out_and_the_others_are_in() -> None:
    report = load(now=NOW, content=extract(GOOD, GOOD.replace("9476719931", "9476719932")))
    assert (report.created, report.refused) == (1, 1)
    assert [(each.field, each.code) for each in report.problems] == [("line 3, NHS_NUMBER", "nhs-number")]


@pytest.mark.django_db
@pytest.mark.skipif(not NATIONAL.is_file(), reason="the national test data are not beside this checkout")
def test_the_national_test_extract_is_taken() -> None:
    report = load(now=NOW, content=NATIONAL.read_bytes())
    assert (report.rows, report.created, report.problems) == (24, 24, ())


def test_every_problem_of_every_line_is_named() -> None:
    header = HEADER + ",GENDER,SUPERSEDED_BY,INVALID_FLAG"
    found = read(
        extract(
            "943476591,31/31/1952,x,,,,,,,,,,,T,A-1,FEM,123,Y",
            GOOD + ",,,",
            GOOD + ",,,",
            "9434765919,01/02/1980,,SMITH,Jane,,,,,,,,,,,,9434765919,",
            "1,2",
            header=header,
        )
    )
    assert [(each.field, each.code) for each in found.problems] == [
        ("line 2, NHS_NUMBER", "nhs-number"),
        ("line 2, SUPERSEDED_BY", "nhs-number"),
        ("line 2, DATE_OF_BIRTH", "date"),
        ("line 2, DATE_OF_DEATH", "date"),
        ("line 2, SENSITIVE_FLAG", "unknown"),
        ("line 2, INVALID_FLAG", "unknown"),
        ("line 2, GENDER", "unknown"),
        ("line 2, PRIMARY_CARE_CODE", "ods-code"),
        ("line 4, NHS_NUMBER", "twice"),
        ("line 5, SUPERSEDED_BY", "itself"),
        ("line 6", "columns-differ"),
    ]
    assert (found.refused_lines, len(found.lines)) == (4, 1)


def test_a_pointer_needs_no_person_and_a_person_needs_a_name() -> None:
    header = "NHS_NUMBER,DATE_OF_BIRTH,FAMILY_NAME,GIVEN_NAME,SUPERSEDED_BY"
    found = read(extract(f"{OLD},,,,{ALIVE}", "9434765919,,,,", header=header))
    assert len(found.lines) == 1
    assert [each.code for each in found.problems] == ["missing"] * 3


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"\xff\xfe", ["not-utf-8"]),
        (b"", ["missing-column"] * 4),
        (b"NHS_NUMBER,SHOE_SIZE\n", ["missing-column"] * 3 + ["unknown-column"]),
        ((HEADER + ",TITLE\n").encode(), ["column-twice"]),
        ((HEADER + '\n"open').encode(), ["not-csv"]),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, codes: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert [each.code for each in refused.value.problems] == codes
