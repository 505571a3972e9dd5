"""The appointment book as FHIR: Slot and Schedule; an Appointment is made in `appointment_mapping`.

Source: GP Connect 1.2.7, the profiles and samples of appointment management. Ids are those of our own rows; times are UK time
with its offset, to the second.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from pcnhub.care.appointments.queries import OfferedClinic, OfferedSlot
from pcnhub.care.appointments.rules.job_roles import JOB_ROLE_NAMES
from pcnhub.care.organisations.queries import PractitionerView, SiteView
from pcnhub.entrances.api.gpconnect import people_and_places
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.fragments import hole, mould
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.kernel.local_time import in_london

JOB_ROLES = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1"
DELIVERY_CHANNEL = PROFILES + "Extension-GPConnect-DeliveryChannel-2"
PRACTITIONER_ROLE = PROFILES + "Extension-GPConnect-PractitionerRole-1"
_SLOT = (PROFILES + "GPConnect-Slot-1",)
_SCHEDULE = (PROFILES + "GPConnect-Schedule-1",)


def slot(row: OfferedSlot, media: Media, times: Times) -> bytes:
    clinic = row.clinic
    start, end = times[row.starts_at], times[row.ends_at]
    return _slot(clinic.slot_type, clinic.delivery_channel, media) % (
        row.slot_id, row.version, clinic.session_id, clinic.practitioner_id, start, end
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _slot(slot_type: str, channel: str, media: Media) -> bytes:
    """All slots of a type are alike but for their numbers and times."""
    made = r.Slot(
        id=hole(0),
        meta=r.Meta(version_id=hole(1), profile=_SLOT),
        extension=(delivery_channel(channel),),
        service_type=(r.CodeableConcept(text=slot_type),),
        schedule=r.Reference(reference=f"Schedule/{hole(2)}-{hole(3)}"),
        status="free",
        start=hole(4),
        end=hole(5),
    )
    return mould(made, media, (b"%d", b"%d", b"%d", b"%d", b"%b", b"%b"))


def schedule(clinic: OfferedClinic, media: Media, times: Times, service: r.HealthcareService | None = None) -> bytes:
    """A session may have several holders, each with slots of their own; a schedule has the slots of one."""
    pattern = _schedule(clinic.session_name, clinic.practitioner_role, service.id if service else None, media)
    return pattern % (
        clinic.session_id, clinic.practitioner_id, clinic.session_version, clinic.site_id, clinic.practitioner_id,
        times[clinic.session_starts_at], times[clinic.session_ends_at],
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _schedule(name: str, role: str, service_id: str | None, media: Media) -> bytes:
    actors = [f"Location/{hole(3)}", f"Practitioner/{hole(4)}"]
    if service_id is not None:
        actors.append(f"HealthcareService/{service_id}")
    made = r.Schedule(
        id=f"{hole(0)}-{hole(1)}",
        meta=r.Meta(version_id=hole(2), profile=_SCHEDULE),
        extension=(practitioner_role(role),),
        service_category=r.CodeableConcept(text=name),
        actor=tuple(r.Reference(reference=each) for each in actors),
        planning_horizon=r.Period(start=hole(5), end=hole(6)),
    )
    return mould(made, media, (b"%d", b"%d", b"%d", b"%d", b"%d", b"%b", b"%b"))


class Times(dict[datetime, bytes]):
    """The UK times of one answer: many slots begin when others do, or when another ends."""

    def __missing__(self, instant: datetime) -> bytes:
        found = self[instant] = uk_time(instant).encode()
        return found


def practitioner(row: OfferedClinic) -> r.Practitioner:
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


def location(row: OfferedClinic) -> r.Location:
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


def organisation(row: OfferedClinic) -> r.Organization:
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
