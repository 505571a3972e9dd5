"""The words of a consultation."""

from __future__ import annotations

from enum import StrEnum


class ConsultationState(StrEnum):
    DRAFT = "draft"
    FINISHED = "finished"


class Heading(StrEnum):
    """The headings of a general practice consultation, in the order in which they are shown."""

    PROBLEM = "Problem"
    HISTORY = "History"
    EXAMINATION = "Examination"
    ASSESSMENT = "Assessment"
    PLAN = "Plan"
    FOLLOW_UP = "Follow-up"
