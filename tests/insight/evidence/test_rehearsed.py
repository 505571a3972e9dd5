"""What a pack says of a rehearsal is what the rehearsal says of itself."""

from __future__ import annotations

from datetime import timedelta

from pcnhub.insight.evidence.telling import RehearsedStep
from pcnhub.rehearsal.rules import Left, ManualStep, Row, Run, Step, StepName, StepState, Subject
from pcnhub.rehearsal.telling import told
from tests.insight.evidence.made import ASH, HUB, NOW


def test_each_step_with_its_time_its_words_and_what_a_person_said() -> None:
    by_hand = ManualStep(StepName.RECEIVE, True, 3, "Seen in the inbox.", "Dilys Cast", NOW)
    steps = (
        Step(StepName.SEARCH, StepState.PASSED, 41, "12 slots."),
        Step(StepName.BOOK_ACROSS, StepState.FAILED, 90, "Refused.", "Activate the agreement."),
        Step(StepName.RECEIVE, StepState.MANUAL, by_hand=by_hand),
    )
    outsider = Row(Subject.OUTSIDER, None, (Step(StepName.REFUSED, StepState.PASSED, 5),))
    run = Run(
        7, HUB, NOW, NOW + timedelta(minutes=1), "Carys", (Row(Subject.PRACTICE, ASH, steps), outsider), False,
        (Left("tasks_task", 2),), "It was cut short.",
    )  # fmt: skip
    said = told(run)
    assert (said.has_passed, said.is_clean, said.left, said.trouble) == (
        False, False, ("tasks_task: 2",), "It was cut short.",
    )  # fmt: skip
    assert said.steps == (
        RehearsedStep("A81001", "Search for slots", "passed", 41, "12 slots.", ""),
        RehearsedStep(
            "A81001", "Book on the hub's pages", "failed", 90, "Refused.", "Activate the agreement.",
        ),
        RehearsedStep(
            "A81001", "Received by the practice", "manual", None, "", "",
            f"By hand on {NOW:%-d %B %Y}, passed in 3 minutes: Dilys Cast. Seen in the inbox.",
        ),
        RehearsedStep("outsider", "Outsider refused", "passed", 5, "", ""),
    )  # fmt: skip
