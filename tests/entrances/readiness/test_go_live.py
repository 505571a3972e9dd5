"""Going live on its page: what is owed to the contract stands there before the act, and after it."""

from __future__ import annotations

import pytest

from pcnhub.foundations.kernel.findings import State
from pcnhub.insight.readiness.rules import ByState, Concerns, Gate
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.entrances.readiness.test_pages import page
from tests.insight.lines import SetLines, answering, line

pytestmark = pytest.mark.django_db


def ready(cast: World, set_lines: SetLines, *, birch: State) -> None:
    both = [answering("CHK-17", State.MET, cast.ash.pk), answering("CHK-17", birch, cast.birch.pk)]
    proof = ByState(lambda **given: [finding for each in both for finding in each.check(**given)])
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=proof))


def test_the_page_says_who_opens_who_waits_and_what_is_owed(set_lines: SetLines) -> None:
    cast = world()
    carys = signed_in_as(cast.carys)
    ready(cast, set_lines, birch=State.UNMET)
    before = page(carys, "/readiness/go-live")
    assert (
        before.index("This opens the hub to") < before.index("Ash Lane Surgery (A81001)") < before.index("These wait")
    )
    assert "Without access: Birch Road Practice (10,000 patients)" in before
    assert "Short of the contract:" in before
    assert carys.post("/readiness/go-live").status_code == 302
    after = page(carys, "/readiness/go-live")
    assert "Nobody else is ready to be opened." in after
    assert "<button" not in after.partition("<main")[2].partition("</main>")[0]
    ready(cast, set_lines, birch=State.MET)
    assert "Open these practices" in page(carys, "/readiness/go-live")
    assert carys.post("/readiness/go-live").status_code == 302
    assert "open to Birch Road Practice" in page(carys, "/readiness/go-live")
