"""What an export of task teams says of each practice."""

from __future__ import annotations

from collections import defaultdict
from typing import cast

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.insight.elsewhere.checks.answering import Exports, OfEachPractice, Verdict, need
from pcnhub.insight.elsewhere.rules import ExportKind, MemberRow

TEAMS = ExportKind.TEAMS
FEWEST = 2  # one of them is on leave some day


def _enough_members(practice: OrganisationRef, exports: Exports) -> Verdict:
    """A team with two active members who take the hub's tasks. Of a practice that the export does not name nothing is known:
    its teams may be out of sight of whoever exported."""
    teams: dict[str, set[str]] = defaultdict(set)
    for row in cast("tuple[MemberRow, ...]", exports[TEAMS].rows):
        if row.practice == practice.ods_code:
            teams[row.team] |= {row.member.casefold()} if row.member and row.is_active and row.accepts else set()
    nothing = "" if teams else f"The export names no team of {practice.name}"
    best = max(teams, key=lambda team: len(teams[team]), default="")
    said = f"{best}: {len(teams.get(best, ()))} active members take tasks, of {FEWEST} needed"
    faults = (said,) if teams and len(teams[best]) < FEWEST else ()
    what = "Add members to the team, and mark them for cross organisation tasks."
    return Verdict(faults, said, what, f"a manager at {practice.name}", nothing)


CHECKS: dict[str, OfEachPractice] = {
    "CHK-36": OfEachPractice("CHK-36", (need(TEAMS, "member", "is_active", "accepts"),), _enough_members)
}
