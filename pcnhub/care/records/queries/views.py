"""A record as it is shown: section by section, each saying what it has, and what is missing and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pcnhub.care.patients.queries import PatientView
from pcnhub.care.records.models import FiledConsultation, Item
from pcnhub.care.records.queries.elsewhere import HomeElsewhere
from pcnhub.care.records.queries.permission import NOT_NEEDED, PermissionView
from pcnhub.care.records.rules import (
    WITHHELD_CONSULTATION,
    Caution,
    CodedEntry,
    NewItem,
    Origin,
    PartKind,
    Passage,
    Section,
    entry_of,
    is_past,
    passage_of,
    without_confidential,
)
from pcnhub.foundations.database.work import current_work
from pcnhub.foundations.kernel.actors import OrganisationRef


class SectionState(StrEnum):
    SHOWN = "shown"
    EMPTY = "empty"  # the holder spoke of it and has nothing
    NOT_HELD = "not-held"  # nobody brought it in: says nothing about the patient
    ELSEWHERE = "elsewhere"  # kept on another system, and asked for there
    REFUSED = "refused"  # there may be something, and the reader may not see it


@dataclass(frozen=True, slots=True)
class ItemView:
    """One entry. `detail` is text by field name, in the source's words."""

    id: int
    kind: str
    code: str
    term: str
    status: str
    starts_on: date | None
    ends_on: date | None
    recorded_on: date | None
    detail: Mapping[str, str]
    is_confidential: bool
    is_past: bool


