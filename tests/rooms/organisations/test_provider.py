"""Whose service root an address is: the hand-written statement says what the ORM says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import find_provider
from pcnhub.care.organisations.queries.organisations import ref_of
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW, world
from tests.rooms.appointments import worlds

pytestmark = pytest.mark.django_db
TODAY = london_date(NOW)


def test_the_statement_tells_the_same_as_the_orm() -> None:
    w = world()
    Organisation.objects.filter(pk=w.hub.pk).update(asid="918999198993")
    worlds.switch(w.hub.pk, on=True)
    for organisation in Organisation.objects.all():
        found = find_provider(ods_code=organisation.ods_code, day=TODAY)
        assert (found is not None) is (organisation.system == ClinicalSystem.PCN_HUB)
        if found:
            assert (found.ref, found.ref.is_live) == (ref_of(organisation), ref_of(organisation).is_live)
            on = organisation.gp_connect_switches.filter(is_on=True).values_list("capability", flat=True)
            assert (found.asid, found.switched_on) == (organisation.asid, frozenset(map(GpConnectCapability, on)))
    hub = find_provider(ods_code=w.hub.ods_code, day=TODAY)
    assert hub
    assert (hub.asid, bool(hub.switched_on)) == ("918999198993", True)


def test_not_by_another_spelling_nor_once_it_has_closed() -> None:
    w = world()
    assert find_provider(ods_code=w.hub.ods_code.lower(), day=TODAY) is None
    assert find_provider(ods_code="", day=TODAY) is None
    Organisation.objects.filter(pk=w.hub.pk).update(closed_on=TODAY + timedelta(days=1))
    assert find_provider(ods_code=w.hub.ods_code, day=TODAY)
    assert find_provider(ods_code=w.hub.ods_code, day=TODAY + timedelta(days=1)) is None
