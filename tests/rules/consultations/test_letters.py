"""Document templates: a closed list of fields; a value is never markup, and never a field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.consultations.rules.letters import FIELDS, BlockKind, Headed, MergedBlock, document_from, merged
from pcnhub.foundations.kernel.refusals import InvalidInput

LETTER = b'''
kind = "document-template"
key = "referral"
title = "Referral letter"
document = "letter"
headed = "practice"
text = """
# About {{patient.name}}

Dear {{answer.to}},
seen on {{ consultation.date }}.

{{consultation.plan?}}

- {{consultation.entries}}
"""

[[ask]]
name = "to"
label = "To whom"
type = "text"
required = true
'''


def refused(source: bytes) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidInput) as refusal:
        document_from(source)
    return [(problem.field, problem.code, problem.value) for problem in refusal.value.problems]


def test_values_stand_in_their_places() -> None:
    template = document_from(LETTER)
    assert template.headed is Headed.PRACTICE
    done = merged(
        template,
        {"patient.name": "Jane", "answer.to": "Dr A", "consultation.date": "today", "consultation.entries": "Cough"},
    )
    assert done.missing == ()
    assert done.blocks == (
        MergedBlock(BlockKind.HEADING, "About Jane"),
        MergedBlock(BlockKind.PARAGRAPH, "Dear Dr A,\nseen on today."),
        MergedBlock(BlockKind.ITEM, "Cough"),
    )


def test_what_is_needed_and_missing_is_named_and_what_is_optional_is_not() -> None:
    assert merged(document_from(LETTER), {"patient.name": " "}).missing == (
        "patient.name",
        "answer.to",
        "consultation.date",
        "consultation.entries",
    )


def test_what_is_empty_leaves_neither_words_nor_a_bare_heading() -> None:
    source = LETTER.replace(b"{{consultation.plan?}}", b"# Plan\n\nWhat is planned: {{consultation.plan?}}\n\n# Codes")
    values = {"patient.name": "J", "answer.to": "A", "consultation.date": "d", "consultation.entries": "Cough"}
    assert [block.text for block in merged(document_from(source), values).blocks] == [
        "About J", "Dear A,\nseen on d.", "Codes", "Cough",
    ]  # fmt: skip
    with_plan = merged(document_from(source), values | {"consultation.plan": "Rest"})
    assert [block.text for block in with_plan.blocks][2:4] == ["Plan", "What is planned: Rest"]


def test_unknown_broken_and_unused_fields_are_refused_at_the_door() -> None:
    wrong = (
        LETTER.replace(b"{{patient.name}}", b"{{patient.nmae}}")
        .replace(b"{{answer.to}}", b"{{answer.too}}")
        .replace(b"{{ consultation.date }}", b"{{ consultation.date }")
    )
    assert refused(wrong) == [
        ("text", "unknown-field", "patient.nmae"),
        ("text", "unknown-field", "answer.too"),
        ("text", "broken-field", ""),
        ("ask", "unused-answer", "to"),
    ]


ALL = document_from(
    b'kind = "document-template"\nkey = "all"\ntitle = "All"\ndocument = "letter"\nheaded = "hub"\ntext = """'
    + "\n\n".join(f"{{{{{name}}}}}" for name in FIELDS).encode()
    + b'"""\n'
)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(st.characters(exclude_categories=["Cs"]), max_size=40)))
def test_a_value_stands_as_it_is_whatever_it_holds(values: dict[str, str]) -> None:
    """Neither `{{patient.name}}` nor `# ` in what a person wrote means anything."""
    done = merged(ALL, values)
    given_words = [values[name].strip() for name in FIELDS if values.get(name, "").strip()]
    assert [block.text for block in done.blocks] == given_words
    assert {block.kind for block in done.blocks} <= {BlockKind.PARAGRAPH}
    assert set(done.missing) == {name for name in FIELDS if not values.get(name, "").strip()}
