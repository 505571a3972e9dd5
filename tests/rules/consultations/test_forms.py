"""Clinical templates: what a file may say, and what answers become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.consultations.rules import Entry, Notes, Section
from pcnhub.care.consultations.rules.forms import Form, added, filled, form_from, unknown_codes
from pcnhub.care.consultations.rules.notes import EntryKind
from pcnhub.foundations.kernel.refusals import InvalidInput

FORM = b"""
kind = "clinical-template"
key = "fever"
title = "Fever"

[[field]]
name = "temperature"
label = "Temperature"
type = "number"
heading = "Examination"
code = "386725007"
entry = "examination"
unit = "\xc2\xb0C"
least = 30
most = 45
required = true

[[field]]
name = "rash"
label = "Rash"
type = "yes-no"
heading = "History"
code = "271807003"

[[field]]
name = "looks"
label = "Looks"
type = "choice"
heading = "Examination"
[[field.choice]]
text = "Well"
[[field.choice]]
text = "Unwell"
code = "84229001"

[[field]]
name = "since"
label = "Since"
type = "date"
heading = "History"
"""
TERMS = {"386725007": "Body temperature", "271807003": "Eruption of skin", "84229001": "Fatigue"}


def refused(source: bytes) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        form_from(source)
    assert all(problem.remedy for problem in refusal.value.problems)
    return {problem.field: problem.code for problem in refusal.value.problems}


def fill(form: Form, **given: str) -> Notes:
    return filled(form, given, terms=TERMS)


def test_answers_become_text_under_their_headings_and_entries_with_values() -> None:
    notes = fill(form_from(FORM), temperature="38.4", rash="No", looks="Unwell", since="2026-11-20")
    assert notes.sections == (
        Section("History", "Rash: No\nSince: 20 November 2026"),
        Section("Examination", "Temperature: 38.4 °C\nLooks: Unwell"),
    )
    assert notes.entries == (
        Entry("386725007", "Body temperature", "38.4", "°C", EntryKind.EXAMINATION),
        Entry("84229001", "Fatigue"),
    )


def test_a_no_is_never_coded_as_a_finding() -> None:
    assert [each.code for each in fill(form_from(FORM), temperature="37", rash="No").entries] == ["386725007"]
    assert "271807003" in [each.code for each in fill(form_from(FORM), temperature="37", rash="Yes").entries]


def test_every_wrong_answer_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refusal:
        fill(form_from(FORM), temperature="", rash="Perhaps", looks="Green", since="2026-13-40")
    assert [problem.field for problem in refusal.value.problems] == ["temperature", "rash", "looks", "since"]
    with pytest.raises(InvalidInput, match="at least 30 and at most 45 °C"):
        fill(form_from(FORM), temperature="384")


def test_a_file_is_refused_with_every_error_and_its_place() -> None:
    found = refused(
        FORM.replace(b'type = "yes-no"', b'type = "tick"')
        .replace(b'heading = "Examination"', b'heading = "Exam"')
        .replace(b"least = 30", b'least = "thirty"')
        .replace(b'title = "Fever"', b'titel = "Fever"')
        .replace(b'name = "since"', b'name = "rash"')
    )
    assert found == {
        "field 1 (temperature).heading": "unknown-word",
        "field 1 (temperature).least": "not-a-number",
        "field 2 (rash).type": "unknown-word",
        "field 3 (looks).heading": "unknown-word",
        "name": "twice",
        "titel": "unknown-key",
        "title": "missing",
    }


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"kind = ", "not-toml"),
        (b"\xff\xfe", "not-text"),
        (b'kind = "protocol"', "unknown-word"),
        (b"#" * 300_000, "too-large"),
    ],
)
def test_what_is_no_template_is_refused(source: bytes, code: str) -> None:
    assert code in refused(source).values()


@pytest.mark.parametrize(
    "said",
    [
        b'label = "a\\u0000b"',  # PostgreSQL can't keep it
        b"least = 1" + b"0" * 400,  # can't be put into words
        b"least = 1" + b"0" * 5000,
        b"least = nan",
        b"least = 2\nmost = 1",  # no answer fits
        b"unit = " + b"[" * 5000,
    ],
)
def test_what_would_fail_later_is_refused_now(said: bytes) -> None:
    field = b'[[field]]\nname = "f"\ntype = "number"\nheading = "History"\n'
    label = b"" if said.startswith(b"label") else b'label = "F"\n'
    assert refused(b'kind = "clinical-template"\nkey = "k"\ntitle = "T"\n' + field + label + said)


def test_codes_that_are_in_no_list_are_named() -> None:
    assert unknown_codes(form_from(FORM), {"386725007"}) == ("271807003", "84229001")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
notes = st.builds(
    Notes,
    sections=st.lists(
        st.builds(Section, st.sampled_from(["History", "Plan"]), texts), unique_by=lambda each: each.heading
    ).map(tuple),
    entries=st.lists(st.builds(Entry, st.sampled_from(list(TERMS)), st.just("t"))).map(tuple),
    outcome=st.sampled_from(["", "seen"]),
)


@given(notes, notes)
def test_adding_keeps_all_that_was_written(mine: Notes, more: Notes) -> None:
    both = added(mine, more)
    for each in (*mine.sections, *more.sections):
        assert each.text in both.text_under(each.heading)
    assert both.entries == (*mine.entries, *more.entries)
    assert both.outcome == mine.outcome
    assert len({each.heading for each in both.sections}) == len(both.sections)
