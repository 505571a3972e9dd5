"""Rows without a number are held against people who are known: likely ones are shown, others are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcnhub.care.patients.rules.resemblance import (
    POSSIBLE,
    Description,
    by_birth_date,
    days_like,
    description_of,
    resemblance,
    resembling,
)

JANE = Description(
    family_name="O'Brien",
    given_name="Jane Anne",
    birth_date=date(1980, 4, 12),
    sex="female",
    postcode="LS1 5HT",
    phones=("07700 900123",),
    email="jane@example.org",
)


@pytest.mark.parametrize(
    "other",
    [
        replace(JANE, family_name="OBRIEN", given_name="jane"),
        replace(JANE, birth_date=date(1980, 12, 4)),
        replace(JANE, birth_date=date(1980, 4, 13), postcode="M1 1AE"),
        replace(JANE, family_name="Smith", previous_family_name="O'Brien", email=""),
        replace(JANE, given_name="Jayne", phones=("+44 7700 900123",), postcode=""),
        Description("O'Brien", "Jane", date(1980, 4, 12)),
    ],
)
def test_the_same_person_with_a_slip_or_a_change_is_likely(other: Description) -> None:
    assert resemblance(JANE, other).score >= POSSIBLE
    assert other.birth_date in days_like(JANE.birth_date)
    assert resemblance(JANE, other) == resemblance(other, JANE)


@pytest.mark.parametrize(
    "other",
    [
        replace(JANE, given_name="Thomas", sex="male", email="", phones=()),  # a twin
        replace(JANE, given_name="Claire", phones=(), email=""),
        replace(JANE, given_name="Mary", birth_date=date(1951, 7, 30), phones=(), email=""),  # her mother
        Description("Khan", "Imran", date(1980, 4, 12), "male", postcode="LS1 5HT"),
    ],
)
def test_who_shares_a_house_a_name_or_a_birthday_is_not(other: Description) -> None:
    assert resemblance(JANE, other).score < POSSIBLE


def test_what_agrees_is_named() -> None:
    other = replace(JANE, postcode="M1 1AE", email="", birth_date=date(1980, 4, 13))
    assert resemblance(JANE, other).agreeing == ("family_name", "given_name", "sex", "phone")
    assert resemblance(JANE, JANE).score == 100


def test_the_likeliest_comes_first_and_strangers_do_not_come() -> None:
    known = {
        1: Description("Khan", "Imran", date(1999, 1, 1), "male"),
        2: replace(JANE, birth_date=date(1980, 12, 4)),
        3: JANE,
    }
    found = resembling(JANE, known, by_birth_date(known))
    assert [each for each, _ in found] == [3, 2]


def test_a_description_is_made_of_a_row_or_of_a_patient() -> None:
    values = {
        "family_name": "Smith",
        "given_name": "Jo",
        "birth_date": date(1980, 1, 1),
        "sex": "unknown",
        "email": None,
    }
    assert description_of(values) == Description("Smith", "Jo", date(1980, 1, 1))


names = st.text(st.characters(categories=["L", "Zs", "Pd"]), min_size=1, max_size=12)
people = st.builds(
    Description,
    names,
    names,
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.sampled_from(["", "male", "female"]),
    st.one_of(st.just(""), names),
    st.sampled_from(["", "LS1 5HT", "M1 1AE"]),
)


@settings(max_examples=100)
@given(people, people)
def test_a_score_is_between_nothing_and_all_and_the_same_both_ways(one: Description, other: Description) -> None:
    score = resemblance(one, other).score
    assert 0 <= score <= 100
    assert score == resemblance(other, one).score
    assert resemblance(one, one).score == 100 or not one.family_name.strip() or not one.given_name.strip()


@settings(max_examples=300)
@given(people, people)
def test_nobody_born_on_a_day_that_no_slip_leads_to_is_likely(one: Description, other: Description) -> None:
    """Though all else agrees: so the search may go by the day alone."""
    alike = replace(one, birth_date=other.birth_date)
    if other.birth_date not in days_like(one.birth_date):
        assert resemblance(one, alike).score < POSSIBLE
    assert (one.birth_date in days_like(other.birth_date)) == (other.birth_date in days_like(one.birth_date))


@pytest.mark.parametrize("day", [date(1980, 12, 4), date(1890, 4, 12), date(1980, 4, 21), date(1980, 4, 15)])
def test_the_days_of_a_slip_are_known(day: date) -> None:
    assert day in days_like(JANE.birth_date)
    assert resemblance(JANE, replace(JANE, birth_date=day)).score >= POSSIBLE
