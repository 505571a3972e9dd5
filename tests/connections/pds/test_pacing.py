"""Five requests a second mean five of all processes together: each takes a place in one line. With a negative control."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pcnhub.connections.pds import demographics, pacing
from pcnhub.connections.pds.client import Question, ask, link_for
from pcnhub.connections.pds.configuration import configuration
from pcnhub.connections.pds.refusals import Busy
from pcnhub.connections.pds.words import Patience
from pcnhub.foundations.database.apart import apart
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW
from tests.counterparts.pds import Counterpart
from tests.counterparts.pds_people import number, person

pytestmark = pytest.mark.django_db
PROCESSES, TURNS, RATE = 4, 3, 1
WHOLE = PROCESSES * TURNS * pacing.SLOWER / RATE  # seconds that so many turns must take, one after the other
ANN = number(801)


def _take_turns(started: Any, own_line: str) -> None:
    """One process: some turns, without waiting until they come. With `own_line` it keeps a line of its own."""
    pacing.sleep = lambda _: None
    if own_line:
        pacing.SERVICE = own_line
    started.wait(30)
    for _ in range(TURNS):
        pacing.wait_for_turn(rate=RATE, longest=600)


def _seconds(*, in_one_line: bool) -> float:
    """From now until the next turn, after several processes took theirs at once; by the database's clock."""
    fork = multiprocessing.get_context("fork")
    started = fork.Barrier(PROCESSES)
    with apart() as cursor:
        cursor.execute("select clock_timestamp()")
        began = cursor.fetchone()[0]
    lines = ["" if in_one_line else f"{pacing.SERVICE}-{place}" for place in range(PROCESSES)]
    processes = [fork.Process(target=_take_turns, args=(started, line)) for line in lines]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with apart() as cursor:
        cursor.execute("select extract(epoch from max(next_at) - %s)::float8 from pds_pace", [began])
        return float(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _tidy() -> Any:
    yield
    with apart() as cursor:
        cursor.execute("delete from pds_pace")


def test_all_processes_together_keep_to_the_rate() -> None:
    """No two turns are closer than the gap, whichever process takes them: together they reach as far as one after the other."""
    assert _seconds(in_one_line=True) >= WHOLE


def test_without_the_common_line_they_would_not() -> None:
    """The control: lines of their own let through what the test above would have refused."""
    assert _seconds(in_one_line=False) < WHOLE


def test_many_callers_at_once_are_spread(service: Counterpart, asker: Actor, settings: Any) -> None:
    """At the service itself, over the wire."""
    service.has(person(ANN, "Lee", "Ann", "1971-06-05"))
    settings.HUB = settings.HUB.model_copy(update={"pds_rate": 50, "pds_seconds": 20})
    link = link_for(actor=asker, now=NOW, configuration=configuration(), patience=Patience.BATCH)

    def call(_: int) -> None:
        ask(link, Question("read", f"Patient/{ANN}"))

    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(call, range(30)))
    assert len(service.asked) == 30
    assert max(received.at for received in service.asked) - began >= 29 * pacing.SLOWER / 50


def test_whoever_would_wait_too_long_takes_no_place() -> None:
    pacing.hold(20)
    for _ in range(3):
        with pytest.raises(Busy) as told:
            pacing.wait_for_turn(rate=5, longest=3)
        assert 18 < told.value.seconds <= 20.1  # the line has not grown


def test_a_pause_is_never_shortened_and_has_an_end() -> None:
    pacing.hold(20)
    pacing.hold(1)
    with pytest.raises(Busy) as told:
        pacing.wait_for_turn(rate=5, longest=3)
    assert told.value.seconds > 18
    pacing.hold(10**9)
    with pytest.raises(Busy) as longest:
        pacing.wait_for_turn(rate=5, longest=3)
    assert longest.value.seconds <= pacing.LONGEST_HOLD


def test_nobodys_place_waits_for_a_commit(asker: Actor, service: Counterpart) -> None:
    """The place in the line is taken apart from the unit of work: nobody waits until somebody's transaction is over."""
    service.has(person(ANN, "Lee", "Ann", "1971-06-05"))
    with unit_of_work(asker):
        demographics.read(actor=asker, now=NOW, nhs_number=NhsNumber(ANN))
        with apart() as cursor:
            cursor.execute("set local lock_timeout = '500ms'")
            cursor.execute("select 1 from pds_pace where service = %s for update", [pacing.SERVICE])
