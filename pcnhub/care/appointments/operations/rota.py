"""Changes to slot types and weekly templates."""

from __future__ import annotations

from datetime import date, datetime

from pcnhub.care.appointments.models import SessionTemplate, SlotType
from pcnhub.care.appointments.queries.mapping import national_words
from pcnhub.care.appointments.rules.mapping import problems_of_mapping
from pcnhub.care.appointments.rules.publishing import (
    SessionDetails,
    SlotTypeDetails,
    TemplateDetails,
    problems_of_slot_type,
    problems_of_template,
)
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, Problem

LONG_AGO = date(2000, 1, 1)  # only whose the position is matters here, not whether it holds on some day


def save_slot_type(*, actor: Actor, now: datetime, details: SlotTypeDetails, slot_type_id: int | None = None) -> int:
    """Make or change a slot type of the actor's hub; its id. Raises InvalidInput with every problem, NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ORGANISATION, now)
        problems = [*problems_of_slot_type(details), *problems_of_mapping(details, national_words())]
        hub_id = actor.organisation.id
        if SlotType.objects.filter(hub=hub_id, name=details.name.strip()).exclude(pk=slot_type_id or 0).exists():
            problems.append(
                Problem(
                    "name", "not-unique", "The hub has a slot type of this name", "Choose another name.", details.name
                )
            )
        if problems:
            raise InvalidInput(problems)
        is_new = slot_type_id is None
        row = SlotType(hub_id=hub_id) if slot_type_id is None else _slot_type(hub_id, slot_type_id)
        values = {
            "name": details.name.strip(),
            "minutes": details.minutes,
            "mode": details.mode,
            "colour": details.colour,
            "bookable": details.bookable,
            "eligibility_text": details.eligibility_text,
            "service_setting": details.service_setting,
            "context_type": details.context_type,
            "national_category": details.national_category,
        }
        changed = [name for name, value in values.items() if is_new or getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        if is_new:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=changed)
        if changed:
            _record(actor, now, "appointments.slot-type-saved", "slot-type", row.pk, changed)
        return row.pk


def retire_slot_type(*, actor: Actor, now: datetime, slot_type_id: int) -> None:
    """No new session uses it; slots that are there stay. Raises NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ORGANISATION, now)
        row = _slot_type(actor.organisation.id, slot_type_id)
        row.retired_on = london_date(now)
        row.save(update_fields=["retired_on"])
        _record(actor, now, "appointments.slot-type-retired", "slot-type", row.pk, ["retired_on"])


def save_template(*, actor: Actor, now: datetime, details: TemplateDetails, template_id: int | None = None) -> int:
    """Make or change a weekly session; its id. Sessions that were made from it before stay as they are.

    Raises InvalidInput with every problem, NotFound.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        hub_id = actor.organisation.id
        problems = [*problems_of_template(details), *problems_of_references(details.session, hub_id=hub_id)]
        session = details.session
        same = SessionTemplate.objects.filter(
            hub=hub_id,
            name=session.name.strip(),
            weekday=details.weekday,
            starts_at=details.starts_at,
            starts_on=details.starts_on,
        )
        if same.exclude(pk=template_id or 0).exists():
            problems.append(
                Problem(
                    "name",
                    "not-unique",
                    "There is a weekly session of this name on this weekday, time and first day",
                    "Change that one, or choose another name.",
                    session.name,
                )
            )
        if problems:
            raise InvalidInput(problems)
        is_new = template_id is None
        row = SessionTemplate(hub_id=hub_id) if template_id is None else _template(hub_id, template_id)
        values = {
            **session_columns(session),
            "slot_type_id": session.slot_type_id,
            "weekday": details.weekday,
            "starts_at": details.starts_at,
            "ends_at": details.ends_at,
            "starts_on": details.starts_on,
            "ends_on": details.ends_on,
        }
        changed = [name for name, value in values.items() if is_new or getattr(row, name) != value]
        groups = is_new or set(row.groups.values_list("pk", flat=True)) != set(session.group_ids)
        for name in changed:
            setattr(row, name, values[name])
        if is_new:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=[name.removesuffix("_id") for name in changed])
        if groups:
            row.groups.set(session.group_ids)
            changed.append("groups")
        if changed:
            _record(actor, now, "appointments.template-saved", "session-template", row.pk, changed)
        return row.pk


def end_template(*, actor: Actor, now: datetime, template_id: int, ends_on: date) -> None:
    """From `ends_on` on, no session is made from it. Raises NotFound, InvalidInput."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        row = _template(actor.organisation.id, template_id)
        if ends_on <= row.starts_on:
            raise InvalidInput(
                [
                    Problem(
                        "ends_on",
                        "not-after-start",
                        "It ends before its first day",
                        "Give a later day.",
                        ends_on.isoformat(),
                    )
                ]
            )
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        _record(actor, now, "appointments.template-ended", "session-template", row.pk, ["ends_on"])


def permit_at_hub(actor: Actor, permission: Permission, now: datetime) -> None:
    """Books belong to hubs, and to each hub its own."""
    permit(actor=actor, permission=permission, now=now)
    if actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            f"{actor.organisation.name} is not a hub: it has no appointment book here.",
            remedy="Sign in with a position at the hub.",
            who_can="the hub's rota manager",
        )


def problems_of_references(details: SessionDetails, *, hub_id: int) -> list[Problem]:
    """What a template or session names must be the hub's own."""
    problems = []
    if not SlotType.objects.filter(hub=hub_id, pk=details.slot_type_id, retired_on__isnull=True).exists():
        problems.append(
            Problem("slot_type_id", "unknown", "The hub has no such slot type in use", "Choose one of the list.")
        )
    if details.site_id is not None and details.site_id not in {
        site.id for site in organisations.sites_of(organisation_id=hub_id)
    }:
        problems.append(Problem("site_id", "unknown", "The hub has no such site", "Choose one of the list."))
    if details.holder_id is not None and details.holder_id not in {
        held.id for held in organisations.positions_at(organisation_id=hub_id, day=LONG_AGO, include_inactive=True)
    }:
        problems.append(Problem("holder_id", "unknown", "The hub has no such position", "Choose one of the list."))
    own_groups = {group.id for group in organisations.groups_of(owner_id=hub_id)}
    if details.group_ids - own_groups:
        problems.append(
            Problem("group_ids", "unknown", "The hub has no such organisation group", "Choose from the list.")
        )
    return problems


def session_columns(details: SessionDetails) -> dict[str, object]:
    """What templates and sessions keep under the same names."""
    return {
        "name": details.name.strip(),
        "holder_id": details.holder_id,
        "site_id": details.site_id,
        "delivery_channel": details.delivery_channel,
        "practitioner_role": details.practitioner_role,
        "counts_to_enhanced_access": details.counts_to_enhanced_access,
    }


def _slot_type(hub_id: int, slot_type_id: int) -> SlotType:
    row = SlotType.objects.filter(hub=hub_id, pk=slot_type_id).first()
    if row is None:
        raise NotFound("There is no such slot type here.", remedy="Choose one from the slot types page.")
    return row


def _template(hub_id: int, template_id: int) -> SessionTemplate:
    row = SessionTemplate.objects.filter(hub=hub_id, pk=template_id).first()
    if row is None:
        raise NotFound("There is no such weekly session here.", remedy="Choose one from the weekly sessions page.")
    return row


def _record(actor: Actor, now: datetime, action: str, kind: str, key: int, changed: list[str]) -> None:
    record(actor=actor, now=now, action=action, subject=Subject(kind, key), detail={"changed": changed})
