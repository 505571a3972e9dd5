"""Medication as GP Connect tells it: a MedicationStatement, the authorisation (plan) beneath it, its issues (orders), the drug.

Source: GP Connect 1.2.7, MedicationStatement, MedicationRequest, Medication, and the rules of medicationSearchFromDate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast

import msgspec

from pcnhub.care.organisations.queries import OrganisationView
from pcnhub.care.records.particulars import MedicationParticulars, Prescribed
from pcnhub.care.records.queries import GivenItem
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.entrances.api.gpconnect.structured.concepts import (
    NO_INFORMATION,
    coding,
    concept,
    degraded,
    identified,
    meta,
    note,
    said,
    stable,
)
from pcnhub.entrances.api.gpconnect.structured.people import People
from pcnhub.foundations.fhir import codes
from pcnhub.foundations.fhir import resources as r

EXTENSION = PROFILES + "Extension-CareConnect-GPC-"
SYSTEM = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-"
UCUM = "http://unitsofmeasure.org"
UNCODED_DRUG = ("196421000000109", "Transfer-degraded medication entry")
WRONG = "entered-in-error"
LARGEST = 2**31  # of FHIR's whole numbers
REPEATING = ("repeat", "repeat-dispensing")
# Only three of FHIR's statuses are used; what else a source says is told in the note
STATUSES = {"active": "active", "completed": "completed", "stopped": "stopped", "cancelled": "stopped"}


class Medicines:
    """The medication of one patient; each drug is told once."""

    def __init__(self, practice: OrganisationView, patient_id: int, people: People, *, issues: bool) -> None:
        self.practice = practice
        self.patient_id = patient_id
        self.people = people
        self.issues = issues
        self.drugs: dict[str, r.Medication] = {}

    def of(self, item: GivenItem) -> Iterator[r.MedicationStatement | r.MedicationRequest]:
        """The statement first, then what it is based on, then the issues if they are wanted."""
        it = _It(item, item.medication, stable(self.practice.ods_code, self.patient_id, item.key))
        drug = self._drug(it)
        yield self._statement(it, drug)
        yield self._request(it, drug, it.told.plan, it.plan_id)
        for issue in it.issues if self.issues else ():
            yield self._request(it, drug, issue, stable(it.id, issue.key), is_issue=True)

    def _drug(self, it: _It) -> r.Reference:
        code = degraded(concept(it.told.concept, code=it.item.code, term=it.item.term), *UNCODED_DRUG)
        id_ = stable(self.practice.ods_code, msgspec.json.encode(code).decode())
        self.drugs.setdefault(id_, r.Medication(id=id_, meta=meta("CareConnect-GPC-Medication-1"), code=code))
        return r.Reference(reference=f"Medication/{id_}")

    def _statement(self, it: _It, drug: r.Reference) -> r.MedicationStatement:
        told, detail = it.told, it.item.detail
        extensions = [_agency(told)]
        last = told.last_issued or max((each.authored for each in it.issues), default="")
        if last:
            extensions.insert(0, _extension("MedicationStatementLastIssueDate-1", value_date_time=last))
        is_moment = bool(told.moment and not told.starts)
        return r.MedicationStatement(
            id=it.id,
            meta=meta("CareConnect-GPC-MedicationStatement-1"),
            extension=tuple(extensions),
            identifier=identified(told.identifier or it.id),
            based_on=(r.Reference(reference=f"MedicationRequest/{it.plan_id}"),),
            status=cast("codes.MedicationStatementStatus", it.status),
            medication_reference=drug,
            effective_date_time=told.moment if is_moment else None,
            effective_period=None if is_moment else r.Period(start=it.starts, end=it.ends or None),
            date_asserted=told.asserted or it.recorded,
            subject=self._patient,
            taken="unk",
            reason_code=(concept(told.reason),) if told.reason.is_said else (),
            note=note(detail.get("note", ""), *it.unsaid),
            dosage=(_dosage(it.dosage, detail.get("patient_instruction", "")),),
        )

    def _request(
        self, it: _It, drug: r.Reference, given: Prescribed, id_: str, *, is_issue: bool = False
    ) -> r.MedicationRequest:
        """An authorisation, or one issue under it. What the source did not say of it is as the statement has it."""
        told, type_code = it.told, given.type_code or it.told.plan.type_code
        status = STATUSES.get(given.status, "completed" if is_issue else it.status)
        group = given.group or told.plan.group or (stable(it.id, "group") if type_code in REPEATING else "")
        return r.MedicationRequest(
            id=id_,
            meta=meta("CareConnect-GPC-MedicationRequest-1"),
            extension=tuple(_of_request(it, given, type_code, is_issue=is_issue, is_stopped=status == "stopped")),
            identifier=identified(given.identifier or id_),
            based_on=(r.Reference(reference=f"MedicationRequest/{it.plan_id}"),) if is_issue else (),
            group_identifier=r.Identifier(value=said(group)) if group else None,
            status=cast("codes.MedicationRequestStatus", status),
            intent="order" if is_issue else "plan",
            medication_reference=drug,
            subject=self._patient,
            authored_on=given.authored or it.recorded,
            recorder=self.people.recorder(
                given.author if given.author.is_named else told.plan.author, it.authorised_by
            ),
            reason_code=(concept(told.reason),) if told.reason.is_said and not is_issue else (),
            note=note(given.note),
            dosage_instruction=(
                _dosage(
                    given.dosage or it.item.detail.get("dosage_authorised", "") or it.dosage, given.patient_instruction
                ),
            ),
            dispense_request=_supply(it, given),
        )

    @property
    def _patient(self) -> r.Reference:
        return r.Reference(reference=f"Patient/{self.patient_id}")


class _It(NamedTuple):
    """One medication: the entry, what its source said in full, and its id."""

    item: GivenItem
    told: MedicationParticulars
    id: str

    @property
    def plan_id(self) -> str:
        return stable(self.id, "plan")

    @property
    def issues(self) -> tuple[Prescribed, ...]:
        """What was issued in error never was."""
        return tuple(each for each in self.told.issues if each.status != WRONG)

    @property
    def status(self) -> str:
        return STATUSES.get(self.item.status, "active")

    @property
    def recorded(self) -> str:
        return (self.item.recorded_on or self.item.starts_on or self.item.held_since).isoformat()

    @property
    def starts(self) -> str:
        start = self.told.starts or self.told.moment or self.told.plan.starts
        return start or (self.item.starts_on.isoformat() if self.item.starts_on else self.recorded)

    @property
    def ends(self) -> str:
        return self.told.ends or (self.item.ends_on.isoformat() if self.item.ends_on else "")

    @property
    def dosage(self) -> str:
        """Of a drug that a hub's consultation brought, its directions."""
        return self.item.detail.get("dosage", "") or self.item.detail.get("directions", "")

    @property
    def authorised_by(self) -> str:
        """The name of whoever answers for it: the practice's prescriber under whom a hub's drug was entered."""
        return self.item.detail.get("entered under", "") or self.item.detail.get("recorded_by", "")

    @property
    def unsaid(self) -> list[str]:
        """What the profile has no place for."""
        found = [] if self.item.status in (*STATUSES, "") else [f"Status at its source: {self.item.status}."]
        if self.status == "stopped" and not (self.told.stopped or self.item.ends_on):
            found.append("When it was stopped is not recorded.")
        return found


