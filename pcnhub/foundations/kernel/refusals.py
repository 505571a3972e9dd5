"""How this product says no.

    Refusal                  one foreseen "no": a code, a sentence, what to do, who can do it
    |-- NotPermitted         the actor's position lacks the activity
    |-- NotShared            no agreement opens this, or the one that did has lapsed
    |-- NotFound             nothing there that this actor may know about
    |-- Conflict             somebody was faster, or the thing has moved on
    `-- InvalidInput         one or more problems in what was given, all of them at once

Rooms subclass these beside the function that raises them. Anything else that is raised is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Refusal(Exception):
    """A foreseen no. `code` is stable and documented, `message` is for the person who asked."""

    code = "refused"
    remedy = ""
    who_can = ""

    def __init__(self, message: str, *, code: str = "", remedy: str = "", who_can: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.remedy = remedy or self.remedy
        self.who_can = who_can or self.who_can

    def sentence(self) -> str:
        """The refusal as one line: what, what to do, who can."""
        who = f" Who can: {self.who_can}." if self.who_can else ""
        return " ".join(part for part in (self.message, self.remedy) if part) + who


class NotPermitted(Refusal):
    """The position in use does not hold the activity that this act needs."""

    code = "not-permitted"


class NotShared(Refusal):
    """No effective agreement between the two organisations opens this."""

    code = "not-shared"


class NotFound(Refusal):
    """Nothing there that this actor may know about; also said of what must stay unseen."""

    code = "not-found"
    who_can = "an administrator of your organisation, if it should be here"


class Conflict(Refusal):
    """The thing changed between looking and acting."""

    code = "conflict"
    who_can = "you, after looking at it as it is now"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one value: where it stands, what it is, and how to mend it."""

    field: str
    code: str
    message: str
    remedy: str = ""
    value: str = ""

    def sentence(self) -> str:
        shown = f" (given: {self.value!r})" if self.value else ""
        return f"{self.field}: {self.message.removesuffix('.')}{shown}. {self.remedy}".strip()


class InvalidInput(Refusal):
    """What was given can't be used; `problems` lists every reason, never just the first."""

    code = "invalid-input"
    who_can = "whoever tried it, once what is listed is put right"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.sentence() for problem in self.problems))
