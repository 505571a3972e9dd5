"""What each driver of the demographics port promises: the national service (its counterpart), and what is known here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from pcnhub.care.patients.models import Patient
from pcnhub.connections.pds import demographics
from pcnhub.connections.pds.tracing import trace
from pcnhub.connections.pds.words import Found, Held, Outcome, TraceAnswer, TraceQuery
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, patient, system_for
from tests.counterparts.pds import Counterpart
from tests.counterparts.pds_people import number, person

pytestmark = pytest.mark.django_db
JANE, TWIN, OTHER_TWIN, DEAD = "9000000009", number(501), number(502), number(503)
QUERY = TraceQuery("Smith", "Jane", date(1980, 4, 12), "female", "LS1 6AE")


@dataclass(frozen=True)
class Asked:
    """A driver, and who asks it: a clinician of the hub."""

    name: str
    actor: Actor

    def search(self, query: TraceQuery) -> TraceAnswer:
        return demographics.search(actor=self.actor, now=NOW, query=query)

    def read(self, nhs_number: str) -> Held | None:
        return demographics.read(actor=self.actor, now=NOW, nhs_number=NhsNumber(nhs_number))


def _here(w: World) -> None:
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(
            postcode="LS1 6AE", sex="female", mobile_phone="07700900461"
        )
        for twin, given in ((TWIN, "Ann"), (OTHER_TWIN, "Anna")):
            patient(w.ash, twin, given, "Twin", date(2001, 2, 3), postcode="LS1 6AE")
        patient(w.ash, DEAD, "Mary", "Gone", date(1930, 1, 2), registration_state="deceased", died_on=date(2026, 1, 1))


def _there(service: Counterpart) -> None:
    service.has(
        person(JANE, "Smith", "Jane", "1980-04-12"),
        person(TWIN, "Twin", "Ann", "2001-02-03"),
        person(OTHER_TWIN, "Twin", "Anna", "2001-02-03"),
        person(DEAD, "Gone", "Mary", "1930-01-02", died="2026-01-01", practice=""),
    )


@pytest.fixture(params=["local", "pds-fhir"])
def asked(request: pytest.FixtureRequest, w: World, settings: Any) -> Asked:
    if request.param == "local":
        settings.PDS_DRIVER = "local"
        _here(w)
    else:
        _there(request.getfixturevalue("service"))
    return Asked(request.param, w.bilal)


def test_a_number_is_read(asked: Asked) -> None:
    held = asked.read(JANE)
    assert held is not None
    assert held.person is not None
    assert (held.person.family_name, held.person.practice_ods, held.person.mobile_phone) == (
        "Smith",
        "A81001",
        "07700900461",
    )
    assert held.flags == frozenset()


def test_only_the_national_service_verifies(asked: Asked) -> None:
    held, found = asked.read(JANE), asked.search(QUERY)
    assert held is not None
    assert held.is_verified is (asked.name == "pds-fhir")
    assert held.source == found.source == ("pds" if asked.name == "pds-fhir" else "local")
    assert ("has not been asked" in found.note) is (asked.name == "local")


def test_nobody_is_nobody(asked: Asked) -> None:
    assert asked.read(number(599)) is None
    found = asked.search(replace(QUERY, family_name="Nowhere", given_name="Xavier"))
    assert (found.outcome, found.candidates) == (Found.NONE, ())


def test_one_person_is_found_and_is_certain(asked: Asked) -> None:
    found = asked.search(QUERY)
    assert found.outcome is Found.ONE
    certain = found.certain
    assert certain is not None
    assert (certain.person.nhs_number, certain.practice_ods, certain.score) == (JANE, "A81001", 1.0)
    assert {"Date of birth agrees", "Family name agrees", "Given name agrees", "Postcode agrees"} <= set(certain.why)


def test_a_slip_is_forgiven_and_never_certain(asked: Asked) -> None:
    found = asked.search(replace(QUERY, family_name="Smithe", given_name="Jayne"))
    assert [each.person.nhs_number for each in found.candidates] == [JANE]
    assert found.certain is None
    assert "Family name is similar" in found.candidates[0].why


def test_two_alike_are_never_one(asked: Asked) -> None:
    """The national service tells an application only that there are too many."""
    found = asked.search(TraceQuery("Twin", "", date(2001, 2, 3), "", "LS1 6AE"))
    assert found.outcome in (Found.SEVERAL, Found.TOO_MANY)
    assert found.certain is None


def test_the_whole_name_tells_twins_apart(asked: Asked) -> None:
    found = asked.search(TraceQuery("Twin", "Anna", date(2001, 2, 3), "", "LS1 6AE"))
    assert found.candidates[0].person.nhs_number == OTHER_TWIN
    assert found.certain is None  # another person resembles them


def test_the_dead_are_told_and_never_certain(asked: Asked) -> None:
    found = asked.search(TraceQuery("Gone", "Mary", date(1930, 1, 2)))
    assert [(each.is_deceased, each.person.died_on) for each in found.candidates] == [(True, date(2026, 1, 1))]
    assert found.certain is None
    assert "Died on 1 January 2026" in found.candidates[0].why


def test_a_number_is_theirs_with_name_and_date_of_birth(asked: Asked) -> None:
    found = asked.search(replace(QUERY, nhs_number=NhsNumber(JANE), postcode=""))
    assert found.certain is not None
    assert found.certain.why[0] == "NHS number"
    nameless = asked.search(replace(QUERY, nhs_number=NhsNumber(JANE), postcode="", given_name=""))
    assert [each.person.nhs_number for each in nameless.candidates] == [JANE]
    assert nameless.certain is None


def test_a_twins_number_is_never_certain(asked: Asked) -> None:
    """Booked with the number of the twin: one birthday, one family name, one postcode."""
    found = asked.search(TraceQuery("Twin", "Bella", date(2001, 2, 3), "", "LS1 6AE", NhsNumber(TWIN)))
    assert [each.person.nhs_number for each in found.candidates] == [TWIN]
    assert found.certain is None
    assert "Given name differs" in found.candidates[0].why


def test_a_number_that_is_another_persons_leads_nowhere(asked: Asked) -> None:
    found = asked.search(replace(QUERY, nhs_number=NhsNumber(TWIN)))
    assert [each.person.nhs_number for each in found.candidates] == [JANE]  # found by name, not by that number
    assert "another person's" in found.note
    alone = asked.search(TraceQuery("Nowhere", "Xavier", date(1971, 1, 1), nhs_number=NhsNumber(TWIN)))
    assert (alone.outcome, alone.candidates) == (Found.NONE, ())


def test_a_number_alone_is_read_for_a_person_to_compare(asked: Asked) -> None:
    found = asked.search(TraceQuery(nhs_number=NhsNumber(JANE)))
    assert [each.person.nhs_number for each in found.candidates] == [JANE]
    assert found.certain is None


def test_another_sex_is_a_warning(asked: Asked) -> None:
    found = asked.search(replace(QUERY, gender="male", nhs_number=NhsNumber(JANE)))
    assert "Sex differs" in found.candidates[0].why
    assert found.certain is None


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        (TraceQuery(), ["birth_date", "family_name"]),
        (TraceQuery("Smith"), ["birth_date"]),
        (TraceQuery("", "Jane", date(1980, 4, 12)), ["family_name"]),
        (TraceQuery("***", "Jane", date(1980, 4, 12)), ["family_name"]),
        (TraceQuery("Smith", "Jane", date(2090, 4, 12), "f"), ["birth_date", "gender"]),
    ],
)
def test_too_little_is_said_all_at_once(asked: Asked, query: TraceQuery, fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked.search(query)
    assert [problem.field for problem in refused.value.problems] == fields


def test_each_question_is_on_record_without_a_name(asked: Asked) -> None:
    asked.search(QUERY)
    asked.read(JANE)
    with unit_of_work(asked.actor):
        rows = list(AuditEvent.objects.filter(action__in=["pds.searched", "pds.read"]).order_by("id"))
    assert [row.action for row in rows] == ["pds.searched", "pds.read"]
    assert (rows[0].nhs_numbers, rows[1].nhs_number) == ([JANE], JANE)
    assert not any(name in str(row.__dict__) for row in rows for name in ("Smith", "Jane", "LS1"))


def test_trace_stands_on_either_driver(asked: Asked) -> None:
    def outcome(nhs_number: str, born: date) -> Outcome:
        return trace(
            actor=asked.actor,
            now=NOW,
            nhs_number=NhsNumber(nhs_number),
            birth_date=born,
            family_name="X",
            given_name="Y",
        ).outcome

    assert outcome(JANE, date(1980, 4, 12)) is Outcome.MATCHED
    assert outcome(JANE, date(1901, 1, 1)) is Outcome.NOT_MATCHING
    assert outcome(DEAD, date(1930, 1, 2)) is Outcome.DECEASED
    assert outcome(number(599), date(1980, 4, 12)) is Outcome.NOT_FOUND


def test_charlie_is_told_of_nobody_whom_this_deployment_holds(w: World, settings: Any) -> None:
    settings.PDS_DRIVER = "local"
    _here(w)
    as_charlie: Callable[[TraceQuery], TraceAnswer] = Asked("local", w.charlie).search
    assert as_charlie(QUERY).candidates == ()
    assert as_charlie(TraceQuery(nhs_number=NhsNumber(JANE))).candidates == ()
