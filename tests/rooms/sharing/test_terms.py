"""A hub may narrow what its practices accepted; for more, each of them is asked anew."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.sharing.models import Agreement
from pcnhub.care.sharing.operations import (
    AgreementFacts,
    activate,
    change_job_categories,
    change_terms,
    make_agreement,
)
from pcnhub.care.sharing.queries import effective_between
from pcnhub.care.sharing.rules import AgreementKind, Side, is_longer, is_wider
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import LONG_AGO, NOW, World, world

TODAY = london_date(NOW)
CARE = AgreementKind.CARE_RECORD
GP, NURSE = "General Medical Practitioner", "Community Nurse"


@pytest.fixture
def cast() -> World:
    return world()


def effective(cast: World) -> bool:
    return effective_between(kind=CARE, hub_id=cast.hub.pk, practice_id=cast.ash.pk, day=TODAY)


def include(cast: World, *categories: str, terms_version: str | None = None) -> None:
    change_job_categories(
        actor=cast.carys, now=NOW, agreement_id=cast.agreements[CARE].pk, allowed_job_categories=categories,
        terms_version=terms_version,
    )  # fmt: skip


def terms(cast: World, version: str) -> None:
    change_terms(actor=cast.carys, now=NOW, agreement_id=cast.agreements[CARE].pk, terms_version=version)


def hold(cast: World, starts_on: date, ends_on: date | None, version: str = "1") -> None:
    facts = AgreementFacts(cast.hub.pk, CARE, "Care record", version, starts_on, ends_on)
    make_agreement(actor=cast.carys, now=NOW, facts=facts)


def codes(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in refused.value.problems]


@pytest.mark.django_db
@pytest.mark.parametrize("wider", [(), (GP, NURSE), (NURSE,)])
def test_letting_more_people_in_takes_new_terms(cast: World, wider: tuple[str, ...]) -> None:
    include(cast, GP)  # fewer than anybody: that is the hub's to say
    assert effective(cast)
    with pytest.raises(InvalidInput, match="more job categories") as refused:
        include(cast, *wider)
    assert codes(refused) == [("terms_version", "new-terms-needed")]
    assert Agreement.objects.get(kind=CARE).allowed_job_categories == [GP]
    include(cast, *wider, terms_version="2")
    assert not effective(cast)  # until both have read and accepted it
    for actor, side in ((cast.dilys, Side.GIVES), (cast.carys, Side.USES)):
        activate(actor=actor, now=NOW, agreement_id=cast.agreements[CARE].pk, side=side, accepted_terms="2")
    assert effective(cast)


@pytest.mark.django_db
def test_prolonging_takes_new_terms(cast: World) -> None:
    hold(cast, LONG_AGO, TODAY)
    assert not effective(cast)  # it has ended
    for starts_on, ends_on in (
        (LONG_AGO, None),
        (LONG_AGO, TODAY + timedelta(days=1)),
        (LONG_AGO - timedelta(days=1), TODAY),
    ):
        with pytest.raises(InvalidInput, match="a longer time") as refused:
            hold(cast, starts_on, ends_on)
        assert codes(refused) == [("terms_version", "new-terms-needed")]
    hold(cast, LONG_AGO, TODAY - timedelta(days=1))  # shorter
    hold(cast, LONG_AGO, None, version="2")
    assert not effective(cast)


@pytest.mark.django_db
def test_a_version_that_stood_before_never_comes_back(cast: World) -> None:
    terms(cast, "2")
    for version in ("1", " 1 "):
        with pytest.raises(InvalidInput, match="stood before") as refused:
            terms(cast, version)
        assert codes(refused) == [("terms_version", "terms-used-before")]
    terms(cast, "3")
    with pytest.raises(InvalidInput, match="Used so far: 1, 2, 3"):
        terms(cast, "2")
    assert not effective(cast)


days = st.dates(date(2026, 1, 1), date(2026, 1, 9))
periods = st.tuples(days, st.none() | days)


@given(periods, periods)
def test_longer_means_a_day_that_the_other_lacks(
    one: tuple[date, date | None], other: tuple[date, date | None]
) -> None:
    def covered(period: tuple[date, date | None]) -> set[date]:
        starts_on, ends_on = period
        every = [date(2026, 1, 1) + timedelta(days=number) for number in range(20)]
        return {day for day in every if day >= starts_on and (ends_on is None or day < ends_on)}

    if covered(one) and covered(other):  # the table refuses an empty period
        assert is_longer(one, than=other) == bool(covered(one) - covered(other))


@given(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc")))
def test_wider_means_somebody_whom_the_other_leaves_out(one: set[str], other: set[str]) -> None:
    assert is_wider(one, than=other) == bool((one or set("abcd")) - (other or set("abcd")))
