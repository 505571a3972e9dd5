"""N reports, N messages at the exchange, none twice: a worker is killed with -9 when the exchange has a report and nothing here
says so yet. Real processes, and NHS England's own exchange. The negative control, a sender
that does not ask the exchange what it has, is in tests/connections/mesh (test_a_lost_answer_never_sends_twice).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.organisations.models import Account, Organisation
from pcnhub.care.writeback.operations import set_window
from pcnhub.demo import exchange as sandbox
from tests.cast import patient, world
from tests.conftest import FreshDatabase
from tests.evening import notes, outcomes, visitor, waiting
from tests.proof.killing import WRITE_BACK, kill_at, work_off
from tests.proof.write_back_harness import GIVEN

pytestmark = pytest.mark.slow
HUB_BOX, THEIR_BOX, PASSWORD, KEY = "X26HUB1", "X26ELS1", "a-password", "a-shared-key"
REPORTS = 2  # one sent and done, one in doubt


@pytest.fixture
def exchange(tmp_path: Path, fresh_database: FreshDatabase) -> Iterator[str]:
    """An exchange on loopback, and a database whose processes have a mailbox in it."""
    folder = tmp_path / "exchange"
    sandbox.write_mailboxes(folder, {HUB_BOX: "Y07108", THEIR_BOX: "C83003"}, password=PASSWORD)
    sandbox.write_routes(folder, {"9000000025": {"born": "19700101", "surname": "Else", "mailbox": THEIR_BOX}})
    with sandbox.running(folder, sandbox.free_port(), shared_key=KEY) as address:
        fresh_database.environment.update(
            PCNHUB_MESH_URL=address, PCNHUB_MESH_MAILBOX=f"Y07108={HUB_BOX}", PCNHUB_MESH_PASSWORD=PASSWORD,
            PCNHUB_MESH_SHARED_KEY=KEY,
        )  # fmt: skip
        yield address


@pytest.fixture
def finished(fresh_database: FreshDatabase) -> FreshDatabase:
    """Consultations whose reports are due at once."""
    cast = world()
    outcomes(cast)
    Account.objects.filter(username="bilal").update(sds_user_id="555021935107")
    Organisation.objects.filter(pk=cast.outside.pk).update(system="EMIS")
    set_window(actor=cast.carys, now=timezone.now(), minutes=0)
    sam = visitor(cast, patient(cast.outside, "9000000025", "Sam", "Else", date(1970, 1, 1)), cast.outside)
    for number in range(REPORTS):
        now = timezone.now()
        booking = waiting(cast, sam, at=now + timedelta(minutes=16 * number))
        begun = consulting.start(actor=cast.bilal, now=now, booking_id=booking)
        said = notes(f"report {number}")
        revision = consulting.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=said)
        consulting.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=revision)
    return fresh_database


def test_a_worker_killed_while_sending_loses_and_doubles_no_report(exchange: str, finished: FreshDatabase) -> None:
    from mesh_client import MeshClient

    kill_at(WRITE_BACK, finished, GIVEN, "--time", "2")
    work_off(WRITE_BACK, finished)
    with psycopg.connect(finished.superuser_url) as server:
        states = server.execute("select state from writeback_copy where route = 'mesh'").fetchall()
    assert states == [("sent",)] * REPORTS
    with MeshClient(exchange, THEIR_BOX, PASSWORD, shared_key=KEY.encode(), max_retries=0) as there:
        came = Counter(there.retrieve_message(each).local_id for each in there.list_messages())
    assert sorted(came.values()) == [1] * REPORTS
