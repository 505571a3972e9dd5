"""The links that patients were given: as staff read them, and how one is found that somebody presents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from pcnhub.care.appointments.models import Booking, OwnLink, SlotType
from pcnhub.care.appointments.queries.bookings import booking, booking_grant, open_booking
from pcnhub.care.appointments.queries.consumers import limits_of
from pcnhub.care.appointments.queries.slots import free_slots, open_hubs
from pcnhub.care.appointments.queries.standing import led_to_now, standing_of
from pcnhub.care.appointments.queries.views import SlotCriteria, SlotPage, SlotView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.own_links import (
    CHANGE_UNTIL,
    STATE_WORDS,
    LinkState,
    last_day_of,
    refusal_to_change_own,
    state_of,
    user_of,
    version_seen,
)
from pcnhub.care.organisations.queries import site, system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, own_registration, same_person_ids
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as staff read it; never the link itself. `booking_id`: the appointment that it leads to, or None: it is to book.
    `slot_types` by name; none: any that patients may book."""

    id: int
    organisation_id: int
    organisation: str
    patient_id: int
    booking_id: int | None
    days_ahead: int
    slot_types: tuple[str, ...]
    given_at: datetime
    given_by_name: str
    expires_at: datetime
    opened_at: datetime | None
    wrong_dates: int
    state: LinkState
    withdrawn_at: datetime | None
    withdrawn_by_name: str
    is_cancelled: bool = False  # the appointment that it leads to

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def may_be_withdrawn(self) -> bool:
        return self.state in (LinkState.OPEN, LinkState.LOCKED)


@dataclass(frozen=True, slots=True)
class Presented:
    """What a link that somebody presents leads to, before they have said who they are."""

    id: int
    organisation_id: int
    patient_id: int
    job_category: str


@dataclass(frozen=True, slots=True)
class PatientSlotType:
    """A slot type that patients may book themselves, at a hub whose book the actor may book in."""

    id: int
    name: str
    hub: str
    eligibility_text: str


class LinkNotUsable(NotFound):
    """A patient's link opens nothing: whatever the cause (unknown, out of date, withdrawn, locked, another date of birth,
    somebody who may have none), a stranger hears the same."""

    code = "link-not-usable"

    def __init__(self) -> None:
        super().__init__(
            "We could not open this link with what you told us.",
            remedy="Check your date of birth and try again, or ask your GP practice for help.",
            who_can="your GP practice",
        )


@dataclass(frozen=True, slots=True)
class OwnAppointment:
    """The appointment as its patient reads it, and whether they can still move or cancel it (until `change_until`): `why_not`,
    when they can't, is a sentence to them. `version` is of what they look at, and given back as it is. No reason, no notes."""

    booking_id: int
    version: int
    slot: SlotView
    address: str
    phone: str
    is_cancelled: bool
    may_change: bool
    why_not: str
    change_until: datetime


def links_of_patient(*, actor: Actor, now: datetime, patient_id: int) -> tuple[LinkView, ...]:
    """The links that the actor's organisation gave to one of its own patients, newest first. Audited.

    Raises NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        person = own_registration(actor=actor, patient_id=patient_id)
        ids = same_person_ids(
            actor=actor, patient_id=person.id
        )  # of rows that were merged, too: their links go on working
        rows = OwnLink.objects.filter(organisation=actor.organisation.id, patient__in=ids)
        record(
            actor=actor,
            now=now,
            action="appointments.links-listed",
            subject=Subject("patient", person.id, person.id, person.number),
            data_organisation_id=person.home_id,
            basis=grant.basis,
        )
        return _views(rows.select_related("organisation").order_by("-given_at", "-pk"), now)


def links_of_booking(*, actor: Actor, now: datetime, booking_id: int) -> tuple[LinkView, ...]:
    """The links by which this appointment can be changed, whoever gave them, newest first; also those that were given to the
    appointment from which it was moved. Raises NotFound, NotShared, NotPermitted."""
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        rows = OwnLink.objects.filter(booking__in=_with_those_before(booking_id))
        return _views(rows.select_related("organisation").order_by("-given_at", "-pk"), now)


def slot_types_for_patients(*, actor: Actor, now: datetime) -> tuple[PatientSlotType, ...]:
    """What a link to book can be for: the marked slot types of every hub in whose book the actor may book, by hub and name.

    Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        hubs, _ = open_hubs(actor=actor, now=now, hub_id=None)
        rows = SlotType.objects.filter(hub__in=hubs, patients_may_book=True, bookable=True, retired_on=None)
        return tuple(
            PatientSlotType(row.pk, row.name, row.hub.name, row.eligibility_text)
            for row in rows.select_related("hub").order_by("hub__name", "name")
        )


def find_presented(*, token_hash: str = "", link_id: int | None = None) -> Presented | None:
    """The link of this hash or id, outside any unit of work: nobody acts yet. Row security shows that one row alone."""
    presented = token_hash if link_id is None else f"id:{link_id}"
    with transaction.atomic():
        _present(presented)
        row = OwnLink.objects.filter(**({"token_hash": token_hash} if link_id is None else {"pk": link_id})).first()
        _present("")
    return Presented(row.pk, row.organisation_id, row.patient_id, row.given_job_category) if row else None