def is_active_since(item: GivenItem, day: date) -> bool:
    """Whether it is active on the day or after it: between its start and its end, inclusive. Without an end an acute one is
    active on its first day alone; any other goes on."""
    ends_on = item.ends_on
    if ends_on is None and item.medication.plan.type_code.startswith(("acute", "delayed")):
        ends_on = item.starts_on
    return ends_on is None or ends_on >= day


def _of_request(
    it: _It, given: Prescribed, type_code: str, *, is_issue: bool, is_stopped: bool
) -> Iterator[r.Extension]:
    told = it.told
    if type_code in REPEATING and not is_issue:
        issued, allowed = _number_of(told.repeats_issued), _number_of(told.repeats_allowed)
        parts = [r.Extension(url="numberOfRepeatPrescriptionsIssued", value_unsigned_int=issued)]
        if allowed:
            parts.insert(0, r.Extension(url="numberOfRepeatPrescriptionsAllowed", value_positive_int=allowed))
        if told.repeats_expire:
            parts.append(r.Extension(url="authorisationExpiryDate", value_date_time=told.repeats_expire))
        yield _extension("MedicationRepeatInformation-1", extension=tuple(parts))
    if is_stopped:
        when = told.stopped or (it.item.ends_on or it.item.held_since).isoformat()
        because = concept(told.stopped_because, term=it.item.detail.get("stopped", "") or NO_INFORMATION)
        yield _extension(
            "MedicationStatusReason-1",
            extension=(
                r.Extension(url="statusReason", value_codeable_concept=because),
                r.Extension(url="statusChangeDate", value_date_time=when),
            ),
        )
    code, name = (
        (type_code, given.type_name or told.plan.type_name) if type_code else ("no-info-available", NO_INFORMATION)
    )
    kind = coding(SYSTEM + "PrescriptionType-1", code, said(name) or code)
    yield _extension("PrescriptionType-1", value_codeable_concept=kind)


def _number_of(written: str) -> int:
    """Of prescriptions. What is no such number is none: the rest of the record must not be kept back for it."""
    found = Decimal(written or 0)
    return int(found) if found == found.to_integral_value() and 0 <= found < LARGEST else 0


def _agency(told: MedicationParticulars) -> r.Extension:
    if not told.agency_code:
        words = r.CodeableConcept(text=said(told.agency_name) or NO_INFORMATION)
        return _extension("PrescribingAgency-1", value_codeable_concept=words)
    agency = coding(SYSTEM + "PrescribingAgency-1", told.agency_code, said(told.agency_name) or told.agency_code)
    return _extension("PrescribingAgency-1", value_codeable_concept=agency)


def _extension(name: str, **value: object) -> r.Extension:
    return r.Extension(url=EXTENSION + name, **value)  # type: ignore[arg-type]


def _dosage(text: str, patient_instruction: str) -> r.Dosage:
    return r.Dosage(text=said(text) or NO_INFORMATION, patient_instruction=said(patient_instruction))


def _supply(it: _It, given: Prescribed) -> r.MedicationRequestDispenseRequest:
    start = given.starts or given.authored or it.starts
    written = said(given.quantity_text)
    amount = r.Quantity(
        extension=(_extension("MedicationQuantityText-1", value_string=written),) if written else (),
        value=Decimal(given.quantity) if given.quantity else None,
        unit=said(given.quantity_unit),
    )
    days = r.Quantity(
        value=Decimal(given.duration) if given.duration else None,
        unit=said(given.duration_unit) or "day",
        system=UCUM,
        code=said(given.duration_code) or "d",
    )
    return r.MedicationRequestDispenseRequest(
        validity_period=r.Period(start=start, end=given.ends or None),
        quantity=amount if given.quantity or written else None,
        expected_supply_duration=days if given.duration else None,
    )
