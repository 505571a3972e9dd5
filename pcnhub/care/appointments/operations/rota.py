"""Changes to templates: the sessions that come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import BigIntegerField, F, Func, Value

from pcnhub.care.appointments.models import (
    Booking,
    Session,
    SessionQuota,
    SessionTemplate,
    SlotType,
    TemplateException,
    TemplateQuota,
)
from pcnhub.care.appointments.queries.calendar import recurrence_of
from pcnhub.care.appointments.queries.shares import seats_of_share
from pcnhub.care.appointments.rules import QuotaProfile
from pcnhub.care.appointments.rules.details import SessionDetails, TemplateDetails, problems_of_template
from pcnhub.care.appointments.rules.recurrence import starts_anew_on
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, Problem

LONG_AGO = date(2000, 1, 1)  # only whose the position is matters here, not whether it holds on some day


@dataclass(frozen=True, slots=True)
class TemplateChanged:
    """The template as it goes on, from `first_day`; `sessions` are those that were made before and lie ahead: they stay as
    they are until somebody changes them on the rota."""

    template_id: int
    first_day: date
    sessions: tuple[int, ...]


def save_template(*, actor: Actor, now: datetime, details: TemplateDetails, template_id: int | None = None) -> int:
    """Make or change a template; its id. Sessions that were made from it before stay as they are.

    Raises InvalidInput with every problem, NotFound.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        hub_id = actor.organisation.id
        row = SessionTemplate(hub_id=hub_id) if template_id is None else template_row(hub_id, template_id)
        _refuse(details, hub_id=hub_id, template_id=template_id)
        is_new = template_id is None
        values = {
            **session_columns(details.session),
            "slot_type_id": details.session.slot_type_id,
            "weekday": details.weekday,
            "starts_at": details.starts_at,
            "ends_at": details.ends_at,
            "starts_on": details.starts_on,
            "ends_on": details.ends_on,
            "every_weeks": details.every_weeks,
            "on_bank_holidays": details.on_bank_holidays,
        }
        changed = [name for name, value in values.items() if is_new or getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        if is_new:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=[name.removesuffix("_id") for name in changed])
        changed += set_people_groups_and_quotas(row, details.session)
        if changed:
            _record(actor, now, "appointments.template-saved", row.pk, changed)
        return row.pk


def change_template_from(
    *, actor: Actor, now: datetime, template_id: int, day: date, details: TemplateDetails
) -> TemplateChanged:
    """Change a template from a day on: what it was until then stays as it is, and another goes on from there (`starts_on` of
    `details` is not looked at). A template of every few weeks goes on in the same weeks, if it comes back as often as before.

    Its single days from then on go along, and so do the sessions that were made for them: none is made twice.
    Raises InvalidInput with every problem, NotFound.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        old = template_row(actor.organisation.id, template_id)
        if old.ends_on is not None and old.ends_on <= day:
            raise InvalidInput(
                [Problem("day", "after-the-end", "It has ended by that day", "Give an earlier day.", day.isoformat())]
            )
        same_weeks = details.every_weeks == old.every_weeks
        first_day = max(starts_anew_on(recurrence_of(old), day) if same_weeks else day, old.starts_on)
        if first_day <= old.starts_on:
            goes_on = save_template(
                actor=actor, now=now, details=replace(details, starts_on=old.starts_on), template_id=template_id
            )
        else:
            goes_on = save_template(actor=actor, now=now, details=replace(details, starts_on=first_day))
            old.ends_on = first_day
            old.save(update_fields=["ends_on"])
            _record(actor, now, "appointments.template-ended", old.pk, ["ends_on"])
        TemplateException.objects.filter(template=old, day__gte=first_day).update(template=goes_on)
        made = Session.objects.filter(template=old, starts_at__gte=day_bounds(first_day)[0])
        made.update(template=goes_on)
        ahead = Session.objects.filter(template=goes_on, starts_at__gt=now).exclude(state="cancelled")
        return TemplateChanged(goes_on, first_day, tuple(ahead.order_by("starts_at").values_list("pk", flat=True)))


def end_template(*, actor: Actor, now: datetime, template_id: int, ends_on: date) -> None:
    """From `ends_on` on, no session is made from it. Raises NotFound, InvalidInput."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        row = template_row(actor.organisation.id, template_id)
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
        _record(actor, now, "appointments.template-ended", row.pk, ["ends_on"])


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
    positions = {
        held.id for held in organisations.positions_at(organisation_id=hub_id, day=LONG_AGO, include_inactive=True)
    }
    if details.holder_id is not None and details.holder_id not in positions:
        problems.append(Problem("holder_id", "unknown", "The hub has no such position", "Choose one of the list."))
    if details.further_holder_ids - positions:
        problems.append(
            Problem("further_holder_ids", "unknown", "The hub has no such position", "Choose from the list.")
        )
    own_groups = {group.id for group in organisations.groups_of(owner_id=hub_id)}
    limited = {quota.subject for quota in details.quotas if quota.profile == QuotaProfile.GROUP}
    for field, named in (
        ("group_ids", {str(each) for each in details.group_ids}),
        ("release_group_id", {str(details.release_group_id)} if details.release_group_id is not None else set()),
        ("quotas", limited),
    ):
        if named - {str(each) for each in own_groups}:
            problems.append(
                Problem(field, "unknown", "The hub has no such organisation group", "Choose from the list.")
            )
    return problems


