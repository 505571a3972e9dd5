"""Statuses, texts and reasons, from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules import BookingStatus, DeliveryChannel
from pcnhub.care.appointments.rules.booking import (
    MOVES,
    STATUS_WORDS,
    moves_from,
    problems_of_request,
    refusal_to_cancel,
)
from pcnhub.care.appointments.rules.details import SessionDetails
from pcnhub.care.appointments.rules.publishing import (
    HolderFacts,
    SessionFacts,
    reasons_not_to_publish,
)
from pcnhub.foundations.kernel.local_time import day_bounds, london_date

START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
END = START + timedelta(minutes=90)
BEFORE, DURING = START - timedelta(minutes=1), START


def after(status: BookingStatus, channel: DeliveryChannel, now: datetime = DURING) -> list[str]:
    return [move.after.value for move in moves_from(status, channel=channel, starts_at=START, now=now)]


def test_the_waiting_room_and_the_telephone_have_their_own_words() -> None:
    assert after(BookingStatus.BOOKED, DeliveryChannel.IN_PERSON) == ["arrived", "sent-in", "did-not-attend"]
    assert after(BookingStatus.BOOKED, DeliveryChannel.TELEPHONE) == ["call-started", "no-answer"]


def test_nobody_has_failed_to_attend_before_it_was_time() -> None:
    assert "did-not-attend" not in after(BookingStatus.BOOKED, DeliveryChannel.IN_PERSON, BEFORE)
    assert "no-answer" not in after(BookingStatus.BOOKED, DeliveryChannel.TELEPHONE, BEFORE)


def test_nobody_arrives_in_the_wrong_days_list() -> None:
    midnight = day_bounds(london_date(START))[0]
    assert after(BookingStatus.BOOKED, DeliveryChannel.IN_PERSON, midnight - timedelta(seconds=1)) == []
    assert after(BookingStatus.BOOKED, DeliveryChannel.IN_PERSON, midnight) == ["arrived", "sent-in"]


def test_who_comes_before_midnight_for_the_first_minutes_of_the_day_has_arrived() -> None:
    first = day_bounds(london_date(START))[0] + timedelta(minutes=15)
    moves = moves_from(
        BookingStatus.BOOKED, channel=DeliveryChannel.IN_PERSON, starts_at=first, now=first - timedelta(minutes=30)
    )
    assert [move.after for move in moves] == ["arrived", "sent-in"]


@pytest.mark.parametrize("channel", list(DeliveryChannel))
def test_what_is_cancelled_stays_so_and_no_other_status_is_a_dead_end(channel: DeliveryChannel) -> None:
    assert after(BookingStatus.CANCELLED, channel) == []
    reached = {BookingStatus.BOOKED}
    for _ in BookingStatus:
        reached |= {move.after for move in MOVES if move.before in reached and channel in move.channels}
    assert all(after(status, channel) for status in reached)
    assert BookingStatus.CANCELLED not in reached  # only cancelling cancels


def test_every_mistake_can_be_taken_back() -> None:
    undo = {(move.before, move.after) for move in MOVES if move.is_undo}
    assert {before for before, _ in undo} >= {
        BookingStatus.ARRIVED,
        BookingStatus.SENT_IN,
        BookingStatus.LEFT,
        BookingStatus.DID_NOT_ATTEND,
        BookingStatus.NO_ANSWER,
    }
    assert set(STATUS_WORDS) == set(BookingStatus)


@given(st.text(max_size=140), st.text(max_size=600), st.booleans())
def test_texts_are_refused_by_length_never_cut(reason: str, notes: str, agrees: bool) -> None:
    problems = problems_of_request(reason=reason, notes=notes, patient_agrees=agrees, idempotency_key="k")
    fields = {problem.field for problem in problems if problem.code == "too-long"}
    assert fields == {name for name, text, most in (("reason", reason, 100), ("notes", notes, 500)) if len(text) > most}
    assert ("patient_agrees" in {problem.field for problem in problems}) != agrees


@pytest.mark.parametrize("status", list(BookingStatus))
def test_only_what_is_booked_and_ahead_is_cancelled(status: BookingStatus) -> None:
    may = not refusal_to_cancel(status=status, starts_at=START, now=BEFORE)
    assert may == (status is BookingStatus.BOOKED)
    assert refusal_to_cancel(status=status, starts_at=START, now=DURING)


def test_publishing_names_every_reason_at_once() -> None:
    bare = SessionFacts(SessionDetails("", 1), START, END, slots=0, holder=None, site_open=False)
    codes = {problem.field for problem in reasons_not_to_publish(bare, name_pattern="EA .*")}
    assert codes == {"name", "holder", "site", "delivery_channel", "practitioner_role", "groups", "slots"}


def test_a_name_has_a_longest_length() -> None:
    long = SessionFacts(SessionDetails("x" * 201, 1), START, END, slots=1, holder=None, site_open=True)
    assert "too-long" in {problem.code for problem in reasons_not_to_publish(long, name_pattern="")}


BILAL = HolderFacts("Bilal", at_this_hub=True, is_active=True, is_session_holder=True, job_role_code="R0260")


@pytest.mark.parametrize(
    ("holder", "code"),
    [
        (replace(BILAL, at_this_hub=False), "elsewhere"),
        (replace(BILAL, is_active=False), "inactive"),
        (replace(BILAL, is_session_holder=False), "not-a-holder"),
        (replace(BILAL, job_role_code="R0690"), "not-the-holders"),
        (replace(BILAL, job_role_code=""), "not-the-holders"),
        (BILAL, None),
    ],
)
def test_the_holder_must_be_an_active_session_holder_of_the_hub_in_that_role(
    holder: HolderFacts, code: str | None
) -> None:
    details = SessionDetails("EA GP", 1, 2, 3, "In-person", "R0260", frozenset({4}))
    facts = SessionFacts(details, START, END, slots=6, holder=holder, site_open=True)
    assert [problem.code for problem in reasons_not_to_publish(facts, name_pattern="EA .*")] == ([code] if code else [])
