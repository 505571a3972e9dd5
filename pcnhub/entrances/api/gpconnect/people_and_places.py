"""Patients, practitioners, organisations and sites as FHIR, in the profiles of GP Connect's Foundations.

Source: GP Connect 1.2.7, foundations (find and read patient, practitioner, organisation, location). Ids are those of our own
rows; what the profiles forbid (ethnicity, telecom of a practitioner, contacts and endpoints of an organisation) is never said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from pcnhub.care.organisations.queries import OrganisationView, PractitionerView, SiteView
from pcnhub.care.patients.queries import PatientView
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codes import AddressType, AddressUse, ContactPointSystem, ContactPointUse, Gender

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_ORGANISATION = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
SDS_ROLE_PROFILE = "https://fhir.nhs.uk/Id/sds-role-profile-id"
CODE_SYSTEMS = "https://fhir.nhs.uk/STU3/CodeSystem/"
VERIFICATION = PROFILES + "Extension-CareConnect-GPC-NHSNumberVerificationStatus-1"
REGISTRATION = PROFILES + "Extension-CareConnect-GPC-RegistrationDetails-1"
COMMUNICATION = PROFILES + "Extension-CareConnect-GPC-NHSCommunication-1"

_VERIFIED = r.Extension(
    url=VERIFICATION,
    value_codeable_concept=r.CodeableConcept(
        coding=(
            r.Coding(
                system=CODE_SYSTEMS + "CareConnect-NHSNumberVerificationStatus-1",
                code="01",
                display="Number present and verified",
            ),
        )
    ),
)
_REGISTRATION_TYPES = {
    RegistrationType.TEMPORARY: ("T", "Temporary"),
    RegistrationType.REGULAR: ("R", "Regular"),
}


def meta(profile: str, version: int) -> r.Meta:
    return r.Meta(version_id=str(version), profile=(PROFILES + profile,))


def searchset(resources: Iterable[r.Resource]) -> r.Bundle:
    return r.Bundle(
        meta=r.Meta(profile=(PROFILES + "GPConnect-Searchset-Bundle-1",)),
        type="searchset",
        entry=tuple(r.BundleEntry(resource=each) for each in resources),
    )


def practitioner(view: PractitionerView) -> r.Practitioner:
    numbers = [(SDS_USER, view.sds_user_id), *((SDS_ROLE_PROFILE, each) for each in view.sds_role_profile_ids)]
    return r.Practitioner(
        id=str(view.account_id),
        meta=meta("CareConnect-GPC-Practitioner-1", view.version),
        identifier=tuple(r.Identifier(system=system, value=value) for system, value in numbers if value),
        name=(
            r.HumanName(
                use="official",
                family=view.family_name,
                given=(view.given_name,),
                prefix=(view.title,) if view.title else (),
            ),
        ),
        gender=cast("Gender", view.gender) if view.gender else None,
    )


class ToldOrganisation(NamedTuple):
    """What is told of an organisation, where no whole view of it is at hand."""

    id: int
    version: int
    ods_code: str
    name: str
    phone: str
    email: str


def organisation(view: OrganisationView | ToldOrganisation) -> r.Organization:
    return r.Organization(
        id=str(view.id),
        meta=meta("CareConnect-GPC-Organization-1", view.version),
        identifier=(r.Identifier(system=ODS_ORGANISATION, value=view.ods_code),),
        name=view.name,
        telecom=_telecom(("phone", view.phone, "work"), ("email", view.email, "work")),
    )


def location(view: SiteView) -> r.Location:
    return r.Location(
        id=str(view.id),
        meta=meta("CareConnect-GPC-Location-1", view.version),
        name=view.name,
        telecom=_telecom(("phone", view.phone, "work")),
        address=_address(view.address_lines, view.postcode, use="work"),
        managing_organization=r.Reference(reference=f"Organization/{view.organisation_id}"),
    )


def patient(view: PatientView) -> r.Patient:
    """`managingOrganization` is who holds the registration (the hub), not where the person is regularly registered."""
    title = f" ({view.title.title()})" if view.title else ""
    home = _address(view.address_lines, view.postcode, use="home", type_="physical")
    return r.Patient(
        id=str(view.id),
        meta=meta("CareConnect-GPC-Patient-1", view.version),
        extension=(_registration(view), *_communication(view)),
        identifier=(r.Identifier(extension=(_VERIFIED,), system=NHS_NUMBER, value=str(view.nhs_number)),),
        active=True,
        name=(
            r.HumanName(
                use="official",
                text=f"{view.family_name.upper()} {view.given_name}{title}",
                family=view.family_name,
                given=tuple(view.given_name.split()) or (view.given_name,),
                prefix=(view.title,) if view.title else (),
            ),
        ),
        telecom=(
            *_telecom(
                ("phone", view.home_phone, "home"),
                ("phone", view.work_phone, "work"),
                ("phone", view.mobile_phone, "mobile"),
                ("email", view.email, "home"),
            ),
            *_temporary_telecom(view),
        ),
        gender=cast("Gender", view.sex),
        birth_date=view.birth_date.isoformat(),
        address=tuple(each for each in (home, _temporary_address(view)) if each),
        managing_organization=r.Reference(reference=f"Organization/{view.organisation_id}"),
    )


def _registration(view: PatientView) -> r.Extension:
    code, display = _REGISTRATION_TYPES[RegistrationType(view.registration_type)]
    coding = r.Coding(system=CODE_SYSTEMS + "CareConnect-RegistrationType-1", code=code, display=display)
    return r.Extension(
        url=REGISTRATION,
        extension=(
            r.Extension(url="registrationPeriod", value_period=r.Period(start=view.registered_on.isoformat())),
            r.Extension(url="registrationType", value_codeable_concept=r.CodeableConcept(coding=(coding,))),
        ),
    )


def _communication(view: PatientView) -> tuple[r.Extension, ...]:
    if not view.language_code:
        return ()
    language = r.Coding(
        system=CODE_SYSTEMS + "CareConnect-HumanLanguage-1",
        code=view.language_code,
        display=view.preferred_language or None,
    )
    parts = [r.Extension(url="language", value_codeable_concept=r.CodeableConcept(coding=(language,)))]
    if view.interpreter_required is not None:
        parts.append(r.Extension(url="interpreterRequired", value_boolean=view.interpreter_required))
    return (r.Extension(url=COMMUNICATION, extension=tuple(parts)),)


def _telecom(*points: tuple[ContactPointSystem, str, ContactPointUse]) -> tuple[r.ContactPoint, ...]:
    return tuple(r.ContactPoint(system=system, value=value, use=use) for system, value, use in points if value)


def _temporary_telecom(view: PatientView) -> tuple[r.ContactPoint, ...]:
    if not view.temporary_phone:
        return ()
    return (r.ContactPoint(system="phone", value=view.temporary_phone, use="temp", period=_while_temporary(view)),)


def _temporary_address(view: PatientView) -> r.Address | None:
    return _address(view.temporary_address_lines, view.temporary_postcode, use="temp", period=_while_temporary(view))


def _while_temporary(view: PatientView) -> r.Period:
    ends_on = view.temporary_contact_ends_on
    return r.Period(start=view.registered_on.isoformat(), end=ends_on.isoformat() if ends_on else None)


def _address(
    lines: Iterable[str],
    postcode: str,
    *,
    use: AddressUse,
    type_: AddressType | None = None,
    period: r.Period | None = None,
) -> r.Address | None:
    given = tuple(line for line in lines if line.strip())
    if not given and not postcode:
        return None
    return r.Address(use=use, type=type_, line=given, postal_code=postcode or None, period=period)
