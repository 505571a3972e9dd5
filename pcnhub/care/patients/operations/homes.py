"""Where a person is registered, as a trace says, and that practice's own row of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pcnhub.care.organisations.queries import find_organisation
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationState, RegistrationType


def home_of(*, nhs_number: str, birth_date: date, practice_ods: str) -> dict[str, Any]:
    """The columns of a temporary registration that say so: the practice where it is here, else its code; and the practice's
    own row, as far as it is shared with the acting organisation. Empty `practice_ods`: registered nowhere."""
    practice = find_organisation(ods_code=practice_ods) if practice_ods else None
    if practice is None:
        return {"registered_practice_id": None, "registered_patient_id": None, "traced_practice_ods": practice_ods}
    own = Patient.objects.filter(
        organisation=practice.id,
        nhs_number=nhs_number,
        birth_date=birth_date,
        registration_type=RegistrationType.REGULAR,
        registration_state=RegistrationState.ACTIVE,
    ).first()
    return {
        "registered_practice_id": practice.id,
        "registered_patient_id": own.pk if own else None,
        "traced_practice_ods": None,
    } | ({"dissents_from_sharing": own.dissents_from_sharing} if own else {})
