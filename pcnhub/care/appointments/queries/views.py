"""What the room's queries answer with: frozen values, instants in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

from pcnhub.care.appointments.rules import practitioner_words
from pcnhub.care.appointments.rules.booking import REGISTRATION_WORDS, STATUS_WORDS
from pcnhub.care.appointments.rules.details import Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRulesView:
    """Who holds a session or a template besides, who may book it from where, and when; empty restricts nobody."""

    variation: str = ""
    further_holder_ids: frozenset[int] = frozenset()
    further_holders: tuple[str, ...] = ()
    gp_connect_bookable: bool = True
    open_to_all: bool = False
    organisation_types: frozenset[str] = frozenset()
    organisation_ods_codes: frozenset[str] = frozenset()
    window_days: int | None = None
    closes_minutes: int | None = None
    release_group_id: int | None = None
    release_at: time | None = None
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotTypeView:
    id: int
    hub_id: int
    name: str
    colour: str
    minutes: int
    mode: str
    bookable: bool
    eligibility_text: str
    service_setting: str
    context_type: str
    national_category: str
    retired_on: date | None
    embargo_minutes: int | None = None
    dna_after_minutes: int | None = None
    patients_may_book: bool = False


@dataclass(frozen=True, slots=True)
class TemplateView(SessionRulesView):
    """A session that comes back; times are London wall clock, `weekday` 1 (Monday) to 7."""

    id: int
    hub_id: int
    name: str
    weekday: int
    starts_at: time
    ends_at: time
    slot_type_id: int
    slot_type: str
    holder_id: int | None
    holder: str
    site_id: int | None
    site: str
    delivery_channel: str
    practitioner_role: str
    group_ids: frozenset[int]
    counts_to_enhanced_access: bool
    starts_on: date
    ends_on: date | None
    every_weeks: int = 1
    on_bank_holidays: bool = False


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot as whoever books it sees it. `held_until` may have passed; `extra_seat_of` is the slot that it was added to."""

    id: int
    hub_id: int
    hub: str
    session_id: int
    session: str
    starts_at: datetime
    ends_at: datetime
    state: str
    slot_type_id: int
    slot_type: str
    eligibility_text: str
    site_id: int | None
    site: str
    delivery_channel: str
    practitioner_role: str
    holder_id: int | None
    holder: str
    blocked_reason: str = ""
    held_until: datetime | None = None
    extra_seat_of: int | None = None
    override_reason: str = ""

    @property
    def practitioner(self) -> str:
        return practitioner_words(self.practitioner_role)

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class SlotCriteria:
    """What to look for. Days are London days, both included, at most 14; times are London wall clock, half-open.

    `hub_id` None: every hub that works for the actor's organisation.
    """

    from_on: date
    to_on: date
    hub_id: int | None = None
    from_time: time | None = None
    to_time: time | None = None
    site_id: int | None = None
    delivery_channel: str = ""
    practitioner_roles: tuple[str, ...] = ()
    slot_type_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class SlotPage:
    """Free slots in order of time. `notes` says, hub by hub, why nothing of it can be shown."""

    slots: tuple[SlotView, ...]
    page: int = 1
    has_more: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionView(SessionRulesView):
    """A session with the number of its slots in each state."""

    id: int
    hub_id: int
    template_id: int | None
    name: str
    starts_at: datetime
    ends_at: datetime
    holder_id: int | None
    holder: str
    site_id: int | None
    site: str
    delivery_channel: str
    practitioner_role: str
    counts_to_enhanced_access: bool
    state: str
    group_ids: frozenset[int]
    slot_types: tuple[str, ...]
    free: int
    booked: int
    blocked: int
    list_printed_at: datetime | None = None  # when its clinic list was last shown for printing
    list_printed_by: str = ""

    @property
    def holder_ids(self) -> tuple[int, ...]:
        """Positions: the holder's first, then those of the further holders."""
        return (*([self.holder_id] if self.holder_id else []), *sorted(self.further_holder_ids))

    @property
    def practitioner(self) -> str:
        return practitioner_words(self.practitioner_role)


@dataclass(frozen=True, slots=True)
class BookingEventView:
    status: str
    at: datetime
    by_name: str
    reason: str

    @property
    def status_words(self) -> str:
        return STATUS_WORDS[self.status]


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking with its slot and its patient. `patient_id` is the hub's row of the patient, `registered_patient_id` the
    practice's own; `patient_name` and the other identifiers are empty when `is_withheld` (a patient marked as sensitive).
    `registration` is the worst that either row says (active, left, deceased), as far as the reader may see them. `slot` is
    the first of `slot_ids`, and ends when the last of them ends."""

    id: int
    hub_id: int
    hub: str
    slot: SlotView
    patient_id: int
    registered_patient_id: int | None
    patient_name: str
    nhs_number: str
    birth_date: date | None
    practice_id: int | None
    practice: str
    booked_by_name: str
    booked_by_organisation: str
    booked_by_organisation_id: int | None
    booked_at: datetime
    source: str
    reason: str
    notes: str
    status: str
    version: int
    cancelled_at: datetime | None
    cancellation_reason: str
    replaces_id: int | None
    registration: str
    is_withheld: bool = False
    slot_ids: tuple[int, ...] = ()
    counted_quota_ids: tuple[int, ...] = ()

    @property
    def is_untraced(self) -> bool:
        """Whether nobody knows yet who the patient is: booked with what they said of themselves."""
        return not self.nhs_number and not self.is_withheld

    @property
    def number_words(self) -> str:
        """The NHS number as people read it."""
        number = self.nhs_number
        return f"{number[:3]} {number[3:6]} {number[6:]}" if number else "not known yet"

    @property
    def status_words(self) -> str:
        return STATUS_WORDS[self.status]

    @property
    def warning(self) -> str:
        """What whoever reads the list must know before they ring or call the patient; empty when all is as booked."""
        return REGISTRATION_WORDS.get(self.registration, "")


@dataclass(frozen=True, slots=True)
class ClinicRow:
    """A slot of the list. `continues`: its appointment began in a slot before it."""

    slot: SlotView
    booking: BookingView | None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class ClinicSession:
    """One session of the evening's list, its slots in order of time."""

    session: SessionView
    rows: tuple[ClinicRow, ...] = field(default=())
