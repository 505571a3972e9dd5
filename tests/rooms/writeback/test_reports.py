"""To a practice elsewhere: a window for edits, the newest version alone, answers that are tracked, and the other way."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.documents.operations import attach
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.models import Party
from pcnhub.care.writeback import operations, queries
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.operations import sending
from pcnhub.care.writeback.queries import CopyView
from pcnhub.care.writeback.rules import NO_MAILBOX, TOO_LATE, UNANSWERED, Alarm, redacted
from pcnhub.config.facts import HANDLERS
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import outbox
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.evening import notes, outcomes, visitor
from tests.rooms.writeback.test_copies import amended, consulted, drain, states

pytestmark = pytest.mark.django_db
WINDOW = 180


class Connection:
    """What stands in the connection's place: it queues what is due, and keeps whom somebody was told about."""

    def __init__(self) -> None:
        self.queued: list[int] = []
        self.told: list[int] = []

    def on_report_due(self, told: Told) -> None:
        if operations.report_handed_over(actor=told.actor, now=told.now, copy_id=told.payload["copy_id"]):
            self.queued.append(told.payload["copy_id"])

    def on_needs_person(self, told: Told) -> None:
        self.told.append(told.payload["copy_id"])


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Connection:
    made = Connection()
    listening = {
        "writeback.report-due": {"test": made.on_report_due},
        "writeback.needs-person": {"test": made.on_needs_person},
    }
    monkeypatch.setattr(outbox, "_handlers", {**HANDLERS, **listening})
    return made


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    Organisation.objects.filter(pk=made.ash.pk).update(system="EMIS")
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


def copies(cast: World, consultation_id: int) -> list[CopyView]:
    return list(queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id))


def sent(cast: World, visiting: Patient) -> CopyView:
    """A consultation whose report MESH has taken."""
    consultation_id = consulted(cast, visiting)
    drain(WINDOW - 5)
    (copy,) = copies(cast, consultation_id)
    hub = system_for(cast.hub)
    assert operations.report_sending(actor=hub, now=NOW, copy_id=copy.id)
    assert operations.report_sent(actor=hub, now=NOW, copy_id=copy.id, message_id="M1")
    return copy


def test_it_waits_for_edits_and_the_newest_version_goes_alone_within_three_hours(
    cast: World, visiting: Patient, wire: Connection
) -> None:
    consultation_id = consulted(cast, visiting, "one")
    drain(0)
    assert states(cast, consultation_id) == [(1, "pending", "waits-for-edits")]
    amended(cast, consultation_id, 1, "two", 100)
    drain(100)
    assert states(cast, consultation_id) == [(1, "superseded", "later-version"), (2, "pending", "waits-for-edits")]
    drain(WINDOW)  # the first one's time: an edit has restarted it
    assert wire.queued == []
    drain(100 + WINDOW)
    first, second = copies(cast, consultation_id)
    assert wire.queued == [second.id]
    assert (second.state, second.due_at) == ("handed-over", NOW + timedelta(minutes=100 + WINDOW))
    assert second.alarm(NOW + timedelta(minutes=100 + WINDOW - 5)) is Alarm.NEAR  # queued, and still not sent
    assert queries.report(actor=cast.bilal, now=NOW, copy_id=second.id).replaces_uuid is None
    assert first.is_over


def test_a_later_version_replaces_the_one_that_was_sent(cast: World, visiting: Patient, wire: Connection) -> None:
    first = sent(cast, visiting)
    amended(cast, first.consultation_id, 1, "two", WINDOW + 60)
    drain(WINDOW + 60)
    drain(2 * WINDOW + 60)
    amended(cast, first.consultation_id, 2, "three", 2 * WINDOW + 70)
    drain(2 * WINDOW + 70)
    drain(3 * WINDOW + 70)
    one, two, three = copies(cast, first.consultation_id)
    # The second was queued and had not begun to leave: nothing of it goes, and the third replaces the first.
    assert (one.state, two.state, three.state) == ("sent", "superseded", "handed-over")
    assert not operations.report_sending(actor=system_for(cast.hub), now=NOW, copy_id=two.id)
    reports = [queries.report(actor=cast.bilal, now=NOW, copy_id=copy.id) for copy in (one, three)]
    assert reports[1].replaces_uuid == reports[0].report_uuid
    assert reports[1].encounter_uuid == reports[0].encounter_uuid


def test_recorded_in_error_before_it_left_nothing_leaves(cast: World, visiting: Patient, wire: Connection) -> None:
    consultation_id = consulted(cast, visiting)
    drain(0)
    at = NOW + timedelta(minutes=10)
    consulting.mark_in_error(actor=cast.bilal, now=at, consultation_id=consultation_id, reason="Another person")
    drain(10 + WINDOW)
    assert states(cast, consultation_id) == [(1, "superseded", "later-version"), (2, "superseded", "in-error-unsent")]
    assert wire.queued == []


