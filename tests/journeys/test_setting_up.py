"""Given a hub at work, when a practice comes, another goes and the outcomes change, then the pages do it and say what follows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.consultations.operations import save_outcome
from pcnhub.care.consultations.queries import outcomes
from pcnhub.care.organisations.queries import practices_of
from tests.cast import NOW, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def fill_day(visitor: Visitor, day: date) -> None:
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        visitor.page.get_by_label(part, exact=True).fill(str(value))


def test_a_practice_joins_the_network_and_another_leaves(visit: Visit) -> None:
    cast = world()
    for actor in (cast.carys, cast.dilys):
        give_permissions(actor)
    today = timezone.localdate()
    carys, plain = visit("carys"), visit("carys", scripted=False)
    carys.visit("/organisation", "organisation-of-the-hub")
    carys.follow("The network and its practices")
    carys.check("network")
    carys.follow("Change name, population or pattern")
    carys.page.get_by_label("Adjusted population").fill("0")
    carys.page.get_by_label("Session-name pattern").fill("(")
    carys.press("Save network")
    carys.check("network-edit-refused", status=422)
    plain.beside(carys)
    plain.page.get_by_label("Adjusted population").fill("28400")
    plain.page.get_by_label("Session-name pattern").fill("EA .+ - .+")
    plain.press("Save network")
    plain.check("network-saved")
    carys.beside(plain)
    carys.check("network-saved")

    carys.page.get_by_role("button", name="Let a practice join").click()
    carys.check("network-join")
    carys.follow("Add a practice")
    carys.check("organisation-new")
    carys.press("Save")
    carys.check("organisation-new-refused", status=422)
    carys.page.get_by_label("ODS code").fill("D84004")
    carys.page.get_by_label("Name", exact=True).fill("Dale View Surgery")
    carys.press("Save")
    carys.check("network-join-chosen")
    fill_day(carys, today)
    carys.press("Let it join")
    carys.check("network-joined")
    assert "D84004" in {each.ods_code for each in practices_of(hub_id=cast.hub.pk, day=today)}

    carys.follow("End membership of Ash Lane Surgery")
    carys.check("network-leave")
    carys.press("End the membership")
    carys.check("network-leave-refused", status=422)
    fill_day(carys, today + timedelta(days=5))
    carys.press("End the membership")
    carys.check("network-leaving")
    carys.press("Let it stay in the network: Ash Lane Surgery")
    plain.beside(carys)
    plain.follow("End membership of Birch Road Practice")
    fill_day(plain, today)
    plain.press("End the membership")
    plain.check("network-left-behind")
    carys.beside(plain)
    carys.check("network-left-behind")
    assert [each.ods_code for each in practices_of(hub_id=cast.hub.pk, day=today)] == ["A81001", "D84004"]

    carys.visit("/organisations", "directory")
    carys.follow("Dale View Surgery")
    carys.check("organisation-kept")
    dilys = visit("dilys")
    dilys.visit(f"/networks/{cast.network.pk}", "network-of-a-practice")


def test_the_hub_puts_its_outcomes_in_order(visit: Visit) -> None:
    cast = world()
    give_permissions(cast.carys)
    carys = visit("carys")
    carys.visit("/organisation")
    carys.follow("Outcomes")
    carys.check("outcomes-none")
    carys.page.get_by_role("button", name="Add an outcome").click()
    carys.check("outcome-new")
    carys.press("Save outcome")
    carys.check("outcome-new-refused", status=422)
    carys.page.get_by_label("Name").fill("Discharged, no further action")
    carys.page.get_by_label("Code").fill("discharged")
    carys.press("Save outcome")
    save_outcome(actor=cast.carys, now=NOW, code="practice", name="Back to the practice")
    save_outcome(actor=cast.carys, now=NOW, code="hospital", name="Referred to the hospital")
    carys.visit("/outcomes", "outcomes")
    carys.press("Move up Referred to the hospital")
    carys.press("Retire Back to the practice")
    carys.check("outcomes-retired")
    carys.follow("Rename Referred to the hospital")
    carys.check("outcome-rename")
    plain = visit("carys", scripted=False)
    plain.beside(carys)
    plain.page.get_by_label("Name").fill("Sent to the hospital")
    plain.press("Save outcome")
    carys.visit("/outcomes")
    offered = outcomes(hub_id=cast.hub.pk, day=timezone.localdate())
    assert [outcome.name for outcome in offered] == ["Discharged, no further action", "Sent to the hospital"]
    carys.press("Bring back Back to the practice")
    assert len(outcomes(hub_id=cast.hub.pk, day=timezone.localdate())) == 3
