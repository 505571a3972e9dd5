"""Every read of the room: lists of both sides, one request with its history, and which appointments' tests are still owed."""

from pcnhub.care.investigations.queries.forms import forms_without_request
from pcnhub.care.investigations.queries.listing import (
    InvestigationCounts,
    InvestigationFilter,
    InvestigationPage,
    asked_between,
    counts,
    investigations,
    of_consultation,
    of_task,
)
from pcnhub.care.investigations.queries.results import StrayResult, stray_results
from pcnhub.care.investigations.queries.views import InvestigationRow, InvestigationView, Step, investigation

__all__ = [
    "InvestigationCounts",
    "InvestigationFilter",
    "InvestigationPage",
    "InvestigationRow",
    "InvestigationView",
    "Step",
    "StrayResult",
    "asked_between",
    "counts",
    "forms_without_request",
    "investigation",
    "investigations",
    "of_consultation",
    "of_task",
    "stray_results",
]
