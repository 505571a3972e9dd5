"""Two practices hold one person as theirs: a person, or the national service, says where the person is registered."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.patients.models import ClaimDecision, Patient
from pcnhub.care.patients.operations.following import follow_practice
from pcnhub.care.patients.operations.imports.steps import PERMISSION
from pcnhub.care.patients.queries.claims import undecided
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem

SOURCES = ("pds", "person")


def decide_claim(
    *, actor: Actor, now: datetime, nhs_number: str, practice_id: int | None, source: str, reason: str = ""
) -> None:
    """Write down where the person is registered, for the acting hub; its own registration follows that practice.

    `practice_id` is None while nobody chose one: refused beside what else is missing. `source` is `pds` or `person`; a
    person gives a reason. Deciding again replaces. It is heeded while that practice holds the
    person. Raises NotPermitted, NotShared, NotFound (nobody, or one practice alone, claims this person), InvalidInput.
    """
    reason = reason.replace("\0", " ").strip()  # a NUL can't be kept in PostgreSQL
    nhs_number, practice_id = _clear(nhs_number, practice_id, source, reason)
    with unit_of_work(actor):
        grant = permit(
            actor=actor,
            permission=PERMISSION,
            now=now,
            data_organisation_id=practice_id,
            agreement=AgreementKind.CARE_RECORD,
        )
        held = Patient.objects.filter(
            nhs_number=nhs_number,
            registration_type=RegistrationType.REGULAR,
            registration_state=RegistrationState.ACTIVE,
        ).exclude(organisation=actor.organisation.id)
        practices = set(held.values_list("organisation", flat=True))
        if practice_id not in practices or len(practices) < 2:
            raise NotFound(
                "There are no two practices here that hold this person as theirs.",
                remedy="Look at the list of claims again: a newer import may have settled it.",
            )
        decided = ClaimDecision.objects.update_or_create(
            organisation_id=actor.organisation.id,
            nhs_number=nhs_number,
            defaults={
                "practice_id": practice_id,
                "source": source,
                "reason": reason,
                "decided_at": now,
                "decided_by": actor.name,
            },
        )[0]
        trail.record(
            actor=actor,
            now=now,
            action="patients.claim-decided",
            subject=trail.Subject("claim", decided.pk, None, nhs_number),
            data_organisation_id=practice_id,
            basis=grant.basis,
            reason=reason,
            detail={"source": source},
        )
        follow_practice(actor=actor, now=now, practice_id=practice_id)


def ask_claims(*, actor: Actor, now: datetime) -> int:
    """Have the national service asked about everybody whom two practices claim and nobody has decided about, one job each; how
    many. What it says plainly is decided; the others stay. Raises NotPermitted."""
    with unit_of_work(actor):
        found = undecided(actor=actor, now=now)
        for patient_id in found:
            publish(
                actor=actor,
                now=now,
                fact="patients.claim-asked",
                key=f"{patient_id}:{now.isoformat()}",
                payload={"patient_id": patient_id},
            )
        return len(found)


def _clear(nhs_number: str, practice_id: int | None, source: str, reason: str) -> tuple[str, int]:
    """The number in its own form, and the practice. Raises InvalidInput with all that is unclear."""
    problems = []
    if practice_id is None:
        problems.append(
            Problem("practice", "practice-missing", "Choose the practice.", "Ask both when you do not know.", "")
        )
    try:
        nhs_number = NhsNumber(nhs_number)
    except InvalidIdentifier as error:
        problems.append(Problem("nhs_number", "nhs-number", f"{error}.", "Choose a person from the list of claims."))
    if source not in SOURCES:
        problems.append(
            Problem("source", "claim-source", "It is not clear who says so.", f"One of: {', '.join(SOURCES)}.", source)
        )
    if source == "person" and not reason:
        problems.append(
            Problem("reason", "reason-missing", "Say how you know where the person is registered.", "A few words.", "")
        )
    if problems or practice_id is None:
        raise InvalidInput(problems)
    return nhs_number, practice_id