def test_answers_are_tracked_and_told_twice_change_nothing(cast: World, visiting: Patient, wire: Connection) -> None:
    copy, hub = sent(cast, visiting), system_for(cast.hub)
    assert operations.report_received(actor=hub, now=NOW, copy_id=copy.id)
    assert not operations.report_sent(actor=hub, now=NOW, copy_id=copy.id, message_id="M2")
    assert operations.report_accepted(actor=hub, now=NOW, copy_id=copy.id, receipt="A1")
    assert not operations.report_accepted(actor=hub, now=NOW, copy_id=copy.id, receipt="A2")
    assert not operations.report_refused(actor=hub, now=NOW, copy_id=copy.id, code="30003", text="Late no")
    (now_at,) = copies(cast, copy.consultation_id)
    assert (now_at.state, now_at.receipt, now_at.message_id) == ("acknowledged", "A1", "M1")
    assert wire.told == []


def test_what_came_back_asks_a_person_who_sends_it_again_as_a_document_of_its_own(
    cast: World, visiting: Patient, wire: Connection
) -> None:
    copy, hub = sent(cast, visiting), system_for(cast.hub)
    before = queries.report(actor=hub, now=NOW, copy_id=copy.id).report_uuid
    operations.report_refused(actor=hub, now=NOW, copy_id=copy.id, code="EPL-153", text="The patient was not found.")
    drain(WINDOW)
    assert wire.told == [copy.id]
    assert [one.id for one in queries.needing_action(actor=cast.bilal)] == [copy.id]
    operations.retry(actor=cast.carys, now=NOW + timedelta(minutes=WINDOW), copy_id=copy.id)
    drain(WINDOW + 1)
    assert wire.queued == [copy.id, copy.id]
    assert queries.report(actor=hub, now=NOW, copy_id=copy.id).report_uuid != before


def test_silence_asks_a_person_and_is_never_sent_again(cast: World, visiting: Patient, wire: Connection) -> None:
    copy, hub = sent(cast, visiting), system_for(cast.hub)
    with pytest.raises(operations.OnItsWayAlready):
        operations.sent_otherwise(actor=cast.carys, now=NOW, copy_id=copy.id, how="post", reason="Impatient")
    operations.report_unanswered(actor=hub, now=NOW, copy_id=copy.id)
    operations.report_unanswered(actor=hub, now=NOW, copy_id=copy.id)
    drain(WINDOW)
    assert wire.told == [copy.id]
    assert states(cast, copy.consultation_id) == [(1, "sent", UNANSWERED)]
    with pytest.raises(operations.NothingToRetry):
        operations.retry(actor=cast.carys, now=NOW, copy_id=copy.id)
    operations.sent_otherwise(actor=cast.carys, now=NOW, copy_id=copy.id, how="post", reason="They never saw it")
    assert states(cast, copy.consultation_id) == [(1, "sent-otherwise", "post")]
    assert not operations.report_sending(actor=hub, now=NOW, copy_id=copy.id)
    assert operations.report_accepted(actor=hub, now=NOW, copy_id=copy.id, receipt="A1")  # they had it after all


def test_without_a_mailbox_it_stays_queued_says_so_and_offers_the_other_way(
    cast: World, visiting: Patient, wire: Connection
) -> None:
    consultation_id = consulted(cast, visiting)
    drain(WINDOW - 5)
    (copy,) = copies(cast, consultation_id)
    operations.report_not_configured(actor=system_for(cast.hub), now=NOW, copy_id=copy.id)
    assert states(cast, consultation_id) == [(1, "handed-over", NO_MAILBOX)]
    drain(WINDOW)
    assert wire.told == [copy.id, copy.id]  # with the reason, and as its time ended
    with pytest.raises(InvalidInput) as refused:
        operations.sent_otherwise(
            actor=cast.carys, now=NOW, copy_id=copy.id, how="pigeon", reason=" ", is_confirmed=False
        )
    assert {problem.field for problem in refused.value.problems} == {"how", "reason", "is_confirmed"}
    for stranger in (cast.charlie, cast.dilys, cast.ada, system_for(cast.hub)):
        with pytest.raises((NotFound, NotPermitted)):
            operations.sent_otherwise(actor=stranger, now=NOW, copy_id=copy.id, how="post", reason="x")
    operations.sent_otherwise(actor=cast.carys, now=NOW, copy_id=copy.id, how="secure-email", reason="No mailbox yet")
    assert copies(cast, consultation_id)[0].is_over


def test_one_that_has_not_left_in_its_time_says_so(cast: World, visiting: Patient, wire: Connection) -> None:
    consultation_id = consulted(cast, visiting)
    drain(WINDOW - 5)
    drain(WINDOW)  # queued, and nobody has sent it
    assert states(cast, consultation_id) == [(1, "handed-over", TOO_LATE)]
    (copy,) = copies(cast, consultation_id)
    assert copy.needs_person
    assert set(wire.told) == {copy.id}


