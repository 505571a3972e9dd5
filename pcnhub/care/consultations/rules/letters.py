"""Document templates: plain text with merge fields, of a closed list. `docs/operate/templates.md`

A value never becomes markup, nor is it looked through for fields: the text is cut into pieces before any value is known.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pcnhub.care.consultations.rules.definitions import (
    DefinitionKind,
    Part,
    Question,
    Read,
    close_file,
    open_file,
    question_from,
    refuse_same_names,
)

LONGEST_DOCUMENT = 20_000  # characters of a template's text


class DocumentKind(StrEnum):
    LETTER = "letter"
    CERTIFICATE = "certificate"
    REQUEST_FORM = "request-form"


class Headed(StrEnum):
    """Whose letterhead it bears: the hub's, or that of the practice where the patient is registered."""

    HUB = "hub"
    PRACTICE = "practice"


DOCUMENT_WORDS: dict[DocumentKind, str] = {
    DocumentKind.LETTER: "Letter",
    DocumentKind.CERTIFICATE: "Certificate",
    DocumentKind.REQUEST_FORM: "Request form",
}

_ORGANISATION = {
    "name": "name",
    "ods_code": "ODS code",
    "address": "address",
    "phone": "telephone number",
    "email": "e-mail address",
}
# Every field that a text may name, with its words for a person. Closed, so that a misspelt one is refused at the door.
FIELDS: dict[str, str] = {
    "patient.name": "the patient’s name",
    "patient.title": "the patient’s title",
    "patient.given_name": "the patient’s given name",
    "patient.family_name": "the patient’s family name",
    "patient.birth_date": "the patient’s date of birth",
    "patient.age": "the patient’s age",
    "patient.sex": "the patient’s sex",
    "patient.nhs_number": "the patient’s NHS number",
    "patient.address": "the patient’s address",
    "patient.phone": "the patient’s telephone number",
    "patient.email": "the patient’s e-mail address",
    **{f"practice.{key}": f"the practice’s {words}" for key, words in _ORGANISATION.items()},
    **{f"hub.{key}": f"the hub’s {words}" for key, words in _ORGANISATION.items()},
    "consultation.date": "the day of the consultation",
    "consultation.time": "the time of the consultation",
    "consultation.site": "the site of the consultation",
    "consultation.author": "the clinician",
    "consultation.author_role": "the clinician’s role",
    "consultation.outcome": "the outcome",
    "consultation.problem": "the text under Problem",
    "consultation.history": "the text under History",
    "consultation.examination": "the text under Examination",
    "consultation.assessment": "the text under Assessment",
    "consultation.plan": "the text under Plan",
    "consultation.follow_up": "the text under Follow-up",
    "consultation.entries": "the coded entries",
    "today.date": "today’s date",
}
ANSWER = "answer."
_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*(\??)\s*\}\}")


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words as they stand, or the name of a field. What `is_optional` may stay empty."""

    text: str
    is_field: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class MergedBlock:
    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    read: Read
    kind: DocumentKind
    headed: Headed
    questions: tuple[Question, ...]
    blocks: tuple[Block, ...]
    is_signed: bool

    def fields(self) -> frozenset[str]:
        return frozenset(piece.text for block in self.blocks for piece in block.pieces if piece.is_field)


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of one letter; `missing` are the needed fields without a value, which keep it from being made."""

    blocks: tuple[MergedBlock, ...]
    missing: tuple[str, ...]


@lru_cache(maxsize=256)
def document_from(source: bytes) -> DocumentTemplate:
    """The document template that a file holds. Raises InvalidInput with every error."""
    read, whole = open_file(source, (DefinitionKind.DOCUMENT,))
    kind = whole.word("document", list(DocumentKind), default=DocumentKind.LETTER)
    headed = whole.word("headed", list(Headed), default=Headed.HUB)
    is_signed = whole.flag("signed", default=True)
    questions = tuple(question_from(part) for part in whole.parts("ask", needed=False))
    refuse_same_names(whole, questions)
    text = whole.text("text", longest=LONGEST_DOCUMENT)
    blocks = tuple(_blocks(text))
    _refuse_unknown_fields(whole, text, blocks, questions)
    close_file(whole)
    return DocumentTemplate(read, DocumentKind(kind), Headed(headed), questions, blocks, is_signed)


