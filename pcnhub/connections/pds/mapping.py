"""A Patient of the service as the port tells of a person, and what stands against them.

Source: `national-services` 2.6. What has a period that is over is not told as current: an address, a telephone, and above all
the practice, which would get the letters of somebody who has left it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pcnhub.connections.pds import shapes
from pcnhub.connections.pds.words import WITHHELD, Held, Outcome, PersonData
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber, OdsCode

DEATH_STATUS = "Extension-UKCore-DeathNotificationStatus"
COMMUNICATION = "Extension-UKCore-NHSCommunication"
REMOVED = "Extension-PDS-RemovalFromRegistration"
REMOVED_OF_UK_CORE = "Extension-UKCore-RemovalFromRegistration"
DEAD = ("1", "2")  # informal and formal notice of death; U: removed
GENDERS = ("male", "female", "other", "unknown")


def held_of(patient: shapes.Patient, *, asked: NhsNumber, today: date) -> Held:
    """What was read under the number `asked`. Raises InvalidIdentifier where the answer's own number is none."""
    number = NhsNumber(patient.id)
    is_superseded = number != asked
    stands = {
        Outcome.SUPERSEDED: is_superseded,
        Outcome.SENSITIVE: is_restricted(patient),
        Outcome.DECEASED: is_deceased(patient),
    }
    return Held(
        person=person_of(patient, today=today),
        flags=frozenset(flag for flag, holds in stands.items() if holds),
        source="pds",
        version=patient.meta.version_id,
        superseded_by=number if is_superseded else None,
        withheld=WITHHELD if is_restricted(patient) else (),
    )


def person_of(patient: shapes.Patient, *, today: date) -> PersonData | None:
    """None where name or date of birth is missing: nobody can be recognised by such a record."""
    names = {name.use: name for name in patient.name if name.family or name.given}
    usual = names.get("usual") or next(iter(names.values()), None)
    born = day(patient.birth_date)
    if usual is None or born is None:
        return None
    home, stay = _address(patient, "home", today), _address(patient, "temp", today)
    language, interpreter = _communication(patient)
    return PersonData(
        nhs_number=NhsNumber(patient.id),
        given_name=" ".join(usual.given),
        family_name=usual.family,
        birth_date=born,
        title=" ".join(usual.prefix),
        gender=patient.gender if patient.gender in GENDERS else "",
        address_lines=_lines(home),
        postcode=home.postal_code,
        home_phone=_telecom(patient, "phone", "home", today),
        mobile_phone=_telecom(patient, "phone", "mobile", today),
        work_phone=_telecom(patient, "phone", "work", today),
        email=_telecom(patient, "email", "", today),
        practice_ods=_practice(patient, today),
        previous_family_name=names["old"].family if "old" in names else "",
        died_on=day(patient.deceased_date_time),
        language_code=language,
        interpreter_required=interpreter,
        temporary_address_lines=_lines(stay),
        temporary_postcode=stay.postal_code,
        removed_because=_removal(patient, today),
    )


def is_restricted(patient: shapes.Patient) -> bool:
    """Anything but unrestricted, and a record that does not say, is treated as restricted."""
    return [coding.code for coding in patient.meta.security] != ["U"]


def is_deceased(patient: shapes.Patient) -> bool:
    status = _code(_of(patient.extension, DEATH_STATUS), "deathNotificationStatus")
    return status in DEAD if status else bool(patient.deceased_date_time)


def day(text: str) -> date | None:
    """The day of a FHIR date or instant; None where it has only a year or a month, or is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def is_over(period: shapes.Period, today: date) -> bool:
    ends = day(period.end)
    return ends is not None and ends < today


def _address(patient: shapes.Patient, use: str, today: date) -> shapes.Address:
    current = (each for each in patient.address if each.use == use and not is_over(each.period, today))
    return next(current, shapes.Address())


def _lines(address: shapes.Address) -> tuple[str, ...]:
    return tuple(line for line in address.line if line.strip())


def _telecom(patient: shapes.Patient, system: str, use: str, today: date) -> str:
    for each in patient.telecom:
        if each.system == system and (not use or each.use == use) and each.value and not is_over(each.period, today):
            return each.value
    return ""


def _practice(patient: shapes.Patient, today: date) -> str:
    for each in patient.general_practitioner:
        if each.identifier.value and not is_over(each.identifier.period, today):
            try:
                return OdsCode(each.identifier.value)
            except InvalidIdentifier:
                return ""
    return ""


def _removal(patient: shapes.Patient, today: date) -> str:
    removal = _of(patient.extension, REMOVED) or _of(patient.extension, REMOVED_OF_UK_CORE)
    if removal is None or any(is_over(part.value_period, today) for part in removal.extension):
        return ""
    codings = [coding for part in removal.extension for coding in part.value_codeable_concept.coding]
    return codings[0].display or codings[0].code if codings else ""


def _communication(patient: shapes.Patient) -> tuple[str, bool | None]:
    found = _of(patient.extension, COMMUNICATION)
    if found is None:
        return "", None
    needed = next((part.value_boolean for part in found.extension if part.url == "interpreterRequired"), None)
    return _code(found, "language"), needed


def _of(extensions: Iterable[shapes.Extension], name: str) -> shapes.Extension | None:
    return next((each for each in extensions if each.url.rpartition("/")[2] == name), None)


def _code(extension: shapes.Extension | None, part: str) -> str:
    for each in extension.extension if extension else ():
        if each.url == part and each.value_codeable_concept.coding:
            return each.value_codeable_concept.coding[0].code
    return ""
