"""The words of a record, and its entries as values: what an import brings, what a hub files, what a receiver answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pcnhub.care.records.particulars import AllergyParticulars, MedicationParticulars


class ItemKind(StrEnum):
    PROBLEM = "problem"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    IMMUNISATION = "immunisation"
    OBSERVATION = "observation"


class Origin(StrEnum):
    OWN = "own"
    IMPORT = "import"
    WRITE_BACK = "write-back"  # filed by a hub on this platform
    RECEIVED = "received"  # a report that came by MESH


class Section(StrEnum):
    """The parts of a record, in the order in which they are shown. Allergies first: they change what is safe to do."""

    ALLERGIES = "allergies"
    PROBLEMS = "problems"
    MEDICATION = "medication"
    IMMUNISATIONS = "immunisations"
    OBSERVATIONS = "observations"
    CONSULTATIONS = "consultations"


SECTION_OF: dict[ItemKind, Section] = {
    ItemKind.ALLERGY: Section.ALLERGIES,
    ItemKind.PROBLEM: Section.PROBLEMS,
    ItemKind.MEDICATION: Section.MEDICATION,
    ItemKind.IMMUNISATION: Section.IMMUNISATIONS,
    ItemKind.OBSERVATION: Section.OBSERVATIONS,
}


class PermissionAnswer(StrEnum):
    """What the patient said when asked whether their record may be opened; or that somebody opens it unasked, and why."""

    GIVEN = "given"
    REFUSED = "refused"
    OVERRIDDEN = "overridden"


class PermissionStanding(StrEnum):
    """How it stands for one reader on one day."""

    NOT_NEEDED = "not-needed"
    NOT_ASKED = "not-asked"
    GIVEN = "given"
    REFUSED = "refused"
    OVERRIDDEN = "overridden"

    @property
    def opens(self) -> bool:
        return self in (PermissionStanding.NOT_NEEDED, PermissionStanding.GIVEN, PermissionStanding.OVERRIDDEN)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of a day, as it was put on record by `user`."""

    answer: PermissionAnswer
    user: str


def permission_standing(answers: Iterable[Answered], *, user: str) -> PermissionStanding:
    """The day's answers, oldest first, for one reader: the patient's last word holds for everybody who looks after them,
    an override for nobody but whoever gave its reason, and only until the patient is asked again."""
    standing = PermissionStanding.NOT_ASKED
    for each in answers:
        if each.answer is not PermissionAnswer.OVERRIDDEN or each.user == user:
            standing = PermissionStanding(each.answer.value)
    return standing


# The holder's own mark, unlike the source's `confidential-items` (ListWarningCode-1): the holder sees these entries.
CONFIDENTIAL = "withheld-as-confidential"
CONFIDENTIAL_TEXT = "Entries that the practice marked as confidential are not shown."


# Statuses under which an entry is history: everything else is shown as current, the safer of two mistakes.
PAST_STATUSES = frozenset({"completed", "stopped", "resolved", "inactive", "ended", "entered-in-error", "cancelled"})

# Of a drug that a hub's consultation brought. Whether the patient goes on taking it nobody has said: it stands among what is
# current, the safer of two mistakes, and says that it is no repeat medication.
MENTIONED = "mentioned in a consultation at a hub, no repeat medication"


