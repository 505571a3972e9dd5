"""The continuity pack, the nightly rehearsal, and what the hub requires of itself."""

from __future__ import annotations

from datetime import timedelta

from pcnhub.care.consultations.models import Definition, Needed
from pcnhub.care.consultations.rules.definitions import DefinitionState
from pcnhub.demo.network import NHS_111
from pcnhub.foundations.jobs.models import Heartbeat, Job, JobState
from pcnhub.insight.continuity.models import PackState
from pcnhub.rehearsal.models import Run
from pcnhub.rehearsal.rules import StepName
from tests.faults.ready import BIRCH, DALE, HUB, NOW, Ready, rehearsed
from tests.faults.seeding import Red, fault

INSTALLATION = "whoever runs this installation"
MANAGER = "the hub's manager"


@fault("No continuity pack was written for an hour")
def old_pack(ready: Ready) -> Red:
    ready.drift(PackState, HUB, {"written_at": NOW - timedelta(hours=1)})
    return {("CHK-D12", HUB): INSTALLATION}


@fault("The folder of the continuity pack is full")
def full_folder(ready: Ready) -> Red:
    ready.drift(PackState, HUB, {"problem": "No space is left", "problem_since": NOW})
    return {("CHK-D12", HUB): INSTALLATION}


@fault("The hub has no continuity pack at all")
def no_pack(ready: Ready) -> Red:
    PackState.objects.all().delete()
    return {("CHK-D12", HUB): INSTALLATION}


@fault("A step of last night's rehearsal failed", over=(StepName.SEARCH, StepName.REFUSED))
def failed_step(ready: Ready, step: StepName) -> Red:
    rehearsed(ready, failed=step)
    as_111 = {("CHK-54", HUB): MANAGER} if step is StepName.SEARCH else {}
    return as_111 | {("CHK-D13", HUB): MANAGER}


@fault("The rehearsal's task was accepted by nobody at a practice")
def failed_loop(ready: Ready) -> Red:
    who = f"a manager of {ready.names[BIRCH]}"
    rehearsed(ready, failed=StepName.ACCEPT, at=BIRCH, who=who)
    return {("CHK-37", BIRCH): who, ("CHK-D13", HUB): MANAGER}


@fault("The rehearsal's consultation did not arrive at a practice")
def not_received(ready: Ready) -> Red:
    who = f"a manager of {ready.names[DALE]}"
    rehearsed(ready, failed=StepName.RECEIVE, at=DALE, who=who)
    return {("CHK-70", DALE): who, ("CHK-D13", HUB): MANAGER}


@fault("The rehearsal could not book as the 111 service")
def not_booked_by_111(ready: Ready) -> Red:
    rehearsed(ready, failed=StepName.BOOK_GP_CONNECT, at=NHS_111)
    return {("CHK-54", HUB): MANAGER, ("CHK-D13", HUB): MANAGER}


@fault("Nobody rehearsed for two nights")
def old_rehearsal(ready: Ready) -> Red:
    ready.drift(Run, HUB, {"started_at": NOW - timedelta(hours=50), "ended_at": NOW - timedelta(hours=49)})
    return {("CHK-D13", HUB): MANAGER}


@fault("A rehearsal left rows behind")
def left_rows(ready: Ready) -> Red:
    ready.drift(Run, HUB, {"is_clean": False, "left_over": [{"table": "tasks_task", "rows": 2}]})
    return {("CHK-D13", HUB): MANAGER}


@fault("A template that the hub requires was retired")
def retired(ready: Ready) -> Red:
    needed = Needed.objects.filter(hub=ready.hub_id).order_by("pk").first()
    assert needed is not None
    ready.drift(
        Definition, HUB, {"state": DefinitionState.RETIRED, "retired_because": "Old"}, kind=needed.kind, key=needed.key
    )
    return {("CHK-50", HUB): MANAGER}


@fault("A later version of a template is required than the one in use")
def old_version(ready: Ready) -> Red:
    needed = Needed.objects.filter(hub=ready.hub_id).order_by("pk").first()
    assert needed is not None
    ready.drift(Needed, HUB, {"number": needed.number + 1}, pk=needed.pk)
    return {("CHK-50", HUB): MANAGER}


@fault("The hub has not said which templates it requires")
def nothing_required(ready: Ready) -> Red:
    Needed.objects.filter(hub=ready.hub_id).delete()
    return {("CHK-50", HUB): MANAGER}


@fault("A write-back job has failed for good")
def failed_job(ready: Ready) -> Red:
    done = {"state": JobState.FAILED, "finished_at": NOW}
    ready.drift(Job, HUB, done, handler="writeback.send", organisation_id=ready.hub_id)
    return {("CHK-71", HUB): MANAGER}


@fault("No worker is alive")
def no_worker(ready: Ready) -> Red:
    ready.drift(Heartbeat, HUB, {"beat_at": NOW - timedelta(minutes=10)})
    return {("CHK-D10", HUB): INSTALLATION}
