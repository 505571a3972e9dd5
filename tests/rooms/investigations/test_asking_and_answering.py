"""A test that a hub asks for has an owner at every moment: until its order is recorded, until its result has been acted on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.utils import IntegrityError, InternalError

from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.operations import start
from pcnhub.care.investigations import operations, queries
from pcnhub.care.investigations.checks import chk_65, chk_66, chk_67
from pcnhub.care.investigations.models import Investigation
from pcnhub.care.investigations.operations import InvestigationMovedOn, InvestigationRequest, TestsAskedDifferently
from pcnhub.care.investigations.rules import Age, InvestigationState, WantedTest
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients.models import Patient
from pcnhub.care.tasks import operations as tasks
from pcnhub.care.tasks import queries as inboxes
from pcnhub.care.tasks.operations.holds import TaskHeld
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, system_for
from tests.evening import waiting
from tests.rooms.tasks.scene import Scene, end_position, make_scene, work

LATER = NOW + timedelta(days=5)
CHASE = date(2026, 12, 7)


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def consultation(scene: Scene) -> int:
    """The one that Bilal has open with Jane."""
    with unit_of_work(system_for(scene.world.hub)):
        begun = Consultation.objects.filter(patient=scene.hub_patient).first()
        patient = Patient.objects.get(pk=scene.hub_patient)
    if begun is not None:
        return begun.pk
    return start(actor=scene.world.bilal, now=NOW, booking_id=waiting(scene.world, patient, at=NOW))


def wish(scene: Scene, **more: Any) -> InvestigationRequest:
    made = InvestigationRequest(
        consultation_id=consultation(scene),
        team_id=scene.team,
        tests=(WantedTest("Full blood count"), WantedTest("Urea and electrolytes")),
        details="Tired for six weeks.",
        priority="soon",
        idempotency_key="wish-1",
    )
    return replace(made, **more)


def asked(scene: Scene, **more: Any) -> int:
    """Asked by Bilal, and delivered to Ash Lane."""
    made = operations.ask(actor=scene.world.bilal, now=NOW, request=wish(scene, **more))
    work(NOW)
    return made


def seen(actor: Actor, investigation_id: int, now: Any = NOW) -> queries.InvestigationView:
    return queries.investigation(actor=actor, now=now, investigation_id=investigation_id)


def step(scene: Scene, investigation_id: int, **more: Any) -> dict[str, Any]:
    version = seen(scene.world.ada, investigation_id).row.version
    return {"actor": scene.world.ada, "now": NOW, "investigation_id": investigation_id, "version": version, **more}


def findings(scene: Scene, check: Any, now: Any = NOW) -> dict[int, State]:
    with unit_of_work(system_for(scene.world.hub)):
        hub = organisations.network_of_hub(hub_id=scene.world.hub.pk, day=NOW.date())
    found = check(actor=system_for(scene.world.hub), hub=hub, now=now)
    return {each.target: each.state for each in found}


def test_asked_ordered_looked_for_and_acted_on_with_both_sides_reading_each_step(scene: Scene) -> None:
    made = asked(scene)
    at_practice = seen(scene.world.ada, made)
    assert (at_practice.row.owner, at_practice.patient_id) == (at_practice.row.orderer, scene.world.patient_of_ash.pk)
    assert "SMITH, Jane" in at_practice.row.patient_label
    assert (at_practice.consultation_id, seen(scene.world.bilal, made).consultation_id is not None) == (None, True)
    operations.order(**step(scene, made, reference="LAB-1", chase_on=CHASE))
    operations.chase_again(**step(scene, made, chase_on=CHASE, note="The sample was lost."))
    operations.result(**step(scene, made, resulted_on=NOW.date(), acted="Normal; patient told."))
    history = seen(scene.world.bilal, made).history
    assert [each.state for each in history] == ["asked", "ordered", "ordered", "resulted"]
    assert (history[1].by_name, history[1].organisation.name) == ("Ada Cast", "Ash Lane Surgery")
    assert "LAB-1" in history[1].note
    assert seen(scene.world.bilal, made).row.owner is None
    with unit_of_work(scene.world.dilys):
        events = set(AuditEvent.objects.filter(subject_type="investigation").values_list("action", flat=True))
    assert {
        "investigations.asked",
        "investigations.opened",
        "investigations.ordered",
        "investigations.resulted",
    } <= events


def test_the_task_stays_open_until_the_answer_is_on_the_request(scene: Scene) -> None:
    made = asked(scene)
    task_id = seen(scene.world.ada, made).task_id

    def version() -> int:
        return inboxes.task(actor=scene.world.ada, now=NOW, task_id=task_id).row.version

    tasks.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=version())
    with pytest.raises(TaskHeld) as refused:
        tasks.finish(actor=scene.world.ada, now=NOW, task_id=task_id, version=version())
    assert "record the order" in refused.value.remedy
    with pytest.raises(TaskHeld):
        tasks.reject(actor=scene.world.ada, now=NOW, task_id=task_id, version=version(), reason="No")
    operations.order(**step(scene, made, reference="LAB-1", chase_on=CHASE))
    tasks.finish(actor=scene.world.ada, now=NOW, task_id=task_id, version=version())
    assert seen(scene.world.ada, made).row.state is InvestigationState.ORDERED  # closed is the task, not the request


def test_nobody_holds_a_task_when_nothing_hangs_on_it(scene: Scene) -> None:
    """The negative control: without the holder the task closes."""
    from pcnhub.care.tasks.operations import holds

    made = asked(scene)
    task_id = seen(scene.world.ada, made).task_id
    version = inboxes.task(actor=scene.world.ada, now=NOW, task_id=task_id).row.version
    before = list(holds._holders)
    holds.wire([])
    try:
        tasks.reject(actor=scene.world.ada, now=NOW, task_id=task_id, version=version, reason="No")
    finally:
        holds.wire(before)


def test_a_practice_that_never_acts_ages_on_both_lists(scene: Scene) -> None:
    made = asked(scene)
    for actor in (scene.world.ada, scene.world.bilal):
        assert queries.investigations(actor=actor, now=NOW).items[0].age is Age.IN_TIME
        late = queries.investigations(actor=actor, now=LATER)
        assert (late.items[0].id, late.items[0].age, late.late) == (made, Age.LATE, 1)
    assert findings(scene, chk_65)[scene.world.ash.pk] is State.MET
    assert findings(scene, chk_65, LATER)[scene.world.ash.pk] is State.UNMET
    assert findings(scene, chk_65, LATER)[scene.world.birch.pk] is State.MET
    counted = queries.counts(actor=scene.world.ada, now=LATER)
    assert (counted.ours, counted.ours_late, counted.theirs) == (1, 1, 0)
    counted = queries.counts(actor=scene.world.bilal, now=LATER)
    assert (counted.ours, counted.theirs_late) == (0, 1)


def test_an_order_without_a_result_is_looked_for_on_its_day(scene: Scene) -> None:
    made = asked(scene)
    operations.order(**step(scene, made, reference="LAB-1", chase_on=CHASE))
    assert findings(scene, chk_66)[scene.world.ash.pk] is State.MET
    assert findings(scene, chk_66, NOW + timedelta(days=15))[scene.world.ash.pk] is State.UNMET
    assert queries.investigations(actor=scene.world.ada, now=NOW + timedelta(days=14)).items[0].age is Age.SOON


def test_a_refusal_stays_open_until_the_hub_has_said_what_happens_instead(scene: Scene) -> None:
    made = asked(scene)
    operations.decline(**step(scene, made, reason="Done last week."))
    row = queries.investigations(actor=scene.world.bilal, now=NOW).items[0]
    assert (row.state, row.owner) == (InvestigationState.DECLINED, row.asker)
    assert findings(scene, chk_65, LATER)[scene.world.ash.pk] is State.UNMET
    with pytest.raises(InvalidInput):
        operations.withdraw(actor=scene.world.bilal, now=NOW, investigation_id=made, version=row.version, reason=" ")
    operations.withdraw(
        actor=scene.world.bilal, now=NOW, investigation_id=made, version=row.version, reason="Seen last week's result."
    )
    assert queries.investigations(actor=scene.world.bilal, now=NOW).total == 0
    assert findings(scene, chk_65, LATER)[scene.world.ash.pk] is State.MET


def test_every_problem_at_once_and_nothing_half_done(scene: Scene) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked(scene, tests=(), details="", priority="now")
    assert {problem.field for problem in refused.value.problems} == {"tests", "details", "priority"}
    with pytest.raises(InvalidInput):
        asked(scene, tests=(WantedTest("X", "123"),))
    assert queries.investigations(actor=scene.world.bilal, now=NOW).total == 0
    assert inboxes.sent(actor=scene.world.bilal, now=NOW).total == 0
    made = asked(scene)
    for wrong in (
        {"reference": "", "chase_on": None},
        {"reference": "x" * 61, "chase_on": NOW.date() - timedelta(days=1)},
        {"reference": "x", "chase_on": NOW.date() + timedelta(days=400)},
    ):
        with pytest.raises(InvalidInput):
            operations.order(**step(scene, made, **wrong))


def test_the_same_wish_twice_is_one_request(scene: Scene) -> None:
    request = wish(scene)
    once, again = (operations.ask(actor=scene.world.bilal, now=NOW, request=request) for _ in range(2))
    assert once == again
    for other in (replace(request, details="Something else"), replace(request, priority="urgent")):
        with pytest.raises(TestsAskedDifferently):
            operations.ask(actor=scene.world.bilal, now=NOW, request=other)


def test_of_two_who_answer_one_wins(scene: Scene) -> None:
    made = asked(scene)
    first = step(scene, made, reference="LAB-1", chase_on=CHASE)
    operations.order(**first)
    with pytest.raises(InvestigationMovedOn):
        operations.order(**first)
    with pytest.raises(InvestigationMovedOn):
        operations.withdraw(
            actor=scene.world.bilal, now=NOW, investigation_id=made, version=first["version"] + 1, reason="Not needed"
        )


def test_when_its_task_came_back_it_is_the_hubs_move_and_can_be_sent_again(scene: Scene) -> None:
    made = asked(scene)
    task_id = seen(scene.world.ada, made).task_id
    for actor in (scene.world.ada, scene.world.farah):
        end_position(actor, NOW.date())
    tasks.return_unseen(actor=system_for(scene.world.ash), now=NOW)
    row = queries.investigations(actor=scene.world.bilal, now=NOW).items[0]
    assert (row.owner, bool(row.trouble), row.age) == (row.asker, True, Age.LATE)
    members = frozenset({scene.world.dilys.position_id or 0})
    other = tasks.save_team(actor=scene.world.dilys, now=NOW, request=tasks.TeamRequest("Results", members=members))

    def ask_again(version: int) -> None:
        operations.ask_again(
            actor=scene.world.bilal,
            now=NOW,
            investigation_id=made,
            version=version,
            team_id=other,
            idempotency_key="w2",
        )

    with pytest.raises(InvestigationMovedOn):
        ask_again(row.version - 1)
    assert inboxes.sent(actor=scene.world.bilal, now=NOW).total == 0  # nothing is sent over a stale page
    ask_again(row.version)
    work(NOW)
    again = seen(scene.world.dilys, made)
    assert (again.task_id != task_id, again.row.trouble) == (True, "")


@pytest.mark.parametrize("delivered", [False, True])
def test_what_is_withdrawn_is_taken_back_with_its_task(scene: Scene, delivered: bool) -> None:
    """And the practice never sees what was not delivered: who the patient is may be being asked."""
    made = asked(scene) if delivered else operations.ask(actor=scene.world.bilal, now=NOW, request=wish(scene))
    withdrawn = seen(scene.world.bilal, made)
    operations.withdraw(
        actor=scene.world.bilal, now=NOW, investigation_id=made, version=withdrawn.row.version, reason="Another patient"
    )
    work(NOW)
    assert inboxes.task(actor=scene.world.bilal, now=NOW, task_id=withdrawn.task_id).row.state == "withdrawn"
    if delivered:
        assert seen(scene.world.ada, made).row.state is InvestigationState.WITHDRAWN
    else:
        with pytest.raises(NotFound):
            seen(scene.world.ada, made)


def test_who_moves_to_another_practice_does_not_vanish_from_who_owes_the_result(scene: Scene) -> None:
    made = asked(scene)
    operations.order(**step(scene, made, reference="LAB-1", chase_on=CHASE))
    with unit_of_work(system_for(scene.world.hub)):
        Patient.objects.filter(pk=scene.hub_patient).update(
            registered_practice=scene.world.birch, registered_patient=None
        )
    with unit_of_work(scene.world.ada):
        assert not Patient.objects.filter(pk=scene.hub_patient).exists()
    assert queries.investigations(actor=scene.world.ada, now=NOW).items[0].id == made
    # put down late, so that the line of the order is younger than the result
    operations.result(**step(scene, made, now=NOW + timedelta(days=2), resulted_on=NOW.date(), acted="Normal."))


def test_outsiders_find_nothing_and_neither_side_answers_for_the_other(scene: Scene) -> None:
    made = asked(scene)
    for outsider in (scene.world.charlie, scene.world.efe):
        with pytest.raises(NotFound):
            seen(outsider, made)
        assert queries.investigations(actor=outsider, now=NOW).total == 0
        with pytest.raises(NotFound):
            operations.decline(**step(scene, made, actor=outsider, reason="x"))
    with pytest.raises(NotPermitted):
        operations.order(**step(scene, made, actor=scene.world.bilal, reference="x", chase_on=CHASE))
    with pytest.raises(NotPermitted):
        operations.withdraw(**step(scene, made, actor=scene.world.farah, reason="x"))
    with pytest.raises((NotPermitted, NotFound)):
        operations.ask(actor=scene.world.charlie, now=NOW, request=wish(scene))


@pytest.mark.parametrize(
    ("side", "values"),
    [
        ("bilal", {"state": "resulted", "resulted_on": NOW.date()}),
        ("bilal", {"order_reference": "x"}),
        ("ada", {"state": "withdrawn"}),
        ("ada", {"details": "other"}),
        ("ada", {"nhs_number": "9000000017"}),
        ("ada", {"state": "ordered"}),  # without a day to look for the result
    ],
)
def test_the_database_refuses_it_too(scene: Scene, side: str, values: dict[str, object]) -> None:
    made = asked(scene)
    actor = getattr(scene.world, side)
    with pytest.raises((InternalError, IntegrityError)), unit_of_work(actor):
        Investigation.objects.filter(pk=made).update(**values)


def test_of_a_protected_patient_nobody_finds_it_who_may_not_know_of_them(scene: Scene) -> None:
    made = asked(scene)
    with unit_of_work(system_for(scene.world.hub)):
        Patient.objects.filter(pk=scene.hub_patient).update(is_sensitive=True)
    with pytest.raises(NotFound):
        seen(scene.world.bilal, made)
    assert queries.investigations(actor=scene.world.bilal, now=NOW).total == 0


def test_a_result_at_the_hub_waits_until_it_is_matched(scene: Scene) -> None:
    from pcnhub.care.documents.operations import attach_made

    made = asked(scene)
    assert findings(scene, chk_67)[scene.world.hub.pk] is State.MET
    document = attach_made(
        actor=scene.world.bilal, now=NOW, patient_id=scene.hub_patient, title="FBC", content=b"%PDF-1.7 result",
        content_type="application/pdf", kind="result", source_key="result:1",
    )  # fmt: skip
    assert findings(scene, chk_67)[scene.world.hub.pk] is State.UNMET
    version = seen(scene.world.bilal, made).row.version
    operations.match_result(
        actor=scene.world.bilal, now=NOW, investigation_id=made, version=version, document_id=document
    )
    assert findings(scene, chk_67)[scene.world.hub.pk] is State.MET
    assert seen(scene.world.ada, made).row.has_stray_result
    with pytest.raises(InvalidInput):
        operations.match_result(
            actor=scene.world.bilal, now=NOW, investigation_id=made, version=version + 1, document_id=document + 99
        )


def test_a_form_that_nobody_was_asked_about_turns_the_check_red_until_somebody_is(scene: Scene) -> None:
    from pcnhub.care.consultations.operations import attach_document
    from pcnhub.care.documents.operations import attach_made

    begun = consultation(scene)
    form = attach_made(
        actor=scene.world.bilal, now=NOW, patient_id=scene.hub_patient, title="Blood tests", content=b"%PDF-1.7 form",
        content_type="application/pdf", kind="request-form", source_key="form:1",
    )  # fmt: skip
    attach_document(actor=scene.world.bilal, now=NOW, consultation_id=begun, document_id=form)
    later = NOW + timedelta(hours=2)
    assert findings(scene, chk_65)[scene.world.ash.pk] is State.MET  # the clinician is still about it
    assert findings(scene, chk_65, later)[scene.world.ash.pk] is State.UNMET
    assert findings(scene, chk_65, later)[scene.world.birch.pk] is State.MET
    (loose,) = queries.forms_without_request(actor=scene.world.bilal, now=later)
    assert (loose.consultation_id, loose.document_id) == (begun, form)
    assert queries.forms_without_request(actor=scene.world.charlie, now=later) == ()
    made = asked(scene, form_id=form)
    assert findings(scene, chk_65, later)[scene.world.ash.pk] is State.MET
    assert [each.title for each in carried(scene, made)] == ["Blood tests"]


def carried(scene: Scene, made: int) -> Any:
    """The documents of the task that carries the request."""
    return inboxes.task(actor=scene.world.bilal, now=NOW, task_id=seen(scene.world.bilal, made).task_id).documents
