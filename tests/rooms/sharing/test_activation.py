"""Each side activates for itself; nothing is effective before both have, and nothing after either has not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.organisations.models import Position
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.models import Agreement, Party, PartyChange
from pcnhub.care.sharing.operations import (
    WriteBackFirst,
    activate,
    change_job_categories,
    change_terms,
    change_write_back_settings,
    deactivate,
    join,
    leave,
)
from pcnhub.care.sharing.queries import agreement, effective_between, history, write_back_settings
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side, Standing
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db
TODAY = london_date(NOW)
CARE, WRITE, REMOTE = AgreementKind.CARE_RECORD, AgreementKind.WRITE_BACK, AgreementKind.REMOTE_CONSULTATIONS


def effective(cast: World, kind: AgreementKind) -> bool:
    return effective_between(kind=kind, hub_id=cast.hub.pk, practice_id=cast.ash.pk, day=TODAY)


def say_yes(cast: World, actor: Actor, kind: AgreementKind, side: Side, **settings: object) -> None:
    activate(actor=actor, now=NOW, agreement_id=cast.agreements[kind].pk, side=side, accepted_terms="1", **settings)  # type: ignore[arg-type]


def test_it_takes_effect_when_both_sides_have_activated_and_not_before() -> None:
    cast = world(active=False)
    say_yes(cast, cast.dilys, CARE, Side.GIVES)
    assert not effective(cast, CARE)
    say_yes(cast, cast.carys, CARE, Side.USES)
    assert effective(cast, CARE)


def test_deactivating_takes_effect_at_once_and_keeps_the_reason() -> None:
    cast = world()
    before = permit(
        actor=cast.bilal, permission=Permission.VIEW_RECORD, now=NOW, data_organisation_id=cast.ash.pk, agreement=CARE
    )
    assert before.basis.agreement_id == cast.agreements[CARE].pk
    deactivate(
        actor=cast.dilys, now=NOW, agreement_id=cast.agreements[CARE].pk, side=Side.GIVES, reason="Partner meeting"
    )
    with pytest.raises(NotShared) as refused:
        permit(
            actor=cast.bilal,
            permission=Permission.VIEW_RECORD,
            now=NOW,
            data_organisation_id=cast.ash.pk,
            agreement=CARE,
        )
    assert "Ash Lane Surgery" in refused.value.who_can
    newest = history(actor=cast.carys, agreement_id=cast.agreements[CARE].pk, day=TODAY)[0]
    assert (newest.by, newest.state, newest.reason) == ("Dilys Cast", ActivationState.INACTIVE, "Partner meeting")


def test_deactivating_needs_a_reason() -> None:
    cast = world()
    with pytest.raises(InvalidInput):
        deactivate(actor=cast.dilys, now=NOW, agreement_id=cast.agreements[CARE].pk, side=Side.GIVES, reason=" ")


def test_nobody_activates_another_organisations_side() -> None:
    cast = world(active=False)
    with pytest.raises(NotFound):
        say_yes(cast, cast.dilys, CARE, Side.USES)
    with pytest.raises(NotFound):
        say_yes(cast, cast.carys, CARE, Side.GIVES)
    with pytest.raises(NotFound):
        say_yes(cast, cast.charlie, CARE, Side.GIVES)
    assert not Party.objects.filter(state=ActivationState.ACTIVE).exists()


def test_a_person_without_the_activity_and_a_system_are_refused() -> None:
    cast = world(active=False)
    with pytest.raises(NotPermitted):
        say_yes(cast, cast.ada, CARE, Side.GIVES)
    with pytest.raises(NotPermitted):
        say_yes(cast, system_for(cast.ash), CARE, Side.GIVES)


def test_other_terms_than_the_current_ones_are_not_accepted() -> None:
    cast = world(active=False)
    with pytest.raises(InvalidInput) as refused:
        activate(
            actor=cast.dilys, now=NOW, agreement_id=cast.agreements[WRITE].pk, side=Side.GIVES, accepted_terms="0.9"
        )  # fmt: skip
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"accepted_terms", "formulary", "prescribing_position_id"}  # all at once


def test_new_terms_lapse_both_sides_until_each_accepts_them() -> None:
    cast = world()
    change_terms(actor=cast.carys, now=NOW, agreement_id=cast.agreements[CARE].pk, terms_version="2")
    assert not effective(cast, CARE)
    shown = agreement(actor=cast.dilys, agreement_id=cast.agreements[CARE].pk, day=TODAY)
    assert {party.standing for party in shown.parties} == {Standing.TERMS_CHANGED}
    for actor, side in ((cast.dilys, Side.GIVES), (cast.carys, Side.USES)):
        activate(actor=actor, now=NOW, agreement_id=shown.id, side=side, accepted_terms="2")
    assert effective(cast, CARE)


def test_only_the_hub_changes_terms_and_parties() -> None:
    cast = world()
    for actor in (cast.dilys, cast.charlie):
        with pytest.raises(NotPermitted):
            change_terms(actor=actor, now=NOW, agreement_id=cast.agreements[CARE].pk, terms_version="2")
        with pytest.raises(NotPermitted):
            join(
                actor=actor, now=NOW, agreement_id=cast.agreements[CARE].pk, organisation_id=cast.outside.pk,
                joined_on=TODAY,
            )  # fmt: skip


def test_the_job_categories_bind_whoever_uses_the_agreement() -> None:
    cast = world()
    change_job_categories(
        actor=cast.carys, now=NOW, agreement_id=cast.agreements[CARE].pk, allowed_job_categories=("Community Nurse",)
    )
    with pytest.raises(NotShared) as refused:
        permit(
            actor=cast.bilal,
            permission=Permission.VIEW_RECORD,
            now=NOW,
            data_organisation_id=cast.ash.pk,
            agreement=CARE,
        )
    assert refused.value.code == "job-category-not-allowed"
    nurse = replace(cast.bilal, job_category="Community Nurse")
    permit(actor=nurse, permission=Permission.VIEW_RECORD, now=NOW, data_organisation_id=cast.ash.pk, agreement=CARE)


def test_joining_gives_the_side_that_the_kind_of_organisation_stands_on_and_is_not_active() -> None:
    cast = world()
    chosen = cast.agreements[AgreementKind.APPOINTMENTS].pk
    join(actor=cast.carys, now=NOW, agreement_id=chosen, organisation_id=cast.outside.pk, joined_on=TODAY)
    again = join(actor=cast.carys, now=NOW, agreement_id=chosen, organisation_id=cast.outside.pk, joined_on=TODAY)
    assert again.was == "unchanged"
    party = Party.objects.get(agreement=chosen, organisation=cast.outside)
    assert (party.side, party.state) == (Side.USES, ActivationState.CREATED)


def test_leaving_ends_what_the_agreement_opened() -> None:
    cast = world()
    leave(actor=cast.carys, now=NOW, agreement_id=cast.agreements[CARE].pk, organisation_id=cast.ash.pk, left_on=TODAY)
    assert not effective(cast, CARE)
    with pytest.raises(NotShared):
        permit(
            actor=cast.bilal,
            permission=Permission.VIEW_RECORD,
            now=NOW,
            data_organisation_id=cast.ash.pk,
            agreement=CARE,
        )


def test_a_party_is_withdrawn_on_the_day_on_which_it_joined_and_may_join_again() -> None:
    cast = world()
    chosen = cast.agreements[AgreementKind.APPOINTMENTS].pk
    join(actor=cast.carys, now=NOW, agreement_id=chosen, organisation_id=cast.outside.pk, joined_on=TODAY)
    before = TODAY - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        leave(actor=cast.carys, now=NOW, agreement_id=chosen, organisation_id=cast.outside.pk, left_on=before)
    assert ".." not in str(refused.value)
    assert f"{TODAY:%-d %B %Y}" in str(refused.value), "it names the first day that would do"
    leave(actor=cast.carys, now=NOW, agreement_id=chosen, organisation_id=cast.outside.pk, left_on=TODAY)
    shown = agreement(actor=cast.carys, agreement_id=chosen, day=TODAY)
    assert cast.outside.pk not in {party.organisation.id for party in shown.parties}
    again = join(actor=cast.carys, now=NOW, agreement_id=chosen, organisation_id=cast.outside.pk, joined_on=TODAY)
    assert again.was == "made"


def test_the_agreements_dates_bind() -> None:
    cast = world()
    Agreement.objects.filter(kind=CARE).update(ends_on=TODAY)
    assert not effective(cast, CARE)
    assert effective_between(
        kind=CARE, hub_id=cast.hub.pk, practice_id=cast.ash.pk, day=TODAY - timedelta(days=1)
    )  # half-open


def test_remote_consultations_stays_until_write_back_works() -> None:
    cast = world(active=False)
    Party.objects.filter(agreement=cast.agreements[REMOTE]).update(state=ActivationState.ACTIVE, terms_accepted="1")
    off = {"now": NOW, "agreement_id": cast.agreements[REMOTE].pk, "reason": "Legacy"}
    with pytest.raises(WriteBackFirst):
        deactivate(actor=cast.dilys, side=Side.GIVES, **off)  # type: ignore[arg-type]
    say_yes(cast, cast.carys, WRITE, Side.USES)
    with pytest.raises(WriteBackFirst):
        deactivate(actor=cast.dilys, side=Side.GIVES, **off)  # type: ignore[arg-type]
    done = activate(
        actor=cast.dilys, now=NOW, agreement_id=cast.agreements[WRITE].pk, side=Side.GIVES, accepted_terms="1",
        formulary="Ash Lane formulary", prescribing_position_id=cast.farah.position_id,
    )  # fmt: skip
    assert "consultations arrive twice" in done.warnings[0]  # both on
    deactivate(actor=cast.dilys, side=Side.GIVES, **off)  # type: ignore[arg-type]
    with pytest.raises(WriteBackFirst, match="Birch Road Practice"):  # the hub's side serves every practice
        deactivate(actor=cast.carys, side=Side.USES, **off)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"prescriber_code": "N1234567", "prescriber_code_kind": "NMP"}, "no-gmp-code"),
        ({"job_category": "Advanced Nurse Practitioner"}, "wrong-job-category"),
        ({"ends_on": TODAY}, "position-not-held"),
    ],
)
def test_the_prescribing_user_is_a_gp_of_the_practice_with_a_gmp_code(wrong: dict[str, object], code: str) -> None:
    cast = world(active=False)
    Position.objects.filter(pk=cast.farah.position_id or 0).update(**wrong)
    with pytest.raises(InvalidInput) as refused:
        say_yes(cast, cast.dilys, WRITE, Side.GIVES, formulary="Local", prescribing_position_id=cast.farah.position_id)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_prescribing_user_of_another_organisation_is_refused() -> None:
    cast = world(active=False)
    with pytest.raises(InvalidInput):
        say_yes(cast, cast.dilys, WRITE, Side.GIVES, formulary="Local", prescribing_position_id=cast.bilal.position_id)


def test_settings_that_stop_holding_are_named_later() -> None:
    cast = world()
    fine = write_back_settings(practice_id=cast.ash.pk, hub_id=cast.hub.pk, day=TODAY)
    assert fine.prescribing is not None
    assert not fine.problems
    Position.objects.filter(pk=cast.farah.position_id or 0).update(ends_on=TODAY)
    left = write_back_settings(practice_id=cast.ash.pk, hub_id=cast.hub.pk, day=TODAY)
    assert left.prescribing is not None
    assert [problem.code for problem in left.problems] == ["position-not-held"]
    unset = write_back_settings(practice_id=cast.birch.pk, hub_id=cast.hub.pk, day=TODAY)
    assert [problem.field for problem in unset.problems] == ["formulary", "prescribing_position_id"]


def test_a_practice_changes_its_settings_without_deactivating() -> None:
    cast = world()
    change_write_back_settings(
        actor=cast.dilys, now=NOW, agreement_id=cast.agreements[WRITE].pk, formulary="Another",
        prescribing_position_id=cast.farah.position_id,
    )  # fmt: skip
    assert write_back_settings(practice_id=cast.ash.pk, hub_id=cast.hub.pk, day=TODAY).formulary == "Another"
    assert effective(cast, WRITE)


def test_both_organisations_see_the_step_in_their_audit() -> None:
    cast = world(active=False)
    say_yes(cast, cast.dilys, CARE, Side.GIVES)
    for organisation in (cast.ash, cast.hub):
        with unit_of_work(system_for(organisation)):
            event = AuditEvent.objects.get(action="sharing.activated")
            assert (event.user, event.agreement_id) == (cast.dilys.user, cast.agreements[CARE].pk)
    with unit_of_work(system_for(cast.outside)):
        assert not AuditEvent.objects.filter(action="sharing.activated").exists()
    assert PartyChange.objects.filter(party__organisation=cast.ash).count() == 1
