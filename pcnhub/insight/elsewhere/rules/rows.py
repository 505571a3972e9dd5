"""One line of each kind of export, as far as checks need it. None holds anything that says who a patient is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.insight.elsewhere.rules.words import Attendance, OfferedState


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account of the other system. None: the line does not say."""

    name: str
    username: str = ""
    job_category: str = ""
    roles: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    smartcard: str = ""
    prescriber_code: str = ""
    is_consulter: bool | None = None
    is_session_holder: bool | None = None
    is_active: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    last_used_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the account can be used on the day; `ends_on` is its last."""
        return (
            self.is_active
            and (self.starts_on is None or self.starts_on <= day)
            and (self.ends_on is None or day <= self.ends_on)
        )

    @property
    def called(self) -> frozenset[str]:
        """By what a session may name this person, in small letters."""
        return frozenset(word.casefold() for word in (self.name, self.username) if word)


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot, or a whole session where nothing finer was exported: `starts_at` to `ends_at`, half-open."""

    session: str
    starts_at: datetime
    ends_at: datetime
    holder: str = ""
    role: str = ""
    site: str = ""
    channel: str = ""
    slot_type: str = ""
    groups: tuple[str, ...] = ()
    state: OfferedState = OfferedState.FREE
    is_bookable: bool = True
    counts: bool = True


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An appointment without its patient: `practice` is the ODS code of the patient's practice."""

    starts_at: datetime
    status: Attendance
    practice: str = ""
    slot_type: str = ""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member of one task team; a team without members has a line without one."""

    practice: str
    team: str
    member: str = ""
    is_active: bool = True
    accepts: bool = True


@dataclass(frozen=True, slots=True)
class SlotTypeRow:
    name: str
    mode: str = ""
    service_setting: str = ""
    context_type: str = ""
    national_category: str = ""
    is_bookable: bool = True


Row = UserRow | SlotRow | AppointmentRow | MemberRow | SlotTypeRow
