"""What is said of a session or a template, as it was said: what an operation takes."""

from __future__ import annotations

from pcnhub.care.appointments.models import Session, SessionTemplate, Slot
from pcnhub.care.appointments.rules.details import Quota, SessionDetails


def details_of(row: SessionTemplate | Session) -> SessionDetails:
    """The details of a row. A session's slot type is that of its first slot, 0 when it has none."""
    if isinstance(row, Session):
        first = Slot.objects.filter(session=row).order_by("starts_at", "pk").values_list("slot_type_id", flat=True)
        slot_type_id = first.first() or 0
    else:
        slot_type_id = row.slot_type_id
    return SessionDetails(
        name=row.name,
        slot_type_id=slot_type_id,
        holder_id=row.holder_id,
        site_id=row.site_id,
        delivery_channel=row.delivery_channel,
        practitioner_role=row.practitioner_role,
        group_ids=frozenset(group.pk for group in row.groups.all()),
        counts_to_enhanced_access=row.counts_to_enhanced_access,
        variation=row.variation,
        further_holder_ids=frozenset(holder.pk for holder in row.further_holders.all()),
        gp_connect_bookable=row.gp_connect_bookable,
        open_to_all=row.open_to_all,
        organisation_types=frozenset(row.organisation_types),
        organisation_ods_codes=frozenset(row.organisation_ods_codes),
        window_days=row.window_days,
        closes_minutes=row.closes_minutes,
        release_group_id=row.release_group_id,
        release_at=row.release_at,
        quotas=tuple(sorted(Quota(quota.profile, quota.subject, quota.at_most) for quota in row.quotas.all())),
    )
