"""Clinical templates: questions whose answers become coded entries and text under headings. `docs/operate/templates.md`"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pcnhub.care.consultations.rules.definitions import (
    YES,
    AnswerType,
    DefinitionKind,
    Part,
    Question,
    Read,
    answers_to,
    close_file,
    open_file,
    question_from,
    refuse_same_names,
)
from pcnhub.care.consultations.rules.notes import Entry, EntryKind, Heading, Notes, Section


@dataclass(frozen=True, slots=True)
class FormField:
    """A question, the heading that its answer is written under, and what it is coded as. `codes` by the choice made."""

    question: Question
    heading: Heading
    code: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    kind: EntryKind = EntryKind.FINDING

    def code_for(self, answer: str) -> str:
        """What the answer is coded as; empty: it stays text. A no is never coded as if it were a yes."""
        match self.question.type:
            case AnswerType.CHOICE:
                return dict(self.codes).get(answer, "")
            case AnswerType.YES_NO:
                return self.code if answer == YES else ""
            case _:
                return self.code


@dataclass(frozen=True, slots=True)
class Form:
    read: Read
    intro: str
    fields: tuple[FormField, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(field.question for field in self.fields)

    def codes(self) -> frozenset[str]:
        """Every code that an answer may become."""
        return frozenset(code for field in self.fields for code in (field.code, *dict(field.codes).values()) if code)


@lru_cache(maxsize=256)
def form_from(source: bytes) -> Form:
    """The clinical template that a file holds. Raises InvalidInput with every error."""
    read, whole = open_file(source, (DefinitionKind.FORM,))
    intro = whole.text("intro", needed=False, longest=1_000)
    fields = tuple(_fields(whole))
    refuse_same_names(whole, [field.question for field in fields])
    close_file(whole)
    return Form(read, intro, fields)


def _fields(whole: Part) -> Iterator[FormField]:
    for part in whole.parts("field"):
        codes: tuple[tuple[str, str], ...] = ()
        choices: tuple[str, ...] | None = None
        if part.values.get("type") == AnswerType.CHOICE:
            codes, choices = _choices(part)
        question = question_from(part, choices=choices)
        yield FormField(
            question=question,
            heading=Heading(part.word("heading", list(Heading), default=Heading.HISTORY)),
            code="" if question.type is AnswerType.CHOICE else part.text("code", needed=False, longest=20),
            codes=codes,
            kind=EntryKind(part.word("entry", list(EntryKind), needed=False, default=EntryKind.FINDING)),
        )


def _choices(part: Part) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The choices of a question, each with its own code or none."""
    pairs = [(choice.text("text"), choice.text("code", needed=False, longest=20)) for choice in part.parts("choice")]
    return tuple((text, code) for text, code in pairs if code), tuple(text for text, _ in pairs)


def filled(form: Form, given: Mapping[str, str], *, terms: Mapping[str, str]) -> Notes:
    """What the answers add to the notes: one line for each under its heading, and an entry where it is coded.

    `terms` says the term of each code. Raises InvalidInput with all that is wrong with the answers.
    """
    answers = answers_to(form.questions, given)
    lines: dict[Heading, list[str]] = {}
    entries = []
    for field in form.fields:
        answer = answers.get(field.question.name)
        if not answer:
            continue
        question = field.question
        lines.setdefault(field.heading, []).append(
            f"{question.label}: {answer}{' ' + question.unit if question.unit else ''}"
        )
        if code := field.code_for(answer):
            holds_value = question.type in (AnswerType.NUMBER, AnswerType.TEXT, AnswerType.DATE)
            entries.append(Entry(code, terms[code], answer if holds_value else "", question.unit, kind=field.kind))
    sections = tuple(Section(heading, "\n".join(lines[heading])) for heading in Heading if heading in lines)
    return Notes(sections=sections, entries=tuple(entries))


def added(notes: Notes, more: Notes) -> Notes:
    """The notes with more beneath what is there under each heading; nothing that was written is changed."""
    texts = {section.heading: section.text for section in notes.sections}
    sections = list(notes.sections)
    for section in more.sections:
        if texts.get(section.heading):
            at = next(place for place, each in enumerate(sections) if each.heading == section.heading)
            sections[at] = replace(sections[at], text=f"{sections[at].text}\n\n{section.text}")
        else:
            is_marked = any(each.is_confidential for each in sections if each.heading == section.heading)
            others = [each for each in sections if each.heading != section.heading]
            sections = [*others, replace(section, is_confidential=section.is_confidential or is_marked)]
    return replace(notes, sections=tuple(sections), entries=(*notes.entries, *more.entries))


def holds(notes: Notes, more: Notes) -> bool:
    """Whether all that `more` would add stands in the notes already, word for word."""
    return all(
        any(each.heading == section.heading and section.text in each.text.split("\n\n") for each in notes.sections)
        for section in more.sections
    ) and all(
        any((each.code, each.value, each.unit) == (entry.code, entry.value, entry.unit) for each in notes.entries)
        for entry in more.entries
    )


def unknown_codes(form: Form, known: Collection[str]) -> tuple[str, ...]:
    """The codes that are in no loaded list, in order."""
    return tuple(sorted(form.codes() - set(known)))
