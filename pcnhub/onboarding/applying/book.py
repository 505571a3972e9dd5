"""The file's outcomes, slot types and weekly sessions. Sessions themselves are made from these on the rota page."""

from __future__ import annotations

from dataclasses import asdict, fields

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments import queries as book
from pcnhub.care.appointments.rules import QuotaProfile
from pcnhub.care.appointments.rules.details import Quota, SessionDetails, SlotTypeDetails, TemplateDetails
from pcnhub.care.consultations import operations as consultations
from pcnhub.care.consultations import queries as consultation_queries
from pcnhub.care.organisations.rules import Saved
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.onboarding.applying.progress import Run
from pcnhub.onboarding.shapes import OnboardingFile, QuotaShape, SlotTypeShape, TemplateShape, Weekday

_WEEKDAYS: tuple[Weekday, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def bring_in(content: OnboardingFile, run: Run) -> None:
    _outcomes(content, run)
    for kind in content.slot_types:
        with run.entry(f"slot type {kind.name}"):
            _slot_type(content.network.hub, kind, run)
    for template in content.session_templates:
        with run.entry(_place(template)):
            _template(content.network.hub, template, run)


def _outcomes(content: OnboardingFile, run: Run) -> None:
    if not content.outcomes:
        return
    with run.entry("outcomes"):
        actor = run.actor_of(content.network.hub)
        hub_id = actor.organisation.id
        standing = {
            outcome.code: outcome.name
            for outcome in consultation_queries.outcomes(hub_id=hub_id, day=london_date(run.now))
        }
        for place, outcome in enumerate(content.outcomes, 1):
            if standing.get(outcome.code) != outcome.name:
                key = consultations.save_outcome(
                    actor=actor, now=run.now, code=outcome.code, name=outcome.name, place=place
                )
                run.note(f"outcome {outcome.code}", Saved(key, outcome.code not in standing, ("name",)))


def _slot_type(hub: str, kind: SlotTypeShape, run: Run) -> None:
    actor = run.actor_of(hub)
    details = SlotTypeDetails(
        name=kind.name,
        minutes=kind.minutes,
        mode=kind.mode,
        colour=kind.colour,
        bookable=kind.bookable,
        eligibility_text=kind.eligibility,
        service_setting=kind.service_setting,
        context_type=kind.context_type,
        national_category=kind.national_category,
        embargo_minutes=kind.embargo_minutes,
        dna_after_minutes=kind.dna_after_minutes,
        patients_may_book=kind.patients_may_book,
    )
    standing = {view.name: view for view in book.slot_types(hub_id=actor.organisation.id)}.get(kind.name)
    changed = _differences(asdict(details), standing)
    key = standing.id if standing else 0
    if changed:
        key = appointments.save_slot_type(actor=actor, now=run.now, details=details, slot_type_id=key or None)
    run.note(f"slot type {kind.name}", Saved(key, standing is None, changed))
    run.ids["slot type", kind.name] = key


def _template(hub: str, template: TemplateShape, run: Run) -> None:
    actor = run.actor_of(hub)
    details = TemplateDetails(
        session=SessionDetails(
            name=template.name,
            slot_type_id=run.id_of("slot type", template.slot_type),
            holder_id=run.id_of(f"position at {hub}", template.holder) if template.holder else None,
            site_id=run.id_of(f"site of {hub}", template.site) if template.site else None,
            delivery_channel=template.channel or "",
            practitioner_role=template.role,
            group_ids=frozenset(run.id_of("group", name) for name in template.groups),
            counts_to_enhanced_access=template.counts_to_enhanced_access,
            variation=template.variation,
            further_holder_ids=frozenset(run.id_of(f"position at {hub}", name) for name in template.further_holders),
            gp_connect_bookable=template.gp_connect_bookable,
            open_to_all=template.open_to_all,
            organisation_types=frozenset(str(kind) for kind in template.organisation_types),
            organisation_ods_codes=frozenset(template.organisations),
            window_days=template.window_days,
            closes_minutes=template.closes_minutes,
            release_group_id=run.id_of("group", template.release.group) if template.release else None,
            release_at=template.release.at if template.release else None,
            quotas=tuple(sorted(_quota(quota, run) for quota in template.quotas)),
        ),
        weekday=_WEEKDAYS.index(template.weekday) + 1,
        starts_at=template.starts_at,
        ends_at=template.ends_at,
        starts_on=template.starts_on,
        ends_on=template.ends_on,
        every_weeks=template.every_weeks,
        on_bank_holidays=template.on_bank_holidays,
    )
    key = (template.name, details.weekday, template.starts_at, template.starts_on)
    standing = {
        (view.name, view.weekday, view.starts_at, view.starts_on): view
        for view in book.templates(hub_id=actor.organisation.id)
    }.get(key)
    own = {field.name: getattr(details, field.name) for field in fields(details) if field.name != "session"}
    shared = {field.name: getattr(details.session, field.name) for field in fields(details.session)}
    changed = _differences(own | shared, standing)
    if changed:
        appointments.save_template(
            actor=actor, now=run.now, details=details, template_id=standing.id if standing else None
        )
    run.note(_place(template), Saved(standing.id if standing else 0, standing is None, changed))


def _quota(quota: QuotaShape, run: Run) -> Quota:
    if quota.group is not None:
        return Quota(QuotaProfile.GROUP, str(run.id_of("group", quota.group)), quota.at_most)
    if quota.organisation is not None:
        return Quota(QuotaProfile.ORGANISATION, quota.organisation, quota.at_most)
    return Quota(QuotaProfile.ORGANISATION_TYPE, str(quota.organisation_type), quota.at_most)


def _differences(wanted: dict[str, object], standing: object | None) -> tuple[str, ...]:
    """The fields in which what stands differs from what is wanted; all of them when nothing stands."""
    return tuple(name for name, value in wanted.items() if standing is None or getattr(standing, name) != value)


def _place(template: TemplateShape) -> str:
    return f"session template {template.name}, {template.weekday} {template.starts_at:%H:%M}"
