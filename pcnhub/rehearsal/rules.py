"""The words of a rehearsal: its steps, how each ended, and what a whole run shows. Nothing is looked up here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pcnhub.foundations.kernel.actors import OrganisationRef

LONGEST_RUN = timedelta(minutes=30)  # what has not ended by then is shown as stopped
KEPT_RUNS = 30
FRESH = timedelta(hours=36)  # a night may be missed by a restart; two may not
BY_HAND_HOLDS = timedelta(days=90)  # what a person said of a step that they did
LONGEST_COMMENT = 500
MOST_MINUTES = 24 * 60


class StepName(StrEnum):
    """The life of one appointment, in order."""

    SEARCH = "search"
    BOOK_GP_CONNECT = "book-gp-connect"
    BOOK_ACROSS = "book-across"
    REGISTER = "register"
    ARRIVE = "arrive"
    OPEN_RECORD = "open-record"
    CONSULT = "consult"
    WRITE_BACK = "write-back"
    RECEIVE = "receive"
    TASK_OUT = "task-out"
    ACCEPT = "accept"
    TASK_BACK = "task-back"
    CANCEL = "cancel"
    REFUSED = "refused"


STEP_WORDS: dict[StepName, str] = {
    StepName.SEARCH: "Search for slots",
    StepName.BOOK_GP_CONNECT: "Book by GP Connect",
    StepName.BOOK_ACROSS: "Book on the hub's pages",
    StepName.REGISTER: "Registered at the hub",
    StepName.ARRIVE: "Arrive",
    StepName.OPEN_RECORD: "Open the record",
    StepName.CONSULT: "Consult",
    StepName.WRITE_BACK: "Write back",
    StepName.RECEIVE: "Received by the practice",
    StepName.TASK_OUT: "Task to the practice",
    StepName.ACCEPT: "Accept the task",
    StepName.TASK_BACK: "Task to the hub",
    StepName.CANCEL: "Cancel",
    StepName.REFUSED: "Outsider refused",
}
OF_PRACTICE = tuple(step for step in StepName if step is not StepName.REFUSED)
OF_111 = (StepName.SEARCH, StepName.BOOK_GP_CONNECT)
OF_OUTSIDER = (StepName.REFUSED,)
# At a practice whose records another system keeps, these happen there: a rehearsal sends it nothing.
ELSEWHERE = frozenset(
    {StepName.BOOK_ACROSS, StepName.OPEN_RECORD, StepName.WRITE_BACK, StepName.RECEIVE, StepName.TASK_OUT, StepName.ACCEPT,
     StepName.TASK_BACK}
)  # fmt: skip

# What can only be tried once another step was done.
AFTER: dict[StepName, StepName] = {
    StepName.BOOK_GP_CONNECT: StepName.SEARCH,
    StepName.REGISTER: StepName.BOOK_ACROSS,
    StepName.ARRIVE: StepName.BOOK_ACROSS,
    StepName.OPEN_RECORD: StepName.REGISTER,
    StepName.CONSULT: StepName.ARRIVE,
    StepName.WRITE_BACK: StepName.CONSULT,
    StepName.RECEIVE: StepName.WRITE_BACK,
    StepName.TASK_OUT: StepName.REGISTER,
    StepName.ACCEPT: StepName.TASK_OUT,
    StepName.CANCEL: StepName.BOOK_GP_CONNECT,
}


class StepState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # another step had to come first, and did not pass; or it was not asked for
    MANUAL = "manual"  # nothing here can do it: a person does, and says how it went


STATE_WORDS: dict[StepState, str] = {
    StepState.PASSED: "Passed",
    StepState.FAILED: "Failed",
    StepState.SKIPPED: "Not tried",
    StepState.MANUAL: "By hand",
}


class Subject(StrEnum):
    """Who rehearses in a row."""

    PRACTICE = "practice"
    NHS_111 = "111"
    OUTSIDER = "outsider"


@dataclass(frozen=True, slots=True)
class ManualStep:
    """What a person said of a step that they did by hand."""

    step: StepName
    passed: bool
    took_minutes: int
    comment: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """How one step ended: `said` in plain words, `remedy` what mends it, `who` can. `by_hand`: what a person said since.

    `was_answered` False: nobody answered at all, or there was no stage; that says nothing of what the step looks at."""

    name: StepName
    state: StepState
    took_ms: int | None = None
    said: str = ""
    remedy: str = ""
    by_hand: ManualStep | None = None
    who: str = ""
    was_answered: bool = True

    @property
    def words(self) -> str:
        return STEP_WORDS[self.name]

    @property
    def advice(self) -> str:
        """What mends it, and who can."""
        return " ".join(part for part in (self.remedy, f"Who can: {self.who}." if self.who else "") if part)

    @property
    def is_settled(self) -> bool:
        """Whether it went well, by itself or by hand."""
        return self.state is StepState.PASSED or bool(self.by_hand and self.by_hand.passed)

    @property
    def shows_trouble(self) -> bool:
        return self.state is StepState.FAILED or bool(self.by_hand and not self.by_hand.passed)


@dataclass(frozen=True, slots=True)
class Tried:
    """A step as it was last tried at an organisation: in which rehearsal and when, by itself or by hand."""

    run_id: int
    at: datetime
    step: Step

    @property
    def passed(self) -> bool:
        return self.step.is_settled and not self.step.shows_trouble


@dataclass(frozen=True, slots=True)
class Row:
    """One organisation's steps, in order. An outsider is nobody in particular: `organisation` is None."""

    subject: Subject
    organisation: OrganisationRef | None
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        return self.organisation.name if self.organisation else "An outsider"

    def step(self, name: StepName) -> Step | None:
        return next((step for step in self.steps if step.name is name), None)


