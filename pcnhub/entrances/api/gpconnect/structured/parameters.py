"""What a consumer asks of a record: the Parameters of $gpc.getstructuredrecord.

Source: GP Connect 1.2.7, retrieve a patient's structured record, and its version compatibility page: what is not known is not an
error but a warning in the answer, told once where its parameter is unknown, else for each unknown part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import msgspec

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.people_and_places import NHS_NUMBER
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.local_time import london_date

PATIENT, ALLERGIES, MEDICATION = "patientNHSNumber", "includeAllergies", "includeMedication"
RESOLVED, ISSUES, SINCE = "includeResolvedAllergies", "includePrescriptionIssues", "medicationSearchFromDate"
KNOWN: dict[str, tuple[str, ...]] = {PATIENT: (), ALLERGIES: (RESOLVED,), MEDICATION: (ISSUES, SINCE)}
_WHOLE_DAY = len("2017-02-01")


@dataclass(frozen=True, slots=True)
class Asked:
    """`unknown` are the names of parameters and parts that are not known in this version, in the order in which they came."""

    nhs_number: NhsNumber
    allergies: bool = False
    resolved: bool = False
    medication: bool = False
    issues: bool = True
    since: date | None = None
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    today: date
    problems: list[str] = field(default_factory=list)

    def one(self, sent: tuple[r.ParametersParameter, ...], name: str, within: str = "") -> r.ParametersParameter | None:
        found = [each for each in sent if each.name == name]
        if len(found) > 1:
            self.problems.append(f"{within}{name} is sent more than once.")
        return found[0] if found else None

    def boolean(self, whole: r.ParametersParameter, name: str, *, otherwise: bool | None) -> bool:
        """`otherwise` None: the part must be there."""
        part = self.one(whole.part, name, f"{whole.name}.")
        if part is None:
            if otherwise is None:
                self.problems.append(f"{whole.name}.{name} is missing: send it with a valueBoolean.")
            return bool(otherwise)
        if part.value_boolean is None or len(_said(part)) > 1:
            self.problems.append(f"{whole.name}.{name} must be a valueBoolean.")
            return False
        return part.value_boolean

    def day(self, whole: r.ParametersParameter, name: str) -> date | None:
        """A whole day, up to today."""
        part = self.one(whole.part, name, f"{whole.name}.")
        if part is None:
            return None
        written = part.value_date or ""
        if len(written) != _WHOLE_DAY or len(_said(part)) > 1:
            self.problems.append(f"{whole.name}.{name} must be a valueDate that is a whole day, such as 2017-02-01.")
            return None
        found = date.fromisoformat(written)
        if found > self.today:
            self.problems.append(f"{whole.name}.{name} is in the future.")
        return found


def asked_of(call: Call) -> Asked:
    """Raises Refused with everything that is wrong: INVALID_PARAMETER, INVALID_NHS_NUMBER, INVALID_RESOURCE for a body that is
    no Parameters."""
    sent = call.read(r.Parameters, invalid=Spine.INVALID_PARAMETER).parameter
    reader = _Reader(london_date(call.now))
    number = _number(reader, sent)
    allergies, medication = reader.one(sent, ALLERGIES), reader.one(sent, MEDICATION)
    for whole in (allergies, medication):
        if whole is not None and _said(whole) - {"part"}:
            reader.problems.append(f"{whole.name} has no value of its own, only parts.")
    found = {
        "allergies": allergies is not None,
        "resolved": reader.boolean(allergies, RESOLVED, otherwise=None) if allergies else False,
        "medication": medication is not None,
        "issues": reader.boolean(medication, ISSUES, otherwise=True) if medication else False,
    }
    since = reader.day(medication, SINCE) if medication else None
    if reader.problems:
        raise Refused(Spine.INVALID_PARAMETER, " ".join(reader.problems))
    try:
        return Asked(_ten_digits(number), **found, since=since, unknown=tuple(dict.fromkeys(_unknown(sent))))
    except InvalidIdentifier as wrong:
        raise Refused(Spine.INVALID_NHS_NUMBER, f"{PATIENT}: {wrong}.") from None


def _number(reader: _Reader, sent: tuple[r.ParametersParameter, ...]) -> str:
    whole = reader.one(sent, PATIENT)
    if whole is None:
        reader.problems.append(f"{PATIENT} is missing: send it with a valueIdentifier.")
        return ""
    identifier = whole.value_identifier
    if identifier is None or _said(whole) != {"value_identifier"}:
        reader.problems.append(f"{PATIENT} must be a valueIdentifier.")
        return ""
    if identifier.system != NHS_NUMBER:
        reader.problems.append(f"{PATIENT} must have the system {NHS_NUMBER}.")
    return identifier.value or ""


def _ten_digits(text: str) -> NhsNumber:
    number = NhsNumber(text)
    if number != text:
        raise InvalidIdentifier("an NHS number is sent as ten digits and nothing else")
    return number


def _unknown(sent: tuple[r.ParametersParameter, ...]) -> Iterator[str]:
    for whole in sent:
        parts = KNOWN.get(whole.name)
        if parts is None:
            yield whole.name
        else:
            yield from (f"{whole.name}.{part.name}" for part in whole.part if part.name not in parts)


def _said(parameter: r.ParametersParameter) -> set[str]:
    """What a parameter holds beside its name."""
    names = {each.name for each in msgspec.structs.fields(parameter)} - {
        "name",
        "id",
        "extension",
        "modifier_extension",
    }
    return {name for name in names if getattr(parameter, name) not in (None, ())}
