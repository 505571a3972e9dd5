"""Each check is met by the ready network of the cast, and names what is wrong once one thing is spoilt."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pcnhub.care.organisations.checks import CHECKS
from pcnhub.care.organisations.models import (
    Account,
    GpConnectSwitch,
    GroupMember,
    NetworkMember,
    Organisation,
    OrganisationGroup,
    OrganisationPrescriberCode,
    Position,
)
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import GpConnectCapability, GroupPurpose, OrganisationKind, PrescriberCodeKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW, World, organisation, system_for, world

pytestmark = pytest.mark.django_db
TODAY = london_date(NOW)


def ready() -> World:
    """The cast's network with all that these checks ask for."""
    cast = world()
    Organisation.objects.filter(pk=cast.hub.pk).update(authentication_nacs="Y07108", prescribing_cost_centre="Y07108")
    OrganisationPrescriberCode.objects.create(organisation=cast.hub, code="Y9990001", kind="spurious")
    Position.objects.filter(pk=cast.bilal.position_id or 0).update(
        prescriber_code="G7654321", prescriber_code_kind=PrescriberCodeKind.GMP
    )
    for place in (cast.hub, cast.ash, cast.birch):
        for capability in GpConnectCapability:
            GpConnectSwitch.objects.create(
                organisation=place,
                capability=capability,
                is_on=capability != GpConnectCapability.ACCESS_DOCUMENT,
                changed_at=NOW,
                changed_by="test",
            )
    group = OrganisationGroup.objects.create(owner=cast.hub, name="Riverside 111", purpose=GroupPurpose.NHS_111)
    for member in (cast.hub, organisation("7ZZ", "Region 111", OrganisationKind.NHS_111)):
        GroupMember.objects.create(group=group, organisation=member)
    return cast


def findings(cast: World, code: str) -> dict[int, Finding]:
    actor = system_for(cast.hub)
    with unit_of_work(actor):
        answers = CHECKS[code](actor=actor, hub=network_of_hub(hub_id=cast.hub.pk, day=TODAY), now=NOW)
        return {finding.target: finding for finding in answers}


def spoil_position(**values: object) -> Callable[[World], object]:
    return lambda cast: Position.objects.filter(pk=cast.bilal.position_id or 0).update(**values)


SPOILT: list[tuple[str, str, str, Callable[[World], object]]] = [
    (
        "CHK-01",
        "hub",
        "Authentication NACS 999",
        lambda c: Organisation.objects.filter(pk=c.hub.pk).update(authentication_nacs="999"),
    ),
    ("CHK-01", "hub", "not entered", lambda c: Organisation.objects.filter(pk=c.hub.pk).update(national_code="")),
    (
        "CHK-04",
        "hub",
        "No prescribing cost centre",
        lambda c: Organisation.objects.filter(pk=c.hub.pk).update(prescribing_cost_centre=""),
    ),
    ("CHK-04", "hub", "No prescriber code", lambda _: OrganisationPrescriberCode.objects.all().delete()),
    ("CHK-10", "hub", "Bilal Cast lacks B0254, B0278, B0360", spoil_position(role_code="R8015")),
    ("CHK-10", "hub", "B0420", spoil_position(role_code="R8001", prescriber_code="N1", prescriber_code_kind="NMP")),
    ("CHK-11", "hub", "Bilal Cast", spoil_position(ends_on=TODAY + timedelta(days=30))),
    ("CHK-11", "hub", "Bilal Cast", spoil_position(contract_ends_on=TODAY + timedelta(days=1))),
    (
        "CHK-13",
        "hub",
        "access_document should be off",
        lambda c: GpConnectSwitch.objects.filter(organisation=c.hub).update(is_on=True),
    ),
    (
        "CHK-14",
        "ash",
        "Off: gp_connect, foundation, appointments",
        lambda c: GpConnectSwitch.objects.filter(organisation=c.ash).delete(),
    ),
    (
        "CHK-16",
        "hub",
        "lacks Ash Lane Surgery",
        lambda c: GroupMember.objects.filter(group=c.group, organisation=c.ash).delete(),
    ),
    (
        "CHK-16",
        "hub",
        "holds Ash Lane Surgery, no member",
        lambda c: NetworkMember.objects.filter(organisation=c.ash).update(left_on=TODAY),
    ),
    (
        "CHK-17",
        "ash",
        "Not subscribed",
        lambda c: GroupMember.objects.filter(organisation=c.ash).update(subscribed_at=None),
    ),
    (
        "CHK-18",
        "hub",
        "holds Ash Lane Surgery",
        lambda c: GroupMember.objects.create(
            organisation=c.ash, group=OrganisationGroup.objects.get(name="Riverside 111")
        ),
    ),
    ("CHK-12", "hub", "has no prescriber code", spoil_position(prescriber_code="", prescriber_code_kind="")),
    ("CHK-12", "hub", "lacks activity B0420", spoil_position(role_code="R8008")),
    (
        "CHK-33",
        "hub",
        "is not under the hub’s cost centre",
        spoil_position(prescriber_code_kind=PrescriberCodeKind.NMP),
    ),
    (
        "CHK-33",
        "hub",
        "have one code, G7654321",
        lambda c: Position.objects.filter(pk=c.carys.position_id or 0).update(
            prescriber_code="G7654321", prescriber_code_kind=PrescriberCodeKind.GMP
        ),
    ),
    (
        "CHK-43",
        "hub",
        "Bilal Cast: never used",
        lambda _: Account.objects.filter(username="bilal").update(created_at=NOW - timedelta(days=91)),
    ),
    (
        "CHK-44",
        "hub",
        "look like one person",
        lambda _: Account.objects.filter(username="carys").update(given_name="Bilal", smartcard_uid=None),
    ),
]


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_a_ready_network_meets_it(code: str) -> None:
    cast = ready()
    found = findings(cast, code)
    assert {finding.state for finding in found.values()} == {State.MET}
    assert found.keys() <= {cast.hub.pk, cast.ash.pk, cast.birch.pk}


@pytest.mark.parametrize(("code", "who", "words", "spoil"), SPOILT)
def test_it_names_what_is_wrong_and_whose_move_it_is(
    code: str, who: str, words: str, spoil: Callable[[World], object]
) -> None:
    cast = ready()
    spoil(cast)
    finding = findings(cast, code)[getattr(cast, who).pk]
    assert finding.state is State.UNMET
    assert words in finding.evidence
    assert finding.fix is not None
    assert finding.fix.who


def test_every_check_has_been_spoilt() -> None:
    assert {code for code, *_ in SPOILT} == set(CHECKS)


def test_without_a_111_group_the_111_check_does_not_apply() -> None:
    cast = world()
    assert findings(cast, "CHK-18")[cast.hub.pk].state is State.NOT_APPLICABLE


def test_where_nobody_prescribes_nobody_is_asked_for_a_code() -> None:
    cast = ready()
    spoil_position(prescriber_code="", prescriber_code_kind="", role_code="R8008")(cast)
    assert findings(cast, "CHK-12")[cast.hub.pk].state is State.NOT_APPLICABLE
    assert findings(cast, "CHK-33")[cast.hub.pk].state is State.NOT_APPLICABLE
