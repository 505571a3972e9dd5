"""Protocols: one function decides, and says how to satisfy what is open."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.consultations.rules.definitions import DefinitionKind, Read
from pcnhub.care.consultations.rules.protocols import (
    TASK_PRIORITIES,
    TASK_TYPES,
    Conditions,
    Deed,
    DeedKind,
    Moment,
    Protocol,
    Situation,
    Wanted,
    applies,
    problems_of,
    protocol_from,
    wanted,
)
from pcnhub.care.tasks.rules import TaskPriority, TaskType
from pcnhub.foundations.kernel.refusals import InvalidInput

TWO_WEEKS = b"""
kind = "protocol"
key = "two-week-wait"
title = "Two-week wait"
moments = ["finish", "amend"]

[when]
outcomes = ["two-week-wait"]

[[ask]]
what = "task"
name = "refer"
sentence = "Ask the practice to send the referral."
type = "two-week-wait-referral"
priority = "urgent"

[[ask]]
what = "email"
name = "notice"
sentence = "Tell the practice by e-mail that a task waits."
override = true

[[ask]]
what = "advice"
name = "advice"
sentence = "Tell the patient what happens next."
advice = "You will be seen within two weeks. Ring if you hear nothing within a week."

[[ask]]
what = "outcome"
name = "outcome"
sentence = "Say what became of it."
must = false
one_of = ["two-week-wait"]
"""
PROTOCOL = protocol_from(TWO_WEEKS)
CHOSEN = Situation(outcome="two-week-wait")
DONE = (
    Deed(DeedKind.TASK, what="two-week-wait-referral", priority="urgent"),
    Deed(DeedKind.ADVICE, "two-week-wait", "advice"),
)


def open_asks(situation: Situation, moment: Moment = Moment.FINISH) -> list[str]:
    return [each.ask.name for each in wanted([PROTOCOL], situation, [moment]) if each.is_open]


def test_every_open_ask_is_named_with_how_to_satisfy_it() -> None:
    asked = wanted([PROTOCOL], CHOSEN, [Moment.FINISH])
    assert open_asks(CHOSEN) == ["refer", "advice"]  # the e-mail goes by itself
    problems = problems_of(asked)
    assert [problem.field for problem in problems] == ["asked-two-week-wait-refer", "asked-two-week-wait-advice"]
    assert "two week wait referral, urgent" in problems[0].remedy
    assert all(problem.remedy for problem in problems)


def test_what_was_done_satisfies_and_what_only_resembles_it_does_not() -> None:
    assert open_asks(Situation(outcome="two-week-wait", deeds=DONE)) == []
    for near in (
        Deed(DeedKind.TASK, what="two-week-wait-referral", priority="routine"),
        Deed(DeedKind.TASK, what="follow-up", priority="urgent"),
        Deed(DeedKind.ADVICE, "another", "advice"),
        Deed(DeedKind.OVERRIDE, "two-week-wait", "refer"),  # the rule does not allow it
    ):
        assert open_asks(Situation(outcome="two-week-wait", deeds=(near,))) == ["refer", "advice"]


def test_an_email_that_can_not_leave_stays_open_until_a_reason_is_given() -> None:
    unreachable = Situation(outcome="two-week-wait", deeds=DONE, practice_email=False)
    assert open_asks(unreachable) == ["notice"]
    reason = Deed(DeedKind.OVERRIDE, "two-week-wait", "notice")
    assert open_asks(Situation(outcome="two-week-wait", deeds=(*DONE, reason), practice_email=False)) == []


@pytest.mark.parametrize(
    ("ask", "can", "cannot"),
    [
        ('what = "outcome"\none_of = ["gone", "left"]', {"outcomes": {"left": "Left"}}, {"outcomes": {"seen": "Seen"}}),
        ('what = "email"', {}, {"practice_email": False}),
        ('what = "document"\ntemplate = "form"', {"documents": frozenset({"form"})}, {"documents": frozenset()}),
    ],
)
def test_what_nobody_can_do_here_is_named_and_a_reason_takes_its_place(
    ask: str, can: dict[str, Any], cannot: dict[str, Any]
) -> None:
    """A must without `override`, whose outcomes are all retired since, say: finishing was refused for ever."""
    head = 'kind = "protocol"\nkey = "k"\ntitle = "T"\nmoments = ["finish"]\n[[ask]]\nname = "a"\nsentence = "Do."\n'
    rule = protocol_from((head + ask).encode())

    def one(**more: Any) -> Wanted:
        return wanted([rule], Situation(**more), [Moment.FINISH])[0]

    reason = (Deed(DeedKind.OVERRIDE, "k", "a"),)
    assert (one(**cannot).is_open, one(**cannot).may_pass) == (True, True)
    assert "say why" in one(**cannot).remedy
    assert not one(**cannot, deeds=reason).is_open
    assert not one(**can).may_pass  # the control: what can be done is passed over only where the rule allows it
    assert one(**can, deeds=reason).is_open is one(**can).is_open


def test_nothing_is_asked_at_another_moment_or_of_another_outcome() -> None:
    assert wanted([PROTOCOL], CHOSEN, [Moment.START]) == ()
    assert wanted([PROTOCOL], Situation(outcome="discharged"), [Moment.FINISH]) == ()


def test_a_file_is_refused_with_every_error_and_its_place() -> None:
    wrong = (
        TWO_WEEKS.replace(b'"amend"', b'"later"')
        .replace(b'what = "email"', b'what = "fax"')
        .replace(b'priority = "urgent"', b'priority = "now"')
        .replace(b"must = false", b'must = "no"')
        .replace(b"[when]", b"[when]\ncode = 1")
    )
    with pytest.raises(InvalidInput) as refusal:
        protocol_from(wrong)
    assert {problem.field: problem.code for problem in refusal.value.problems} == {
        "moments": "unknown-word",
        "when.code": "unknown-key",
        "ask 1 (refer).priority": "unknown-word",
        "ask 2 (notice).what": "unknown-word",
        "ask 4 (outcome).must": "not-a-flag",
    }
    assert all(problem.remedy for problem in refusal.value.problems)


words = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2)
conditions = st.builds(Conditions, words, words, words, words, words)
situations = st.builds(
    Situation,
    st.sampled_from(["", "a", "b"]), words, st.sampled_from(["", "a", "b"]), st.sampled_from(["", "a"]),
    st.sampled_from(["", "c"]),
)  # fmt: skip


@given(conditions, conditions, situations)
def test_conditions_hold_as_their_words_say(when: Conditions, unless: Conditions, situation: Situation) -> None:
    def holds(given_words: Conditions, name: str) -> bool:
        seen = situation.codes if name == "codes" else {getattr(situation, name.removesuffix("s"), "")} - {""}
        if name == "booked_by":
            seen = {situation.booked_by} - {""}
        return bool(getattr(given_words, name) & seen)

    named = ("outcomes", "codes", "slot_types", "delivery_channels", "booked_by")
    expected = all(holds(when, name) for name in named if getattr(when, name)) and not any(
        holds(unless, name) for name in named if getattr(unless, name)
    )
    protocol = Protocol(Read(DefinitionKind.PROTOCOL, "k", "T"), frozenset(Moment), when, unless, ())
    assert applies(protocol, situation) is expected


def test_with_descendants_a_code_holds_for_what_lies_beneath_it_and_only_then() -> None:
    situation = Situation(codes=frozenset({"child"}), above=frozenset({"parent", "ancestor"}))

    def holds(*, when: Conditions = Conditions(), unless: Conditions = Conditions()) -> bool:  # noqa: B008 - frozen
        return applies(
            Protocol(Read(DefinitionKind.PROTOCOL, "k", "T"), frozenset(Moment), when, unless, ()), situation
        )

    for code, with_them in (("child", True), ("ancestor", True), ("other", False)):
        codes = frozenset({code})
        assert holds(when=Conditions(codes=codes, descendants=True)) is with_them
        assert holds(unless=Conditions(codes=codes, descendants=True)) is not with_them
        assert holds(when=Conditions(codes=codes)) is (code == "child")
    with pytest.raises(InvalidInput, match="no codes beneath"):
        protocol_from(TWO_WEEKS.replace(b"[when]", b"[when]\ndescendants = true"))


def test_the_words_of_tasks_are_the_tasks_rooms() -> None:
    assert set(TASK_TYPES) == set(TaskType)
    assert set(TASK_PRIORITIES) == set(TaskPriority)
