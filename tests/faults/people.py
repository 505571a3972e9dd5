"""People of the hub whose card, code, contract or place is not right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt

from pcnhub.care.organisations import operations
from pcnhub.care.organisations.models import Account, Position
from tests.faults.ready import HUB, NOW, Ready
from tests.faults.seeding import Red, fault

PEOPLE = "the hub's people manager"
TODAY = NOW.date()


def position(ready: Ready, username: str, **values: Any) -> None:
    ready.drift(Position, HUB, values, account__username=username)


def account(ready: Ready, username: str, **values: Any) -> None:
    ready.drift(Account, HUB, values, username=username)


@fault("A clinician's contract ends within the month", over=("bilal",))
def contract(ready: Ready, username: str) -> Red:
    position(ready, username, contract_ends_on=TODAY + timedelta(days=20))
    return {("CHK-11", HUB): "the registration authority"}


@fault("A clinician's position ends within the month", over=("nadia",))
def position_ends(ready: Ready, username: str) -> Red:
    position(ready, username, ends_on=TODAY + timedelta(days=25))
    return {("CHK-11", HUB): "the registration authority"}


@fault("A clinician's position ends before sessions that they hold")
def ends_before_sessions(ready: Ready) -> Red:
    position(ready, "nadia", ends_on=TODAY + timedelta(days=9))
    return {("CHK-11", HUB): "the registration authority", ("CHK-20", HUB): "the hub's rota manager"}


@fault("A prescriber has no prescriber code", over=("bilal",))
def no_code(ready: Ready, username: str) -> Red:
    position(ready, username, prescriber_code="", prescriber_code_kind="")
    return {("CHK-12", HUB): "the hub’s people manager"}


@fault("A nurse has a prescriber code and not the activity to prescribe")
def no_activity(ready: Ready) -> Red:
    position(ready, "nadia", prescriber_code="G9998013", prescriber_code_kind="GMP", activities=[])
    return {("CHK-12", HUB): "the hub’s people manager", ("CHK-10", HUB): "the registration authority"}


@fault("Two prescribers have one code")
def shared_code(ready: Ready) -> Red:
    position(ready, "owen", prescriber_code="G9998011")
    return {("CHK-33", HUB): "the hub’s people manager"}


@fault("A prescriber works under a code that NHSBSA does not hold for the hub")
def unknown_code(ready: Ready) -> Red:
    position(ready, "owen", prescriber_code="G9998077", prescriber_code_kind="spurious")
    return {("CHK-33", HUB): "the ICB, through NHSBSA"}


@fault("A receptionist is marked as one who consults")
def consulting_receptionist(ready: Ready) -> Red:
    position(ready, "gwen", consulter=True)
    # neither the card's activities nor the agreement know of it
    return {("CHK-10", HUB): "the registration authority", ("CHK-06", HUB): "the agreement manager"}


@fault("A clinician's account is shut")
def shut(ready: Ready) -> Red:
    with_id = Account.objects.get(username="nadia").pk
    operations.deactivate_account(actor=ready.manager(HUB), now=NOW, account_id=with_id, reason="Left")
    return {("CHK-42", HUB): PEOPLE, ("CHK-20", HUB): "the hub's rota manager"}


@fault("A clinician is locked out after wrong tries")
def locked(ready: Ready) -> Red:
    tried = AccessAttempt.objects.create(username="bilal", failures_since_start=99, get_data="", post_data="")
    AccessAttempt.objects.filter(pk=tried.pk).update(attempt_time=NOW)
    return {("CHK-42", HUB): PEOPLE}


@fault("A clinician's sign-in code was reset, and not set up anew", over=("bilal",))
def no_sign_in_code(ready: Ready, username: str) -> Red:
    with_id = Account.objects.get(username=username).pk
    operations.reset_code(actor=ready.manager(HUB), now=NOW, account_id=with_id)
    return {("CHK-42", HUB): PEOPLE}


@fault("A clinician's smartcard is no longer associated", over=("bilal",))
def no_card(ready: Ready, username: str) -> Red:
    account(ready, username, smartcard_uid=None)
    return {("CHK-42", HUB): PEOPLE}


@fault("A clinician on the rota is not marked as one who consults")
def no_consulter(ready: Ready) -> Red:
    position(ready, "owen", consulter=False)
    return {("CHK-42", HUB): PEOPLE}


@fault("A clinician on the rota is not marked as one who holds sessions")
def no_holder(ready: Ready) -> Red:
    position(ready, "nadia", session_holder=False)
    return {("CHK-42", HUB): PEOPLE}


@fault("A clinician's job category was renamed, and the care record agreement was not")
def renamed_category(ready: Ready) -> Red:
    position(ready, "bilal", job_category="Sessional GP")
    return {("CHK-42", HUB): PEOPLE, ("CHK-06", HUB): "the agreement manager"}


@fault("A clinician's own role differs from the one that their sessions are offered as")
def other_role(ready: Ready) -> Red:
    position(ready, "nadia", job_role_code="R0600")
    return {("CHK-20", HUB): "the hub's rota manager"}


@fault("An account at the hub lies unused for months", over=("gwen",))
def unused(ready: Ready, username: str) -> Red:
    account(ready, username, created_at=NOW - timedelta(days=100), last_login=None)
    return {("CHK-43", HUB): "an administrator"}


@fault("A person has a second account at the hub")
def second_account(ready: Ready) -> Red:
    gwen = Account.objects.get(username="gwen")
    again = Account.objects.create(
        username="gwen2", given_name=gwen.given_name, family_name=gwen.family_name, email=gwen.email, password="!",
        created_at=NOW, looked_after_by_id=ready.hub_id,
    )  # fmt: skip
    Position.objects.create(
        account=again, organisation_id=ready.hub_id, role_code="R8009", job_category="Receptionist", starts_on=TODAY
    )
    return {("CHK-44", HUB): "an administrator"}
