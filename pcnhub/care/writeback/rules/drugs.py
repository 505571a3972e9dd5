"""Which drug of a copy is entered into the practice's medication list, and which waits for somebody there (`domain.md` A12)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pcnhub.foundations.kernel.refusals import Problem


class DrugState(StrEnum):
    """What became of a drug that a copy mentions."""

    WAITING = "waiting"  # for somebody of the practice
    FILED = "filed"  # in its medication list, under a prescriber's name
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # a later version no longer has it, or the consultation was recorded in error


DRUG_WORDS: dict[DrugState, str] = {
    DrugState.WAITING: "Waits for the practice",
    DrugState.FILED: "In the practice's medication list",
    DrugState.DECLINED: "Declined by the practice",
    DrugState.WITHDRAWN: "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class WhyWaiting:
    code: str
    reason: str


def why_it_waits(
    *, code: str, formulary: str, listed: Collection[str] | None, prescriber_problems: Sequence[str]
) -> WhyWaiting | None:
    """What keeps a drug out of the medication list until somebody of the practice has looked; None: it goes in.

    `formulary` is the name that the practice chose, `listed` the codes of the list with that name, None where none was
    brought in. `prescriber_problems` are sentences about the practice's prescribing user.
    """
    if prescriber_problems:
        return WhyWaiting("prescribing-user", " ".join(prescriber_problems))
    if listed is None:
        return WhyWaiting(
            "formulary-not-imported",
            f"No list has been brought in for the formulary {formulary}, so nothing was checked.",
        )
    if code not in listed:
        return WhyWaiting("not-in-formulary", f"It is not in the formulary {formulary}.")
    return None


MOST_DRUGS = 50_000
_SCTID = re.compile(r"[1-9][0-9]{5,17}")


@dataclass(frozen=True, slots=True)
class ListedDrug:
    """One row of a formulary: a dm+d or SNOMED CT concept id, and its name."""

    code: str
    name: str


def problems_of_list(rows: Iterable[tuple[int, str, str]]) -> list[Problem]:
    """What is wrong with a formulary's rows (line number, code, name), all of it."""
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for line, code, name in rows:
        if not _SCTID.fullmatch(code):
            problems.append(
                Problem(
                    f"line {line}",
                    "no-code",
                    "This is no dm+d or SNOMED CT concept id",
                    "Give six to eighteen digits, as in the dm+d browser.",
                    code,
                )
            )
        elif code in seen:
            problems.append(
                Problem(f"line {line}", "twice", f"This code stands in line {seen[code]} already", "Remove one.", code)
            )
        else:
            seen[code] = line
        if not name.strip():
            problems.append(Problem(f"line {line}", "no-name", "The drug has no name", "Give it.", code))
    return problems
