"""Changing organisations, networks and people: who may, everything wrong at once, nothing changed twice, all on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.checks import CHECKS
from pcnhub.care.organisations.models import Account, NetworkMember, Organisation, Position
from pcnhub.care.organisations.operations import (
    AccountFacts,
    NetworkFacts,
    NotTheEmployer,
    OrganisationFacts,
    OwnPosition,
    PositionFacts,
)
from pcnhub.care.organisations.rules import GpConnectCapability, OrganisationKind, Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db
TODAY = london_date(NOW)
RESETS: tuple[Callable[..., object], ...] = (
    operations.reset_password,
    operations.reset_code,
    operations.reactivate_account,
    operations.unlock,
)
PRACTICE = OrganisationFacts(ods_code="D84004", name="Dale View", kind=OrganisationKind.PRACTICE, list_size=9000)


def events(cast: World, action: str) -> int:
    with unit_of_work(system_for(cast.hub)):
        return AuditEvent.objects.filter(action=action).count()


def problems_of(refused: pytest.ExceptionInfo[InvalidInput]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in refused.value.problems}


def accept(actor: Actor, position_id: int) -> None:
    """The person's own yes, as the page after signing in gives it."""
    arrived = operations.arriving(
        account_id=actor.account_id or 0, now=NOW, origin="o", request_id="r", identity="test", position_id=position_id
    )
    operations.accept_position(actor=arrived, now=NOW, position_id=position_id)


def network(cast: World) -> queries.NetworkView:
    return queries.network_of_hub(hub_id=cast.hub.pk, day=TODAY)


def facts_of(actor: Actor, **changed: object) -> PositionFacts:
    row = Position.objects.get(pk=actor.position_id or 0)
    same = PositionFacts(
        account_id=row.account_id,
        organisation_id=row.organisation_id,
        role_code=row.role_code,
        job_category=row.job_category,
        starts_on=row.starts_on,
    )
    return replace(same, **changed)  # type: ignore[arg-type]


def test_saving_an_organisation_twice_makes_it_once_and_records_it_once() -> None:
    cast = world()
    setting_up = system_for(cast.hub)
    was = [operations.save_organisation(actor=setting_up, now=NOW, facts=PRACTICE).was for _ in range(2)]
    assert was == ["made", "unchanged"]
    changed = operations.save_organisation(actor=setting_up, now=NOW, facts=replace(PRACTICE, list_size=9001))
    assert changed.changed == ("list_size",)
    assert events(cast, "organisations.organisation-made") == 1
    assert events(cast, "organisations.organisation-changed") == 1


def test_the_first_organisation_is_made_when_there_is_none_to_act_for() -> None:
    hub = replace(PRACTICE, ods_code="y12345", kind=OrganisationKind.HUB, national_code="y12345")
    saved = operations.save_organisation(actor=queries.installation_actor(), now=NOW, facts=hub)
    assert queries.organisation(ods_code="Y12345").id == saved.id
    assert queries.organisation(id=saved.id).national_code == "Y12345"


