"""What a registration asks for, and everything that is wrong with it.

Source: GP Connect 1.2.7, register a patient; where the official assurance tests ask for another code than its text, theirs is
given (BAD_REQUEST where the least that is needed is missing, docs/gpconnect.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pcnhub.care.patients.operations import Contact
from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.patients import nhs_number
from pcnhub.entrances.api.gpconnect.people_and_places import COMMUNICATION, NHS_NUMBER
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.identifiers import NhsNumber

PARAMETER = "registerPatient"
# Everything else that a Patient can hold must not be sent.
TAKEN = frozenset(
    {"id", "meta", "extension", "identifier", "name", "telecom", "gender", "birth_date", "address"}
)  # fmt: skip
ADDRESS_USES, PHONE_USES = ("home", "temp"), ("home", "work", "mobile", "temp")


@dataclass(frozen=True, slots=True)
class Asked:
    """A registration that can be traced."""

    nhs_number: NhsNumber
    family_name: str
    given_name: str
    birth_date: date
    contact: Contact


def patient_of(sent: r.Parameters) -> r.Patient:
    """The one patient of the body. Raises Refused."""
    parameters = sent.parameter
    if len(parameters) != 1 or parameters[0].name != PARAMETER:
        raise Refused(Spine.BAD_REQUEST, f"Send exactly one parameter, {PARAMETER}, with a Patient.")
    patient = parameters[0].resource
    if not isinstance(patient, r.Patient):
        raise Refused(Spine.INVALID_RESOURCE, f"The parameter {PARAMETER} must hold a Patient.")
    return patient


def asked_of(patient: r.Patient) -> Asked:
    """Raises Refused: what must not be there (422) before what is missing (400), each kind with all its reasons."""
    invalid = [*_forbidden(patient), *_wrong_addresses(patient), *_wrong_telecom(patient), *_wrong_extensions(patient)]
    if invalid:
        raise Refused(Spine.INVALID_RESOURCE, " ".join(invalid))
    missing = [*_missing(patient), *_repeated_telecom(patient)]
    if missing:
        raise Refused(Spine.BAD_REQUEST, " ".join(missing))
    number = _number(patient)
    name = next(each for each in patient.name if each.use == "official")
    return Asked(
        nhs_number=number,
        family_name=name.family or "",
        given_name=" ".join(name.given),
        birth_date=date.fromisoformat(patient.birth_date or ""),
        contact=_contact(patient),
    )


def _forbidden(patient: r.Patient) -> Iterator[str]:
    for name in patient.__struct_fields__:
        if name not in TAKEN and getattr(patient, name) not in (None, ()):
            yield f"Patient.{name} must not be sent with a registration."


def _wrong_addresses(patient: r.Patient) -> Iterator[str]:
    for use, times in Counter(each.use for each in patient.address).items():
        if use not in ADDRESS_USES:
            yield f"An address must be of use home or temp, not {use or 'none'}."
        elif times > 1:
            yield f"Only one address of use {use} may be sent."


def _wrong_telecom(patient: r.Patient) -> Iterator[str]:
    for each in patient.telecom:
        if each.system not in ("phone", "email") or not (each.value or "").strip():
            yield "telecom must be a phone number or an email address, with its value."
        elif each.system == "phone" and each.use not in PHONE_USES:
            yield f"A phone number must be of use home, work, mobile or temp, not {each.use or 'none'}."
        elif each.system == "email" and each.use == "old":
            yield "An email address that is no longer used must not be sent."


def _repeated_telecom(patient: r.Patient) -> Iterator[str]:
    kinds = Counter((each.system, each.use if each.system == "phone" else None) for each in patient.telecom)
    for (system, use), times in kinds.items():
        if times > 1:
            yield f"Only one {system} {'of use ' + use if use else ''} may be sent.".replace("  ", " ")


def _wrong_extensions(patient: r.Patient) -> Iterator[str]:
    for url, times in Counter(each.url for each in patient.extension).items():
        if url != COMMUNICATION:
            yield "Patient.extension may hold nhsCommunication only."
        elif times > 1:
            yield "nhsCommunication may be sent once only."


def _missing(patient: r.Patient) -> Iterator[str]:
    official = [name for name in patient.name if name.use == "official"]
    if len(official) != 1:
        yield "Send one name of use official."
    elif not (official[0].family or "").strip():
        yield "The official name has no family name."
    elif not any(each.strip() for each in official[0].given):
        yield "The official name has no given name."
    if len(patient.birth_date or "") != len("2000-01-31"):
        yield "Send the whole birthDate."
    if any(not each.system for each in patient.identifier):
        yield "An identifier has no system."
    if sum(each.system == NHS_NUMBER for each in patient.identifier) > 1:
        yield "Send one NHS number."


def _number(patient: r.Patient) -> NhsNumber:
    found = next((each.value or "" for each in patient.identifier if each.system == NHS_NUMBER), None)
    if found is None:
        raise Refused(Spine.INVALID_NHS_NUMBER, f"There is no NHS number: an identifier of system {NHS_NUMBER}.")
    return nhs_number(found)


def _contact(patient: r.Patient) -> Contact:
    phones = {each.use: each.value or "" for each in patient.telecom if each.system == "phone"}
    addresses = {each.use: each for each in patient.address}
    language, code, interpreter = _communication(patient)
    return Contact(
        sex=patient.gender or "",
        address_lines=_lines(addresses.get("home")),
        postcode=_postcode(addresses.get("home")),
        home_phone=phones.get("home", ""),
        work_phone=phones.get("work", ""),
        mobile_phone=phones.get("mobile", ""),
        email=next((each.value or "" for each in patient.telecom if each.system == "email"), ""),
        preferred_language=language,
        language_code=code,
        interpreter_required=interpreter,
        temporary_address_lines=_lines(addresses.get("temp")),
        temporary_postcode=_postcode(addresses.get("temp")),
        temporary_phone=phones.get("temp", ""),
    )


def _communication(patient: r.Patient) -> tuple[str, str, bool | None]:
    language, code, interpreter = "", "", None
    for part in (part for each in patient.extension for part in each.extension):
        concept = part.value_codeable_concept
        if part.url == "language" and concept:
            coding = next(iter(concept.coding), None)
            code = (coding.code if coding else None) or ""
            language = (coding.display if coding else None) or concept.text or ""
        elif part.url == "interpreterRequired":
            interpreter = part.value_boolean
    return language, code, interpreter


def _lines(address: r.Address | None) -> tuple[str, ...]:
    if address is None:
        return ()
    parts = [*address.line, address.city, address.district]
    return tuple(part for part in parts if part) or ((address.text,) if address.text else ())


def _postcode(address: r.Address | None) -> str:
    return (address.postal_code or "") if address else ""
