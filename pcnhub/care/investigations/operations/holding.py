"""Why the task that carries a test request can't be closed yet: its answer belongs on the request."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.investigations.models import Investigation
from pcnhub.care.investigations.rules import FREES_THE_TASK
from pcnhub.care.tasks.operations.holds import Hold
from pcnhub.foundations.kernel.actors import Actor


def hold(actor: Actor, now: datetime, task_id: int) -> Hold | None:
    """None for a task that carries no test request, or one whose request has its answer. In the running unit of work."""
    row = Investigation.objects.filter(task=task_id).exclude(state__in=FREES_THE_TASK).first()
    if row is None:
        return None
    return Hold(
        "The tests that this task asks for have not been answered.",
        remedy="On the test request, record the order and a day to look for the result, or say why you decline.",
        page="test-request",
        page_id=row.pk,
    )
