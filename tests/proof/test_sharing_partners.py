"""The database's own idea of an effective agreement is the rules' idea, whatever the parties, states, terms and dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import effective_agreement, permitted_among
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side, Stand, Terms, is_effective
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared
from tests.cast import organisation, system_for

TODAY = london_date(timezone.now())
KIND = AgreementKind.CARE_RECORD

days_from_now = st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))


@st.composite
def periods(draw: st.DrawFn) -> tuple[date, date | None]:
    starts = draw(days_from_now)
    length = draw(st.one_of(st.none(), st.integers(1, 3)))
    return starts, None if length is None else starts + timedelta(days=length)


@st.composite
def stands(draw: st.DrawFn) -> Stand | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    joined, left = draw(periods())
    return Stand(draw(st.sampled_from(ActivationState)), draw(st.sampled_from(["", "1", "2"])), joined, left)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    starts, ends = draw(periods())
    return Terms(draw(st.sampled_from(["1", "2"])), starts, ends)


def partners(acting: Organisation, side: Side) -> set[int]:
    with unit_of_work(system_for(acting)), connection.cursor() as cursor:
        cursor.execute("select sharing_partners(%s, %s)", [KIND, side])
        return set(cursor.fetchone()[0])


def gate_says_yes(mine: Organisation, theirs: Organisation, side: Side) -> bool:
    try:
        effective_agreement(kind=KIND, mine=mine.pk, theirs=theirs.pk, side=side, day=TODAY)
    except NotShared:
        return False
    return True


def among(mine: Organisation, others: list[Organisation], side: Side) -> set[int]:
    return set(
        permitted_among(
            actor=system_for(mine),
            permission=Permission.VIEW_RECORD,
            now=timezone.now(),
            data_organisation_ids=[other.pk for other in others],
            agreement=KIND,
            side=side,
        )
    )


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hub_stand=stands(), practice_stands=st.lists(stands(), min_size=2, max_size=2), agreed=terms())
def test_database_rules_and_gate_agree(
    hub_stand: Stand | None, practice_stands: list[Stand | None], agreed: Terms
) -> None:
    with transaction.atomic():
        hub = organisation("Y07108", "Hub", OrganisationKind.HUB)
        practices = [organisation(f"A8100{n}", f"Practice {n}", OrganisationKind.PRACTICE) for n in (1, 2)]
        agreement = Agreement.objects.create(
            hub=hub,
            kind=KIND,
            name="A",
            terms_version=agreed.version,
            starts_on=agreed.starts_on,
            ends_on=agreed.ends_on,
        )
        given_stands = [(hub, Side.USES, hub_stand)]
        given_stands += [(place, Side.GIVES, stand) for place, stand in zip(practices, practice_stands, strict=True)]
        for place, side, stand in given_stands:
            if stand is not None:
                Party.objects.create(
                    agreement=agreement, organisation=place, side=side, state=stand.state,
                    terms_accepted=stand.terms_accepted, joined_on=stand.joined_on, left_on=stand.left_on,
                )  # fmt: skip
        expected = {
            place.pk
            for place, stand in zip(practices, practice_stands, strict=True)
            if is_effective(gives=stand, uses=hub_stand, terms=agreed, day=TODAY)
        }
        assert partners(hub, Side.USES) == expected
        assert {place.pk for place in practices if gate_says_yes(hub, place, Side.USES)} == expected
        assert among(hub, practices, Side.USES) == expected
        for place in practices:
            assert partners(place, Side.GIVES) == ({hub.pk} if place.pk in expected else set())
            assert gate_says_yes(place, hub, Side.GIVES) == (place.pk in expected)
            assert among(place, [hub], Side.GIVES) == ({hub.pk} if place.pk in expected else set())
            assert partners(place, Side.USES) == set()  # the practice gives; the agreement opens nothing to it
        transaction.set_rollback(True)
