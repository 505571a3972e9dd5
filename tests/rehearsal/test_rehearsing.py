"""A whole rehearsal: over the real doors, with the real worker, and nothing left of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from pcnhub.care.organisations.models import GroupMember, Organisation
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.foundations.database.rehearsing import Rehearsal, rehearsing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from pcnhub.rehearsal import erasing
from pcnhub.rehearsal.checks import CHECKS
from pcnhub.rehearsal.operations import RehearsalGoesOn, record_manual_step
from pcnhub.rehearsal.proving import AT_PRACTICE
from pcnhub.rehearsal.queries import latest
from pcnhub.rehearsal.rules import OF_PRACTICE, StepName, StepState
from pcnhub.rehearsal.turns import turn
from pcnhub.rehearsal.ways import StepFailed
from pcnhub.rehearsal.worker import waiting_for_the_worker
from tests.cast import NOW, World, system_for
from tests.rehearsal.conftest import Rehearse
from tests.rehearsal.test_marks import APART, SHOWN_TO_NOBODY, tables


def test_every_step_passes_and_the_next_run_leaves_nothing_of_what_was_kept(w: World, rehearse: Rehearse) -> None:
    before, real_jobs = rows_of_tables_without_patients(), set(Job.objects.values_list("pk", flat=True))

    run = rehearse(keep=True, practices=[w.ash.pk])

    said = [
        (row.name, step.name, step.said, step.remedy)
        for row in run.rows
        for step in row.steps
        if step.state is not StepState.PASSED
    ]
    assert not run.trouble
    assert said == []
    assert [row.name for row in run.rows] == [w.ash.name, "Riverside 111", "An outsider"]
    assert len(run.rows[0].steps) == len(OF_PRACTICE)
    assert (run.is_clean, run.has_passed) == (None, False), "it was to be kept"

    system, hub = system_for(w.hub), network_of_hub(hub_id=w.hub.pk, day=run.started_at.date())
    for check_id in AT_PRACTICE:
        shown = {each.target: each.state for each in CHECKS[check_id](actor=system, hub=hub, now=run.started_at)}
        assert (shown[w.ash.pk], shown[w.birch.pk]) == (State.MET, State.UNKNOWN), check_id
    (as_111,) = CHECKS["CHK-54"](actor=system, hub=hub, now=run.started_at)
    assert (as_111.state, "passed in rehearsal" in as_111.evidence) == (State.UNKNOWN, True)

    written = {each.table for each in erasing.left_of(run.id)}
    assert {"patients_patient", "appointments_slot", "tasks_task", "writeback_copy", "jobs_job"} <= written
    assert written <= tables(APART) | SHOWN_TO_NOBODY, "real work could come upon these rows"

    assert rehearse(steps=[StepName.REFUSED], practices=[]).is_clean
    assert erasing.left_of(run.id) == ()
    assert latest(actor=w.carys, now=NOW, hub_id=w.hub.pk) is not None
    # what no unit of work wrote is not marked: where row security does not forbid such rows, they are counted
    after = rows_of_tables_without_patients()
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed - {"audit_audithead"} == {"rehearsal_run", "jobs_job"}
    assert {each.fact for each in Job.objects.exclude(pk__in=real_jobs)} == {"rehearsal.over"}, "readiness looks anew"


def rows_of_tables_without_patients() -> dict[str, int]:
    """How many rows each table has that the serving role may read without acting for anybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
            " and (not c.relrowsecurity or exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'everybody'))"
        )
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
            [counts[table]] = cursor.fetchone()
    return counts


def test_only_one_rehearsal_of_a_hub_goes_on_at_a_time(w: World, rehearse: Rehearse) -> None:
    with turn(w.hub.pk), pytest.raises(RehearsalGoesOn):
        rehearse()


def test_where_a_practice_lacks_something_its_own_row_says_what_and_who_mends_it(w: World, rehearse: Rehearse) -> None:
    GroupMember.objects.filter(organisation=w.ash).update(subscribed_at=None)

    run = rehearse(steps={StepName.SEARCH, StepName.BOOK_GP_CONNECT, StepName.REFUSED})

    ash, birch, *_ = run.rows
    search, book = ash.steps
    assert (search.state, book.state) == (StepState.FAILED, StepState.SKIPPED)
    assert "has not subscribed to the group" in search.said
    assert search.who == f"an administrator of {w.ash.name}"
    assert all(step.state is StepState.PASSED for step in birch.steps), birch.steps
    assert not run.has_passed
    assert run.is_partial


def test_what_only_another_system_can_do_is_by_hand_until_a_person_says_how_it_went(
    w: World, rehearse: Rehearse
) -> None:
    Organisation.objects.filter(pk=w.hub.pk).update(system=ClinicalSystem.EMIS)
    run = rehearse()
    assert {step.state for row in run.rows for step in row.steps} == {StepState.MANUAL}
    assert not run.has_passed

    def said(step: StepName, practice: int, actor: Actor = w.carys, **more: Any) -> None:
        given: dict[str, Any] = {"passed": True, "took_minutes": 5, "comment": ""} | more
        record_manual_step(actor=actor, now=NOW, run_id=run.id, practice_id=practice, step=step, **given)

    with pytest.raises(NotFound):
        said(StepName.TASK_OUT, w.ash.pk, actor=w.charlie)
    with pytest.raises(NotFound):
        said(StepName.TASK_OUT, w.birch.pk, actor=w.dilys)
    with pytest.raises(InvalidInput) as refused:
        said(StepName.REFUSED, w.ash.pk, passed=False, took_minutes=-1)
    assert {problem.field for problem in refused.value.problems} == {"step", "took_minutes", "comment"}

    for step in (StepName.TASK_OUT, StepName.ACCEPT, StepName.TASK_BACK):
        said(step, w.ash.pk, actor=w.dilys)
        said(step, w.birch.pk)
    said(StepName.ACCEPT, w.birch.pk, passed=False, comment="Nobody saw it.")

    system, hub = system_for(w.hub), network_of_hub(hub_id=w.hub.pk, day=NOW.date())
    told = {each.target: each for each in CHECKS["CHK-37"](actor=system, hub=hub, now=NOW)}
    assert told[w.ash.pk].state is State.MET
    assert (told[w.birch.pk].state, "Nobody saw it." in told[w.birch.pk].evidence) == (State.UNMET, True)
    assert {each.state for each in CHECKS["CHK-70"](actor=system, hub=hub, now=NOW)} == {State.UNKNOWN}
    [newest] = CHECKS["CHK-D13"](actor=system, hub=hub, now=run.started_at)
    assert newest.state is State.UNMET


def test_rehearsals_are_read_by_the_hubs_people_and_its_practices_and_by_nobody_else(w: World) -> None:
    assert latest(actor=w.dilys, now=NOW, hub_id=w.hub.pk) is None
    with pytest.raises(NotFound):
        latest(actor=w.charlie, now=NOW, hub_id=w.hub.pk)
    with pytest.raises(NotPermitted):
        latest(actor=w.ada, now=NOW, hub_id=w.hub.pk)


def test_without_a_worker_what_only_a_worker_does_has_failed(w: World) -> None:
    hub, now = system_for(w.hub), timezone.now()
    waiting_for_the_worker(7)()  # nothing is asked of it
    with rehearsing(Rehearsal(7)), unit_of_work(hub):
        publish(actor=hub, now=now, fact="documents.try-due", key="rehearsed", payload={})
    with pytest.raises(StepFailed, match="No worker is alive") as refused:
        waiting_for_the_worker(7)()
    assert "pcnhub worker" in refused.value.remedy
