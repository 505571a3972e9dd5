"""A patient there, compared with the patient here; and a patient of ours as another system registers them.

Source: GP Connect 1.2.7, find a patient (the consumer SHALL cross-check family, given, gender, birthDate), register a patient.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass

from pcnhub.care.patients.queries import PatientView
from pcnhub.foundations.fhir import resources as r

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
VERIFICATION = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1"
VERIFIED = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1"
PATIENT_PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"
GENDERS = {"female", "male", "other", "unknown"}


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    here: str
    there: str


def patients_of(bundle: r.Bundle, nhs_number: str) -> list[r.Patient]:
    """Those of a searchset with this NHS number, and an id. Whoever else was sent is not this patient."""
    return [
        each.resource
        for each in bundle.entry
        if isinstance(each.resource, r.Patient) and each.resource.id and nhs_number_of(each.resource) == nhs_number
    ]


def nhs_number_of(patient: r.Patient) -> str:
    values = (each.value for each in patient.identifier if each.system == NHS_NUMBER)
    return next((value.replace(" ", "") for value in values if value), "")


def differences(here: PatientView, there: r.Patient) -> tuple[Difference, ...]:
    """Where the two differ; what is not said there differs, too. Case, accents and spacing count for nothing."""
    name = next((each for each in there.name if each.use == "official"), there.name[0] if there.name else None)
    given = (name.given[0] if name.given else "") if name else ""
    pairs = (
        ("Family name", here.family_name, (name.family or "") if name else ""),
        ("Given name", here.given_name, given),
        ("Gender", gender_of(here.sex), there.gender or ""),
        ("Date of birth", here.birth_date.isoformat(), there.birth_date or ""),
    )
    return tuple(Difference(*pair) for pair in pairs if _plain(pair[1]) != _plain(pair[2]))


def seen(found: tuple[Difference, ...]) -> str:
    """A digest of what was shown, so that what a person confirmed is what is booked on."""
    return hashlib.sha256("\n".join(f"{each.field}|{each.here}|{each.there}" for each in found).encode()).hexdigest()


def gender_of(sex: str) -> str:
    """FHIR's administrative gender of our word."""
    return sex if sex in GENDERS else "unknown"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def registration(patient: PatientView) -> r.Parameters:
    """The body of $gpc.registerpatient: what the specification asks and allows, no more."""
    lines = tuple(line for line in patient.address_lines if line)
    phones = (("home", patient.home_phone), ("mobile", patient.mobile_phone))
    telecom = [r.ContactPoint(system="phone", value=value, use=use) for use, value in phones if value]  # type: ignore[arg-type]
    if patient.email:
        telecom.append(r.ContactPoint(system="email", value=patient.email, use="home"))
    status = r.CodeableConcept(coding=(r.Coding(system=VERIFIED, code="01", display="Number present and verified"),))
    resource = r.Patient(
        meta=r.Meta(profile=(PATIENT_PROFILE,)),
        identifier=(
            r.Identifier(
                extension=(r.Extension(url=VERIFICATION, value_codeable_concept=status),),
                system=NHS_NUMBER,
                value=str(patient.nhs_number),
            ),
        ),
        name=(r.HumanName(use="official", family=patient.family_name, given=(patient.given_name,)),),
        telecom=tuple(telecom),
        gender=gender_of(patient.sex),  # type: ignore[arg-type]
        birth_date=patient.birth_date.isoformat(),
        address=(r.Address(use="home", line=lines, postal_code=patient.postcode or None),)
        if lines or patient.postcode
        else (),
    )
    return r.Parameters(parameter=(r.ParametersParameter(name="registerPatient", resource=resource),))
