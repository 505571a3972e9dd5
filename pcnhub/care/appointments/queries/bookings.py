"""Reads of bookings. Row security decides which of them exist for the actor: a hub's own, a practice's own patients'."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from django.db.models import Q, QuerySet

from pcnhub.care.appointments.models import Booking, BookingEvent
from pcnhub.care.appointments.queries.book import sessions
from pcnhub.care.appointments.queries.narrow import find_booking
from pcnhub.care.appointments.queries.slots import slots_of_session
from pcnhub.care.appointments.queries.views import BookingEventView, BookingView, ClinicRow, ClinicSession, SlotView
from pcnhub.care.appointments.rules import BookingStatus, SessionState, SlotState
from pcnhub.care.appointments.rules.booking import worst_registration
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import same_person_ids
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis, Shown, Subject, record, record_list
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from pcnhub.foundations.kernel.refusals import NotFound


def booking(*, actor: Actor, booking_id: int) -> BookingView:
    """One booking, for operations that go on to ask the gate themselves. Not audited: a page takes `open_booking`.

    Raises NotFound, also for a sensitive patient's without the permission.
    """
    with unit_of_work(actor, only_reads=True):
        view = find_booking(actor=actor, booking_id=booking_id)
    if view is None or view.is_withheld:
        raise NotFound(
            "There is no such appointment that your organisation may see.",
            remedy="Find it from the patient's page. A practice sees the appointments of its own patients only, and only "
            "while the appointments agreement with the hub is effective.",
            who_can="the patient's own practice, or the hub",
        )
    return view


def open_booking(*, actor: Actor, now: datetime, booking_id: int) -> tuple[BookingView, tuple[BookingEventView, ...]]:
    """One booking and all that happened to it, oldest first; audited. Raises NotFound, NotShared, NotPermitted."""
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        record_booking(actor=actor, now=now, action="appointments.opened", view=view, grant=grant)
        events = BookingEvent.objects.filter(booking=booking_id).order_by("at", "pk")
        return view, tuple(BookingEventView(row.status, row.at, row.by_name, row.reason) for row in events)


def bookings_for(*, actor: Actor, now: datetime, patient_id: int) -> tuple[BookingView, ...]:
    """A patient's appointments at hubs, past and cancelled ones too, newest first; `patient_id` is a row of the actor's
    own organisation. Audited. Raises NotPermitted, NotShared."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.FIND_PATIENTS, now=now)
        rows = booking_rows().filter(_of_person(actor, patient_id)).order_by("-slot__starts_at", "-pk")
        found = tuple(view for row in rows if not (view := booking_view(row, actor)).is_withheld)
        for grant, its in _by_hub(actor, now, found, permission=Permission.FIND_PATIENTS):
            record(
                actor=actor,
                now=now,
                action="appointments.listed",
                subject=Subject("patient", patient_id, patient_id, its[0].nhs_number),
                data_organisation_id=_whose(actor, grant.data_organisation_id, its[0]),
                basis=grant.basis,
                detail={"bookings": [view.id for view in its]},
            )
        return found


