"""A consultation and its versions, as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations.rules import ConsultationState, Notes
from pcnhub.care.patients import queries as patients
from pcnhub.foundations.kernel.actors import OrganisationRef


@dataclass(frozen=True, slots=True)
class FinishedVersion:
    """One version as it was finished: never changes. `practice_id` is where the patient was registered when it began."""

    id: int
    consultation_id: int
    organisation_id: int
    number: int
    patient_id: int
    practice_id: int | None
    started_at: datetime
    saved_at: datetime
    site_name: str
    notes: Notes
    outcome_name: str
    author_position_id: int
    author_name: str
    author_role: str
    amendment_reason: str
    is_in_error: bool = False

    @property
    def is_confidential(self) -> bool:
        """All of it. Single sections and entries have marks of their own in `notes`."""
        return self.notes.is_confidential

    @property
    def in_error_reason(self) -> str:
        return self.amendment_reason if self.is_in_error else ""


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """A consultation with the hub's own patient, its draft, and every finished version, oldest first."""

    id: int
    organisation: OrganisationRef
    booking_id: int | None
    patient: patients.PatientView
    site_name: str
    author_name: str
    state: ConsultationState
    started_at: datetime
    finished_at: datetime | None
    draft: Notes
    draft_saved_at: datetime | None
    draft_saved_by: str
    revision: int
    version: int
    versions: tuple[FinishedVersion, ...]
    in_error_at: datetime | None = None
    in_error_by: str = ""
    in_error_reason: str = ""
    draft_saver_id: int | None = None  # the position that saved last

    @property
    def is_open(self) -> bool:
        return self.state is ConsultationState.DRAFT

    @property
    def is_finished(self) -> bool:
        return self.state is ConsultationState.FINISHED

    @property
    def is_in_error(self) -> bool:
        return self.state is ConsultationState.IN_ERROR

    @property
    def newest(self) -> FinishedVersion | None:
        return self.versions[-1] if self.versions else None


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A consultation that was begun and is not finished: no patient's name, for lists."""

    id: int
    booking_id: int | None
    patient_id: int
    author_name: str
    started_at: datetime
