"""A practice's file, from upload to undo: received, checked, reviewed, taken in.

    receive -> check -> take_in -> undo          drop: at any time before it is taken in
       (job)     |          (job)   (job)         resume: what stopped goes on
                 `- map_columns: checked again

    bring_in: all of it at once, where nobody is to review it

Nothing but `take_in`, `bring_in` and `undo` changes a patient, each in one transaction. A hub may bring a member practice's
file; what changes patients is always done for the practice, by a job.
"""

from pcnhub.care.patients.operations.imports.absences import choose_absent
from pcnhub.care.patients.operations.imports.claims import ask_claims, decide_claim
from pcnhub.care.patients.operations.imports.duplicates import decide_duplicate
from pcnhub.care.patients.operations.imports.mappings import save_mapping
from pcnhub.care.patients.operations.imports.receiving import bring_as_own, drop, map_columns, receive, resume
from pcnhub.care.patients.operations.imports.steps import AT_ONCE, NotAtThisStep
from pcnhub.care.patients.operations.imports.taking import ChangesetAltered, TakesProtectionAway, take_in
from pcnhub.care.patients.operations.imports.undoing import undo
from pcnhub.care.patients.operations.imports.unreviewed import bring_in

__all__ = [
    "AT_ONCE",
    "ChangesetAltered",
    "NotAtThisStep",
    "TakesProtectionAway",
    "ask_claims",
    "bring_as_own",
    "bring_in",
    "choose_absent",
    "decide_claim",
    "decide_duplicate",
    "drop",
    "map_columns",
    "receive",
    "resume",
    "save_mapping",
    "take_in",
    "undo",
]
