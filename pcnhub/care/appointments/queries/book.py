"""Reads of the book itself: slot types, templates, sessions. No patient stands in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from pcnhub.care.appointments.models import Session, SessionTemplate, Slot, SlotType
from pcnhub.care.appointments.queries.views import SessionView, SlotTypeView, TemplateView
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.details import Quota
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import NotFound

_BESIDE = ("groups", "further_holders__account", "quotas")  # tables beside a session's and a template's own


@read_once
def slot_types(*, hub_id: int, include_retired: bool = False) -> tuple[SlotTypeView, ...]:
    """A hub's slot types by name."""
    rows = SlotType.objects.filter(hub=hub_id).order_by("name")
    return tuple(_slot_type(row) for row in (rows if include_retired else rows.filter(retired_on__isnull=True)))


def slot_type(*, hub_id: int, slot_type_id: int) -> SlotTypeView:
    """Raises NotFound."""
    row = SlotType.objects.filter(hub=hub_id, pk=slot_type_id).first()
    if row is None:
        raise NotFound("There is no such slot type here.", remedy="Choose one from the slot types page.")
    return _slot_type(row)


def templates(*, hub_id: int) -> tuple[TemplateView, ...]:
    """A hub's weekly sessions by weekday and time, ended ones too (`ends_on` says so)."""
    rows = _templates().filter(hub=hub_id).order_by("weekday", "starts_at", "name", "pk")
    return tuple(_template(row) for row in rows)


def template(*, hub_id: int, template_id: int) -> TemplateView:
    """Raises NotFound."""
    row = _templates().filter(hub=hub_id, pk=template_id).first()
    if row is None:
        raise NotFound("There is no such weekly session here.", remedy="Choose one from the weekly sessions page.")
    return _template(row)


@read_once
def sessions(
    *, hub_id: int, from_on: date, to_on: date, holder_id: int | None = None, include_cancelled: bool = False
) -> tuple[SessionView, ...]:
    """A hub's sessions that start on the London days from `from_on` to `to_on`, both included, in order of time."""
    rows = Session.objects.filter(
        hub=hub_id, starts_at__gte=day_bounds(from_on)[0], starts_at__lt=day_bounds(to_on)[1]
    ).order_by("starts_at", "name", "pk")
    if holder_id is not None:
        rows = rows.filter(Q(holder=holder_id) | Q(further_holders=holder_id)).distinct()
    return _sessions(rows if include_cancelled else rows.exclude(state=SessionState.CANCELLED))


def session(*, hub_id: int, session_id: int) -> SessionView:
    """Raises NotFound."""
    found = _sessions(Session.objects.filter(hub=hub_id, pk=session_id))
    if not found:
        raise NotFound("There is no such session here.", remedy="Choose one from the rota.")
    return found[0]


def _sessions(rows: QuerySet[Session]) -> tuple[SessionView, ...]:
    found = list(rows.select_related("holder__account", "site").prefetch_related(*_BESIDE))
    counts, kinds = _slots_of(found)
    return tuple(
        SessionView(
            id=row.pk,
            hub_id=row.hub_id,
            template_id=row.template_id,
            name=row.name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            holder_id=row.holder_id,
            holder=row.holder.account.full_name if row.holder else "",
            site_id=row.site_id,
            site=row.site.name if row.site else "",
            delivery_channel=row.delivery_channel,
            practitioner_role=row.practitioner_role,
            counts_to_enhanced_access=row.counts_to_enhanced_access,
            state=row.state,
            group_ids=frozenset(group.pk for group in row.groups.all()),
            slot_types=tuple(sorted(kinds[row.pk])),
            free=counts[row.pk][SlotState.FREE],
            booked=counts[row.pk][SlotState.BOOKED],
            blocked=counts[row.pk][SlotState.BLOCKED],
            list_printed_at=row.list_printed_at,
            list_printed_by=row.list_printed_by_name,
            **_rules(row),
        )
        for row in found
    )


def _slots_of(found: Iterable[Session]) -> tuple[dict[int, Counter[str]], dict[int, set[str]]]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    kinds: dict[int, set[str]] = defaultdict(set)
    slots = Slot.objects.filter(session__in=[row.pk for row in found])
    for session_id, state, name in slots.values_list("session_id", "state", "slot_type__name"):
        counts[session_id][state] += 1
        kinds[session_id].add(name)
    return counts, kinds


def _slot_type(row: SlotType) -> SlotTypeView:
    return SlotTypeView(
        row.pk,
        row.hub_id,
        row.name,
        row.colour,
        row.minutes,
        row.mode,
        row.bookable,
        row.eligibility_text,
        row.service_setting,
        row.context_type,
        row.national_category,
        row.retired_on,
        row.embargo_minutes,
        row.dna_after_minutes,
        row.patients_may_book,
    )


def _templates() -> QuerySet[SessionTemplate]:
    return SessionTemplate.objects.select_related("slot_type", "holder__account", "site").prefetch_related(*_BESIDE)


def _template(row: SessionTemplate) -> TemplateView:
    return TemplateView(
        id=row.pk,
        hub_id=row.hub_id,
        name=row.name,
        weekday=row.weekday,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        slot_type_id=row.slot_type_id,
        slot_type=row.slot_type.name,
        holder_id=row.holder_id,
        holder=row.holder.account.full_name if row.holder else "",
        site_id=row.site_id,
        site=row.site.name if row.site else "",
        delivery_channel=row.delivery_channel,
        practitioner_role=row.practitioner_role,
        group_ids=frozenset(group.pk for group in row.groups.all()),
        counts_to_enhanced_access=row.counts_to_enhanced_access,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        every_weeks=row.every_weeks,
        on_bank_holidays=row.on_bank_holidays,
        **_rules(row),
    )


def _rules(row: Session | SessionTemplate) -> dict[str, Any]:
    """What `SessionRulesView` says."""
    return {
        "variation": row.variation,
        "further_holder_ids": frozenset(holder.pk for holder in row.further_holders.all()),
        "further_holders": tuple(sorted(holder.account.full_name for holder in row.further_holders.all())),
        "gp_connect_bookable": row.gp_connect_bookable,
        "open_to_all": row.open_to_all,
        "organisation_types": frozenset(row.organisation_types),
        "organisation_ods_codes": frozenset(row.organisation_ods_codes),
        "window_days": row.window_days,
        "closes_minutes": row.closes_minutes,
        "release_group_id": row.release_group_id,
        "release_at": row.release_at,
        "quotas": tuple(sorted(Quota(quota.profile, quota.subject, quota.at_most) for quota in row.quotas.all())),
    }
