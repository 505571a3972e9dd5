"""Patterns of session names: what is taken matches any name quickly, whatever the name is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules.details import LONGEST_NAME
from pcnhub.care.organisations.rules import LONGEST_PATTERN, why_pattern_is_refused


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "EA .+",
        r"EA .+ - .+",
        r"Y07108 .*",
        r"(?:EA|ES) [A-Z]{2,4} \d{2}/\d{2}/\d{4}",
        r"[(+*] \(\+\)\+",
        r"EA( extra)? .+",
    ],
)
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    assert not why_pattern_is_refused(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "(a+)+$",
        "(a|a)*b",
        "(a?){40}a{40}",
        "(?:a*)*",
        r"(a)\1",
        "(?=a+)a",
        ".*.*.*.*x",
        "a?" * 25 + "a" * 25,
        "(a|a)" * 20,
        "x" * (LONGEST_PATTERN + 1),
    ],
)
def test_patterns_that_could_hang_are_refused(pattern: str) -> None:
    assert why_pattern_is_refused(pattern)


@given(st.text(alphabet="a.*+?|()[]{},2\\", max_size=16))
def test_what_is_taken_matches_the_longest_name_in_a_moment(pattern: str) -> None:
    if not why_pattern_is_refused(pattern):
        started = time.process_time()
        re.fullmatch(pattern, "a" * LONGEST_NAME + "!")
        assert time.process_time() - started < 2
