"""A document that is filed to a consultation after its report was handed over does not go by itself: somebody must move."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.writeback.models import Copy, CopyEvent
from pcnhub.care.writeback.operations.states import ask_person
from pcnhub.care.writeback.rules import MAY_LACK_DOCUMENTS, NO_MAILBOX, CopyState, Route
from pcnhub.foundations.kernel.actors import Actor


def count_left_behind(*, actor: Actor, now: datetime, consultation_id: int) -> int:
    """Put on the newest report how many documents of the consultation went without it, and tell somebody of the first; how many.

    In the patient's turn. Kept reports, and those that wait for a mailbox, are built later and take along what is there then.
    What is confidential never goes, so that it is not owed.
    """
    rows = Copy.objects.filter(consultation=consultation_id, organisation=actor.organisation.id, route=Route.MESH)
    copy = rows.order_by("-version").first()
    if copy is None:
        return 0
    number = _left_behind(actor, copy)
    if number != copy.documents_left_behind:
        is_first = not copy.documents_left_behind
        copy.documents_left_behind = number
        copy.save(update_fields=["documents_left_behind"])
        if is_first:
            ask_person(copy, actor, now, "documents")
    return number


def _left_behind(actor: Actor, copy: Copy) -> int:
    if copy.state not in MAY_LACK_DOCUMENTS or copy.reason_code == NO_MAILBOX:
        return 0
    version = consultations.finished_version(actor=actor, consultation_id=copy.consultation_id, number=copy.version)
    if version.is_in_error or version.is_confidential:
        return 0
    events = CopyEvent.objects.filter(copy=copy, state__in=[CopyState.HANDED_OVER, CopyState.SENT_OTHERWISE])
    left = events.order_by("-at", "-pk").values_list("at", flat=True).first() or copy.state_changed_at
    attached = consultations.attached_documents(actor=actor, consultation_id=copy.consultation_id)
    return sum(each.attached_at > left and not each.document.is_confidential for each in attached)
