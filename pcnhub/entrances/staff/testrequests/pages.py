"""How test requests read on a page: words and colours, never colour alone."""

from __future__ import annotations

from typing import Any

from pcnhub.care.investigations.rules import AGE_WORDS, STATE_WORDS, Age, InvestigationState
from pcnhub.care.tasks.rules import PRIORITY_WORDS, TaskPriority
from pcnhub.entrances.staff.tasks.pages import clock, day

STATE_COLOURS: dict[InvestigationState, str] = {
    InvestigationState.ASKED: "blue",
    InvestigationState.ORDERED: "aqua-green",
    InvestigationState.DECLINED: "red",
    InvestigationState.RESULTED: "green",
    InvestigationState.WITHDRAWN: "grey",
}
AGE_COLOURS: dict[Age, str] = {Age.LATE: "red", Age.SOON: "orange", Age.IN_TIME: "green", Age.CLOSED: "grey"}


def words() -> dict[str, Any]:
    """What every template of the journey may say."""
    return {
        "state_tag": lambda state: {"text": STATE_WORDS[state], "colour": STATE_COLOURS[InvestigationState(state)]},
        "age_tag": lambda age: {"text": AGE_WORDS[age], "colour": AGE_COLOURS[Age(age)]},
        "priority_words": lambda priority: PRIORITY_WORDS[TaskPriority(priority)],
        "clock": clock,
        "day": day,
    }
