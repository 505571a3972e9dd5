"""What a day's answers amount to for one reader."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.records.rules import Answered, PermissionAnswer, PermissionStanding, permission_standing

answers = st.lists(st.builds(Answered, st.sampled_from(PermissionAnswer), st.sampled_from(["me", "she"])), max_size=6)


@given(answers)
def test_the_patients_last_word_counts_and_an_override_only_for_who_gave_it(said: list[Answered]) -> None:
    mine = [each for each in said if each.answer is not PermissionAnswer.OVERRIDDEN or each.user == "me"]
    standing = permission_standing(said, user="me")
    assert standing.value == (mine[-1].answer.value if mine else "not-asked")
    assert standing.opens == (bool(mine) and mine[-1].answer is not PermissionAnswer.REFUSED)


def test_asking_nobody_opens_nothing() -> None:
    assert permission_standing([], user="me") is PermissionStanding.NOT_ASKED
