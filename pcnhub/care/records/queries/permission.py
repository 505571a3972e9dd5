"""Whether the patient was asked before their record is opened, what they said, and who opened it all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.queries import organisation
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.care.patients.queries import PatientView, same_person_ids
from pcnhub.care.records.models import ViewPermission
from pcnhub.care.records.rules import Answered, PermissionAnswer, PermissionStanding, permission_standing
from pcnhub.care.sharing.queries import asks_permission_to_view
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Refusal


class PermissionToViewNeeded(Refusal):
    """The patient has to be asked before this record is opened, and has not been asked today."""

    code = "permission-to-view-not-asked"
    remedy = "Ask the patient, and put their answer on record on the page of their record."
    who_can = "whoever looks after the patient now"


class PermissionToViewRefused(Refusal):
    """The patient was asked today, and said no."""

    code = "permission-to-view-refused"
    remedy = (
        "Ask the patient about allergies, medicines and problems. They may change their mind: ask again, and record it."
    )
    who_can = "the patient"


@dataclass(frozen=True, slots=True)
class PermissionView:
    """How it stands for one reader today. `by`, `at` and `reason` are of the answer that counts."""

    standing: PermissionStanding
    holder_ods: str = ""
    holder_name: str = ""
    by: str = ""
    at: datetime | None = None
    reason: str = ""


NOT_NEEDED = PermissionView(PermissionStanding.NOT_NEEDED)


def permission_to_view(
    *, actor: Actor, now: datetime, patient: PatientView, holder_ods: str, holder_name: str
) -> PermissionView:
    """What stands for the actor today about one practice's record of their own patient."""
    with unit_of_work(actor):
        rows = list(
            ViewPermission.objects.filter(
                organisation=actor.organisation.id,
                patient__in=same_person_ids(actor=actor, patient_id=patient.id),
                holder_ods=holder_ods,
                answered_on=london_date(now),
            ).order_by("pk")
        )
    standing = permission_standing((Answered(PermissionAnswer(row.answer), row.user) for row in rows), user=actor.user)
    counts = [row for row in rows if row.answer == standing and (row.answer != "overridden" or row.user == actor.user)]
    if not counts:
        return PermissionView(standing, holder_ods, holder_name)
    row = counts[-1]
    return PermissionView(standing, holder_ods, holder_name, row.user_name, row.answered_at, row.reason)


def permission_under(
    *, actor: Actor, now: datetime, patient: PatientView, practice: OrganisationRef, agreement_id: int | None
) -> PermissionView:
    """The same of what a practice shares here under an agreement: asked where the practice wants it so, and of a practice that
    keeps its record on another system in any case. What the patient has said today holds, asked or not."""
    found = permission_to_view(
        actor=actor, now=now, patient=patient, holder_ods=practice.ods_code, holder_name=practice.name
    )
    is_asked = (
        found.standing is not PermissionStanding.NOT_ASKED
        or organisation(id=practice.id).system != ClinicalSystem.PCN_HUB
        or asks_permission_to_view(agreement_id=agreement_id, holder_id=practice.id, day=london_date(now))
    )
    return found if is_asked else NOT_NEEDED


def require_permission(
    *, actor: Actor, now: datetime, patient: PatientView, holder_ods: str, holder_name: str
) -> PermissionView:
    """Raises PermissionToViewNeeded, PermissionToViewRefused."""
    found = permission_to_view(
        actor=actor, now=now, patient=patient, holder_ods=holder_ods, holder_name=holder_name
    )  # fmt: skip
    if why := why_closed(found):
        raise why
    return found


def why_closed(found: PermissionView) -> Refusal | None:
    """The refusal that an answer, or its absence, amounts to."""
    if found.standing.opens:
        return None
    if found.standing is PermissionStanding.REFUSED:
        return PermissionToViewRefused("The patient was asked today, and does not want their record to be opened.")
    return PermissionToViewNeeded(
        f"The patient has not been asked today whether the record that {found.holder_name} keeps may be opened."
    )


def why_documents_closed(
    actor: Actor, now: datetime, patient: PatientView, practice: OrganisationRef, agreement_id: int | None
) -> Refusal | None:
    """Why a practice's documents, which are part of its record, stay closed to the reader today; None when they don't. Asked
    by the documents' room, which stands beneath this one."""
    return why_closed(
        permission_under(actor=actor, now=now, patient=patient, practice=practice, agreement_id=agreement_id)
    )
