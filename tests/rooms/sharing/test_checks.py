"""The checks on agreements: met by the ready network, unmet by name once one thing is spoilt."""

from collections.abc import Callable

import pytest

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.sharing.checks import CHECKS
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.queries import matrix
from pcnhub.care.sharing.rules import AgreementKind, Side, Standing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import NOW, World, person, system_for, world

pytestmark = pytest.mark.django_db
TODAY = london_date(NOW)


def ready() -> World:
    cast = world()
    grace = person(
        "grace", cast.birch, set(), role_code="R8000", job_category="General Medical Practitioner",
        prescriber_code="G7654321",
    )  # fmt: skip
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.birch).update(
        formulary="Birch", prescribing_position_id=grace.position_id
    )
    return cast


def findings(cast: World, code: str) -> dict[int, Finding]:
    actor = system_for(cast.hub)
    with unit_of_work(actor):
        answers = CHECKS[code](actor=actor, hub=network_of_hub(hub_id=cast.hub.pk, day=TODAY), now=NOW)
        return {finding.target: finding for finding in answers}


def party(cast: World, kind: AgreementKind, organisation: str, **values: object) -> object:
    return Party.objects.filter(agreement=cast.agreements[kind], organisation=getattr(cast, organisation)).update(
        **values
    )


REMOTE = AgreementKind.REMOTE_CONSULTATIONS
SPOILT: list[tuple[str, str, str, Callable[[World], object]]] = [
    (
        "CHK-05",
        "ash",
        "Ash Lane Surgery deactivated",
        lambda c: party(c, AgreementKind.CARE_RECORD, "ash", state="inactive"),
    ),
    (
        "CHK-05",
        "birch",
        "Riverside Enhanced Access Hub not activated yet",
        lambda c: party(c, AgreementKind.APPOINTMENTS, "hub", state="created"),
    ),
    (
        "CHK-05",
        "ash",
        "terms changed",
        lambda _: Agreement.objects.filter(kind=AgreementKind.WRITE_BACK).update(terms_version="2"),
    ),
    (
        "CHK-05",
        "hub",
        "Not made: Care Record",
        lambda c: Agreement.objects.filter(kind=AgreementKind.CARE_RECORD).update(hub=c.outside),
    ),
    (
        "CHK-06",
        "hub",
        "Bilal Cast (General Medical Practitioner) is not included",
        lambda _: Agreement.objects.update(allowed_job_categories=["Nurse"]),
    ),
    (
        "CHK-07",
        "ash",
        "Both are active",
        lambda c: Party.objects.filter(agreement=c.agreements[REMOTE]).update(state="active", terms_accepted="1"),
    ),
    (
        "CHK-72",
        "ash",
        "appointments can be booked that way",
        lambda c: Party.objects.filter(agreement=c.agreements[REMOTE]).update(state="active", terms_accepted="1"),
    ),
    ("CHK-08", "hub", "lacks Ash Lane Surgery", lambda c: party(c, AgreementKind.CARE_RECORD, "ash", left_on=TODAY)),
    (
        "CHK-08",
        "hub",
        "has Outside Surgery, no member",
        lambda c: Party.objects.create(
            agreement=c.agreements[REMOTE], organisation=c.outside, side=Side.GIVES, joined_on=TODAY
        ),
    ),
]


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_a_ready_network_meets_it(code: str) -> None:
    assert {finding.state for finding in findings(ready(), code).values()} == {State.MET}


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


def test_the_matrix_says_which_side_must_act() -> None:
    cast = world()
    party(cast, AgreementKind.CARE_RECORD, "ash", state="created")
    row = next(
        row for row in matrix(actor=cast.carys, hub_id=cast.hub.pk, day=TODAY).rows if row.practice.id == cast.ash.pk
    )
    cell = next(cell for cell in row.cells if cell.agreement.kind == AgreementKind.CARE_RECORD)
    assert not cell.effective
    assert (cell.gives.standing, cell.gives.must_act) == (Standing.NOT_YET, True)
    assert (cell.uses.standing, cell.uses.must_act) == (Standing.ACTIVE, False)
    assert cell.who_must_act == ("Ash Lane Surgery (not activated yet)",)


def test_a_practice_sees_its_own_row_and_an_outsider_nothing() -> None:
    cast = world()
    rows = matrix(actor=cast.dilys, hub_id=cast.hub.pk, day=TODAY).rows
    assert [row.practice.id for row in rows] == [cast.ash.pk]
    with pytest.raises(NotFound):
        matrix(actor=cast.charlie, hub_id=cast.hub.pk, day=TODAY)
