"""The appointment book as FHIR: Slot and Schedule; an Appointment is made in `appointment_mapping`.

Source: GP Connect 1.2.7, the profiles and samples of appointment management. Ids are those of our own rows; times are UK time
with its offset, to the second.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pcnhub.care.appointments.queries import OfferedSlot
from pcnhub.care.appointments.rules.job_roles import JOB_ROLE_NAMES
from pcnhub.care.organisations.queries import PractitionerView, SiteView
from pcnhub.entrances.api.gpconnect import people_and_places
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.local_time import in_london

JOB_ROLES = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1"
DELIVERY_CHANNEL = PROFILES + "Extension-GPConnect-DeliveryChannel-2"
PRACTITIONER_ROLE = PROFILES + "Extension-GPConnect-PractitionerRole-1"
_SLOT = (PROFILES + "GPConnect-Slot-1",)
_SCHEDULE = (PROFILES + "GPConnect-Schedule-1",)


class SharedBySlots(NamedTuple):
    """What all slots of one practitioner, session and type have in common."""

    schedule_id: str
    extension: tuple[r.Extension, ...]
    service_type: tuple[r.CodeableConcept, ...]
    schedule: r.Reference


def shared_by_slots(row: OfferedSlot) -> SharedBySlots:
    return SharedBySlots(
        _schedule_id(row),
        (delivery_channel(row.delivery_channel),),
        (r.CodeableConcept(text=row.slot_type),),
        r.Reference(reference=f"Schedule/{_schedule_id(row)}"),
    )


def slot(row: OfferedSlot, shared: SharedBySlots) -> r.Slot:
    return r.Slot(
        id=str(row.slot_id),
        meta=r.Meta(version_id=str(row.slot_version), profile=_SLOT),
        extension=shared.extension,
        service_type=shared.service_type,
        schedule=shared.schedule,
        status="free",
        start=uk_time(row.starts_at),
        end=uk_time(row.ends_at),
    )


def _schedule_id(row: OfferedSlot) -> str:
    """A session may have several holders, each with slots of their own; a schedule has the slots of one."""
    return f"{row.session_id}-{row.practitioner_id}"


def schedule(row: OfferedSlot, service: r.HealthcareService | None = None) -> r.Schedule:
    actors = [f"Location/{row.site_id}", f"Practitioner/{row.practitioner_id}"]
    if service is not None:
        actors.append(f"HealthcareService/{service.id}")
    return r.Schedule(
        id=_schedule_id(row),
        meta=r.Meta(version_id=str(row.session_version), profile=_SCHEDULE),
        extension=(practitioner_role(row.practitioner_role),),
        service_category=r.CodeableConcept(text=row.session_name),
        actor=tuple(r.Reference(reference=each) for each in actors),
        planning_horizon=r.Period(start=uk_time(row.session_starts_at), end=uk_time(row.session_ends_at)),
    )


def practitioner(row: OfferedSlot) -> r.Practitioner:
    """The holder of a session. Role profiles are told where the practitioner is read, not here."""
    return people_and_places.practitioner(
        PractitionerView(
            account_id=row.practitioner_id,
            version=row.practitioner_version,
            given_name=row.practitioner_given_name,
            family_name=row.practitioner_family_name,
            sds_user_id=row.practitioner_sds_user_id,
            sds_role_profile_ids=(),
            title=row.practitioner_title,
            gender=row.practitioner_gender,
        )
    )


def location(row: OfferedSlot) -> r.Location:
    return people_and_places.location(
        SiteView(
            id=row.site_id,
            organisation_id=row.hub_id,
            name=row.site_name,
            site_code="",
            address_lines=tuple(row.site_address_lines),
            postcode=row.site_postcode,
            phone=row.site_phone,
            closed_on=None,
            version=row.site_version,
        )
    )


def organisation(row: OfferedSlot) -> r.Organization:
    return people_and_places.organisation(
        people_and_places.ToldOrganisation(
            row.hub_id, row.hub_version, row.hub_ods_code, row.hub_name, row.hub_phone, row.hub_email
        )
    )


def delivery_channel(channel: str) -> r.Extension:
    return r.Extension(url=DELIVERY_CHANNEL, value_code=channel)


def practitioner_role(code: str) -> r.Extension:
    coding = r.Coding(system=JOB_ROLES, code=code, display=JOB_ROLE_NAMES.get(code))
    return r.Extension(url=PRACTITIONER_ROLE, value_codeable_concept=r.CodeableConcept(coding=(coding,)))


def uk_time(instant: datetime) -> str:
    """2026-03-29T09:00:00+01:00."""
    return in_london(instant).isoformat(timespec="seconds")
