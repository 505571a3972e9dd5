"""The file's people and their positions. A first password is not the file's business: `pcnhub password` sets it."""

from __future__ import annotations

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.operations import AccountFacts, PositionFacts
from pcnhub.onboarding.applying.progress import Change, Run
from pcnhub.onboarding.shapes import OnboardingFile, PersonShape, PositionShape


def bring_in(content: OnboardingFile, run: Run) -> None:
    for person in content.people:
        with run.entry(f"person {person.username}"):
            run.ids["account", person.username] = _account(person, run)
            for position in person.positions:
                _position(person, position, run)


def _account(person: PersonShape, run: Run) -> int:
    place = f"person {person.username}"
    actor = run.actor_of(person.positions[0].organisation)
    facts = AccountFacts(
        username=person.username,
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        sds_user_id=person.sds_user_id or "",
        smartcard_uid=person.smartcard_uid or "",
        title=person.title,
        gender=person.gender,
    )
    standing = queries.find_account(username=person.username)
    if standing is None:
        run.changes.append(Change(place, "made"))
        return operations.make_account(actor=actor, now=run.now, facts=facts, is_shut=True).id
    saved = operations.save_account(actor=actor, now=run.now, account_id=standing.id, facts=facts)
    run.note(place, saved)
    return saved.id


def _position(person: PersonShape, position: PositionShape, run: Run) -> None:
    actor = run.actor_of(position.organisation)
    facts = PositionFacts(
        account_id=run.id_of("account", person.username),
        organisation_id=actor.organisation.id,
        role_code=position.role,
        job_category=position.job_category,
        starts_on=position.starts_on,
        activities=tuple(position.activities),
        job_role_code=position.job_role,
        sds_role_profile_id=position.sds_role_profile_id,
        consulter=position.consulter,
        session_holder=position.session_holder,
        accepts_cross_organisation_tasks=position.accepts_cross_organisation_tasks,
        prescriber_code=position.prescriber_code,
        prescriber_code_kind=position.prescriber_code_kind or "",
        ends_on=position.ends_on,
        contract_ends_on=position.contract_ends_on,
    )
    saved = operations.save_position(actor=actor, now=run.now, facts=facts)
    run.note(f"person {person.username}, position at {position.organisation}", saved)
    run.ids[f"position at {position.organisation}", person.username] = saved.id