def times_already_booked(
    *, actor: Actor, now: datetime, patient_id: int, starts_at: datetime, ends_at: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """When the patient's live appointments at hubs are that overlap this time, touching excluded: for a warning before
    booking, whose page has opened the patient on record. `patient_id` is a row of the actor's own organisation. Raises
    NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        rows = Booking.objects.filter(
            _of_person(actor, patient_id),
            starts_at__lt=ends_at,
            ends_at__gt=starts_at,
        ).exclude(status=BookingStatus.CANCELLED)
        return tuple(rows.order_by("starts_at", "pk").values_list("starts_at", "ends_at"))


def practice_bookings(*, actor: Actor, now: datetime, from_on: date, to_on: date) -> tuple[BookingView, ...]:
    """The live appointments at hubs of a practice's own patients on those London days, in order of time. Audited.

    Raises NotPermitted, NotShared.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        rows = booking_rows().filter(
            patient_practice=actor.organisation.id,
            slot__starts_at__gte=day_bounds(from_on)[0],
            slot__starts_at__lt=day_bounds(to_on)[1],
        )
        live = rows.exclude(status=BookingStatus.CANCELLED).order_by("slot__starts_at", "pk")
        found = tuple(view for row in live if not (view := booking_view(row, actor)).is_withheld)
        for grant, its in _by_hub(actor, now, found):
            record_bookings_shown(actor=actor, now=now, found=its, basis=grant.basis)
        return found


def bookings_in_doubt(*, actor: Actor, now: datetime) -> tuple[BookingView, ...]:
    """The appointments of today and later whose patient is recorded as deceased, or has left the practice, since they were
    booked: a hub's own, a practice's own patients'. In order of time. Audited when there are any. Raises NotPermitted,
    NotShared."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        gone = (RegistrationState.DECEASED, RegistrationState.LEFT)
        rows = booking_rows().filter(
            _any_of("patient__registered_patient", gone)
            | _any_of("patient__merged_into__registered_patient", gone)
            | _any_of("patient__merged_into", gone)
            | (_any_of("patient", gone) & Q(patient__merged_into=None)),
            status=BookingStatus.BOOKED,
            slot__starts_at__gte=day_bounds(london_date(now))[0],
        )
        views = (booking_view(row, actor) for row in rows.order_by("slot__starts_at", "pk"))
        found = tuple(view for view in views if not view.is_withheld)
        for grant, its in _by_hub(actor, now, found):
            record_bookings_shown(actor=actor, now=now, found=its, basis=grant.basis)
        return found


def clinic_list(*, actor: Actor, now: datetime, day: date, holder: int | None = None) -> tuple[ClinicSession, ...]:
    """The hub's sessions of a London day (of one holder's position, or all), each slot with its live booking. Audited.

    A sensitive patient's row is withheld from who may not see it; the slot still shows as booked. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
        held = [
            session
            for session in sessions(hub_id=actor.organisation.id, from_on=day, to_on=day, holder_id=holder)
            if session.state == SessionState.PUBLISHED
        ]
        live = (
            booking_rows()
            .filter(slot__session__in=[session.id for session in held])
            .exclude(status=BookingStatus.CANCELLED)
        )
        views = [booking_view(row, actor) for row in live]
        by_slot = {slot_id: view for view in views for slot_id in view.slot_ids}
        record_bookings_shown(actor=actor, now=now, found=tuple(views))
        return tuple(
            ClinicSession(
                session,
                tuple(
                    clinic_row(slot, by_slot.get(slot.id))
                    for slot in slots_of_session(session_id=session.id)
                    if (holder is None or slot.holder_id == holder)
                    # an extra seat goes with its appointment, and what was taken out of the session is not free
                    and (slot.id in by_slot or not (slot.extra_seat_of or slot.state == SlotState.CANCELLED))
                ),
            )
            for session in held
        )


def clinic_row(slot: SlotView, booked: BookingView | None) -> ClinicRow:
    return ClinicRow(slot, booked, continues=booked is not None and booked.slot.id != slot.id)


def booking_grant(
    *, actor: Actor, now: datetime, hub_id: int, permission: Permission = Permission.BOOK_APPOINTMENTS
) -> Grant:
    """The hub's staff may by their position, a practice's also under the appointments agreement."""
    return permit(
        actor=actor,
        permission=permission,
        now=now,
        data_organisation_id=hub_id,
        agreement=AgreementKind.APPOINTMENTS,
    )


class OnRecord(Protocol):
    """What is put on record of a booking: a `BookingView`, or as much of it."""

    @property
    def id(self) -> int: ...
    @property
    def hub_id(self) -> int: ...
    @property
    def patient_id(self) -> int: ...
    @property
    def nhs_number(self) -> str: ...
    @property
    def practice_id(self) -> int | None: ...
    @property
    def slot(self) -> SlotView: ...


def record_booking(
    *, actor: Actor, now: datetime, action: str, view: OnRecord, grant: Grant, reason: str = "", status: str = ""
) -> None:
    """Put an act on a booking on record."""
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("booking", view.id, view.patient_id, view.nhs_number),
        data_organisation_id=_whose(actor, grant.data_organisation_id, view),
        basis=grant.basis,
        reason=reason,
        detail={"slot": view.slot.id} | ({"status": status} if status else {}),
    )


def record_bookings_shown(
    *, actor: Actor, now: datetime, found: Iterable[BookingView], basis: Basis = OWN_RECORD
) -> None:
    """A list shows who comes when: each patient shown may learn of it, and so may the practice, or the hub whose book it is."""
    shown = [
        Shown(view.patient_id, view.nhs_number, _whose(actor, view.hub_id, view))
        for view in found
        if not view.is_withheld
    ]
    if shown:
        record_list(actor=actor, now=now, action="appointments.list-opened", kind="bookings", shown=shown, basis=basis)


def _any_of(path: str, states: tuple[str, ...]) -> Q:
    return Q(**{f"{path}__registration_state__in": states})


def _of_person(actor: Actor, patient_id: int) -> Q:
    """Under whichever row the person was booked: at a hub several may be one person's, and lead to the practice's own."""
    ids = same_person_ids(actor=actor, patient_id=patient_id)
    return (
        Q(patient__in=ids)
        | Q(patient__registered_patient__in=ids)
        | Q(patient__merged_into__registered_patient__in=ids)
    )