def merged(template: DocumentTemplate, values: Mapping[str, str]) -> Merged:
    """The template with the values in their places. A block whose fields may all be empty, and are, is left out with its
    words, and so is a heading under which nothing is left."""
    blocks: list[MergedBlock] = []
    missing: list[str] = []
    for block in template.blocks:
        if block.kind is BlockKind.HEADING:
            _drop_bare_heading(blocks)
        fields = [piece for piece in block.pieces if piece.is_field]
        missing += [
            piece.text
            for piece in fields
            if not piece.is_optional and not values.get(piece.text, "").strip() and piece.text not in missing
        ]
        if fields and all(piece.is_optional and not values.get(piece.text, "").strip() for piece in fields):
            continue
        words = [values.get(piece.text, "").strip() if piece.is_field else piece.text for piece in block.pieces]
        if text := "".join(words).strip():
            blocks.append(MergedBlock(block.kind, text))
    _drop_bare_heading(blocks)
    return Merged(tuple(blocks), tuple(missing))


def _drop_bare_heading(blocks: list[MergedBlock]) -> None:
    if blocks and blocks[-1].kind is BlockKind.HEADING:
        blocks.pop()


def said(field: str, questions: Collection[Question]) -> str:
    """A field in a person's words."""
    if field.startswith(ANSWER):
        name = field.removeprefix(ANSWER)
        return next((f"the answer to “{each.label}”" for each in questions if each.name == name), field)
    return FIELDS.get(field, field)


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs stand between empty lines; a line that begins with `# ` is a heading, one with `- ` an item of a list."""
    paragraph: list[str] = []

    def flush() -> Iterator[Block]:
        if paragraph:
            yield Block(BlockKind.PARAGRAPH, _pieces("\n".join(paragraph)))
            paragraph.clear()

    for line in text.replace("\r\n", "\n").split("\n"):
        stripped = line.strip()
        marked = {"# ": BlockKind.HEADING, "- ": BlockKind.ITEM}.get(stripped[:2])
        if marked or not stripped:
            yield from flush()
        if marked:
            yield Block(marked, _pieces(stripped[2:].strip()))
        elif stripped:
            paragraph.append(stripped)
    yield from flush()


def _pieces(text: str) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for found in _FIELD.finditer(text):
        if found.start() > at:
            pieces.append(Piece(text[at : found.start()]))
        pieces.append(Piece(found[1], is_field=True, is_optional=bool(found[2])))
        at = found.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


def _refuse_unknown_fields(whole: Part, text: str, blocks: Collection[Block], questions: Collection[Question]) -> None:
    known = {*FIELDS, *(ANSWER + question.name for question in questions)}
    named = [piece.text for block in blocks for piece in block.pieces if piece.is_field]
    for name in dict.fromkeys(named):
        if name not in known:
            where = f"line {_line_of(text, name)}"
            remedy = f"Write one of: {', '.join(sorted(known))}"
            whole.wrong("text", "unknown-field", f"There is no field of this name ({where})", remedy, name)
    plain = "".join(piece.text for block in blocks for piece in block.pieces if not piece.is_field)
    if "{{" in plain or "}}" in plain:
        remedy = "Write each as {{patient.name}}, in one line, or {{patient.phone?}} where it may stay empty"
        whole.wrong("text", "broken-field", "A field is not closed, or not opened", remedy)
    for question in questions:
        if question.name and ANSWER + question.name not in named:
            remedy = f"Put {{{{answer.{question.name}}}}} where it belongs, or take the question out"
            whole.wrong("ask", "unused-answer", "Nothing in the text uses this answer", remedy, question.name)


def _line_of(text: str, name: str) -> int:
    return text[: text.find(name)].count("\n") + 1
