"""Whom the hub has to tell that it changed their appointment, until somebody has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet
from django.db.models.functions import Coalesce

from pcnhub.care.appointments.models import Booking, PersonToTell
from pcnhub.care.appointments.queries.bookings import booking_view, record_bookings_shown
from pcnhub.care.appointments.queries.views import BookingView
from pcnhub.care.appointments.rules.telling import NEWS_WORDS
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

# When the patient would come who has heard of nothing: one who was moved, at the time of the earlier appointment.
EXPECTED_AT = Coalesce("booking__replaces__starts_at", "booking__starts_at")

_WITH = (
    "organisation",
    "slot__session__site",
    "slot__session__holder__account",
    "slot__slot_type",
    "patient__registered_patient",
    "patient_practice",
    "booked_by_organisation",
)


@dataclass(frozen=True, slots=True)
class BookedPerson:
    """A booking with how to reach its patient; all of it empty when the patient's details are withheld."""

    booking: BookingView
    phones: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class PersonToTellView:
    """`before` is what the patient believes; for one who was moved, `person.booking` is the new appointment."""

    id: int
    person: BookedPerson
    news: str
    reason: str
    before: str
    since: datetime
    by_name: str

    @property
    def news_words(self) -> str:
        return NEWS_WORDS[self.news]


def people_to_tell(*, actor: Actor, now: datetime) -> tuple[PersonToTellView, ...]:
    """Whom the actor's hub still has to tell, the soonest appointment first, as the patient believes it to be. Audited.

    A sensitive patient's row is withheld from who may not see it. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        rows = _open(actor).select_related(*(f"booking__{name}" for name in _WITH)).order_by(EXPECTED_AT, "pk")
        found = tuple(
            PersonToTellView(
                row.pk, _person(row.booking, actor), row.news, row.reason, row.before, row.since, row.by_name
            )
            for row in rows
        )
        record_bookings_shown(actor=actor, now=now, found=[each.person.booking for each in found])
        return found


def number_to_tell(*, actor: Actor) -> tuple[int, datetime | None]:
    """How many people are still to be told, and when the first of them would come; names nobody."""
    with unit_of_work(actor):
        rows = _open(actor)
        return rows.count(), rows.aggregate(first=Min(EXPECTED_AT))["first"]


def booked_people(*, actor: Actor, now: datetime, booking_ids: Collection[int]) -> dict[int, BookedPerson]:
    """Who stands behind these bookings of the actor's hub, by the booking's id. Audited as a list that was opened.

    Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
        rows = Booking.objects.filter(organisation=actor.organisation.id, pk__in=booking_ids).select_related(*_WITH)
        found = {row.pk: _person(row, actor) for row in rows.order_by("starts_at", "pk")}
        if found:
            record_bookings_shown(actor=actor, now=now, found=[each.booking for each in found.values()])
        return found


def _open(actor: Actor) -> QuerySet[PersonToTell]:
    return PersonToTell.objects.filter(organisation=actor.organisation.id, told_at__isnull=True)


def _person(row: Booking, actor: Actor) -> BookedPerson:
    view = booking_view(row, actor)
    if view.is_withheld:
        return BookedPerson(view, (), "")
    phones = tuple(dict.fromkeys(number for number in (row.patient.mobile_phone, row.patient.home_phone) if number))
    return BookedPerson(view, phones, row.patient.preferred_language)
