"""The shipped code list and a hub's outcomes."""

from __future__ import annotations

import csv

import pytest

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.models import Concept
from pcnhub.care.consultations.operations.reference import CONCEPTS
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted
from tests.cast import NOW, world

# SNOMED CT identifiers end in a Verhoeff check digit (SNOMED CT Release File Specifications, SCTID check-digit): these are
# its multiplication table of the dihedral group D5 and its permutation.
TIMES = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]  # fmt: skip
TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def is_sctid(code: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(code)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = TURN[turned]
        check = TIMES[check][turned]
    return check == 0


def test_every_shipped_code_is_a_concept_identifier_with_a_right_check_digit() -> None:
    with CONCEPTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 60
    assert len({row["code"] for row in rows}) == len(rows)
    assert [row["code"] for row in rows if not is_sctid(row["code"]) or row["code"][-3:-1] != "00"] == []
    assert all(row["term"] and row["kind"] and row["source"] for row in rows)
    assert not is_sctid("49727003")  # the check itself can say no


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_keeps_what_a_hub_added() -> None:
    Concept.objects.create(code="1", term="A hub's own", kind="finding", source="test")
    first = operations.load_concepts(now=NOW)
    assert operations.load_concepts(now=NOW) == first
    assert Concept.objects.count() == first + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cough", "Cough"),
        ("blood pres", "Blood pressure"),
        ("inf urin", "Urinary tract infectious disease"),
        ("49727002", "Cough"),
    ],
)
def test_a_concept_is_found_by_the_beginnings_of_its_words_and_by_code(words: str, expected: str) -> None:
    operations.load_concepts(now=NOW)
    assert expected in [found.term for found in queries.find_concepts(words=words)]


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", "   ", "ough", "%", ".*", "cough\\", "xyzzy"])
def test_what_begins_no_word_finds_nothing(words: str) -> None:
    operations.load_concepts(now=NOW)
    found = queries.find_concepts(words=words)
    assert found == () or words.startswith("cough")


@pytest.mark.django_db
def test_outcomes_are_the_hubs_own_in_its_order() -> None:
    cast = world()
    operations.save_outcome(actor=cast.carys, now=NOW, code="b", name="Second", place=2)
    operations.save_outcome(actor=cast.carys, now=NOW, code="a", name="First", place=1)
    operations.save_outcome(actor=cast.carys, now=NOW, code="c", name="Gone", place=0, retired_on=NOW.date())
    found = queries.outcomes(hub_id=cast.hub.pk, day=NOW.date())
    assert [outcome.name for outcome in found] == ["First", "Second"]
    assert queries.outcomes(hub_id=cast.ash.pk, day=NOW.date()) == ()


@pytest.mark.django_db
def test_a_new_outcome_goes_to_the_end_and_saving_it_again_moves_nothing() -> None:
    cast = world()
    for code in ("a", "b"):
        operations.save_outcome(actor=cast.carys, now=NOW, code=code, name=code.upper())
    operations.save_outcome(actor=cast.carys, now=NOW, code="a", name="Renamed")
    assert [outcome.name for outcome in queries.outcomes(hub_id=cast.hub.pk, day=NOW.date())] == ["Renamed", "B"]
    with pytest.raises(InvalidInput) as refused:
        operations.save_outcome(actor=cast.carys, now=NOW, code="a", name="b", is_new=True)
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("code", "taken"),
        ("name", "taken"),
    }


@pytest.mark.django_db
def test_outcomes_that_share_a_place_can_be_put_in_order() -> None:
    cast = world()
    ids = [operations.save_outcome(actor=cast.carys, now=NOW, code=code, name=code, place=0) for code in "abc"]
    operations.move_outcome(actor=cast.carys, now=NOW, outcome_id=ids[2], up=True)
    assert [outcome.code for outcome in queries.every_outcome(hub_id=cast.hub.pk)] == ["a", "c", "b"]
    for actor in (cast.charlie, cast.dilys):
        with pytest.raises(NotPermitted):
            operations.move_outcome(actor=actor, now=NOW, outcome_id=ids[0], up=False)


@pytest.mark.django_db
def test_an_outcome_needs_a_code_a_name_and_somebody_who_may() -> None:
    cast = world()
    with pytest.raises(InvalidInput) as refused:
        operations.save_outcome(actor=cast.carys, now=NOW, code=" ", name="")
    assert len(refused.value.problems) == 2
    with pytest.raises(NotPermitted):
        operations.save_outcome(actor=cast.bilal, now=NOW, code="a", name="A")