@dataclass(frozen=True, slots=True)
class ConsultationVersion:
    """One version of a consultation, with what the receiver answered to it."""

    number: int
    started_at: datetime
    author_name: str
    author_role: str
    sections: tuple[Passage, ...]
    entries: tuple[CodedEntry, ...]
    outcome: str
    amendment_reason: str
    receipt: str
    received_at: datetime
    follow_up: str = ""
    is_confidential: bool = False
    is_in_error: bool = False
    in_error_reason: str = ""
    document_keys: tuple[str, ...] = ()
    document_ids: tuple[int, ...] = ()

    @property
    def has_confidential(self) -> bool:
        return (
            self.is_confidential
            or any(section.is_confidential for section in self.sections)
            or any(entry.is_confidential for entry in self.entries)
        )


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """A consultation with its newest version first; `is_write_back` when a hub filed it."""

    id: int
    title: str
    source: str
    is_write_back: bool
    versions: tuple[ConsultationVersion, ...]

    @property
    def newest(self) -> ConsultationVersion:
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section. `notice`, `remedy` and `who_can` say what is missing or refused, and how to come by it."""

    section: Section
    state: SectionState
    items: tuple[ItemView, ...] = ()
    consultations: tuple[ConsultationView, ...] = ()
    warnings: tuple[Caution, ...] = ()
    as_of: datetime | None = None
    notice: str = ""
    remedy: str = ""
    who_can: str = ""

    @property
    def current(self) -> tuple[ItemView, ...]:
        return tuple(item for item in self.items if not item.is_past)

    @property
    def past(self) -> tuple[ItemView, ...]:
        return tuple(item for item in self.items if item.is_past)


@dataclass(frozen=True, slots=True)
class RecordView:
    """A patient's record as the reader may see it.

    `patient` is the reader's own registration; `holder` keeps the record; `holder_patient` is the holder's registration, None
    when it may not be read. `basis` is the ground relied on ("own record", or the agreement's name). `permission` says whether
    the patient was asked; `elsewhere`, where a practice keeps the record on another system, and may be asked for it.
    """

    patient: PatientView
    holder: OrganisationRef
    holder_patient: PatientView | None
    basis: str
    is_shared: bool
    sections: tuple[SectionView, ...]
    permission: PermissionView = NOT_NEEDED
    elsewhere: HomeElsewhere | None = None

    @property
    def kept_by(self) -> str:
        """The name of whoever keeps the record."""
        return self.elsewhere.name if self.elsewhere else self.holder.name

    def section(self, section: Section) -> SectionView:
        return next(each for each in self.sections if each.section == section)


def item_view(row: Item, today: date) -> ItemView:
    return ItemView(
        id=row.pk,
        kind=row.kind,
        code=row.code,
        term=row.term,
        status=row.status,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        recorded_on=row.recorded_on,
        detail=row.detail,
        is_confidential=row.is_confidential,
        is_past=is_past(status=row.status, ends_on=row.ends_on, today=today),
    )


def item_view_of(new: NewItem, *, today: date) -> ItemView:
    """An entry that is shown and not kept: it has no id here."""
    return ItemView(
        id=0,
        kind=new.kind,
        code=new.code,
        term=new.term,
        status=new.status,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        recorded_on=new.recorded_on,
        detail=new.detail,
        is_confidential=new.is_confidential,
        is_past=is_past(status=new.status, ends_on=new.ends_on, today=today),
    )


def passages_in(row: FiledConsultation) -> tuple[Passage, ...]:
    """Its passages in order; what a confidential one says, where the reader's organisation may know."""
    return tuple(map(passage_of, _whole(row, PartKind.SECTION, row.sections)))


def entries_in(row: FiledConsultation) -> tuple[CodedEntry, ...]:
    """Its coded entries in order, as the passages."""
    return tuple(map(entry_of, _whole(row, PartKind.ENTRY, row.entries)))


def _whole(row: FiledConsultation, kind: PartKind, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not any(each.get("is_confidential") for each in values):
        return values
    parts = {part.place: part.content for part in row.confidential_parts.all() if part.kind == kind}
    return [parts.get(place, each) for place, each in enumerate(values)]


def consultation_views(rows: Iterable[FiledConsultation]) -> tuple[ConsultationView, ...]:
    """Newest consultation first, the versions of each together."""
    together: dict[tuple[int, str], list[FiledConsultation]] = {}
    for row in rows:
        together.setdefault((row.source_organisation_id, row.source_key), []).append(row)
    views = [_consultation_view(sorted(each, key=lambda row: -row.version)) for each in together.values()]
    return tuple(sorted(views, key=lambda view: view.newest.started_at, reverse=True))


def _consultation_view(rows: list[FiledConsultation]) -> ConsultationView:
    newest = rows[0]
    return ConsultationView(
        id=newest.pk,
        title=newest.title,
        source=newest.sender_ods or newest.source_organisation.name,
        is_write_back=newest.origin in (Origin.WRITE_BACK, Origin.RECEIVED),
        versions=tuple(_version(row, newest) for row in rows),
    )


def _version(row: FiledConsultation, newest: FiledConsultation) -> ConsultationVersion:
    """To readers of another organisation what is confidential says that it is, and no more; of an earlier version nothing,
    where the newest holds anything back: it would say there what is withheld here."""
    sections, entries = passages_in(row), entries_in(row)
    is_shared = row.organisation_id != current_work().actor.organisation.id
    is_withheld = is_shared and (row.is_confidential or (row is not newest and _holds_back(newest)))
    if is_withheld:
        sections, entries = (Passage("", WITHHELD_CONSULTATION, is_confidential=True),), ()
    elif is_shared:
        sections, entries = without_confidential(sections, entries)
    return ConsultationVersion(
        number=row.version,
        started_at=row.started_at,
        author_name="" if is_withheld else row.author_name,
        author_role="" if is_withheld else row.author_role,
        sections=sections,
        entries=entries,
        outcome="" if is_withheld else row.outcome,
        amendment_reason="" if is_withheld else row.amendment_reason,
        receipt=row.receipt,
        received_at=row.received_at,
        follow_up="" if is_withheld else row.follow_up,
        is_confidential=row.is_confidential,
        is_in_error=row.is_in_error,
        in_error_reason="" if is_withheld else row.in_error_reason,
        document_keys=() if is_withheld else tuple(row.document_keys),
        document_ids=() if is_withheld else tuple(row.document_ids),
    )


def _holds_back(row: FiledConsultation) -> bool:
    return row.is_confidential or any(each.get("is_confidential") for each in (*row.sections, *row.entries))