def person_of(presented: Presented) -> PatientView | None:
    """The patient to whom the link was given, when there may be a link for them; None of somebody who is protected, has died,
    or is not registered any more. Read as a system: what may be told of it, the caller decides."""
    actor = system_actor_for(organisation_id=presented.organisation_id, name="own-link")
    with unit_of_work(actor):
        try:
            person = own_registration(actor=actor, patient_id=presented.patient_id)
        except NotFound:
            return None
    return person if may_have_a_link(person) else None


def own_slots(
    *,
    actor: Actor,
    now: datetime,
    link_id: int,
    from_on: date | None = None,
    to_on: date | None = None,
    site_id: int | None = None,
    delivery_channel: str = "",
    page: int = 1,
) -> SlotPage:
    """The free slots that the patient may book, or move the appointment to: of the hub of the appointment and of its own type
    then. From today on, as far as the link reaches; narrower where days are given. Audited.

    Raises LinkNotUsable, NotShared, InvalidInput.
    """
    with unit_of_work(actor):
        row = usable_link(actor, now, link_id)
        hub_id = booking(actor=actor, booking_id=row.booking_id).hub_id if row.booking_id else None
        first, last = from_on or london_date(now), last_day_of(limits_of(actor), now)
        last = min(last, to_on) if to_on else last
        if last < first:
            return SlotPage((), page)
        criteria = SlotCriteria(
            first, last, hub_id=hub_id, site_id=site_id, delivery_channel=delivery_channel, page=page
        )
        return free_slots(actor=actor, now=now, criteria=criteria)


def own_appointment(*, actor: Actor, now: datetime, link_id: int) -> OwnAppointment | None:
    """The appointment to which the link leads, on record; None as long as nothing was booked by it. Raises LinkNotUsable,
    NotShared."""
    with unit_of_work(actor):
        row = usable_link(actor, now, link_id)
        if row.booking_id is None:
            return None
        view, _ = open_booking(actor=actor, now=now, booking_id=row.booking_id)
        place = site(id=view.slot.site_id) if view.slot.site_id else None
        why_not = refusal_to_change_own(status=view.status, starts_at=view.slot.starts_at, now=now)
        return OwnAppointment(
            booking_id=view.id,
            version=version_seen(view.id, view.version),
            slot=view.slot,
            address=", ".join((*place.address_lines, place.postcode)) if place else "",
            phone=place.phone if place else "",
            is_cancelled=view.status == BookingStatus.CANCELLED,
            may_change=not why_not,
            why_not=why_not,
            change_until=view.slot.starts_at - CHANGE_UNTIL,
        )


def usable_link(actor: Actor, now: datetime, link_id: int, *, held: bool = False) -> OwnLink:
    """The actor's own link, leading to where its appointment stands now; `held` until the transaction ends. Raises
    LinkNotUsable when it is another's, or can't be used any more."""
    if actor.patient is None or actor.user != user_of(link_id):
        raise LinkNotUsable
    rows = OwnLink.objects.select_for_update() if held else OwnLink.objects
    row = led_to_now(rows.get(pk=link_id))
    if state_of_row(row, now) is not LinkState.OPEN:
        raise LinkNotUsable
    return row


def state_of_row(row: OwnLink, now: datetime) -> LinkState:
    return state_of(withdrawn_at=row.withdrawn_at, locked_at=row.locked_at, expires_at=row.expires_at, now=now)


def may_have_a_link(person: PatientView) -> bool:
    return person.is_active and person.died_on is None and not person.is_sensitive


def _with_those_before(booking_id: int) -> list[int]:
    """The booking and those that it replaces, one after the other."""
    found: list[int] = []
    next_id: int | None = booking_id
    while next_id is not None:
        found.append(next_id)
        next_id = Booking.objects.filter(pk=next_id).values_list("replaces", flat=True).first()
    return found


def _present(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('pcnhub.own_link', %s, true)", [value])


def _views(rows: Iterable[OwnLink], now: datetime) -> tuple[LinkView, ...]:
    links = list(rows)
    names = dict(
        SlotType.objects.filter(pk__in={each for row in links for each in row.slot_type_ids}).values_list("pk", "name")
    )
    return tuple(_view(row, names, now) for row in links)


def _view(row: OwnLink, names: dict[int, str], now: datetime) -> LinkView:
    standing = standing_of(row)
    return LinkView(
        id=row.pk,
        organisation_id=row.organisation_id,
        organisation=row.organisation.name,
        patient_id=row.patient_id,
        booking_id=row.booking_id,
        days_ahead=row.days_ahead,
        slot_types=tuple(sorted(names[each] for each in row.slot_type_ids if each in names)),
        given_at=row.given_at,
        given_by_name=row.given_by_name,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
        wrong_dates=row.wrong_dates,
        state=state_of_row(row, now),
        withdrawn_at=row.withdrawn_at,
        withdrawn_by_name=row.withdrawn_by_name,
        is_cancelled=standing is not None and standing.status == BookingStatus.CANCELLED,
    )