def session_columns(details: SessionDetails) -> dict[str, object]:
    """What templates and sessions keep under the same names, in columns of their own."""
    return {
        "name": details.name.strip(),
        "holder_id": details.holder_id,
        "site_id": details.site_id,
        "delivery_channel": details.delivery_channel,
        "practitioner_role": details.practitioner_role,
        "counts_to_enhanced_access": details.counts_to_enhanced_access,
        "variation": details.variation.strip(),
        "gp_connect_bookable": details.gp_connect_bookable,
        "open_to_all": details.open_to_all,
        "organisation_types": sorted(details.organisation_types),
        "organisation_ods_codes": sorted(details.organisation_ods_codes),
        "window_days": details.window_days,
        "closes_minutes": details.closes_minutes,
        "release_group_id": details.release_group_id,
        "release_at": details.release_at,
    }


def set_people_groups_and_quotas(row: SessionTemplate | Session, details: SessionDetails) -> list[str]:
    """What templates and sessions keep in tables beside them; the names of what changed. Of a quota that stays, what has
    been used of it stays too."""
    changed = []
    for name, wanted in (("groups", details.group_ids), ("further_holders", details.further_holder_ids)):
        rows = getattr(row, name)
        if set(rows.values_list("pk", flat=True)) != set(wanted):
            rows.set(wanted)
            changed.append(name)
    standing = {(quota.profile, quota.subject): quota for quota in row.quotas.all()}
    wanted_quotas = {(quota.profile, quota.subject): quota.at_most for quota in details.quotas}
    if {key: quota.at_most for key, quota in standing.items()} == wanted_quotas:
        return changed
    row.quotas.exclude(pk__in=[quota.pk for key, quota in standing.items() if key in wanted_quotas]).delete()
    for (profile, subject), at_most in wanted_quotas.items():
        quota = standing.get((profile, subject))
        if quota is None:
            _add_quota(row, profile, subject, at_most)
        elif quota.at_most != at_most:
            quota.at_most = at_most
            quota.save(update_fields=["at_most"])
    return [*changed, "quotas"]


def _add_quota(row: SessionTemplate | Session, profile: str, subject: str, at_most: int) -> None:
    """What is booked already counts too, and each of those bookings gives its seats back to this share when it is cancelled.
    The slots of a published session are held by then: nobody cancels meanwhile."""
    if not isinstance(row, Session):
        TemplateQuota.objects.create(template=row, profile=profile, subject=subject, at_most=at_most)
        return
    seats = seats_of_share(session_ids=[row.pk], profile=profile, subject=subject)
    quota = SessionQuota.objects.create(
        session=row, profile=profile, subject=subject, at_most=at_most, used=seats.total()
    )
    if seats:
        Booking.objects.filter(pk__in=[booking for _, booking in seats]).update(
            counted_quota_ids=Func(F("counted_quota_ids"), Value(quota.pk, BigIntegerField()), function="array_append")
        )


def template_row(hub_id: int, template_id: int) -> SessionTemplate:
    """Raises NotFound."""
    row = SessionTemplate.objects.filter(hub=hub_id, pk=template_id).first()
    if row is None:
        raise NotFound("There is no such weekly session here.", remedy="Choose one from the weekly sessions page.")
    return row


def _refuse(details: TemplateDetails, *, hub_id: int, template_id: int | None) -> None:
    """Raises InvalidInput with every problem."""
    session = details.session
    problems = [*problems_of_template(details), *problems_of_references(session, hub_id=hub_id)]
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


def _record(actor: Actor, now: datetime, action: str, key: int, changed: list[str]) -> None:
    record(actor=actor, now=now, action=action, subject=Subject("session-template", key), detail={"changed": changed})
