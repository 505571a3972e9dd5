"""What a clinician writes, as values."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.consultations.rules import (
    LONGEST_REASON,
    Entry,
    EntryKind,
    FollowUp,
    Heading,
    Notes,
    Section,
    notes_from_json,
    plain,
    problems_of_reason,
    problems_to_finish,
    problems_to_save,
    refusal_to_start,
    section_field,
    tidied,
)
from pcnhub.care.consultations.rules.forms import added

TODAY = date(2026, 11, 23)
headings = st.sampled_from([str(heading) for heading in Heading])
sections = st.builds(Section, headings, st.text(max_size=200), st.booleans())
entries = st.builds(
    Entry,
    st.sampled_from(["49727002", "386661006"]),
    st.just("Cough"),
    value=st.text(max_size=50),
    unit=st.sampled_from(["", "°C"]),
    kind=st.sampled_from(EntryKind),
    note=st.text(max_size=20),
    is_confidential=st.booleans(),
)
follow_ups = st.none() | st.builds(FollowUp, st.text(min_size=1, max_size=20), st.none() | st.dates(), st.booleans())
written = st.builds(
    Notes,
    st.lists(sections, unique_by=lambda section: section.heading, max_size=6).map(tuple),
    st.lists(entries, max_size=5).map(tuple),
    st.sampled_from(["", "seen"]),
    st.booleans(),
    follow_ups,
)


@given(written)
def test_tidying_loses_no_word_and_is_done_once(notes: Notes) -> None:
    once = tidied(notes)
    assert tidied(once) == once
    for section in notes.sections:
        assert once.text_under(section.heading).split() == plain(section.text).split()


@given(written)
def test_notes_survive_being_kept(notes: Notes) -> None:
    assert notes_from_json(notes.as_json()) == notes


@given(written)
def test_what_may_be_finished_has_text_and_a_listed_outcome(notes: Notes) -> None:
    whole = tidied(notes)
    says_what = whole.follow_up is None or bool(whole.follow_up.text)
    wanted = any(section.text for section in whole.sections) and whole.outcome == "seen" and says_what
    assert (problems_to_finish(whole, outcomes={"seen"}) == []) == wanted


def test_what_an_earlier_release_kept_reads_the_same_and_is_kept_the_same() -> None:
    kept = {
        "sections": [{"heading": "Plan", "text": "Fluids."}],
        "entries": [{"code": "49727002", "term": "Cough", "value": "dry"}],
        "outcome": "seen",
    }
    assert notes_from_json(kept) == Notes((Section("Plan", "Fluids."),), (Entry("49727002", "Cough", "dry"),), "seen")
    assert notes_from_json(kept).as_json() == kept
    assert not notes_from_json(kept).has_confidential


def test_a_single_confidential_part_is_enough_to_say_so() -> None:
    assert Notes(is_confidential=True).has_confidential
    assert Notes((Section("Plan", "x", is_confidential=True),)).has_confidential
    assert Notes(entries=(Entry("1", "x", is_confidential=True),)).has_confidential
    assert Notes(follow_up=FollowUp("x", is_confidential=True)).has_confidential


def test_a_paste_brings_nothing_that_cannot_be_kept_or_sent() -> None:
    """PostgreSQL keeps no NUL, and XML 1.0 (2.2) has no control characters but tab and line ends."""
    assert plain(" one\r\ntwo\x0bthree\u2028four\x00\x02-\x07five\tsix ") == "one\ntwo\nthree\nfour-five\tsix"
    notes = tidied(Notes(entries=(Entry("1", "x", "3\x008", note="\x1b"),), follow_up=FollowUp("Ring\x00")))
    assert (notes.entries[0].value, notes.entries[0].note, notes.follow_up) == ("38", "", FollowUp("Ring"))


def test_a_mark_that_was_set_before_the_text_stays_and_is_no_heading_once_finished() -> None:
    kept = tidied(Notes((Section("History", " ", is_confidential=True),)))
    assert kept.sections == (Section("History", "", is_confidential=True),)
    assert problems_to_finish(kept, outcomes={"seen"})[0].code == "nothing-written"
    assert kept.without_empty() == Notes()
    assert added(kept, Notes((Section("History", "Cough: yes"),))).has_confidential


def test_sections_stand_in_the_order_of_a_consultation() -> None:
    notes = Notes((Section("Plan", "b"), Section("Problem", "a"), Section("Examination", " ")))
    assert [section.heading for section in tidied(notes).sections] == ["Problem", "Plan"]


def test_every_entry_that_cannot_be_kept_is_named() -> None:
    notes = Notes(entries=tuple(Entry("1", "x") for _ in range(51)))
    problems = problems_to_save(notes, known_codes=set())
    assert [problem.code for problem in problems].count("unknown-code") == 51
    assert "too-many" in {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("reason", "codes"),
    [("Typo", []), ("  ", ["reason-missing"]), ("x" * (LONGEST_REASON + 1), ["too-long"])],
)
def test_a_reason_is_given_and_short(reason: str, codes: list[str]) -> None:
    assert [problem.code for problem in problems_of_reason(reason)] == codes


@pytest.mark.parametrize("status", list(BookingStatus))
def test_who_may_be_consulted_on(status: BookingStatus) -> None:
    here = {
        BookingStatus.ARRIVED,
        BookingStatus.SENT_IN,
        BookingStatus.CALL_STARTED,
        BookingStatus.LEFT,
        BookingStatus.CALL_COMPLETED,
    }
    yesterday = refusal_to_start(status=status, starts_on=TODAY - timedelta(days=1), today=TODAY)
    today = refusal_to_start(status=status, starts_on=TODAY, today=TODAY)
    assert (yesterday == "") == (status in here)
    assert (today == "") == (status in here | {BookingStatus.BOOKED})


def test_field_names_are_those_of_the_form() -> None:
    assert section_field(Heading.FOLLOW_UP) == "text-follow-up"
