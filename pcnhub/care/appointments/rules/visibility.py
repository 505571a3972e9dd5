"""Why a consumer does not see a slot, or can't book it (`domain.md` 12.1): the one function that slot search, booking,
the preview, `pcnhub explain` and GP Connect agree with.

The statements of `queries/open_slots.py` decide the same in SQL; a property test compares the two on random worlds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pcnhub.care.appointments.rules.looking import (
    ANOTHER_SLOT,
    HUB_CONFIGURATION,
    OWN_ADMINISTRATOR,
    ROTA_MANAGER,
    Consumer,
    QuotaFacts,
    Reason,
    Route,
    SlotFacts,
)
from pcnhub.care.appointments.rules.opening import (
    closes_at,
    is_released,
    opens_by_embargo_at,
    opens_by_window_at,
)
from pcnhub.care.appointments.rules.own_links import last_day_of
from pcnhub.care.appointments.rules.words import QuotaProfile, SessionState, SlotState
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.foundations.kernel.local_time import in_london

__all__ = [
    "HUB_CONFIGURATION",
    "OWN_ADMINISTRATOR",
    "ROTA_MANAGER",
    "Consumer",
    "QuotaFacts",
    "Reason",
    "Route",
    "SlotFacts",
    "counted_quotas",
    "is_held",
    "moment",
    "reasons_of_consumer",
    "reasons_of_patient",
    "reasons_unseen",
]


def reasons_unseen(slot: SlotFacts, consumer: Consumer, *, now: datetime) -> tuple[Reason, ...]:
    """Every reason, in the order of `domain.md` 12.1. None: the slot is found and can be booked."""
    return (
        *reasons_of_consumer(consumer),
        *_between_organisations(slot, consumer, now),
        *_of_session(slot, consumer),
        *_of_link(slot, consumer, now),
        *_of_time(slot, now),
        *(_quota_used(quota) for quota in counted_quotas(slot.quotas, consumer) if quota.used >= quota.at_most),
        *_of_seat(slot, consumer, now),
        *_of_agreement(slot, consumer),
    )


def reasons_of_consumer(consumer: Consumer) -> Iterator[Reason]:
    """What keeps this consumer from every slot of the hub (12.1 #1 to #3)."""
    if consumer.user_says:
        yield Reason(
            "user-may-not-book",
            consumer.user_says,
            "Sign in with a position there that may book appointments; people and positions are on the people page.",
            OWN_ADMINISTRATOR,
        )
    if consumer.route is not Route.GP_CONNECT:
        return
    if consumer.is_switched_on is False:
        yield Reason(
            "consumer-switched-off",
            "GP Connect, its Foundation or its Appointments is switched off at the organisation that looks.",
            "Switch them on, on the GP Connect page.",
            OWN_ADMINISTRATOR,
        )
    if not consumer.hub_endpoint_is_on:
        yield Reason(
            "hub-endpoint-off",
            "GP Connect, its Foundation or its Appointments is switched off at the hub.",
            "Switch them on, on the hub's GP Connect page.",
            HUB_CONFIGURATION,
        )


def counted_quotas(quotas: Iterable[QuotaFacts], consumer: Consumer) -> tuple[QuotaFacts, ...]:
    """The shares of a session that a booking by this consumer counts against."""
    subjects = {
        QuotaProfile.ORGANISATION: {consumer.ods_code} - {""},
        QuotaProfile.GROUP: {str(group) for group in consumer.member_of},
        QuotaProfile.ORGANISATION_TYPE: {consumer.organisation_type} - {""},
    }
    return tuple(quota for quota in quotas if quota.subject in subjects[QuotaProfile(quota.profile)])


def _between_organisations(slot: SlotFacts, consumer: Consumer, now: datetime) -> Iterator[Reason]:
    """12.1 #4 to #6. The hub's own staff book into every session of theirs."""
    if consumer.route is not Route.GP_CONNECT and consumer.organisation_id == slot.hub_id:
        return
    if not _is_named(slot, consumer, now):
        yield _why_not_named(slot, consumer)
    if slot.organisation_types and consumer.organisation_type not in slot.organisation_types:
        yield Reason(
            "organisation-type",
            f"The session is open to organisations of type {_listed(slot.organisation_types)} only"
            + (f", not to {consumer.organisation_type}." if consumer.organisation_type else ", and no type was sent."),
            "Change the session's organisation types.",
            ROTA_MANAGER,
        )


def _is_named(slot: SlotFacts, consumer: Consumer, now: datetime) -> bool:
    """Whether the session is open to this organisation by code, by group, or by release of what nobody has used.

    Over GP Connect a session may be open to all (truth table of the specification: no organisation restriction), but only
    when its hub said so; on the pages here an organisation must be named.
    """
    over_gp_connect = consumer.route is Route.GP_CONNECT
    if over_gp_connect and slot.open_to_all:
        return True
    if consumer.ods_code in slot.organisation_ods_codes or consumer.subscribed_to & slot.session_group_ids:
        return True
    # A 111 provider without staff here can't subscribe: over GP Connect the hub's own word, membership, is enough.
    released_to = consumer.member_of if over_gp_connect else consumer.subscribed_to
    return slot.release_group_id in released_to and is_released(slot.starts_at, slot.release_at, now=now)


def _why_not_named(slot: SlotFacts, consumer: Consumer) -> Reason:
    if consumer.member_of & slot.session_group_ids:
        return Reason(
            "not-subscribed",
            "This organisation has not subscribed to the group that the session is open to.",
            "Subscribe on the groups page.",
            OWN_ADMINISTRATOR,
        )
    if slot.release_group_id in consumer.member_of and slot.release_at is not None:
        return Reason(
            "not-released",
            f"What is unused of this session opens to {slot.release_group} at {slot.release_at:%H:%M} on "
            f"{in_london(slot.starts_at):%A %-d %B %Y}"
            + ("." if slot.release_group_id in consumer.subscribed_to else ", to those who have subscribed to it."),
            "Wait until then, or choose another slot.",
            ROTA_MANAGER,
        )
    if not slot.organisation_ods_codes and not slot.session_group_ids:
        return _open_to_nobody(slot)
    if slot.organisation_ods_codes and not slot.session_group_ids:
        return Reason(
            "not-on-list",
            "The session is open to listed organisations only, and this one is not on the list.",
            "Ask for its ODS code to be added to the session.",
            ROTA_MANAGER,
        )
    return Reason(
        "not-in-group",
        "This organisation is in none of the groups that the session is open to.",
        "Ask to be added to the group.",
        HUB_CONFIGURATION,
    )


def _open_to_nobody(slot: SlotFacts) -> Reason:
    if slot.open_to_all:
        return Reason(
            "gp-connect-only",
            "The session is open to every organisation over GP Connect, but to no group, so to nobody on the pages here.",
            "Book it over GP Connect, or open it to a group that this organisation is in.",
            ROTA_MANAGER,
        )
    return Reason(
        "open-to-nobody",
        "The session names no group and no organisation, and is not open to every organisation over GP Connect: "
        "nobody may book it.",
        "Name a group or ODS codes, or open it to every organisation over GP Connect.",
        ROTA_MANAGER,
    )


def _of_session(slot: SlotFacts, consumer: Consumer) -> Iterator[Reason]:
    """12.1 #7 to #9: who holds it, where and how; published, and for patients."""
    if slot.holder_says:
        yield Reason("holder-missing", slot.holder_says, "Give the session another holder.", ROTA_MANAGER)
    if not slot.practitioner_role:
        yield Reason(
            "role-missing",
            "The session has no practitioner role.",
            "Give it the holder's job role.",
            ROTA_MANAGER,
        )
    if slot.site_says:
        yield Reason("location-missing", slot.site_says, "Give the session an open site.", ROTA_MANAGER)
    if not slot.delivery_channel:
        yield Reason(
            "channel-missing", "The session has no delivery channel.", "Say how patients are seen in it.", ROTA_MANAGER
        )
    if slot.session_state == SessionState.DRAFT:
        yield Reason("not-published", "The session is not published yet.", "Publish it.", ROTA_MANAGER)
    elif slot.session_state == SessionState.CANCELLED:
        yield Reason("session-cancelled", "The session has been cancelled.", ANOTHER_SLOT, "")
    if consumer.route is Route.GP_CONNECT and not slot.gp_connect_bookable:
        yield Reason(
            "not-gp-connect-bookable",
            "The session is not bookable over GP Connect.",
            "Mark it as GP Connect bookable, or book it on the hub's own pages.",
            ROTA_MANAGER,
        )
    if not slot.type_bookable:
        yield Reason("not-bookable", "Slots of this type are not for patients.", ANOTHER_SLOT, ROTA_MANAGER)


def _of_link(slot: SlotFacts, consumer: Consumer, now: datetime) -> Iterator[Reason]:
    """What patients may book themselves (12A.3), and by this link."""
    if consumer.route is not Route.PATIENT:
        return
    if not slot.patients_may_book:
        yield Reason(
            "not-for-patients",
            "Patients can't book slots of this type themselves.",
            "Mark the slot type as one that patients may book themselves, or book it for the patient.",
            HUB_CONFIGURATION,
        )
    limits = consumer.limits
    if limits is None:
        return
    if limits.slot_type_ids and slot.slot_type_id not in limits.slot_type_ids:
        yield Reason(
            "not-of-this-link",
            "The patient's link is for other appointments.",
            "Give the patient a link for slots of this type.",
            "whoever books appointments for the patient",
        )
    if in_london(slot.starts_at).date() > last_day_of(limits, now):
        yield Reason(
            "later-than-this-link",
            f"The patient's link is for the next {_counted(limits.days_ahead, 'day')}.",
            "Choose an earlier slot, or give the patient another link.",
            "whoever books appointments for the patient",
        )


def _of_time(slot: SlotFacts, now: datetime) -> Iterator[Reason]:
    """12.1 #10 and #11: not begun, near enough, and not too near."""
    if slot.starts_at <= now:
        yield Reason("started", "The slot has started already.", "Choose a later slot.", "")
    opens = opens_by_window_at(slot.starts_at, slot.window_days)
    if opens is not None and now < opens:
        yield Reason(
            "too-far-ahead",
            f"Slots of this session open {_days_before(slot.window_days)}: this one {moment(opens)}.",
            "Wait until then, or choose an earlier slot.",
            ROTA_MANAGER,
        )
    opens = opens_by_embargo_at(slot.starts_at, slot.embargo_minutes)
    if opens is not None and now < opens:
        yield Reason(
            "embargoed",
            f"Slots of this type open {_length(slot.embargo_minutes)} before they start: this one {moment(opens)}.",
            "Wait until then, or choose another slot.",
            ROTA_MANAGER,
        )
    closes = closes_at(slot.starts_at, slot.closes_minutes)
    if closes is not None and slot.starts_at > now >= closes:
        yield Reason(
            "closed",
            f"Booking closes {_length(slot.closes_minutes)} before the start: this one closed {moment(closes)}.",
            "Choose a later slot, or ring the hub.",
            ROTA_MANAGER,
        )


def _quota_used(quota: QuotaFacts) -> Reason:
    return Reason(
        "quota-used",
        f"{quota.name} has used up its share of this session: {quota.used} of {quota.at_most}.",
        "Choose another session, or wait until an appointment of this share is cancelled. The share can be raised.",
        ROTA_MANAGER,
    )


def _of_seat(slot: SlotFacts, consumer: Consumer, now: datetime) -> Iterator[Reason]:
    """12.1 #13: still free, and nobody in the middle of booking it."""
    if slot.state == SlotState.BOOKED:
        yield Reason("taken", "Somebody has booked this slot.", ANOTHER_SLOT, "")
    elif slot.state == SlotState.BLOCKED:
        yield Reason("blocked", "The hub has blocked this slot.", ANOTHER_SLOT, ROTA_MANAGER)
    elif slot.state == SlotState.CANCELLED and slot.session_state != SessionState.CANCELLED:
        yield Reason("cancelled", "The slot has been cancelled.", ANOTHER_SLOT, "")
    elif slot.state == SlotState.FREE and slot.is_extra:
        yield Reason("extra-seat", "This is an extra seat, which was made for one patient.", ANOTHER_SLOT, "")
    elif slot.state == SlotState.FREE and is_held(slot, consumer, now):
        yield Reason(
            "held",
            f"Somebody is booking this slot just now: it is held until {in_london(slot.held_until or now):%H:%M}.",
            "Wait until then, or choose another slot.",
            "",
        )


def is_held(slot: SlotFacts, consumer: Consumer, now: datetime) -> bool:
    """By somebody else, and still: a hold ends by itself."""
    return slot.held_until is not None and slot.held_until > now and slot.held_by != (consumer.holds_as or None)


def _of_agreement(slot: SlotFacts, consumer: Consumer) -> Iterator[Reason]:
    """12.1 #15. Over GP Connect sharing is the Spine proxy's matter."""
    is_own = consumer.organisation_id == slot.hub_id
    if consumer.route is Route.GP_CONNECT or is_own or consumer.agreement_effective:
        return
    yield Reason(
        "no-agreement",
        consumer.agreement_says or "The appointments agreement with this hub is not effective.",
        "Activate it on the agreements page.",
        "the agreement managers of both organisations",
    )


def reasons_of_patient(registration_state: str) -> Iterator[Reason]:
    """12.1 #14, as far as it may be told: whoever may not know of the patient is told that there is none."""
    if registration_state != RegistrationState.ACTIVE:
        yield Reason(
            "patient-not-active",
            "The patient's registration here is not active: it has ended, or the person is recorded as deceased.",
            "Ask the patient's practice to book: that renews a registration that has ended.",
            "the reception of the patient's practice",
        )


def moment(instant: datetime) -> str:
    """`on Tuesday 24 November at 16:30`, London."""
    return f"on {in_london(instant):%A %-d %B at %H:%M}"


def _listed(words: Iterable[str]) -> str:
    return " or ".join(sorted(words))


def _counted(number: int | None, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _days_before(days: int | None) -> str:
    return f"{_counted(days, 'day')} before their day" if days else "on their own day"


def _length(minutes: int | None) -> str:
    """`2 hours`, `90 minutes`, `1 day`: in the largest unit that leaves no rest."""
    span = timedelta(minutes=minutes or 0)
    for unit, word in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour")):
        if span and span % unit == timedelta(0):
            return _counted(span // unit, word)
    return _counted(minutes or 0, "minute")