def test_everything_wrong_with_an_organisation_is_said_at_once() -> None:
    cast = world()
    wrong = OrganisationFacts(
        ods_code="A-1", name=" ", kind="castle", system="paper", parent_icb_ods="A81001", email="desk@surgery", list_size=-1,
        national_code="?",
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        operations.save_organisation(actor=system_for(cast.hub), now=NOW, facts=wrong)
    fields = {"ods_code", "name", "kind", "system", "parent_icb_ods", "email", "list_size", "national_code"}
    assert {field for field, _ in problems_of(refused)} == fields


def test_a_person_changes_their_own_organisation_only() -> None:
    cast = world()
    ash = OrganisationFacts(ods_code="A81001", name="Ash Lane", kind=OrganisationKind.PRACTICE)
    assert operations.save_organisation(actor=cast.dilys, now=NOW, facts=ash).was == "changed"
    operations.save_organisation(actor=cast.carys, now=NOW, facts=replace(ash, list_size=8000))  # its hub keeps entries
    for actor in (cast.charlie, replace(cast.dilys, organisation=cast.efe.organisation), cast.ada):
        with pytest.raises(NotPermitted):
            operations.save_organisation(actor=actor, now=NOW, facts=replace(ash, name="Taken over"))
    with pytest.raises(NotPermitted):
        operations.set_gp_connect_switch(
            actor=cast.carys, now=NOW, organisation_id=cast.ash.pk, capability=GpConnectCapability.GP_CONNECT, is_on=True
        )  # fmt: skip


def test_a_hub_keeps_its_practices_and_whoever_has_no_staff_here() -> None:
    cast = world()
    board = replace(PRACTICE, ods_code="QM7", name="Fens ICB", kind=OrganisationKind.ICB)
    saved = operations.save_organisation(actor=cast.carys, now=NOW, facts=board, is_new=True)
    kept = {ref.id for ref in queries.kept_by(hub_id=cast.hub.pk)}
    assert kept == {cast.ash.pk, cast.birch.pk, saved.id}  # Outside Surgery has staff, and is in no network
    operations.leave_network(
        actor=cast.carys, now=NOW, network_id=cast.network.pk, organisation_id=cast.ash.pk, left_on=TODAY
    )
    assert cast.ash.pk not in {ref.id for ref in queries.kept_by(hub_id=cast.hub.pk)}
    with pytest.raises(InvalidInput) as refused:
        operations.save_organisation(actor=cast.carys, now=NOW, facts=board, is_new=True)
    assert problems_of(refused) == {("ods_code", "taken")}
    with pytest.raises(InvalidInput) as another:
        operations.save_organisation(actor=cast.carys, now=NOW, facts=replace(board, ods_code="Y1Z", kind="hub"))
    assert problems_of(another) == {("kind", "hub-by-onboarding")}


def test_the_kind_of_an_organisation_is_fixed() -> None:
    cast = world()
    as_hub = OrganisationFacts(ods_code="A81001", name="Ash Lane", kind=OrganisationKind.HUB)
    with pytest.raises(InvalidInput) as refused:
        operations.save_organisation(actor=cast.dilys, now=NOW, facts=as_hub)
    assert problems_of(refused) == {("kind", "kind-is-fixed")}


def test_a_network_has_the_practices_of_the_day() -> None:
    cast = world()
    was = [
        operations.join_network(
            actor=cast.carys,
            now=NOW,
            network_id=cast.network.pk,
            organisation_id=cast.outside.pk,
            joined_on=TODAY + timedelta(days=7),
        ).was
        for _ in range(2)
    ]
    assert was == ["made", "unchanged"]
    operations.leave_network(
        actor=cast.carys, now=NOW, network_id=cast.network.pk, organisation_id=cast.ash.pk,
        left_on=TODAY + timedelta(days=3),
    )  # fmt: skip

    def members(after: int) -> set[str]:
        network = queries.network_of_hub(hub_id=cast.hub.pk, day=TODAY + timedelta(days=after))
        return {member.ods_code for member in network.members}

    assert members(2) == {"A81001", "B82002"}
    assert members(3) == {"B82002"}  # the day of leaving is the first without
    assert members(7) == {"B82002", "C83003"}
    assert queries.hubs_of(organisation_id=cast.ash.pk, day=TODAY)[0].id == cast.hub.pk
    assert queries.hubs_of(organisation_id=cast.ash.pk, day=TODAY + timedelta(days=3)) == ()


def test_a_network_refuses_what_cannot_be() -> None:
    cast = world()
    setting_up = system_for(cast.hub)
    wrong = NetworkFacts(ods_code="?", name="", hub_id=cast.ash.pk, adjusted_population=0, session_name_pattern="(")
    with pytest.raises(InvalidInput) as refused:
        operations.make_network(actor=setting_up, now=NOW, facts=wrong)
    fields = {"ods_code", "name", "hub_id", "adjusted_population", "session_name_pattern"}
    assert {field for field, _ in problems_of(refused)} == fields
    with pytest.raises(InvalidInput) as twice:
        operations.join_network(
            actor=setting_up, now=NOW, network_id=cast.network.pk, organisation_id=cast.ash.pk, joined_on=TODAY
        )  # fmt: skip
    assert problems_of(twice) == {("joined_on", "member-already")}
    for actor in (cast.dilys, cast.charlie):
        with pytest.raises(NotPermitted):
            operations.leave_network(
                actor=actor, now=NOW, network_id=cast.network.pk, organisation_id=cast.ash.pk, left_on=TODAY
            )  # fmt: skip
    assert NetworkMember.objects.filter(left_on__isnull=True).count() == 2


def test_opening_says_when_once() -> None:
    cast = world()
    opened = operations.open_hub(actor=cast.carys, now=NOW, hub_id=cast.hub.pk, practice_ids=(cast.ash.pk,))
    assert set(opened) == {cast.hub.pk, cast.ash.pk}
    later = NOW + timedelta(days=1)
    assert operations.open_hub(
        actor=cast.carys, now=later, hub_id=cast.hub.pk, practice_ids=(cast.ash.pk, cast.birch.pk)
    ) == (cast.birch.pk,)
    assert Organisation.objects.get(pk=cast.hub.pk).opened_at == NOW


def test_an_account_is_one_person_and_one_card() -> None:
    cast = world()
    made = operations.make_account(
        actor=cast.carys, now=NOW, facts=AccountFacts("Gwen.L", "Gwen", "Lloyd", smartcard_uid="card-1")
    )
    account = Account.objects.get(pk=made.id)
    assert account.check_password(made.temporary_password)
    assert account.must_change_password
    with pytest.raises(InvalidInput) as refused:
        operations.make_account(
            actor=cast.carys, now=NOW, password="password",
            facts=AccountFacts("gwen.l", "", "", email="ada@nhs.net;desk@nhs.net", sds_user_id="12", smartcard_uid="card-1"),
        )  # fmt: skip
    assert {
        ("username", "taken"), ("smartcard_uid", "taken"), ("sds_user_id", "sds-user-id-form"), ("email", "email-form"),
    } <= problems_of(refused)  # fmt: skip
    assert not Account.objects.filter(given_name="").exists()


def test_a_weak_password_is_refused() -> None:
    cast = world()
    with pytest.raises(InvalidInput) as refused:
        operations.make_account(actor=cast.carys, now=NOW, facts=AccountFacts("gwen", "G", "L"), password="password")
    assert {code for _, code in problems_of(refused)} == {"weak-password"}


def test_nobody_gives_themselves_activities() -> None:
    cast = world()
    with pytest.raises(OwnPosition):
        operations.save_position(actor=cast.carys, now=NOW, facts=facts_of(cast.carys, activities=("B1611",)))
    with pytest.raises(OwnPosition):
        operations.end_position(actor=cast.carys, now=NOW, position_id=cast.carys.position_id or 0, ends_on=TODAY)


def test_positions_are_given_at_ones_own_organisation() -> None:
    cast = world()
    operations.save_position(actor=cast.carys, now=NOW, facts=facts_of(cast.bilal, activities=("B0862",)))
    held = queries.position(id=cast.bilal.position_id or 0, day=TODAY)
    assert Permission.MANAGE_ROTA in held.permissions
    for actor in (cast.dilys, cast.charlie, cast.ada):
        with pytest.raises(NotPermitted):
            operations.save_position(actor=actor, now=NOW, facts=facts_of(cast.bilal))


def test_everything_wrong_with_a_position_is_said_at_once() -> None:
    cast = world()
    wrong = facts_of(
        cast.bilal, role_code="R1", activities=("B9",), job_category="", job_role_code="GP", prescriber_code="1",
        prescriber_code_kind="", ends_on=date(2020, 1, 1), contract_ends_on=date(2020, 1, 1),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        operations.save_position(actor=cast.carys, now=NOW, facts=wrong)
    fields = {"role_code", "activities", "job_category", "job_role_code", "prescriber_code", "prescriber_code_kind"}
    assert {field for field, _ in problems_of(refused)} == fields | {"ends_on", "contract_ends_on"}


def test_a_position_that_ended_makes_no_actor() -> None:
    cast = world()
    position_id = cast.bilal.position_id or 0
    operations.end_position(actor=cast.carys, now=NOW, position_id=position_id, ends_on=TODAY)
    with pytest.raises(NotPermitted, match="ended on"):
        queries.actor_for(position_id=position_id, now=NOW, request_id="r", origin="o", identity="test")
    assert not queries.positions_of(account_id=cast.bilal.account_id or 0, day=TODAY)[0].is_active
    with pytest.raises(NotFound):
        queries.actor_for(position_id=0, now=NOW, request_id="r", origin="o", identity="test")


def test_a_deactivated_account_makes_no_actor() -> None:
    cast = world()
    account_id = cast.bilal.account_id or 0
    operations.deactivate_account(actor=cast.carys, now=NOW, account_id=account_id, reason="Left")
    with pytest.raises(NotPermitted, match="switched off"):
        queries.actor_for(position_id=cast.bilal.position_id or 0, now=NOW, request_id="r", origin="o", identity="test")
    operations.reactivate_account(actor=cast.carys, now=NOW, account_id=account_id)
    queries.actor_for(position_id=cast.bilal.position_id or 0, now=NOW, request_id="r", origin="o", identity="test")


def test_only_the_employer_resets_what_would_let_it_sign_in_as_the_person() -> None:
    """Whoever gives a person one evening a week must not be able to become them at their own practice."""
    cast = world()
    farah = cast.farah.account_id or 0
    evening = facts_of(cast.farah, organisation_id=cast.hub.pk, starts_on=TODAY)
    accept(cast.farah, operations.save_position(actor=cast.carys, now=NOW, facts=evening).id)
    TOTPDevice.objects.create(user_id=farah, name="phone", confirmed=True)
    for reset in RESETS:
        with pytest.raises(NotTheEmployer):
            reset(actor=cast.carys, now=NOW, account_id=farah)
    assert TOTPDevice.objects.filter(user_id=farah).exists()
    operations.reset_code(actor=cast.dilys, now=NOW, account_id=farah)
    assert not TOTPDevice.objects.filter(user_id=farah).exists()
    assert events(cast, "people.code-reset") == 1  # the hub, where she works too, sees that it was done


def test_a_position_of_long_ago_does_not_take_an_account_over() -> None:
    """Charlie types any first day for any user name that he knows: the account stays with whoever looks after it."""
    cast = world()
    bilal = cast.bilal.account_id or 0
    before = Account.objects.get(pk=bilal).password
    TOTPDevice.objects.create(user_id=bilal, name="phone", confirmed=True)
    long_ago = facts_of(cast.bilal, organisation_id=cast.outside.pk, starts_on=date(1950, 1, 1))
    operations.save_position(actor=cast.charlie, now=NOW, facts=long_ago)
    facts = AccountFacts("bilal", "Charlie", "Cast")
    for reset in RESETS:
        with pytest.raises(NotTheEmployer):
            reset(actor=cast.charlie, now=NOW, account_id=bilal)
    with pytest.raises(NotTheEmployer):
        operations.deactivate_account(actor=cast.charlie, now=NOW, account_id=bilal, reason="x")
    with pytest.raises(NotTheEmployer):
        operations.save_account(actor=cast.charlie, now=NOW, account_id=bilal, facts=facts)
    with pytest.raises(NotTheEmployer):
        operations.hand_over_account(actor=cast.charlie, now=NOW, account_id=bilal, organisation_id=cast.outside.pk)
    assert Account.objects.get(pk=bilal).password == before
    assert TOTPDevice.objects.filter(user_id=bilal).exists()


def test_a_position_elsewhere_is_nothing_until_the_person_says_yes() -> None:
    cast = world()
    bilal = cast.bilal.account_id or 0
    offered = facts_of(cast.bilal, organisation_id=cast.outside.pk, starts_on=TODAY)
    position_id = operations.save_position(actor=cast.charlie, now=NOW, facts=offered).id
    with pytest.raises(NotPermitted, match="not said yes"):
        queries.actor_for(position_id=position_id, now=NOW, request_id="r", origin="o", identity="test")
    assert bilal not in {each.account_id for each in queries.positions_at(organisation_id=cast.outside.pk, day=TODAY)}
    with pytest.raises(NotFound):
        operations.accept_position(actor=cast.charlie, now=NOW, position_id=position_id)
    accept(cast.bilal, position_id)
    queries.actor_for(position_id=position_id, now=NOW, request_id="r", origin="o", identity="test")
    second = replace(offered, role_code="R8003")
    again = operations.save_position(actor=cast.charlie, now=NOW, facts=second).id
    assert queries.position(id=again, day=TODAY).is_active, "who said yes to an organisation works there"


def test_an_account_is_handed_over_by_whoever_looks_after_it_to_where_the_person_works() -> None:
    cast = world()
    farah = cast.farah.account_id or 0
    there = {"account_id": farah, "organisation_id": cast.hub.pk}
    with pytest.raises(InvalidInput) as refused:
        operations.hand_over_account(actor=cast.dilys, now=NOW, **there)
    assert problems_of(refused) == {("organisation_id", "no-position-there")}
    evening = facts_of(cast.farah, organisation_id=cast.hub.pk, starts_on=TODAY)
    accept(cast.farah, operations.save_position(actor=cast.carys, now=NOW, facts=evening).id)
    for actor in (cast.carys, cast.charlie):
        with pytest.raises(NotTheEmployer):
            operations.hand_over_account(actor=actor, now=NOW, **there)
    operations.hand_over_account(actor=cast.dilys, now=NOW, **there)
    operations.reset_password(actor=cast.carys, now=NOW, account_id=farah)
    with pytest.raises(NotTheEmployer):
        operations.reset_password(actor=cast.dilys, now=NOW, account_id=farah)
    Account.objects.filter(pk=farah).update(looked_after_by=None)
    with pytest.raises(NotTheEmployer, match="no organisation yet"):
        operations.reset_password(actor=cast.carys, now=NOW, account_id=farah)
    operations.hand_over_account(actor=queries.installation_actor(), now=NOW, **there)
    operations.reset_password(actor=cast.carys, now=NOW, account_id=farah)


def test_a_reset_is_told_to_the_person_and_stands_in_the_audit() -> None:
    cast = world()
    bilal = cast.bilal.account_id or 0
    operations.reset_password(actor=cast.carys, now=NOW, account_id=bilal)
    assert not queries.sign_in_resets(account_id=bilal, since=NOW), "nobody had signed in yet: nothing to take over"
    Account.objects.filter(pk=bilal).update(last_login=NOW)
    operations.reset_password(actor=cast.carys, now=NOW, account_id=bilal)
    operations.reset_code(actor=cast.carys, now=NOW, account_id=bilal)
    told = queries.sign_in_resets(account_id=bilal, since=NOW)
    assert [(reset.what, reset.by_name) for reset in told] == [("code", "Carys Cast"), ("password", "Carys Cast")]
    assert not queries.sign_in_resets(account_id=bilal, since=NOW + timedelta(seconds=1))
    assert (events(cast, "people.password-reset"), events(cast, "people.code-reset")) == (2, 1)


def test_who_gave_access_to_records_stands_beside_it() -> None:
    cast = world()
    puppet = operations.make_account(actor=cast.carys, now=NOW, facts=AccountFacts("gwen", "Gwen", "Lloyd")).id
    desk = PositionFacts(puppet, cast.hub.pk, "R8008", "Administrator", TODAY)
    position_id = operations.save_position(actor=cast.carys, now=NOW, facts=desk).id
    assert not queries.position(id=position_id, day=TODAY).clinical_access_by
    consults = replace(desk, activities=("B0380",))
    operations.save_position(actor=cast.carys, now=NOW, facts=consults)
    held = queries.position(id=position_id, day=TODAY)
    assert (held.clinical_access_by, held.clinical_access_at) == ("Carys Cast", NOW)
    assert events(cast, "organisations.clinical-access-made") == 1
    operations.save_position(actor=system_for(cast.hub), now=NOW, facts=replace(consults, job_category="GP"))
    assert queries.position(id=position_id, day=TODAY).clinical_access_by == "Carys Cast", "nothing more was given"
    found = next(iter(CHECKS["CHK-10"](actor=system_for(cast.hub), hub=network(cast), now=NOW)))
    assert "Carys Cast gave access to records: Gwen Lloyd" in found.evidence
