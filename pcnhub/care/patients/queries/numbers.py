"""Which row an NHS number leads to: the number that is used now, or one that another took the place of."""

from __future__ import annotations

from pcnhub.care.patients.models import FormerNumber, Patient
from pcnhub.care.patients.rules import NumberEnd


def id_in_use(*, organisation_id: int, nhs_number: str) -> int | None:
    """The row under which an organisation holds who has this number, or had it until another took its place; never a row
    that was merged. In the running unit of work."""
    rows = Patient.objects.filter(organisation=organisation_id)
    found = rows.filter(nhs_number=nhs_number).values_list("pk", "merged_into").first()
    if found is None:
        former = FormerNumber.objects.filter(
            organisation=organisation_id, nhs_number=nhs_number, ended=NumberEnd.SUPERSEDED
        )
        found = former.values_list("patient", "patient__merged_into").first()
    return None if found is None else found[1] or found[0]


def superseded_numbers(*, patient_id: int) -> list[str]:
    """The numbers that a newer one of this row took the place of. In the running unit of work."""
    former = FormerNumber.objects.filter(patient=patient_id, ended=NumberEnd.SUPERSEDED)
    return list(former.values_list("nhs_number", flat=True))