@dataclass(frozen=True, slots=True)
class Left:
    """Rows of one table that should have gone."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class Run:
    """One rehearsal of a hub. `is_clean`: nothing but the audit is left of it; None while it runs, or is kept to be looked at."""

    id: int
    hub: OrganisationRef
    started_at: datetime
    ended_at: datetime | None
    asked_by: str
    rows: tuple[Row, ...]
    is_clean: bool | None
    left: tuple[Left, ...]
    trouble: str = ""  # why there are no rows, or not all of them
    is_partial: bool = False  # not all practices, or not all steps

    @property
    def failed(self) -> tuple[tuple[Row, Step], ...]:
        return tuple((row, step) for row in self.rows for step in row.steps if step.shows_trouble)

    @property
    def waits_for_hands(self) -> tuple[tuple[Row, Step], ...]:
        return tuple(
            (row, step)
            for row in self.rows
            for step in row.steps
            if step.state is StepState.MANUAL and step.by_hand is None
        )

    @property
    def has_passed(self) -> bool:
        """Everything that it tried went well, by itself or by hand, and nothing is left of it."""
        tried = [step for row in self.rows for step in row.steps]
        return bool(tried) and not self.trouble and bool(self.is_clean) and all(step.is_settled for step in tried)

    @property
    def counts(self) -> dict[StepState, int]:
        states = [step.state for row in self.rows for step in row.steps]
        return {state: states.count(state) for state in StepState}

    @property
    def took_ms(self) -> int | None:
        return int((self.ended_at - self.started_at) / timedelta(milliseconds=1)) if self.ended_at else None

    def is_overdue(self, now: datetime) -> bool:
        """It should have ended long ago: whoever ran it was stopped."""
        return self.ended_at is None and now - self.started_at > LONGEST_RUN


def why_not_now(done: Iterable[Step], name: StepName, *, books_elsewhere: bool) -> StepName | None:
    """The step that has to pass first, and did not; None when this one can be tried. A practice that works in another system
    books by GP Connect alone, so that its later steps follow from that booking."""
    first = AFTER.get(name)
    if first is StepName.BOOK_ACROSS and books_elsewhere:
        first = StepName.BOOK_GP_CONNECT
    steps = {step.name: step.state for step in done}
    # what was not asked for keeps nothing from being tried
    return first if first in steps and steps[first] is not StepState.PASSED else None
