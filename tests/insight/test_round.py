"""Many hubs in one round: what is the same for all of them is asked once, and each keeps when that really was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.organisations.models import Network
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.connections.probing import Alike, Answer, Answers, Plan, Probe
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness import checking, jobs
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.models import Heard, Result
from pcnhub.insight.readiness.rules import ByProbe
from pcnhub.insight.readiness.shelf import STANDS_FOR, Shelf
from tests.cast import NOW, organisation, world
from tests.insight.lines import SetLines, line

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=5)


class Service:
    """One that is the same for all hubs; it says how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.asked

    def plan(self, *, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
        def tell(answers: Answers) -> Iterable[Finding]:
            answer = answers["service"]
            state = State.UNKNOWN if answer.is_late else State.MET
            yield Finding("CHK-D8", hub.hub.id, state, f"Answer {answer.value}", took_ms=answer.took_ms)

        return Plan(tell, {"service": Alike(self)})


@pytest.fixture
def service(set_lines: SetLines) -> Service:
    made = Service()
    set_lines(line("CHK-D8", proof=ByProbe(Probe(made.plan))))
    return made


@pytest.fixture
def hubs() -> tuple[int, int]:
    second = organisation("Y09001", "Hillside Hub", OrganisationKind.HUB)
    Network.objects.create(ods_code="U90001", name="Hillside PCN", hub=second, adjusted_population=9_000)
    return world().hub.pk, second.pk


def kept(hub_id: int) -> tuple[str, str, datetime]:
    row = Result.objects.get(hub_id=hub_id, check_id="CHK-D8")
    return row.state, row.evidence, row.checked_at


def in_round(hub_id: int, now: datetime) -> None:
    check(now=now, hub_id=hub_id, is_round=True)


def test_it_is_asked_once_and_each_hub_keeps_when_that_was(hubs: tuple[int, int], service: Service) -> None:
    first, second = hubs
    in_round(first, NOW)
    in_round(second, NOW + SOON)
    assert service.asked == 1
    assert kept(first) == kept(second) == ("met", "Answer 1.", NOW)
    in_round(second, NOW + STANDS_FOR)
    assert (service.asked, kept(second)[2]) == (2, NOW + STANDS_FOR)


def test_whoever_asks_for_now_is_told_what_is_true_now_and_an_older_word_does_not_replace_it(
    hubs: tuple[int, int], service: Service
) -> None:
    first, second = hubs
    in_round(first, NOW)
    check(now=NOW + SOON, hub_id=second)
    assert (service.asked, kept(second)) == (2, ("met", "Answer 2.", NOW + SOON))
    Heard.objects.update(asked_at=NOW)
    in_round(second, NOW + 2 * SOON)
    assert (service.asked, kept(second)) == (2, ("met", "Answer 2.", NOW + SOON))
    in_round(first, NOW + 2 * SOON)  # and what was heard for one who asked serves the others
    assert kept(first)[1] == "Answer 2."


def test_silence_stays_unknown_for_those_who_did_not_wait_for_it(hubs: tuple[int, int], service: Service) -> None:
    Shelf(now=NOW, is_fresh=True).keep({"service": Answer(is_late=True)}, silent={"mail.example": 9000})
    in_round(hubs[1], NOW + SOON)
    assert (service.asked, kept(hubs[1])[0], kept(hubs[1])[2]) == (0, "unknown", NOW)
    later = Shelf(now=NOW + SOON, is_fresh=False).silent()["mail.example"]
    assert (later.is_late, later.took_ms, later.asked_at) == (True, 9000, NOW)
    assert not Shelf(now=NOW + SOON, is_fresh=True).silent()
    assert not Shelf(now=NOW + STANDS_FOR, is_fresh=False).silent()


def test_the_worker_asks_in_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(checking, "check", lambda **how: asked.append(how))
    told = Told("readiness.check-due", {"hub_id": world().hub.pk, "after": "session"}, None, NOW, 1, "")  # type: ignore[arg-type]
    jobs.on_check_due(told)
    assert asked[0]["is_round"]
