"""What the hub's protocols ask for, on the pages that finish and amend: shown with its control, and read from what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from pcnhub.care.consultations.operations import AskAnswer
from pcnhub.care.consultations.queries import ConsultationView
from pcnhub.care.consultations.queries.protocols import wanted
from pcnhub.care.consultations.rules import Notes
from pcnhub.care.consultations.rules.protocols import AskKind, Moment, Wanted
from pcnhub.connections.mail.configuration import why_nothing_leaves
from pcnhub.entrances.staff.door import StaffRequest

REASON = "-reason"


@dataclass(frozen=True, slots=True)
class Asked:
    """One ask with what was typed about it. `page` is where a task or a document is made, `warning` what else must be known."""

    wanted: Wanted
    is_confirmed: bool
    reason: str
    page: str
    page_text: str
    warning: str = ""


def asked_for(
    request: StaffRequest, view: ConsultationView, notes: Notes, moment: Moment, typed: Mapping[str, str] | None = None
) -> tuple[Asked, ...]:
    """All that is asked at this moment, in the protocols' order; an outcome is asked for where it is chosen."""
    given = typed or {}
    every = wanted(actor=request.actor, now=request.now, consultation_id=view.id, notes=notes, moment=moment)
    return tuple(
        Asked(each, bool(given.get(each.field)), given.get(each.field + REASON, ""), *_page(view, each), _warning(each))
        for each in every
        if each.ask.kind is not AskKind.OUTCOME or each.is_open
    )


def _warning(each: Wanted) -> str:
    """An e-mail that is promised, and can't leave this installation."""
    return why_nothing_leaves() if each.ask.kind is AskKind.EMAIL and each.is_satisfied else ""


def answers_in(asked: Sequence[Asked]) -> tuple[AskAnswer, ...]:
    """What was sent about each, for the operation."""
    return tuple(
        AskAnswer(each.wanted.protocol, each.wanted.ask.name, each.is_confirmed, each.reason)
        for each in asked
        if each.is_confirmed or each.reason.strip()
    )


def _page(view: ConsultationView, each: Wanted) -> tuple[str, str]:
    ask = each.ask
    try:
        match ask.kind:
            case AskKind.TASK:
                known = {"consultation": view.id, "patient": view.patient.id, "kind": ask.task_type}
                query = urlencode({**known, "priority": ask.priority})
                return f"{reverse('task-new')}?{query}", "Send the task"
            case AskKind.DOCUMENT:
                return reverse("consultation-letters", args=[view.id]), "Make the document"
    except NoReverseMatch:
        pass
    return "", ""
