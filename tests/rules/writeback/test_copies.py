"""The one machine of a copy's states, walked at random; the times of a report; what is redacted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pcnhub.care.consultations.rules import Entry, EntryKind, FollowUp, Section
from pcnhub.care.writeback.rules import (
    CONFIDENTIAL_CONSULTATION,
    CONFIDENTIAL_ITEM,
    MAY_TRY_AGAIN,
    OVER,
    STATE_WORDS,
    TRANSITIONS,
    UNANSWERED,
    Alarm,
    ConsultationReport,
    CopyState,
    ReportAuthor,
    ReportDocument,
    ReportOrganisation,
    ReportPatient,
    Step,
    after,
    alarm,
    due_at,
    goes_at,
    is_on_its_way,
    looks_at,
    may_be_sent_otherwise,
    needs_person,
    redacted,
)

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SAYS_SENT = {CopyState.SENT, CopyState.RECEIVED}
PROVES_SENT = {Step.SEND, Step.RECEIVE, Step.ACCEPT}


def walked(turns: list[int]) -> list[tuple[Step, CopyState]]:
    """A way from the beginning: at each place one of the steps that can be taken there, with the state that it leads to."""
    state, path = CopyState.PENDING, []
    for turn in turns:
        possible = [step for step in Step if after(state, step) is not None]
        if not possible:
            break
        step = possible[turn % len(possible)]
        state = TRANSITIONS[step][state]
        path.append((step, state))
    return path


WAYS = some.lists(some.integers(0, 1000), max_size=30)


@given(WAYS)
def test_no_path_shows_sent_before_it_was(turns: list[int]) -> None:
    proven = filed = False
    for step, state in walked(turns):
        proven = (proven or step in PROVES_SENT) and step is not Step.HAND_OVER
        filed = filed or step is Step.FILE
        assert state not in SAYS_SENT or proven
        assert state is not CopyState.ACKNOWLEDGED or proven or filed


@given(WAYS)
def test_none_is_handed_over_twice_but_after_it_came_back(turns: list[int]) -> None:
    may_go = True
    for step, state in walked(turns):
        assert step is not Step.HAND_OVER or may_go
        may_go = step is Step.REFUSE or (may_go and step is not Step.HAND_OVER)
        if state in OVER:
            assert after(state, Step.HAND_OVER) is after(state, Step.START) is after(state, Step.FILE) is None


@given(WAYS)
def test_filed_into_a_record_and_sent_by_mesh_exclude_each_other(turns: list[int]) -> None:
    taken = [step for step, _ in walked(turns)]
    if Step.FILE in taken:
        assert not {Step.HAND_OVER, Step.START, Step.SEND} & set(taken[taken.index(Step.FILE) :])


def sent_twice() -> set[CopyState]:
    """Every path there is, not some: the states from which a copy would be handed over again though it never came back."""
    seen, todo, wrong = set(), [(CopyState.PENDING, True)], set()
    while todo:
        state, may_go = place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        for step in Step:
            following = after(state, step)
            if following is None:
                continue
            if step is Step.HAND_OVER and not may_go:
                wrong.add(state)
            todo.append((following, step is Step.REFUSE or (may_go and step is not Step.HAND_OVER)))
    return wrong


def test_no_path_at_all_sends_twice_and_a_machine_that_does_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent_twice() == set()
    monkeypatch.setitem(TRANSITIONS, Step.WAIT, {**TRANSITIONS[Step.WAIT], CopyState.SENT: CopyState.PENDING})
    assert sent_twice() == {CopyState.PENDING}


def test_every_state_has_words_and_is_reached() -> None:
    reached = {CopyState.PENDING} | {state for step in Step for state in TRANSITIONS[step].values()}
    assert reached == set(CopyState) == set(STATE_WORDS)


def test_what_may_be_there_is_never_tried_again() -> None:
    for state in CopyState:
        may = after(state, Step.WAIT) is not None and state is not CopyState.PENDING
        assert may == (state in MAY_TRY_AGAIN)


def test_another_way_is_offered_when_no_answer_can_come_any_more_or_none_came() -> None:
    assert may_be_sent_otherwise(CopyState.HANDED_OVER, "")
    assert may_be_sent_otherwise(CopyState.REFUSED, "30002")
    for state in (CopyState.SENDING, CopyState.SENT, CopyState.RECEIVED):
        assert not may_be_sent_otherwise(state, "")
        assert may_be_sent_otherwise(state, UNANSWERED)
    assert not may_be_sent_otherwise(CopyState.ACKNOWLEDGED, UNANSWERED)


@given(some.integers(0, 24 * 60))
def test_a_report_is_handed_over_within_its_window_and_looked_at_until_it_ends(minutes: int) -> None:
    ends = due_at(NOW, timedelta(minutes=minutes))
    assert NOW <= goes_at(NOW, ends) < ends
    assert goes_at(NOW, ends) in looks_at(NOW, ends)
    assert max(looks_at(NOW, ends)) == ends


def test_the_alarm_knows_waiting_from_being_kept() -> None:
    ends = due_at(NOW, timedelta(hours=3))
    near, late = ends - timedelta(minutes=30), ends
    assert alarm(CopyState.PENDING, due_at=ends, now=near) is Alarm.NONE
    for state in (CopyState.BLOCKED, CopyState.HANDED_OVER, CopyState.SENDING):
        assert alarm(state, due_at=ends, now=NOW) is Alarm.NONE
        assert alarm(state, due_at=ends, now=near) is Alarm.NEAR
    assert alarm(CopyState.PENDING, due_at=ends, now=late) is Alarm.PASSED
    for state in (CopyState.SENT, CopyState.ACKNOWLEDGED, CopyState.SUPERSEDED):
        assert alarm(state, due_at=ends, now=late) is Alarm.NONE
    assert alarm(CopyState.BLOCKED, due_at=None, now=late) is Alarm.NONE
    assert is_on_its_way(CopyState.SENT, "", due_at=ends, now=late)
    assert not is_on_its_way(CopyState.SENT, UNANSWERED, due_at=ends, now=late)
    assert needs_person(CopyState.SENT, UNANSWERED)
    assert not needs_person(CopyState.SENT_OTHERWISE, UNANSWERED)


REPORT = ConsultationReport(
    copy_id=1,
    report_uuid=uuid4(),
    replaces_uuid=None,
    version=2,
    consultation_id=1,
    encounter_uuid=uuid4(),
    patient=ReportPatient("Ms", "Jane", "Smith", "9000000009", date(1980, 4, 12), ("1 Lane", "DN16 1AA")),
    receiver=ReportOrganisation("A81001", "Ash Lane Surgery"),
    sender=ReportOrganisation("Y07108", "Riverside Hub", "01724 000000", "hub@example.test", ("1 River Walk",)),
    author=ReportAuthor("Bilal Cast", "GP", "100000000001"),
    seen_at=NOW,
    finished_at=NOW,
    site_name="Riverside Health Centre",
    sections=(Section("History", "Cough"), Section("Plan", "Secret plan", is_confidential=True)),
    entries=(Entry("1", "Cough"), Entry("2", "Secret drug", kind=EntryKind.MEDICATION, is_confidential=True)),
    outcome="Seen",
    follow_up=FollowUp("Ring the patient"),
    is_confidential=False,
    documents=(ReportDocument("Letter", "application/pdf", 7),),
    amendment_reason="Corrected",
)


def test_a_confidential_item_keeps_its_place_and_nothing_else() -> None:
    read = redacted(REPORT)
    assert REPORT.has_confidential
    assert [section.text for section in read.sections] == ["Cough", CONFIDENTIAL_ITEM]
    assert [(entry.code, entry.term) for entry in read.entries] == [("1", "Cough"), ("", CONFIDENTIAL_ITEM)]
    assert "Secret" not in repr(read)
    assert read.author == REPORT.author
    assert read.follow_up == REPORT.follow_up
    kept = redacted(replace(REPORT, follow_up=FollowUp("Secret call", NOW.date(), is_confidential=True)))
    assert "Secret" not in repr(kept)
    assert kept.follow_up == FollowUp(CONFIDENTIAL_ITEM, is_confidential=True)


def test_a_confidential_consultation_keeps_patient_day_and_receiver() -> None:
    report = replace(REPORT, is_confidential=True)
    read = redacted(report)
    said = repr(read)
    for gone in (
        "Cough",
        "Secret",
        "Bilal",
        "100000000001",
        "Riverside",
        "Y07108",
        "01724",
        "hub@",
        "Seen",
        "Ring",
        "Letter",
    ):
        assert gone not in said
    assert [section.text for section in read.sections] == [CONFIDENTIAL_CONSULTATION]
    assert (read.patient, read.seen_at, read.receiver) == (REPORT.patient, REPORT.seen_at, REPORT.receiver)
    assert report.subject_line == "Consultation report for Ms Jane Smith, NHS Number 9000000009, Version 2"


def test_a_report_that_says_restricted_for_one_item_names_no_place_in_its_line() -> None:
    assert "Riverside" not in replace(REPORT, is_confidential=False).subject_line


def test_what_is_not_confidential_stays_as_it_is() -> None:
    plain = replace(REPORT, sections=REPORT.sections[:1], entries=REPORT.entries[:1])
    assert redacted(plain) is plain
    assert plain.subject_line == (
        "Consultation report for Ms Jane Smith, NHS Number 9000000009, seen at Riverside Hub, ODS Code Y07108, Version 2"
    )