@dataclass(frozen=True, slots=True)
class NewItem:
    """One entry as it comes from its source. `detail` holds what only its kind has, as text by field name, for showing;
    `particulars` what its source said in full, for giving it on."""

    kind: ItemKind
    term: str
    source_key: str
    code: str = ""
    status: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    recorded_on: date | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
    is_confidential: bool = False
    particulars: AllergyParticulars | MedicationParticulars | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A headed piece of a consultation's free text."""

    heading: str
    text: str
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class CodedEntry:
    """A SNOMED CT coded entry of a consultation; `value` as text, such as "120/80 mmHg", or empty. `kind` is the sender's word
    for what it is there ("medication"), empty where it has none."""

    code: str
    term: str
    value: str = ""
    kind: str = ""
    note: str = ""
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class NewConsultation:
    """One past consultation of an organisation's own, as it comes from its source."""

    source_key: str
    title: str
    started_at: datetime
    author_name: str
    author_role: str = ""
    site_name: str = ""
    sections: tuple[Passage, ...] = ()
    entries: tuple[CodedEntry, ...] = ()
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that the reader of a section must know, in the source's code and words (ListWarningCode-1)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """That a source spoke of a section at all: without it, an empty section means "not known", never "none"."""

    section: Section
    as_of: datetime | None = None
    warnings: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """Something in a source that did not become an entry, or only in part, and why."""

    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Extract:
    """A record as a source sent it, for the person that it names."""

    nhs_number: str
    birth_date: date | None
    items: tuple[NewItem, ...] = ()
    consultations: tuple[NewConsultation, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """A finished consultation as a hub sends it home: one version of what `source_key` names."""

    source_key: str
    version: int
    started_at: datetime
    author_name: str
    author_role: str
    site_name: str
    sections: tuple[Passage, ...]
    entries: tuple[CodedEntry, ...] = ()
    outcome: str = ""
    amendment_reason: str = ""
    follow_up: str = ""
    is_confidential: bool = False
    is_in_error: bool = False
    in_error_reason: str = ""
    document_keys: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As practices know it (`domain.md` 1.3, step 8)."""
        return f"Enterprise Consultation ({self.site_name})" if self.site_name else "Enterprise Consultation"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receiver's record answers: kept at both ends. `is_new` is false when this version had been filed before."""

    number: str
    received_at: datetime
    is_new: bool


_RECEIPTS = uuid.UUID("6f0e6f2e-8a53-4c0b-9a55-6a8f1b1f7c11")


WITHHELD_CONSULTATION = "The practice marked this consultation as confidential. It is not shown elsewhere."
WITHHELD_ITEM = "Confidential: shown at the practice alone."


def without_confidential(
    sections: Iterable[Passage], entries: Iterable[CodedEntry]
) -> tuple[tuple[Passage, ...], tuple[CodedEntry, ...]]:
    """What a reader of another organisation sees of a consultation: the place of each confidential item, not what it says."""
    return (
        tuple(replace(each, text=WITHHELD_ITEM) if each.is_confidential else each for each in sections),
        tuple(
            CodedEntry("", WITHHELD_ITEM, kind=each.kind, is_confidential=True) if each.is_confidential else each
            for each in entries
        ),
    )


def kept(value: Passage | CodedEntry) -> dict[str, Any]:
    """As it is kept: what is as it usually is has no key, so that what was kept before a key existed reads the same."""
    always = ("heading", "text", "code", "term", "value")
    return {name: each for name, each in asdict(value).items() if each or name in always}


class PartKind(StrEnum):
    """Of which list of a consultation a confidential part is."""

    SECTION = "section"
    ENTRY = "entry"


def without_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a confidential passage or entry in the consultation's own row: its place, its heading or what it is there."""
    return {name: each if name in ("heading", "kind", "is_confidential") else "" for name, each in row.items()}


def passage_of(row: Mapping[str, Any]) -> Passage:
    return Passage(row["heading"], row["text"], bool(row.get("is_confidential", False)))


def entry_of(row: Mapping[str, Any]) -> CodedEntry:
    return CodedEntry(
        code=row["code"],
        term=row["term"],
        value=row.get("value", ""),
        kind=row.get("kind", ""),
        note=row.get("note", ""),
        is_confidential=bool(row.get("is_confidential", False)),
    )


def receipt_number(*, target: int, source: int, source_key: str, version: int) -> str:
    """The same filing has the same number, however often it arrives: 36 characters."""
    return str(uuid.uuid5(_RECEIPTS, f"{target}:{source}:{source_key}:{version}"))


def is_past(*, status: str, ends_on: date | None, today: date) -> bool:
    """Whether an entry is history on a day."""
    return status in PAST_STATUSES or (ends_on is not None and ends_on < today)
