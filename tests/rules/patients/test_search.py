"""What people type is read as they meant it, and names are compared as people write them."""

from __future__ import annotations

import contextlib
import time
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.patients.rules import search_of
from pcnhub.care.patients.rules.names import Closeness, closeness, folded, likeness, respelt, words_of
from pcnhub.foundations.kernel.refusals import InvalidInput

BORN = date(1980, 4, 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("900 000 0009", {"nhs_number": "9000000009"}),
        ("900-000-0009", {"nhs_number": "9000000009"}),
        ("Smith", {"words": ("smith",)}),
        ("smith, jane", {"words": ("smith", "jane"), "family_words": 1}),
        ("van der Berg, jane", {"words": ("van", "der", "berg", "jane"), "family_words": 3}),
        ("Mrs O\u2019Brien-\u00d6zil", {"words": ("obrien", "ozil")}),
        ("Smith 12/04/1980", {"words": ("smith",), "birth_date": BORN}),
        ("1980-04-12", {"birth_date": BORN}),
        ("12041980", {"birth_date": BORN}),
        ("12 04 1980", {"birth_date": BORN}),
        ("van der Berg 12 Apr 1980", {"words": ("van", "der", "berg"), "birth_date": BORN}),
        ("dn163lq", {"postcode": "DN16 3LQ"}),
        ("J Smith DN16", {"words": ("j", "smith"), "district": "DN16"}),
        ("07700 900123", {"phone": "7700900123"}),
        ("+44 (0)7700 900-123", {"phone": "7700900123"}),
        ("0131 496 0000 Smith 12.04.1980", {"phone": "1314960000", "words": ("smith",), "birth_date": BORN}),
        ("Smith 943 476 5919 12/04/1980", {"nhs_number": "9434765919", "words": ("smith",), "birth_date": BORN}),
    ],
)
def test_what_is_typed_is_understood(text: str, expected: dict[str, object]) -> None:
    search = search_of(text)
    names = ("nhs_number", "words", "family_words", "birth_date", "postcode", "district", "phone")
    assert {name: value for name in names if (value := getattr(search, name))} == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "search-too-short"),
        ("a", "search-too-short"),
        ("\0", "search-too-short"),
        ("DN16", "search-too-short"),
        ("9000000008", "nhs-number"),
        ("7700900123", "nhs-number"),
        ("Smith 31/02/1980", "date-form"),
        ("Smith 12/04/80", "search-figures"),
        ("12 High Street", "search-figures"),
        ("anna bea cleo dora emma fay gill", "search-too-long"),
        ("smith " + "1/" * 120, "search-too-long"),
        ("smith " + "a" * 51, "search-too-long"),
    ],
)
def test_what_cannot_be_searched_for_says_what_can(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        search_of(text)
    assert [(problem.code, bool(problem.remedy)) for problem in refused.value.problems] == [(code, True)]


@given(st.text(max_size=40) | st.from_regex(r"[0-9 +./()-]{1,30}"))
def test_no_search_text_breaks(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        search_of(text)


@pytest.mark.parametrize(
    ("typed", "family", "given_name", "near"),
    [
        ("smith", "SMITH", "Jane", Closeness.EXACT),
        ("jane smith", "Smith", "Jane", Closeness.EXACT),
        ("smith jane", "Smith", "Mary Jane", Closeness.EXACT),
        ("obrien", "O'Brien", "Jane", Closeness.EXACT),
        ("jones", "Smith-Jones", "Jane", Closeness.EXACT),
        ("berg van der", "van der Berg", "Jan", Closeness.EXACT),
        ("sm ja", "Smith", "Jane", Closeness.BEGINNING),
        ("j smith", "Smith", "Jane", Closeness.BEGINNING),
        ("smiht jane", "Smith", "Jane", Closeness.SIMILAR),
        ("brwon", "Brown", "Jane", Closeness.SIMILAR),
        ("katherin", "Smith", "Catherine", Closeness.SIMILAR),
        ("jane jane", "Smith", "Jane", None),
        ("smithson", "Smith", "Jane", None),
        ("li", "Le", "Jane", None),
        ("smith peter", "Smith", "Jane", None),
    ],
)
def test_names_are_compared_as_people_write_them(
    typed: str, family: str, given_name: str, near: Closeness | None
) -> None:
    found = closeness(words_of(typed), family, given_name)
    assert (found[0] if found else None) == near


def test_a_comma_says_which_is_the_family_name() -> None:
    assert closeness(("james", "henry"), "Henry", "James", family_words=1) is None
    assert closeness(("henry", "james"), "Henry", "James", family_words=1) == (Closeness.EXACT, 0)
    assert closeness(("henry",), "James", "Henry", family_words=1) is None


LETTERS = st.text(st.sampled_from("abcdefghij"), min_size=4, max_size=9)


@given(LETTERS, st.data())
def test_two_letters_that_changed_places_and_one_too_many_are_respelt(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    doubled = word[:at] + data.draw(st.sampled_from("xyz")) + word[at:]
    assert swapped == word or word in respelt(swapped)
    assert word in respelt(doubled)


@given(LETTERS, st.data())
def test_one_slip_of_the_finger_is_forgiven(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    for slip in (word[:at] + letter + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + word[at + 1 :]):
        assert likeness(slip, word) is not None


def test_no_word_is_so_long_that_its_slips_fill_the_memory() -> None:
    assert len(respelt("a" * 49 + "b")) < 100
    assert respelt("ab" * 500) == ()


@given(
    st.lists(st.sampled_from(["ann", "anna", "annab", "bea"]), max_size=3),
    st.lists(st.sampled_from(["ann", "anne", "annabel", "beatrix"]), max_size=4),
)
def test_each_typed_word_gets_the_word_that_is_best_for_all(typed: list[str], name: list[str]) -> None:
    """What `closeness` finds step by step is the best of all orders."""
    ways = []
    for order in permutations(name, len(typed)):
        near = [how for pair in zip(typed, order, strict=True) if (how := likeness(*pair)) is not None]
        if len(near) == len(typed):
            ways.append((max(near, default=Closeness.EXACT), sum(near)))
    assert closeness(typed, " ".join(name), "") == min(ways, default=None)


def test_a_name_of_many_equal_words_is_compared_in_no_time() -> None:
    started = time.process_time()
    assert closeness(("anna",) * 6, "", "anna " * 30) == (Closeness.EXACT, 0)
    assert closeness(("anna",) * 5 + ("bea",), "", "anna " * 30) is None
    assert time.process_time() - started < 1


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(name: str) -> None:
    assert folded(folded(name)) == folded(name)
