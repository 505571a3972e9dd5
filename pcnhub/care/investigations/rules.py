"""The words of a test request: which step may follow which, who owns the next one, and how long it may wait.

A hub can't order: laboratories answer the requester only, so an order of the hub's would end where the patient's practice does
not see it. The practice orders, and nothing closes by silence (`domain.md` 12A.4, A22): an order names the day on which
somebody looks for its result, and a refusal stays open until the hub's clinician has seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pcnhub.care.tasks.rules import TaskPriority
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS, OpeningHours
from pcnhub.foundations.kernel.refusals import Problem

LONGEST_DETAILS = 2000
LONGEST_NOTE = 500
LONGEST_REFERENCE = 60
MOST_TESTS = 20
LATEST_CHASE = timedelta(days=92)  # a day further away is a slip of the year
SUGGESTED_CHASE = timedelta(days=14)


class InvestigationState(StrEnum):
    ASKED = "asked"  # the practice owes an order
    ORDERED = "ordered"  # the practice owes a result, or a look for it on the chase day
    DECLINED = "declined"  # the hub owes a decision: somebody else must order, or nobody need
    RESULTED = "resulted"  # closed: the result is there, and what was done about it
    WITHDRAWN = "withdrawn"  # closed by the hub, with its reason


FOLLOWS: dict[InvestigationState, frozenset[InvestigationState]] = {
    InvestigationState.ASKED: frozenset(
        {InvestigationState.ORDERED, InvestigationState.DECLINED, InvestigationState.WITHDRAWN}
    ),
    # ORDERED again: another chase day, because the result is not there yet
    InvestigationState.ORDERED: frozenset(
        {InvestigationState.ORDERED, InvestigationState.RESULTED, InvestigationState.DECLINED}
    ),
    InvestigationState.DECLINED: frozenset({InvestigationState.WITHDRAWN}),
    InvestigationState.RESULTED: frozenset(),
    InvestigationState.WITHDRAWN: frozenset(),
}
OPEN = frozenset(state for state, following in FOLLOWS.items() if following)
OF_THE_PRACTICE = frozenset({InvestigationState.ORDERED, InvestigationState.RESULTED, InvestigationState.DECLINED})
"""Steps that the practice takes; the others are the hub's."""
FREES_THE_TASK = frozenset(
    {
        InvestigationState.ORDERED,
        InvestigationState.RESULTED,
        InvestigationState.DECLINED,
        InvestigationState.WITHDRAWN,
    }
)
"""From here on the task that carries the request may be closed: its question has been answered on the request itself."""

STATE_WORDS: dict[InvestigationState, str] = {
    InvestigationState.ASKED: "Asked for, not ordered yet",
    InvestigationState.ORDERED: "Ordered, no result yet",
    InvestigationState.DECLINED: "Declined by the practice",
    InvestigationState.RESULTED: "Result acted on",
    InvestigationState.WITHDRAWN: "Withdrawn",
}


class Age(StrEnum):
    """How long the next step has been owed, against how long it may be."""

    IN_TIME = "in-time"
    SOON = "soon"
    LATE = "late"
    CLOSED = "closed"


AGE_WORDS: dict[Age, str] = {
    Age.IN_TIME: "In time",
    Age.SOON: "Runs out soon",
    Age.LATE: "Late",
    Age.CLOSED: "Closed",
}

# How much of the practice's open time may pass before the order is recorded: a working day, two, five.
ORDER_WITHIN: dict[TaskPriority, timedelta] = {
    TaskPriority.URGENT: timedelta(hours=10, minutes=30),
    TaskPriority.SOON: timedelta(hours=21),
    TaskPriority.ROUTINE: timedelta(hours=52, minutes=30),
}


@dataclass(frozen=True, slots=True)
class WantedTest:
    """One test: a SNOMED CT code where one was chosen, and its words."""

    term: str
    code: str = ""


def order_by(asked_at: datetime, priority: TaskPriority, hours: OpeningHours = CORE_HOURS) -> datetime:
    """The instant by which the practice should have recorded its order, counted in its open hours."""
    return hours.after(asked_at, ORDER_WITHIN[priority])


def decide_by(declined_at: datetime, hours: OpeningHours = CORE_HOURS) -> datetime:
    """The instant by which the hub should have answered a refusal: one working day."""
    return hours.after(declined_at, ORDER_WITHIN[TaskPriority.URGENT])


