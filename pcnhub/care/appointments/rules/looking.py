"""Who looks at a hub's book, and what there is to see: the words in which `visibility` decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from pcnhub.care.appointments.rules.own_links import LinkLimits


class Route(StrEnum):
    """By which door the consumer comes."""

    STAFF = "staff"  # another organisation's book, or one's own, on the pages here
    GP_CONNECT = "gp-connect"
    PATIENT = "patient"  # a patient by a link of their own, which the organisation gave them


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """One share of a session (GP Connect AAC-4). `subject` is an ODS code, a group's id or an organisation type, `name` how
    a person knows it."""

    id: int
    profile: str
    subject: str
    name: str
    at_most: int
    used: int


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot with what its session, its type and its holder say at one moment.

    A restriction that is empty restricts nobody; a session that names nobody is open to all only when it says so
    (`open_to_all`, over GP Connect). `holder_says`: why the holder can't be booked with on the slot's day, one
    sentence; empty when they can. Instants are aware; `release_at` is London wall clock.
    """

    hub_id: int
    state: str
    starts_at: datetime
    ends_at: datetime
    session_state: str
    session_group_ids: frozenset[int]
    type_bookable: bool
    gp_connect_bookable: bool = True
    open_to_all: bool = False
    organisation_types: frozenset[str] = frozenset()
    organisation_ods_codes: frozenset[str] = frozenset()
    release_group_id: int | None = None
    release_group: str = ""
    release_at: time | None = None
    window_days: int | None = None
    embargo_minutes: int | None = None
    closes_minutes: int | None = None
    holder_says: str = ""
    site_says: str = ""
    delivery_channel: str = ""
    practitioner_role: str = ""
    quotas: tuple[QuotaFacts, ...] = ()
    held_until: datetime | None = None
    held_by: str = ""
    is_extra: bool = False
    blocked_reason: str = ""
    slot_type_id: int = 0
    patients_may_book: bool = False


@dataclass(frozen=True, slots=True)
class Consumer:
    """The organisation that looks or books, and by which route.

    `organisation_id` is None when it is not on this platform. `organisation_type` is what was sent over GP Connect (such as
    gp-practice), or what its kind amounts to. `is_switched_on`: its own GP Connect Foundation and Appointments, None when
    not known here. `holds_as` names the person whose own hold does not stand in their way. `user_says`: why the person who
    looks can't book for the organisation, when somebody was asked about.
    """

    route: Route
    organisation_id: int | None
    ods_code: str
    organisation_type: str = ""
    member_of: frozenset[int] = frozenset()
    subscribed_to: frozenset[int] = frozenset()
    agreement_effective: bool = False
    agreement_says: str = ""
    is_switched_on: bool | None = None
    hub_endpoint_is_on: bool = True
    holds_as: str = ""
    user_says: str = ""
    limits: LinkLimits | None = None  # of a patient's own link; None: of none in particular


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not, what would change it, and who can do that (empty: nobody, or anybody)."""

    code: str
    message: str
    remedy: str
    who_can: str


ROTA_MANAGER = "the hub's rota manager"
HUB_CONFIGURATION = "the hub's configuration manager"
OWN_ADMINISTRATOR = "an administrator of the organisation"
ANOTHER_SLOT = "Choose another slot."
