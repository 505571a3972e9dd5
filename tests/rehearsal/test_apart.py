"""What a rehearsal writes is its own: nobody else sees it, it sees nobody else's, and the erasing takes nothing real."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments.models import SlotType
from pcnhub.care.appointments.queries import SlotCriteria, free_slots
from pcnhub.care.appointments.rules.details import SessionDetails
from pcnhub.care.organisations.models import Position
from pcnhub.care.organisations.queries import accounts_at
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import find_patients
from pcnhub.config.facts import HANDLERS, LEAVING
from pcnhub.connections.gpconnect import searching
from pcnhub.entrances.staff.session import REHEARSAL
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database import apart, rehearsal_marks
from pcnhub.foundations.database.rehearsing import HEADER, Rehearsal, rehearsal_going, rehearsing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.rehearsal import erasing
from pcnhub.rehearsal.ground import NothingToRehearse
from pcnhub.rehearsal.models import Run
from pcnhub.rehearsal.operations import clean_up, hash_of, rehearse
from pcnhub.rehearsal.stage import _next_start
from pcnhub.rehearsal.turns import turn
from tests.cast import CLINICIAN, NOW, World, patient, person, system_for
from tests.entrances.client import session_of, signed_in_as

WORD = "the-word-of-this-run"
TOMORROW = NOW.date() + timedelta(days=1)


@pytest.fixture
def going(w: World) -> Rehearsal:
    run = Run.objects.create(hub_id=w.hub.pk, started_at=NOW, asked_by="test", word_hash=hash_of(WORD))
    return Rehearsal(run.pk, WORD)


def a_session(w: World) -> int:
    hub = system_for(w.hub)
    made = appointments.make_session(
        actor=hub,
        now=NOW,
        day=TOMORROW,
        starts_at=time(18, 30),
        ends_at=time(19, 0),
        details=SessionDetails(
            name="EA evening",
            slot_type_id=SlotType.objects.get().pk,
            holder_id=w.bilal.position_id,
            site_id=w.site.pk,
            delivery_channel="In-person",
            practitioner_role="R0260",
            group_ids=frozenset({w.group.pk}),
        ),
    )
    appointments.publish_session(actor=hub, now=NOW, session_id=made)
    return made


def seen_by_ada(w: World) -> set[int]:
    criteria = SlotCriteria(from_on=NOW.date(), to_on=TOMORROW)
    return {slot.session_id for slot in free_slots(actor=w.ada, now=NOW, criteria=criteria).slots}


def test_a_receptionist_sees_no_slot_of_a_rehearsal_and_would_without_the_mark(w: World, going: Rehearsal) -> None:
    with rehearsing(going):
        of_rehearsal = a_session(w)
        assert seen_by_ada(w) == {of_rehearsal}
    assert seen_by_ada(w) == set()

    erasing.erase(going.run_id)
    unmarked = a_session(w)  # the same, but for the mark
    assert seen_by_ada(w) == {unmarked}
    with rehearsing(going):
        assert seen_by_ada(w) == set()


def test_a_rehearsal_neither_sees_nor_changes_a_real_patient_and_is_seen_by_nobody(w: World, going: Rehearsal) -> None:
    with rehearsing(going):
        patient(w.ash, "9999900000", "Dummy", "Rehearsal", NOW.date())
        assert find_patients(actor=w.ada, now=NOW, text="Jane Smith").items == ()
        with unit_of_work(w.ada):
            assert [each.family_name for each in Patient.objects.filter(organisation=w.ash)] == ["Rehearsal"]
            assert Patient.objects.filter(pk=w.patient_of_ash.pk).update(family_name="Taken") == 0
    assert find_patients(actor=w.ada, now=NOW, text="Rehearsal").items == ()
    with unit_of_work(w.ada):
        assert Patient.objects.get(pk=w.patient_of_ash.pk).family_name == "Smith"


def test_the_erasing_takes_what_is_marked_and_can_not_be_turned_on_a_real_row(w: World, going: Rehearsal) -> None:
    with rehearsing(going):
        patient(w.ash, "9999900000", "Dummy", "Rehearsal", NOW.date())

    for nothing in (0, None, -1):
        with pytest.raises(DatabaseError, match="only what a rehearsal has written"), transaction.atomic():
            erasing.erase(nothing)  # type: ignore[arg-type]
    with (  # nor can a real row be given the mark
        pytest.raises(DatabaseError, match="row-level security"),
        unit_of_work(w.ada),
        connection.cursor() as cursor,
    ):
        cursor.execute("update patients_patient set rehearsal_id = %s", [going.run_id])

    assert {each.table for each in erasing.left_of(going.run_id)} >= {"patients_patient"}
    assert erasing.erase(going.run_id) > 0
    assert erasing.left_of(going.run_id) == ()
    with unit_of_work(w.ada):
        assert Patient.objects.filter(organisation=w.ash).count() == 1


def test_what_a_stopped_run_left_is_erased_later_and_the_audit_stays(w: World, going: Rehearsal) -> None:
    with rehearsing(going):
        a_session(w)
    with turn(w.hub.pk) as is_ours:
        assert is_ours
        assert clean_up(now=NOW) == 0, "it goes on: its process holds the hub's turn"

    assert clean_up(now=NOW) == 1

    run = Run.objects.get(pk=going.run_id)
    assert run.is_clean
    assert "stopped before it ended" in run.trouble
    with unit_of_work(w.carys):
        noted = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"appointments.session-published", "rehearsal.erased"} <= noted


def test_what_the_hub_wrote_after_the_erasing_is_erased_as_well(w: World, going: Rehearsal) -> None:
    Run.objects.filter(pk=going.run_id).update(ended_at=NOW, word_hash="", is_clean=True)
    assert clean_up(now=NOW) == 0
    with rehearsing(going):
        patient(w.ash, "9999900000", "Dummy", "Rehearsal", NOW.date())
    assert clean_up(now=NOW) == 1
    assert erasing.left_of(going.run_id) == ()


def test_what_something_real_points_at_is_said_to_be_left_and_stops_nothing_else(w: World, going: Rehearsal) -> None:
    with rehearsing(going), unit_of_work(system_for(w.hub)):
        made = person("rehearsal-clinician", w.hub, CLINICIAN)
        account = Position.objects.get(pk=made.position_id or 0).account_id
    TOTPDevice.objects.create(user_id=account, name="Real")

    assert clean_up(now=NOW) == 1

    run = Run.objects.get(pk=going.run_id)
    assert run.is_clean is False
    assert {each["table"] for each in run.left_over} >= {"organisations_position"}

    told = Job.objects.filter(fact="rehearsal.over").count()
    assert clean_up(now=NOW + timedelta(minutes=10)) == 1
    assert Job.objects.filter(fact="rehearsal.over").count() == told == 1, "the chore tries again, and that is no news"


def test_a_rehearsals_job_is_neither_taken_for_real_work_nor_waited_for(w: World, going: Rehearsal) -> None:
    hub = system_for(w.hub)

    def ask() -> None:
        with unit_of_work(hub):
            publish(actor=hub, now=NOW, fact="documents.try-due", key="same", payload={}, ordering_key="same")

    with rehearsing(going):
        ask()
    ask()
    jobs = Job.objects.filter(fact="documents.try-due").order_by("pk").values_list("dedup_key", "ordering_key")
    assert len(jobs) == 2
    assert len({order for _, order in jobs}) == 2

    only_its_own = Worker("rehearsal", lambda *_: hub, only=going.run_id)
    first = only_its_own.claim(now=NOW)
    assert first is not None
    assert first.rehearsal_id == going.run_id
    assert only_its_own.claim(now=NOW) is None
    real = Worker("real", lambda *_: hub).claim(now=NOW)
    assert real is not None
    assert real.rehearsal_id is None


def test_threads_and_second_connections_of_a_rehearsal_belong_to_it(
    w: World, going: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    place: Any = SimpleNamespace(service_root="http://nowhere.invalid", ods_code="A81001")
    answers: Any = SimpleQueue()
    monkeypatch.setattr(searching, "_one", lambda *_: rehearsal_going())
    with rehearsing(going):
        searching._start(cast("Any", None), place, TOMORROW, TOMORROW, 1.0, answers)
        with apart.apart(w.ada) as cursor:
            cursor.execute("select pcnhub_rehearsing()")
            assert cursor.fetchone() == (going.run_id,)
    apart.close()
    assert answers.get(timeout=60) == going


def test_nothing_is_rehearsed_where_a_table_lacks_the_mark(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rehearsal_marks.unmarked() == ()
    monkeypatch.setattr(rehearsal_marks, "_UNMARKED", frozenset({"django_migrations"}))
    assert "auth_permission" in rehearsal_marks.unmarked()
    with pytest.raises(NothingToRehearse, match="auth_permission"):
        rehearse(now=NOW, hub_id=w.hub.pk, base_url="http://nowhere.invalid")
    assert not Run.objects.exists()


def test_a_session_that_would_end_tomorrow_is_said_to_be_too_late() -> None:
    assert _next_start(datetime(2026, 11, 20, 22, 58, tzinfo=UTC), 45).hour == 23
    with pytest.raises(NothingToRehearse, match="Today ends"):
        _next_start(datetime(2026, 11, 20, 23, 15, tzinfo=UTC), 45)


def test_accounts_of_a_rehearsal_and_its_requests_belong_together(w: World, going: Rehearsal) -> None:
    client = signed_in_as(w.carys)
    assert client.get("/people").status_code == 200
    assert client.get("/people", headers={HEADER: "unknown"}).status_code == 403
    there = client.get("/people", headers={HEADER: WORD})
    assert there.headers["Location"].startswith("/sign-in"), "a real person's session is none of a rehearsal"

    held = Client()
    held.cookies["pcnhub-session"] = session_of(Position.objects.get(pk=w.carys.position_id or 0))
    kept = held.session
    kept["identity"] = f"{REHEARSAL}{going.run_id}"
    kept.save()
    assert held.get("/people").headers["Location"].startswith("/sign-in")
    assert held.get("/people", headers={HEADER: WORD}).status_code == 200


def test_people_of_a_rehearsal_are_on_no_list_of_people(w: World, going: Rehearsal) -> None:
    with rehearsing(going), unit_of_work(system_for(w.hub)):
        person("rehearsal-clinician", w.hub, CLINICIAN)
        assert "rehearsal-clinician" in names(w)
    with unit_of_work(w.carys):
        assert "rehearsal-clinician" not in names(w)


def names(w: World) -> set[str]:
    return {each.username for each in accounts_at(organisation_id=w.hub.pk)}


def test_every_handler_that_tells_somebody_or_looks_at_the_whole_hub_is_withheld_from_rehearsals() -> None:
    outside = {
        handler.partition(".")[0]
        for handlers in HANDLERS.values()
        for handler, function in handlers.items()
        if function.__module__.startswith(("pcnhub.connections.", "pcnhub.insight."))
    }
    assert outside <= LEAVING
