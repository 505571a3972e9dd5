"""The parts of a changeset: who is new, changed, gone, and which rows are rejected."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse

from pcnhub.care.patients.queries import BatchPage, BatchView, ChangePage, ChangeView
from pcnhub.care.patients.rules import ChangeKind, ImportState, Rejection
from pcnhub.entrances.staff.patients.importing.words import KINDS, field_words, value_words
from pcnhub.entrances.staff.patients.pages import Action
from pcnhub.foundations.kernel.identifiers import NhsNumber

REJECTED, LEFT_BY_UNDO, KEPT_OUT = "rejected", "left-by-undo", "kept-out"
_HAPPENED = (ImportState.IMPORTED, ImportState.UNDOING, ImportState.UNDONE)
# What is looked at first: rejected rows need hands, then changes of people who are held.
_FIRST = (ChangeKind.CHANGED, ChangeKind.NEW)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of change in the row of parts, with how many people it concerns."""

    text: str
    count: int
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a part: `number` is the NHS number as read aloud."""

    line: int | None
    name: str
    number: str
    born: str
    href: str
    differences: tuple[Difference, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The part of the import that is looked at."""

    heading: str
    meaning: str
    column: str  # heading of what is told of each person; empty where nothing is
    lines: tuple[Line, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    link: Action | None = None
    address: str = ""
    number: int = 1
    pages: int = 1


def parts(batch: BatchView, kind: str) -> tuple[Part, ...]:
    """Every kind of change that there is, unchanged rows, and rejected ones."""
    here = f"{reverse('import', args=[batch.id])}?show="
    counts = [(each, words[0], batch.kinds.get(each, 0)) for each, words in KINDS.items()]
    found = [Part(text, count, f"{here}{each}", each == kind) for each, text, count in counts if count]
    found.append(Part("Unchanged", batch.unchanged, "", is_current=False))
    link = f"{here}{REJECTED}" if batch.rejected else ""
    found.append(Part("Rejected rows", batch.rejected, link, kind == REJECTED))
    if batch.duplicates:
        link = reverse("import-duplicates", args=[batch.id])
        found.append(Part("Possible duplicates", batch.duplicates, link, is_current=False))
    if batch.kept_out:
        found.append(Part("Kept out", batch.kept_out, f"{here}{KEPT_OUT}", kind == KEPT_OUT))
    if batch.kept_back:
        found.append(Part("Left by the undo", batch.kept_back, f"{here}{LEFT_BY_UNDO}", kind == LEFT_BY_UNDO))
    return tuple(found)


def first(batch: BatchView) -> str:
    """The part that is shown unasked; empty when there is none."""
    if batch.kept_back:
        return LEFT_BY_UNDO
    if batch.kept_out:
        return KEPT_OUT
    if batch.rejected:
        return REJECTED
    return next((kind for kind in (*_FIRST, *ChangeKind) if batch.kinds.get(kind)), "")


def of_changes(found: ChangePage) -> Listed:
    heading, before, after = KINDS[found.kind]
    lines = tuple(map(_line, found.items))
    is_told = any(each.differences or each.words for each in lines)
    gone = "" if lines or not found.total else " Their names were removed together with the file."
    return Listed(
        heading=heading,
        meaning=(after if found.batch.state in _HAPPENED else before) + gone,
        column="What changes" if is_told else "",
        lines=lines,
        address=f"{reverse('import', args=[found.batch.id])}?show={found.kind}&page=",
        number=found.number,
        pages=found.pages,
    )


def of_those_left(found: ChangePage) -> Listed:
    return replace(
        of_changes(found),
        heading="Left by the undo",
        meaning="The undo left these people as they are: each was changed again since, or is in use.",
        column="Why",
        lines=tuple(replace(_line(each), differences=()) for each in found.items),
        address=f"{reverse('import', args=[found.batch.id])}?show={LEFT_BY_UNDO}&page=",
    )


def of_kept_out(found: ChangePage) -> Listed:
    return replace(
        of_changes(found),
        heading="Kept out",
        meaning="Somebody else brought the list, and these people are protected or object to sharing: whoever brought it does "
        "not see that the practice holds them, and nothing that it says of them is taken in. Where it is right, bring the list "
        "in as the practice’s own, and review it.",
        column="What the list says",
        link=Action("Bring this list in as the practice’s own", reverse("import-as-own", args=[found.batch.id])),
        address=f"{reverse('import', args=[found.batch.id])}?show={KEPT_OUT}&page=",
    )


def of_rejections(found: BatchPage) -> Listed:
    is_kept = found.batch.file_kept_until or any(each.value for each in found.rejections)
    gone = "" if is_kept or not found.total else " What stood in them was removed together with the file."
    return Listed(
        heading="Rejected rows",
        meaning="These rows are not taken. A row with several mistakes stands here several times. Mend them in the "
        "practice’s system and export again: what is in by then changes nothing." + gone,
        column="",
        rejections=found.rejections,
        link=Action("Download all rejected rows (CSV)", reverse("import-rejections", args=[found.batch.id])),
        address=f"{reverse('import', args=[found.batch.id])}?show={REJECTED}&page=",
        number=found.number,
        pages=found.pages,
    )


def _line(each: ChangeView) -> Line:
    if each.is_withheld:
        return Line(each.line, "Protected: not shown to you", "", "", "", (), each.left_because)
    return Line(
        line=each.line,
        name=each.name,
        number=NhsNumber(each.nhs_number).spaced if each.nhs_number else "no NHS number",
        born=f"{each.birth_date:%-d %b %Y}" if each.birth_date else "",
        href="",
        differences=tuple(
            Difference(field_words(field.name), value_words(field.before), value_words(field.after))
            for field in each.fields
        ),
        words=each.left_because,
    )
