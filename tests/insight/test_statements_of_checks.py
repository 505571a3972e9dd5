"""What readiness asks of each practice costs no statement for each practice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcnhub.care.organisations.models import NetworkMember
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.tasks.models import Team
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness.catalogue import ANSWERS
from tests.cast import LONG_AGO, NOW, RECEPTION, World, organisation, person, system_for, world

pytestmark = pytest.mark.django_db


def statements(riverside: World, check_id: str) -> int:
    actor = system_for(riverside.hub)
    network = network_of_hub(hub_id=riverside.hub.pk, day=london_date(NOW))
    with unit_of_work(actor), CaptureQueriesContext(connection) as asked:
        findings = list(ANSWERS[check_id](actor=actor, hub=network, now=NOW))
    assert {practice.id for practice in network.members} <= {finding.target for finding in findings}
    return len(asked)


@pytest.mark.parametrize("check_id", ["CHK-36", "CHK-39", "CHK-40", "CHK-41", "CHK-68", "CHK-70"])
def test_more_practices_cost_no_more_statements(check_id: str) -> None:
    riverside = world()
    Team.objects.create(organisation=riverside.ash, name="Enhanced Access Team", allows_acceptance=True)
    before = statements(riverside, check_id)
    for number in range(3):
        practice = organisation(f"A9900{number}", f"Practice {number}", OrganisationKind.PRACTICE)
        NetworkMember.objects.create(network=riverside.network, organisation=practice, joined_on=LONG_AGO)
        person(f"somebody-{number}", practice, RECEPTION)
        Team.objects.create(organisation=practice, name="Enhanced Access Team", allows_acceptance=True)
    assert statements(riverside, check_id) == before
