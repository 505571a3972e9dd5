"""What is sent arrives, to whom an agreement and a listening team allow, with receipts; what would not be seen is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db.utils import IntegrityError, InternalError, ProgrammingError

from pcnhub.care.organisations.models import Position
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import NotTraced
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.operations import AskedDifferently, OtherPracticesPatient, TeamCannotAccept, TeamRequest
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, NotShared
from tests.cast import NOW, system_for
from tests.rooms.tasks.scene import Scene, end_position, work


def states(scene: Scene, task_id: int) -> list[str]:
    """The receipts as the sender sees them."""
    return [step.state for step in queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).history]


def done(*facts: str) -> int:
    """How many jobs of these facts are done."""
    return Job.objects.filter(fact__in=facts, state=JobState.DONE).count()


def test_a_task_arrives_with_its_patient_and_the_sender_gets_the_receipt(scene: Scene) -> None:
    task_id = scene.sent()
    assert states(scene, task_id) == ["sent"]
    work(NOW)
    assert done("tasks.leaving", "tasks.sent") == 3  # asked who it is, handed over, delivered
    assert states(scene, task_id) == ["sent", "delivered"]

    (row,) = queries.inbox(actor=scene.world.ada, now=NOW).items
    assert (row.id, row.state, row.team_name, row.sender.name) == (
        task_id, "delivered", "Enhanced Access Team", "Riverside Enhanced Access Hub",
    )  # fmt: skip
    assert "SMITH, Jane" in row.patient_label
    seen = queries.task(actor=scene.world.ada, now=NOW, task_id=task_id)
    assert (seen.patient_id, seen.text) == (scene.world.patient_of_ash.pk, "Please arrange a full blood count.")
    assert (seen.is_receiver, seen.is_sender) == (True, False)
    assert queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).patient_id == scene.hub_patient


def test_the_sending_and_each_opening_are_on_record(scene: Scene) -> None:
    task_id = scene.delivered()
    queries.task(actor=scene.world.ada, now=NOW, task_id=task_id)
    with unit_of_work(scene.world.dilys):
        events = {event.action: event for event in AuditEvent.objects.filter(subject_type="task", subject_id=task_id)}
    assert events["tasks.sent"].basis == "Riverside tasks-to-practice"
    assert events["tasks.sent"].nhs_number == "9000000009"
    assert events["tasks.delivered"].user == "system:worker"
    assert (events["tasks.opened"].user, events["tasks.opened"].patient_id) == (
        scene.world.ada.user, scene.world.patient_of_ash.pk,
    )  # fmt: skip


def test_the_same_wish_twice_is_one_task_and_another_under_its_key_is_refused(scene: Scene) -> None:
    assert scene.sent() == scene.sent()
    with pytest.raises(AskedDifferently):
        scene.sent(text="Something else")
    with pytest.raises(AskedDifferently):  # the same words about somebody else
        scene.sent(patient_id=None)
    work(NOW)
    assert done("tasks.leaving", "tasks.sent") == 3


def test_nobody_untraced_is_spoken_of_to_a_practice(scene: Scene) -> None:
    with unit_of_work(system_for(scene.world.hub)):
        Patient.objects.filter(pk=scene.hub_patient).update(
            nhs_number=None, registered_patient=None, trace_state="untraced"
        )
    with pytest.raises(NotTraced):
        scene.sent()
    assert scene.sent(to_team_id=scene.hub_team)  # one's own colleagues see them anyhow


def test_a_practice_sends_to_the_hub_under_the_other_agreement(scene: Scene) -> None:
    wish = scene.asks(to_team_id=scene.hub_team, patient_id=scene.world.patient_of_ash.pk)
    task_id = operations.send(actor=scene.world.ada, now=NOW, request=wish)
    work(NOW)
    seen = queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id)
    assert (seen.row.state, seen.patient_id) == ("delivered", scene.hub_patient)
    with unit_of_work(scene.world.ada):
        assert AuditEvent.objects.get(action="tasks.sent").basis == "Riverside tasks-to-hub"


@pytest.mark.parametrize(
    ("kind", "hub_sends"), [(AgreementKind.TASKS_TO_PRACTICE, True), (AgreementKind.TASKS_TO_HUB, False)]
)
def test_each_direction_needs_its_own_agreement(scene: Scene, kind: AgreementKind, hub_sends: bool) -> None:
    Party.objects.filter(agreement__kind=kind, organisation=scene.world.ash).update(state=ActivationState.INACTIVE)
    to_hub = scene.asks(to_team_id=scene.hub_team, patient_id=None)
    if hub_sends:
        with pytest.raises(NotShared, match="Ash Lane"):
            scene.sent()
        operations.send(actor=scene.world.ada, now=NOW, request=to_hub)
    else:
        scene.sent()
        with pytest.raises(NotShared, match="Ash Lane"):
            operations.send(actor=scene.world.ada, now=NOW, request=to_hub)


def test_without_the_agreement_the_table_itself_refuses(scene: Scene) -> None:
    Party.objects.filter(agreement__kind=AgreementKind.TASKS_TO_PRACTICE, organisation=scene.world.ash).update(
        state=ActivationState.INACTIVE
    )
    with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(scene.world.bilal):
        Task.objects.create(
            organisation=scene.world.hub, to_organisation=scene.world.ash, to_team_id=scene.team, kind="other",
            priority="soon", text="x", due_on=date(2026, 12, 1), sent_at=NOW, sent_by="x", sent_by_name="x",
            state_changed_at=NOW, idempotency_key="raw",
        )  # fmt: skip


def test_charlie_neither_sends_nor_sees(scene: Scene) -> None:
    task_id = scene.delivered()
    charlie = scene.world.charlie
    with pytest.raises(NotShared):
        operations.send(actor=charlie, now=NOW, request=scene.asks(patient_id=None))
    with pytest.raises(NotFound):
        queries.task(actor=charlie, now=NOW, task_id=task_id)
    with pytest.raises(NotFound):
        operations.accept(actor=charlie, now=NOW, task_id=task_id, version=2)
    assert queries.inbox(actor=charlie, now=NOW).items == ()
    assert queries.sent(actor=charlie, now=NOW).items == ()
    with unit_of_work(charlie):
        assert not Task.objects.exists()
        assert not TaskEvent.objects.exists()


def test_another_practice_sees_nothing_of_it(scene: Scene) -> None:
    task_id = scene.delivered()
    assert queries.inbox(actor=scene.world.efe, now=NOW).total == 0
    with pytest.raises(NotFound):
        queries.task(actor=scene.world.efe, now=NOW, task_id=task_id)


def test_every_problem_of_a_request_is_named_at_once(scene: Scene) -> None:
    with pytest.raises(InvalidInput) as refused:
        scene.sent(kind="gossip", priority="whenever", text="  ", due_on=date(2026, 11, 22), idempotency_key="")
    assert [problem.field for problem in refused.value.problems] == [
        "kind",
        "priority",
        "text",
        "due_on",
        "idempotency_key",
    ]
    with pytest.raises(InvalidInput, match="Shorten"):
        scene.sent(text="x" * 4001)


def test_a_hub_tells_a_practice_of_its_own_patients_only(scene: Scene) -> None:
    birch = operations.save_team(
        actor=system_for(scene.world.birch), now=NOW,
        request=TeamRequest("Birch Team", members=frozenset({scene.world.efe.position_id or 0})),
    )  # fmt: skip
    with pytest.raises(OtherPracticesPatient, match="registered at Ash Lane Surgery"):
        scene.sent(to_team_id=birch)
    with pytest.raises(NotFound):
        scene.sent(patient_id=scene.world.patient_of_birch.pk)


def test_a_team_that_cannot_take_it_is_refused_at_once_and_says_who_can_mend_it(scene: Scene) -> None:
    """Each way in which a task would not be seen; and the same team takes it once that is mended."""
    positions = Position.objects.filter(pk__in=[scene.world.ada.position_id, scene.world.farah.position_id])
    positions.update(accepts_cross_organisation_tasks=False)
    with pytest.raises(TeamCannotAccept) as refused:
        scene.sent()
    assert refused.value.code == "team-cannot-accept"
    assert refused.value.who_can == "a manager at Ash Lane Surgery"
    positions.update(accepts_cross_organisation_tasks=True, ends_on=NOW.date())
    with pytest.raises(TeamCannotAccept):
        scene.sent()
    positions.update(ends_on=None)
    for request, code in (
        (TeamRequest("Enhanced Access Team"), "team-cannot-accept"),
        (TeamRequest("Enhanced Access Team", allows_acceptance=False), "team-does-not-accept"),
        (TeamRequest("Enhanced Access Team", is_closed=True), "team-closed"),
    ):
        operations.save_team(actor=scene.world.dilys, now=NOW, request=request, team_id=scene.team)
        with pytest.raises(TeamCannotAccept) as refused:
            scene.sent()
        assert refused.value.code == code
    mended = TeamRequest("Enhanced Access Team", members=frozenset({scene.world.ada.position_id or 0}))
    operations.save_team(actor=scene.world.dilys, now=NOW, request=mended, team_id=scene.team)
    assert scene.sent()


def test_where_one_can_send_says_why_not_elsewhere(scene: Scene) -> None:
    found = {each.organisation.name: each for each in queries.recipients(actor=scene.world.bilal, now=NOW)}
    assert [team.name for team in found["Ash Lane Surgery"].teams] == ["Enhanced Access Team"]
    assert found["Birch Road Practice"].why_not == "It has no team that could take a task now."
    Party.objects.filter(agreement__kind=AgreementKind.TASKS_TO_PRACTICE, organisation=scene.world.ash).update(
        state=ActivationState.INACTIVE
    )
    found = {each.organisation.name: each for each in queries.recipients(actor=scene.world.bilal, now=NOW)}
    assert "not active at Ash Lane Surgery" in found["Ash Lane Surgery"].why_not
    assert [each.organisation.name for each in queries.recipients(actor=scene.world.ada, now=NOW)] == [
        "Riverside Enhanced Access Hub", "Ash Lane Surgery",
    ]  # fmt: skip


def test_when_the_last_member_leaves_the_task_comes_back_and_the_sender_sees_it(scene: Scene) -> None:
    """`domain.md` 12.2 A13, by the calendar: nobody does anything on the day."""
    from pcnhub.care.tasks.jobs import ask_to_look

    task_id = scene.delivered()
    for person in (scene.world.ada, scene.world.farah):
        end_position(person, date(2026, 11, 24))
    ask_to_look(NOW)
    work(NOW)
    assert states(scene, task_id)[-1] == "delivered"
    tomorrow = NOW + timedelta(days=1)
    assert (
        "no member who can accept" in queries.task(actor=scene.world.bilal, now=tomorrow, task_id=task_id).row.trouble
    )
    for _ in range(2):  # however many workers ask
        ask_to_look(tomorrow)
    before = done("tasks.look-due")
    work(tomorrow)
    assert done("tasks.look-due") - before == 2, "one look at each organisation that has teams"
    assert states(scene, task_id)[-1] == "returned"
    assert (
        "no member who can accept" in queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).history[-1].note
    )
    assert queries.counts(actor=scene.world.bilal, now=NOW).came_back == 1


def test_emptying_a_team_returns_at_once_what_nobody_accepted_and_nothing_else(scene: Scene) -> None:
    waiting, taken = scene.delivered(), scene.delivered(idempotency_key="wish-2")
    operations.accept(actor=scene.world.ada, now=NOW, task_id=taken, version=2)
    operations.save_team(
        actor=scene.world.dilys, now=NOW, request=TeamRequest("Enhanced Access Team"), team_id=scene.team
    )
    assert states(scene, waiting)[-1] == "returned"
    assert states(scene, taken)[-1] == "accepted"


def test_a_team_emptied_between_sending_and_delivery_sends_back(scene: Scene) -> None:
    task_id = scene.sent()
    Position.objects.filter(pk__in=[scene.world.ada.position_id, scene.world.farah.position_id]).update(
        ends_on=NOW.date()
    )
    work(NOW)
    assert states(scene, task_id) == ["sent", "returned"]


def test_a_sensitive_patients_task_is_unseen_without_the_permission(scene: Scene) -> None:
    task_id = scene.delivered()
    with unit_of_work(system_for(scene.world.ash)):
        Patient.objects.filter(pk=scene.world.patient_of_ash.pk).update(is_sensitive=True)
    assert queries.inbox(actor=scene.world.ada, now=NOW).total == 0
    with pytest.raises(NotFound):
        queries.task(actor=scene.world.ada, now=NOW, task_id=task_id)
    assert queries.inbox(actor=system_for(scene.world.ash), now=NOW).total == 1


def test_only_who_may_work_tasks_sends(scene: Scene) -> None:
    from dataclasses import replace

    nobody = replace(scene.world.bilal, permissions=frozenset())
    with pytest.raises(NotPermitted):
        operations.send(actor=nobody, now=NOW, request=scene.asks())
    with pytest.raises(NotPermitted):
        queries.inbox(actor=nobody, now=NOW)


@pytest.mark.parametrize(
    ("who", "values"),
    [("sender", {"state": "done"}), ("receiver", {"text": "changed"}), ("receiver", {"due_on": date(2030, 1, 1)})],
)
def test_neither_end_can_rewrite_a_task_by_sql(scene: Scene, who: str, values: dict[str, object]) -> None:
    task_id = scene.delivered()
    actor = scene.world.bilal if who == "sender" else scene.world.ada
    if who == "sender":
        with unit_of_work(actor):
            assert Task.objects.filter(pk=task_id).update(**values) == 0
            with pytest.raises(ProgrammingError, match="row-level security"):
                forge_receipt(scene, task_id)
        return
    with pytest.raises((IntegrityError, InternalError), match="keeps its ends"), unit_of_work(actor):
        Task.objects.filter(pk=task_id).update(**values)


def forge_receipt(scene: Scene, task_id: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        TaskEvent.objects.create(
            organisation=scene.world.hub, task_id=task_id, state="done", at=NOW, by=scene.world.bilal.user, by_name="x"
        )
