"""A hub's lists as they stand, put together for a pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pcnhub.care.appointments.queries import ClinicRow, ClinicSession, lists_ahead
from pcnhub.care.appointments.rules import SlotState
from pcnhub.care.organisations.queries import (
    SiteView,
    account,
    network_of_hub,
    organisation,
    positions_at,
    sites_of,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.continuity.contents import Clinic, Contents, Number, Person, Row

AHEAD = timedelta(hours=48)


def gather(*, actor: Actor, now: datetime, call: tuple[str, ...]) -> Contents:
    """The acting hub's lists from the start of today to 48 hours ahead, and whom to ring. `actor` is a system of the hub's.
    Raises NotPermitted."""
    hub_id, until = actor.organisation.id, now + AHEAD
    with unit_of_work(actor, only_reads=True):
        hub = organisation(id=hub_id)
        found = lists_ahead(actor=actor, now=now, until=until)
        sites = {site.id: site for site in sites_of(organisation_id=hub_id)}
        return Contents(
            hub=hub.name,
            hub_ods=hub.ods_code,
            hub_phone=hub.phone,
            made_at=now,
            until=until,
            call=call,
            practices=_practices(hub_id, now, found.clinics),
            managers=_managers(hub_id, now),
            clinics=tuple(
                _clinic(each, sites.get(each.session.site_id or 0), found.patients) for each in found.clinics
            ),
        )


def _practices(hub_id: int, now: datetime, clinics: Iterable[ClinicSession]) -> tuple[Number, ...]:
    """The network's, and of whoever else stands on the lists."""
    rows = (row.booking for each in clinics for row in each.rows if row.booking and not row.booking.is_withheld)
    booked = {row.practice_id for row in rows if row.practice_id is not None}
    members = {each.id for each in network_of_hub(hub_id=hub_id, day=london_date(now)).members}
    views = [organisation(id=each) for each in sorted((members | booked) - {hub_id})]
    return tuple(Number(name=f"{each.name} ({each.ods_code})", phone=each.phone) for each in views)


def _managers(hub_id: int, now: datetime) -> tuple[Number, ...]:
    """Who may change the evening: no telephone of theirs is kept here, an address for e-mail is."""
    wanted = {Permission.MANAGE_ROTA, Permission.MANAGE_READINESS}
    held = [each for each in positions_at(organisation_id=hub_id, day=london_date(now)) if each.permissions & wanted]
    people = {each.account_id: each.name for each in held}
    return tuple(Number(name=name, phone="", email=account(id=account_id).email) for account_id, name in people.items())


def _clinic(held: ClinicSession, site: SiteView | None, patients: dict[int, PatientView]) -> Clinic:
    session = held.session
    return Clinic(
        id=session.id,
        name=session.name,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        holders=tuple(name for name in (session.holder, *session.further_holders) if name),
        practitioner=session.practitioner,
        channel=session.delivery_channel,
        site=session.site,
        site_address=", ".join([*site.address_lines, site.postcode]) if site else "",
        site_phone=site.phone if site else "",
        rows=tuple(_row(each, patients) for each in held.rows),
    )


def _extra(row: ClinicRow) -> str:
    """Why there is a seat more is free text about whom it was made for."""
    if not row.slot.extra_seat_of:
        return ""
    return "Extra" if row.booking is None or row.booking.is_withheld else f"Extra: {row.slot.override_reason}"


def _row(row: ClinicRow, patients: dict[int, PatientView]) -> Row:
    slot, booking = row.slot, row.booking
    if booking is None:
        blocked = slot.state == SlotState.BLOCKED
        return Row(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            slot_type=slot.slot_type,
            words=f"Blocked: {slot.blocked_reason}" if blocked else "Free",
            is_free=not blocked,
        )
    is_shown = not booking.is_withheld and not row.continues
    held = patients.get(booking.patient_id)
    person = Person(
        name=booking.patient_name,
        born=booking.birth_date,
        nhs_number=booking.number_words,
        phones=held.phones if held else (),
        practice=booking.practice,
        warning=booking.warning or ("Not traced yet" if booking.is_untraced else ""),
    )
    return Row(
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        slot_type=slot.slot_type,
        words=booking.status_words,
        is_protected=booking.is_withheld,
        continues=row.continues,
        note=_extra(row),
        person=person if is_shown else None,
        reason=booking.reason if is_shown else "",
        notes=booking.notes if is_shown else "",
    )
