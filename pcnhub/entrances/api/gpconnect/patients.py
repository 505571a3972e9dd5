"""Find and read a patient of the organisation that is asked: active registrations only.

Who left, died or is protected is not found, in the same words as who was never there. An objection to sharing the record does
not hide anybody here: it is about the record, not about appointments.
"""

from __future__ import annotations

from pcnhub.care.patients.queries import PatientView, find_active
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.identifiers import identifier_asked
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber


@interaction("rest:search:patient-1")
def find(call: Call) -> Answer:
    number = nhs_number(identifier_asked(call, mapping.NHS_NUMBER))
    call.concerns(Subject("patient", nhs_number=number))
    found = find_active(actor=call.actor, now=call.now, nhs_number=number)
    if found:
        call.concerns(subject_of(found))
    return Answer(mapping.searchset([mapping.patient(found)] if found else []))


@interaction("rest:read:patient-1")
def read(call: Call) -> Answer:
    found = patient_asked(call)
    return Answer(mapping.patient(found), version=found.version)


def patient_asked(call: Call) -> PatientView:
    """The patient whose id is in the path. Raises Refused (PATIENT_NOT_FOUND)."""
    patient_id = call.row_id(Spine.PATIENT_NOT_FOUND)
    call.concerns(Subject("patient", patient_id, patient_id))
    found = find_active(actor=call.actor, now=call.now, patient_id=patient_id)
    if found is None:
        raise Refused(Spine.PATIENT_NOT_FOUND, "No active patient of this organisation has this id.")
    call.concerns(subject_of(found))
    return found


def subject_of(view: PatientView) -> Subject:
    return Subject("patient", view.id, view.id, view.nhs_number)


def nhs_number(text: str) -> NhsNumber:
    """Ten digits as they stand, the last of them right. Raises Refused (INVALID_NHS_NUMBER)."""
    try:
        number = NhsNumber(text)
    except InvalidIdentifier as wrong:
        raise Refused(Spine.INVALID_NHS_NUMBER, f"{wrong}.") from None
    if number != text:
        raise Refused(Spine.INVALID_NHS_NUMBER, "An NHS number is sent as ten digits and nothing else.")
    return number
