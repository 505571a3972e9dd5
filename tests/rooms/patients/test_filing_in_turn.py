"""Filing people and taking a list in, at the same time, at the same practice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from pcnhub.care.patients.operations.imports import filing
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from tests.cast import NOW, world
from tests.conftest import FreshDatabase
from tests.rooms.patients.test_filing import brought_in, unfiled, work_off


def test_nobody_is_filed_while_another_list_of_the_practice_is_at_work(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both change the same people, in different orders: the database would break one of the two off."""
    monkeypatch.setattr(filing, "FILED_TOGETHER", 2)
    cast = world()
    batch_id = brought_in(cast)
    is_taken, is_over = Event(), Event()

    def another_list() -> None:
        try:
            with unit_of_work(cast.dilys):
                take_turn("patients.import", cast.ash.pk)
                is_taken.set()
                is_over.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        working = thread.submit(another_list)
        assert is_taken.wait(60)
        try:
            filing.file_people(actor=cast.dilys, now=NOW, batch_id=batch_id, after=0)
            assert unfiled(cast, batch_id) == (3, 3)
        finally:
            is_over.set()
        working.result()
    filing.file_people(actor=cast.dilys, now=NOW, batch_id=batch_id, after=0)
    assert unfiled(cast, batch_id) == (1, 1)
    with unit_of_work(cast.dilys):
        asked = Job.objects.filter(fact="patients.people-to-file", run_after=NOW + filing.LATER)
        assert [job.payload for job in asked] == [{"batch_id": batch_id, "after": 0}]
    work_off()
    assert unfiled(cast, batch_id) == (0, 0)
