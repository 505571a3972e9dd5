"""Changing what a person is at an organisation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from pcnhub.care.organisations.models import Account, Activity, Organisation, Position, Role
from pcnhub.care.organisations.operations.organisations import check_prescriber_code
from pcnhub.care.organisations.operations.writing import Problems, change, note, on_own_ground
from pcnhub.care.organisations.queries import position
from pcnhub.care.organisations.rules import CLINICAL_ACCESS, Permission, Saved
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """A person's place at one organisation. `activities` are those beyond the role's own; `ends_on` is the first day after."""

    account_id: int
    organisation_id: int
    role_code: str
    job_category: str
    starts_on: date
    activities: tuple[str, ...] = ()
    job_role_code: str = ""
    sds_role_profile_id: str = ""
    consulter: bool = False
    session_holder: bool = False
    accepts_cross_organisation_tasks: bool = False
    prescriber_code: str = ""
    prescriber_code_kind: str = ""
    ends_on: date | None = None
    contract_ends_on: date | None = None


class OwnPosition(NotPermitted):
    """Nobody gives themselves activities: a second person does it."""

    code = "own-position"
    remedy = "Ask a colleague who manages people to do it."


def save_position(*, actor: Actor, now: datetime, facts: PositionFacts, position_id: int | None = None) -> Saved:
    """Make a position, or change it (by id, else by account, organisation, role and first day).

    A first position for somebody whose account another organisation looks after waits for the person's own yes.
    Raises InvalidInput, NotPermitted (OwnPosition for one's own), NotFound.
    """
    with unit_of_work(actor):
        _may_change(actor, facts.organisation_id, facts.account_id)
        rows = Position.objects.select_for_update().filter(account=facts.account_id, organisation=facts.organisation_id)
        same = rows.filter(role_code=facts.role_code, starts_on=facts.starts_on).first()
        standing = rows.filter(pk=position_id).first() if position_id else same
        before: frozenset[str] = frozenset()
        if position_id and standing is None:
            raise NotFound("This person has no such position here.", remedy="Choose one from the person's page.")
        problems = _problems(facts)
        if same is not None and standing is not None and same.pk != standing.pk:
            problems.add(
                "starts_on", "taken", "The person holds this role from this day already.",
                "Change that position instead.", facts.starts_on,
            )  # fmt: skip
        problems.refuse_if_any()
        values = asdict(facts) | {
            "activities": sorted(set(facts.activities)),
            "prescriber_code": facts.prescriber_code.strip().upper(),
        }
        if standing is None:
            awaits = _awaits_acceptance(actor, facts)
            row = Position.objects.create(**values, awaits_acceptance=awaits)
            saved = Saved(row.pk, True, tuple(values))
        else:
            row, before = standing, _clinical_access(standing.pk, facts)
            saved = change(standing, values)
        _name_the_giver(actor, now, row, gained=_clinical_access(row.pk, facts) - before)
        return note(
            actor=actor, now=now, what="position", saved=saved, organisation_id=facts.organisation_id,
            detail={"account": facts.account_id, "role": facts.role_code, "activities": values["activities"]},
        )  # fmt: skip


def end_position(*, actor: Actor, now: datetime, position_id: int, ends_on: date) -> Saved:
    """End a position: `ends_on` is the first day on which it no longer holds. Raises InvalidInput, NotPermitted, NotFound."""
    with unit_of_work(actor):
        row = Position.objects.select_for_update().filter(pk=position_id).first()
        if row is None:
            raise NotFound("There is no such position.", remedy="Choose one from the people page.")
        _may_change(actor, row.organisation_id, row.account_id)
        problems = Problems()
        problems.period("ends_on", row.starts_on, ends_on, "The position")
        problems.refuse_if_any()
        saved = change(row, {"ends_on": ends_on})
        return note(
            actor=actor, now=now, what="position", saved=saved, organisation_id=row.organisation_id,
            detail={"account": row.account_id, "ends_on": ends_on.isoformat()},
        )  # fmt: skip


def _may_change(actor: Actor, organisation_id: int, account_id: int) -> None:
    on_own_ground(actor=actor, permission=Permission.MANAGE_PEOPLE, organisation_id=organisation_id)
    if actor.account_id == account_id:
        raise OwnPosition(
            "Your own position is not yours to change.", who_can=f"a colleague at {actor.organisation.name}"
        )


def _awaits_acceptance(actor: Actor, facts: PositionFacts) -> bool:
    """Nobody is put to work by an organisation that they have nothing to do with."""
    if actor.is_system or Account.objects.filter(pk=facts.account_id, looked_after_by=facts.organisation_id).exists():
        return False
    accepted = Position.objects.filter(account=facts.account_id, organisation=facts.organisation_id)
    return not accepted.filter(awaits_acceptance=False).exists()


def _clinical_access(position_id: int, facts: PositionFacts) -> frozenset[str]:
    return position(id=position_id, day=facts.starts_on).permissions & CLINICAL_ACCESS


def _name_the_giver(actor: Actor, now: datetime, row: Position, *, gained: frozenset[str]) -> None:
    """Who manages people alone could make a clinician: so who did it stands beside it."""
    if gained:
        row.clinical_access_by, row.clinical_access_at = actor.name, now
        row.save(update_fields=["clinical_access_by", "clinical_access_at"])
        note(
            actor=actor, now=now, what="clinical-access", organisation_id=row.organisation_id,
            saved=Saved(row.pk, True, tuple(sorted(gained))), detail={"account": row.account_id},
        )  # fmt: skip


def _problems(facts: PositionFacts) -> Problems:
    problems = Problems()
    if not Account.objects.filter(pk=facts.account_id).exists():
        problems.add("account_id", "unknown", "There is no such account.", "Add the person first.", facts.account_id)
    if not Organisation.objects.filter(pk=facts.organisation_id).exists():
        problems.add("organisation_id", "unknown", "There is no such organisation.", "Add it first.")
    if not Role.objects.filter(code=facts.role_code).exists():
        problems.add(
            "role_code", "unknown", "This is not a role known here.", "Choose one of the list.", facts.role_code
        )
    known = set(Activity.objects.filter(code__in=facts.activities).values_list("code", flat=True))
    for activity in sorted(set(facts.activities) - known):
        problems.add("activities", "unknown", "This is not an activity known here.", "Choose from the list.", activity)
    problems.required("job_category", facts.job_category, "the job category, as sharing agreements name it")
    if facts.job_role_code and not (facts.job_role_code[0] == "R" and facts.job_role_code[1:].isdigit()):
        problems.add(
            "job_role_code", "job-role-form", "A job role is R and digits.", "Such as R0260.", facts.job_role_code
        )
    if facts.prescriber_code:
        check_prescriber_code(problems, facts.prescriber_code, facts.prescriber_code_kind, field="prescriber_code")
    elif facts.prescriber_code_kind:
        problems.add("prescriber_code", "missing", "Enter the prescriber code, or take its kind away.")
    problems.period("ends_on", facts.starts_on, facts.ends_on, "The position")
    problems.period("contract_ends_on", facts.starts_on, facts.contract_ends_on, "The contract")
    return problems