def test_nothing_goes_elsewhere_of_whom_the_sender_has_for_good(
    cast: World, visiting: Patient, wire: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GPCM-SD-083. The database lets no hub hold anybody for good: what a practice that consults would see."""
    consultation_id = consulted(cast, visiting)
    drain(0)
    assert queries.obstacles(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk) == ()
    monkeypatch.setattr(sending, "is_regular_here", lambda *_: True)
    drain(WINDOW)
    assert states(cast, consultation_id) == [(1, "superseded", "regular-here")]
    assert wire.queued == []


def test_a_practice_outside_the_network_is_known_by_its_code(cast: World, visiting: Patient, wire: Connection) -> None:
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(
            registered_practice=None, registered_patient=None, traced_practice_ods="X99999"
        )
    consultation_id = consulted(cast, visiting)
    drain(WINDOW)
    (copy,) = copies(cast, consultation_id)
    assert (copy.practice.ods_code, copy.state) == ("X99999", "handed-over")
    assert queries.report(actor=cast.bilal, now=NOW, copy_id=copy.id).receiver.ods_code == "X99999"


def test_a_practice_that_changes_its_system_gets_what_was_kept_by_its_new_way(
    cast: World, visiting: Patient, wire: Connection
) -> None:
    consultation_id = consulted(cast, visiting)
    drain(0)
    for system, route in (("PCN Hub", "record"), ("EMIS", "mesh")):
        Party.objects.filter(organisation=cast.hub).update(state="inactive")  # so that it is kept in between
        Organisation.objects.filter(pk=cast.ash.pk).update(system=system)
        operations.release(actor=system_for(cast.hub), now=NOW)
        (copy,) = copies(cast, consultation_id)
        assert (copy.route, copy.due_at is None) == (route, route == "record")
    drain(WINDOW)
    assert wire.queued == [copy.id]


def test_each_organisation_says_how_long_it_waits(cast: World, visiting: Patient, wire: Connection) -> None:
    with pytest.raises(InvalidInput):
        operations.set_window(actor=cast.carys, now=NOW, minutes=1441)
    with pytest.raises(NotPermitted):
        operations.set_window(actor=cast.ada, now=NOW, minutes=1)
    operations.set_window(actor=cast.carys, now=NOW, minutes=0)
    consulted(cast, visiting)
    drain(0)
    assert len(wire.queued) == 1


def test_the_report_says_all_and_strangers_get_none(cast: World, visiting: Patient, wire: Connection) -> None:
    copy = sent(cast, visiting)
    report = queries.report(actor=cast.bilal, now=NOW, copy_id=copy.id)
    assert (report.sender.ods_code, report.receiver.name, report.author.name) == (
        "Y07108",
        "Ash Lane Surgery",
        "Bilal Cast",
    )
    assert report.sender.address_lines == ("1 River Walk", "DN16 3LQ")
    assert report.sections == notes("Cough.").sections
    assert redacted(replace(report, is_confidential=True)).author.name == ""
    for stranger in (cast.charlie, cast.farah, cast.dilys, cast.carys):
        with pytest.raises((NotFound, NotPermitted)):
            queries.report(actor=stranger, now=NOW, copy_id=copy.id)
    for tell in (operations.report_handed_over, operations.report_received, operations.report_unanswered):
        with pytest.raises(NotFound):
            tell(actor=system_for(cast.outside), now=NOW, copy_id=copy.id)


def test_the_database_itself_shows_nothing_as_sent_that_was_not(
    cast: World, visiting: Patient, wire: Connection
) -> None:
    from django.db import IntegrityError, transaction

    consultation_id = consulted(cast, visiting)
    drain(0)
    (copy,) = copies(cast, consultation_id)
    with (
        unit_of_work(system_for(cast.hub)),
        pytest.raises(IntegrityError, match="copy_sent_was_sent"),
        transaction.atomic(),
    ):
        Copy.objects.filter(pk=copy.id).update(state="sent")


def test_a_document_filed_after_the_report_has_left_is_owed_until_the_next_version_takes_it_along(
    cast: World, visiting: Patient, wire: Connection
) -> None:
    before = sent(cast, visiting)
    at = NOW + timedelta(minutes=WINDOW)
    paper = attach(
        actor=cast.bilal, now=at, patient_id=visiting.pk, title="Letter", file=io.BytesIO(b"late"), file_name="a.txt",
        kind="letter",
    )  # fmt: skip
    consulting.attach_document(actor=cast.bilal, now=at, consultation_id=before.consultation_id, document_id=paper)
    drain(WINDOW + 1)
    (copy,) = queries.outstanding(actor=cast.bilal)
    assert (copy.documents_left_behind, copy.needs_person, wire.told) == (1, True, [copy.id])
    assert operations.report_accepted(actor=system_for(cast.hub), now=at, copy_id=copy.id, receipt="r")
    page = queries.copies_page(actor=cast.carys, now=at, show=queries.Show.PERSON)
    assert [each.id for each in page.copies] == [copy.id]  # though the practice has accepted what it got
    amended(cast, before.consultation_id, 1, "With the letter", WINDOW + 2)
    drain(WINDOW + 3)
    assert [each.documents_left_behind for each in copies(cast, before.consultation_id)] == [0, 0]