def age_of(
    *, state: InvestigationState, order_by: datetime, chase_on: date | None, decide_by: datetime | None, now: datetime
) -> Age:
    """How the request stands to the clock of its next step. Half a day before its end a clock is about to run out."""
    if state not in OPEN:
        return Age.CLOSED
    if state is InvestigationState.ORDERED and chase_on is not None:
        day = london_date(now)
        if chase_on < day:
            return Age.LATE
        return Age.SOON if chase_on == day else Age.IN_TIME
    until = decide_by if state is InvestigationState.DECLINED and decide_by is not None else order_by
    if until < now:
        return Age.LATE
    soon = until - now <= timedelta(hours=4) or in_london(until).date() == in_london(now).date()
    return Age.SOON if soon else Age.IN_TIME


def problems_of_request(*, tests: Sequence[WantedTest], details: str, known_codes: frozenset[str]) -> list[Problem]:
    """What keeps a request from being asked, all at once."""
    problems = []
    if not tests:
        problems.append(Problem("tests", "missing", "No test is named", "Name at least one test."))
    if len(tests) > MOST_TESTS:
        problems.append(Problem("tests", "too-many", f"At most {MOST_TESTS} tests fit on a form", "Make two requests."))
    problems.extend(
        Problem("tests", "unknown-code", "This code is not in the list of codes", "Choose the test again.", test.code)
        for test in tests
        if test.code and test.code not in known_codes
    )
    if not details.strip():
        problems.append(
            Problem(
                "details",
                "missing",
                "The clinical details are missing",
                "Say why the tests are wanted: who orders was not in the room.",
            )
        )
    elif len(details) > LONGEST_DETAILS:
        problems.append(
            Problem("details", "too-long", f"The details are longer than {LONGEST_DETAILS} characters", "Shorten them.")
        )
    return problems


def problems_of_order(*, reference: str, chase_on: date | None, today: date) -> list[Problem]:
    """An order has the number under which the laboratory knows it, and a day on which somebody looks for the result."""
    problems = []
    if not reference.strip():
        problems.append(
            Problem("reference", "missing", "The order has no reference", "Enter the number on the form or label.")
        )
    elif len(reference) > LONGEST_REFERENCE:
        problems.append(
            Problem("reference", "too-long", f"A reference has at most {LONGEST_REFERENCE} characters", "Shorten it.")
        )
    return problems + problems_of_chase(chase_on=chase_on, today=today)


def problems_of_chase(*, chase_on: date | None, today: date) -> list[Problem]:
    if chase_on is None:
        return [Problem("chase_on", "missing", "No day is set on which somebody looks for the result", "Enter a date.")]
    if chase_on < today:
        return [Problem("chase_on", "past", "That day is over", "Enter today or later.", chase_on.isoformat())]
    if chase_on - today > LATEST_CHASE:
        days = LATEST_CHASE.days
        return [
            Problem(
                "chase_on",
                "too-late",
                f"That is more than {days} days away",
                "Enter an earlier day.",
                chase_on.isoformat(),
            )
        ]
    return []


def problems_of_result(*, resulted_on: date | None, acted: str, asked_on: date, today: date) -> list[Problem]:
    """A result has its day, and what was done about it: also when that is nothing. An order is often put down after it was
    made, so the result may be older than that line; not older than the question."""
    problems = []
    if resulted_on is None:
        problems.append(Problem("resulted_on", "missing", "The day of the result is missing", "Enter a date."))
    elif resulted_on > today:
        problems.append(
            Problem("resulted_on", "future", "That day is not over", "Enter today or earlier.", resulted_on.isoformat())
        )
    elif resulted_on < asked_on:
        problems.append(
            Problem(
                "resulted_on",
                "before-request",
                "The result would be older than the request",
                "Check the date; of a result that was there before, decline the request and say so.",
                resulted_on.isoformat(),
            )
        )
    return problems + problems_of_note("acted", acted, "Say what was done about the result")


def problems_of_note(field: str, note: str, missing: str) -> list[Problem]:
    if not note.strip():
        return [Problem(field, "missing", missing, "One sentence is enough.")]
    if len(note) > LONGEST_NOTE:
        return [Problem(field, "too-long", f"It is longer than {LONGEST_NOTE} characters", "Shorten it.")]
    return []