def _by_hub(
    actor: Actor,
    now: datetime,
    found: Iterable[BookingView],
    *,
    permission: Permission = Permission.BOOK_APPOINTMENTS,
) -> list[tuple[Grant, list[BookingView]]]:
    """What was found, hub by hub, each with the ground on which it may be read. One refusal refuses the list: it is never
    silently shorter."""
    of_hub: dict[int, list[BookingView]] = {}
    for view in found:
        of_hub.setdefault(view.hub_id, []).append(view)
    return [
        (booking_grant(actor=actor, now=now, hub_id=hub_id, permission=permission), its)
        for hub_id, its in sorted(of_hub.items())
    ]


def _whose(actor: Actor, held_by: int, view: OnRecord) -> int:
    """In the hub's own book it is the practice's patient who is seen: the practice may know who did."""
    return view.practice_id or held_by if held_by == actor.organisation.id else held_by


def booking_rows() -> QuerySet[Booking]:
    return Booking.objects.select_related(
        "organisation",
        "slot__session__site",
        "slot__session__holder__account",
        "slot__holder__account",
        "slot__slot_type",
        "patient__registered_patient",
        "patient__merged_into__registered_patient",
        "patient_practice",
        "booked_by_organisation",
    ).prefetch_related("booked_slots")


def booking_view(row: Booking, actor: Actor, *, withholds_sensitive: bool = False) -> BookingView:
    """`withholds_sensitive`: of a protected patient nothing is said, whatever the actor may. Else whoever wrote an unregistered
    person down goes on seeing their own words (`patients.known_to`)."""
    # Of a row that was merged, the one that is used instead: unless that is another practice's, and out of the reader's sight.
    person = row.patient.merged_into or row.patient
    is_own_words = person.nhs_number is None and person.put_down_by == actor.user
    may_see = not withholds_sensitive and (actor.may(Permission.VIEW_SENSITIVE) or is_own_words)
    withheld = (row.patient.is_sensitive or person.is_sensitive) and not may_see
    return BookingView(
        id=row.pk,
        hub_id=row.organisation_id,
        hub=row.organisation.name,
        slot=_slot_of(row),
        patient_id=person.pk,
        registered_patient_id=person.registered_patient_id,
        patient_name="" if withheld else f"{person.given_name} {person.family_name}",
        nhs_number="" if withheld else person.number,
        birth_date=None if withheld else person.birth_date,
        practice_id=row.patient_practice_id,
        practice=row.patient_practice.name if row.patient_practice and not withheld else "",
        booked_by_name=row.booked_by_name,
        booked_by_organisation=row.booked_by_organisation.name
        if row.booked_by_organisation
        else row.booked_by_contact.get("name", row.booked_by_ods_code),
        booked_by_organisation_id=row.booked_by_organisation_id,
        booked_at=row.booked_at,
        source=row.source,
        reason="" if withheld else row.reason,
        notes="" if withheld else row.notes,
        status=row.status,
        version=row.version,
        cancelled_at=row.cancelled_at,
        cancellation_reason=row.cancellation_reason,
        replaces_id=row.replaces_id,
        registration=RegistrationState.ACTIVE if withheld else worst_registration_of(row),
        is_withheld=withheld,
        slot_ids=tuple(sorted(seat.slot_id for seat in row.booked_slots.all())),
        counted_quota_ids=tuple(row.counted_quota_ids),
    )


def worst_registration_of(row: Booking) -> str:
    """What the hub's row says, or the practice's own where the reader may see it."""
    person = row.patient.merged_into or row.patient
    home = person.registered_patient
    return worst_registration([person.registration_state, *([home.registration_state] if home else [])])


def _slot_of(row: Booking) -> SlotView:
    slot, session = row.slot, row.slot.session
    holder = slot.holder or session.holder
    return SlotView(
        id=slot.pk,
        hub_id=slot.hub_id,
        hub=row.organisation.name,
        session_id=session.pk,
        session=session.name,
        starts_at=slot.starts_at,
        ends_at=max(slot.ends_at, row.ends_at),
        state=slot.state,
        slot_type_id=slot.slot_type_id,
        slot_type=slot.slot_type.name,
        eligibility_text=slot.slot_type.eligibility_text,
        site_id=session.site_id,
        site=session.site.name if session.site else "",
        delivery_channel=session.delivery_channel,
        practitioner_role=session.practitioner_role,
        holder_id=holder.pk if holder else None,
        holder=holder.account.full_name if holder else "",
        blocked_reason=slot.blocked_reason,
        held_until=slot.held_until,
        extra_seat_of=slot.extra_seat_of_id,
        override_reason=slot.override_reason,
    )
