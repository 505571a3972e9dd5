"""CHK-44: two accounts of one person are found; two people of one name are left alone."""

from __future__ import annotations

import pytest

from pcnhub.care.organisations.rules import PersonTraits, look_like_one_person


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (("", "", ""), ("", "", ""), False),  # nothing is known of either: two John Smiths
        (("", "555001", ""), ("", "555002", ""), False),  # a national id each
        (("", "", "card-1"), ("", "", "card-2"), False),  # a card each
        (("", "555001", ""), ("", "", "card-2"), False),
        (("", "555001", ""), ("", "", ""), True),  # what the one lacks the other has
        (("", "", "card-1"), ("", "", ""), True),
        (("j.smith@example.org", "", ""), ("J.Smith@example.org", "", ""), True),
        (("j.smith@example.org", "", ""), ("john.smith2@example.org", "", ""), False),
    ],
)
def test_namesakes_are_told_apart(one: tuple[str, str, str], other: tuple[str, str, str], answer: bool) -> None:
    first, second = PersonTraits("John Smith", *one), PersonTraits("JOHN SMITH", *other)
    assert look_like_one_person(first, second) is answer
    assert look_like_one_person(second, first) is answer
    assert not look_like_one_person(first, PersonTraits("Joan Smith", *other))
