"""Opening a session to booking.

A draft's slots name no holder. Publishing puts the holder on them, and the person behind that position, and with that claims
the clinician's time: the database refuses two slots of one person at one time (`slot_clinician_once`), at whichever hubs. Each
further holder gets slots of their own beside the holder's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from pcnhub.care.appointments.models import Session, Slot, SlotType
from pcnhub.care.appointments.queries.details import details_of
from pcnhub.care.appointments.queries.mapping import national_words
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.details import SessionDetails
from pcnhub.care.appointments.rules.mapping import NationalMapping, is_mapped
from pcnhub.care.appointments.rules.publishing import HolderFacts, SessionFacts, reasons_not_to_publish
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import holds_on
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import Problem


def publish_row(actor: Actor, now: datetime, session: Session) -> list[Problem]:
    """Publish a draft that is held, or say every reason why not."""
    network = organisations.network_of_hub(hub_id=session.hub_id, day=london_date(now))
    reasons = reasons_not_to_publish(facts_of(session), name_pattern=network.session_name_pattern)
    if session.starts_at <= now:
        reasons.append(Problem("day", "past", "The session has begun already", "Make a later session."))
    if reasons:
        return reasons
    try:
        with transaction.atomic():
            _give_slots(session)
    except IntegrityError:  # slot_clinician_once: another session of this clinician was published this very moment
        return [
            Problem(
                "holder",
                "overlap",
                "Somebody who holds it was given another session at this time a moment ago",
                "Change the time or the holder of one of the two.",
            )
        ]
    set_state(actor, now, session, SessionState.PUBLISHED)
    return []


def _give_slots(session: Session) -> None:
    """The draft's row of slots to the holder, and the same row again to each further holder."""
    own = list(Slot.objects.filter(session=session).exclude(state=SlotState.CANCELLED).order_by("starts_at", "pk"))
    Slot.objects.filter(pk__in=[slot.pk for slot in own]).update(
        holder=session.holder_id, clinician=session.holder.account_id if session.holder else None
    )
    Slot.objects.bulk_create(
        Slot(
            hub_id=session.hub_id,
            session=session,
            holder_id=further.pk,
            clinician_id=further.account_id,
            slot_type_id=slot.slot_type_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            state=slot.state,
            blocked_reason=slot.blocked_reason,
        )
        for further in session.further_holders.order_by("pk")
        for slot in own
    )


def facts_of(
    session: Session, details: SessionDetails | None = None, *, slot_type_ids: frozenset[int] = frozenset()
) -> SessionFacts:
    """A session as publishing judges it; with other `details`, or with slots of these types besides its own, as it would be
    with them."""
    asked = details or details_of(session)
    day = london_date(session.starts_at)
    sites = {site.id: site for site in organisations.sites_of(organisation_id=session.hub_id)}
    site = sites.get(asked.site_id) if asked.site_id else None
    return SessionFacts(
        details=asked,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        slots=Slot.objects.filter(session=session).exclude(state=SlotState.CANCELLED).count(),
        holder=_holder(session, asked.holder_id, day) if asked.holder_id else None,
        site_open=site is not None and holds_on(day, None, site.closed_on),
        further_holders=tuple(_holder(session, key, day) for key in sorted(asked.further_holder_ids)),
        not_mapped=_not_mapped(session, slot_type_ids),
    )


def _not_mapped(session: Session, besides: frozenset[int]) -> tuple[str, ...]:
    """Slot types that patients are booked into and that national statistics could not place."""
    of_slots = Slot.objects.filter(session=session).values("slot_type")
    kinds = SlotType.objects.filter(Q(pk__in=of_slots) | Q(pk__in=besides), bookable=True).values_list(
        "name", "service_setting", "context_type", "national_category"
    )
    words = national_words()
    return tuple(sorted(name for name, *said in kinds if not is_mapped(NationalMapping(*said), words)))


def _holder(session: Session, position_id: int, day: date) -> HolderFacts:
    held = organisations.position(id=position_id, day=day)
    return HolderFacts(
        name=held.name,
        at_this_hub=held.organisation.id == session.hub_id,
        is_active=held.is_active,
        is_session_holder=held.session_holder,
        job_role_code=held.job_role_code,
        account_id=held.account_id,
        busy_with=_busy_with(session, held.account_id),
    )


def _busy_with(session: Session, account_id: int) -> tuple[str, ...]:
    """That person's other published slots during this session, under any position at any hub, in words, one a session."""
    others = Slot.objects.filter(
        clinician=account_id, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    ).exclude(state=SlotState.CANCELLED)
    found = Session.objects.filter(pk__in=others.exclude(session=session).values("session")).order_by("starts_at")
    return tuple(
        f"{other.name if other.hub_id == session.hub_id else f'a session at {other.hub.name}'}, "
        f"{in_london(other.starts_at):%a %-d %b %H:%M} to {in_london(other.ends_at):%H:%M}"
        for other in found.select_related("hub")
    )


def set_state(actor: Actor, now: datetime, session: Session, state: SessionState, *, reason: str = "") -> None:
    session.state, session.state_changed_at, session.state_changed_by = state, now.astimezone(UTC), actor.user
    session.save(update_fields=["state", "state_changed_at", "state_changed_by"])
    record_session(actor, now, f"appointments.session-{state}", session.pk, reason=reason)


def record_session(actor: Actor, now: datetime, action: str, session_id: int, *, reason: str = "") -> None:
    record(actor=actor, now=now, action=action, subject=Subject("session", session_id), reason=reason)
    publish_once(actor=actor, now=now, fact="appointments.session-changed")
