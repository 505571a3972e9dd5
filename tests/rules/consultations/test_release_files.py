"""Reading a release of SNOMED CT: what is used of it, and everything that is wrong with one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.consultations.rules.codes import beginnings, kind_of, words_of
from pcnhub.care.consultations.rules.notes import EntryKind
from pcnhub.care.consultations.rules.release_files import Rf2File, read_release, with_words
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.releases import COUGH, RETIRED, concept, description, preferred, release


def read(*more: str, concepts: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        read_release(release(concepts=concepts, descriptions=more))
    return [(problem.field, problem.code) for problem in refused.value.problems]


def test_active_concepts_come_with_preferred_term_kind_and_synonyms() -> None:
    found = read_release(release())
    assert found.concepts.filter(pl.col("code") == COUGH).rows() == [(COUGH, "Cough", "finding")]
    terms = found.descriptions.filter(pl.col("code") == COUGH)["term"].to_list()
    assert sorted(terms) == ["Cough", "Tussis"]  # not the fully specified name, not what is inactive, not French
    assert RETIRED not in found.concepts["code"].to_list()
    assert found.retired == {RETIRED}
    assert found.effective == "20260401"


def test_the_nhs_says_the_preferred_term_before_the_americans_do() -> None:
    mine = description("3000001011", COUGH, "Coughing, British")
    theirs = preferred("3000001011", refset="999001261000000100")
    found = read_release(release(descriptions=(mine,), languages=(theirs,)))
    assert found.concepts.filter(pl.col("code") == COUGH)["term"].item() == "Coughing, British"


def test_without_a_language_file_the_full_name_stands_without_its_tag() -> None:
    found = read_release(release()[:2])
    assert found.concepts.filter(pl.col("code") == COUGH)["term"].item() == "Cough symptom"


def test_of_a_component_in_two_files_the_latest_state_counts() -> None:
    later = concept(COUGH, active="0", time="20260501")
    found = read_release(release(concepts=(later,)))
    assert COUGH not in found.concepts["code"].to_list()
    assert found.effective == "20260501"


def test_everything_that_is_wrong_is_said_at_once_with_its_lines() -> None:
    bad = ("one\ttwo", description("x", COUGH, "y"), description("3000001011", COUGH, " ", time="1 May"))
    found = read(*bad, concepts=(concept("12", active="yes"),))
    assert found == [
        ("concept.txt", "bad-active"),
        ("concept.txt", "bad-identifier"),
        ("description.txt", "wrong-columns"),
        ("description.txt", "bad-time"),
        ("description.txt", "bad-identifier"),
        ("description.txt", "no-term"),
    ]


def test_an_extension_without_its_base_and_a_concept_without_a_name_are_refused() -> None:
    assert read(description("3000001011", "900000001", "Lost")) == [("description", "concept-missing")]
    assert read(concepts=(concept("900000001"),)) == [("description", "no-term")]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "unknown-columns"), (b"a\tb\n1\t2\n", "unknown-columns"), (b"\xff\xfe", "not-utf-8")],
)
def test_another_file_is_told_from_a_release(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_release([Rf2File("x.txt", content)])
    assert [problem.code for problem in refused.value.problems] == [code]


def test_half_a_release_is_none() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_release(release()[:1])
    assert [problem.code for problem in refused.value.problems] == ["file-missing"]


@given(st.text(alphabet=st.sampled_from("Crohn's (éÅß) 120/80 COVID-19_x\"|"), max_size=40))
def test_a_term_and_a_search_have_the_same_words(text: str) -> None:
    table = with_words(pl.DataFrame({"code": ["1"], "term": [text]}, schema={"code": pl.String, "term": pl.String}))
    there = table["words"].to_list()
    assert there == ([" ".join(f"'{word}'" for word in words_of(text))] if words_of(text) else [])


def test_a_search_asks_for_beginnings_and_can_not_say_more() -> None:
    assert beginnings("Blood pres") == "'blood':* & 'pres':*"
    assert beginnings("a' | !b:* \\") == "'a':* & 'b':*"
    assert beginnings(" %.* ") == ""


def test_a_concepts_kind_says_what_it_is_at_first() -> None:
    assert kind_of("disorder") is EntryKind.PROBLEM
    assert kind_of("observable entity") is EntryKind.EXAMINATION
    assert kind_of("body structure") is EntryKind.OTHER
