"""To a practice elsewhere: what the connection tells of a report on its way. One call for each thing that can happen.

Each answers whether it changed anything: told twice, or told late of what is settled, a copy stays as it is. All act for the
hub, whose copy it is, and raise NotFound and NotPermitted.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.operations.states import NO_REASON, held, note, say, settle
from pcnhub.care.writeback.rules import NO_MAILBOX, OVER, UNANSWERED, CopyState, Obstacle, Route, Step, after
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

_HUB = "a manager of the hub"


def report_handed_over(*, actor: Actor, now: datetime, copy_id: int) -> bool:
    """The connection keeps the report in its queue. Call it first, in the unit of work that keeps the message: False says that
    the copy is not to be sent (a later version goes instead, somebody took it there, or it is queued already)."""
    with unit_of_work(actor):
        return _step(_copy(actor, now, copy_id), actor, now, Step.HAND_OVER)


def report_sending(*, actor: Actor, now: datetime, copy_id: int) -> bool:
    """The connection is about to send it. Call and commit it before each try: False says that it must not leave any more, and
    the message is to be dropped. From here on nobody takes it back, until `report_unanswered` says that nobody knows."""
    with unit_of_work(actor):
        copy = _copy(actor, now, copy_id)
        if copy.state == CopyState.SENDING:
            return True  # another try: the network has told that it doesn't have it
        return _step(copy, actor, now, Step.START)


def report_sent(*, actor: Actor, now: datetime, copy_id: int, message_id: str) -> bool:
    """MESH has taken it, under this number of its own."""
    with unit_of_work(actor):
        return _step(_copy(actor, now, copy_id), actor, now, Step.SEND, message_id=message_id, sent_at=now)


def report_received(*, actor: Actor, now: datetime, copy_id: int) -> bool:
    """The practice's system has it: positive infrastructure acknowledgement. It proves that it was sent."""
    with unit_of_work(actor):
        copy = _copy(actor, now, copy_id)
        return _step(copy, actor, now, Step.RECEIVE, sent_at=copy.sent_at or now)


def report_accepted(*, actor: Actor, now: datetime, copy_id: int, receipt: str) -> bool:
    """The practice has accepted it: positive business acknowledgement, whose number is the receipt."""
    with unit_of_work(actor):
        copy = _copy(actor, now, copy_id)
        sent = copy.sent_at or now
        return _step(copy, actor, now, Step.ACCEPT, sent_at=sent, receipt=receipt, acknowledged_at=now)


def report_refused(*, actor: Actor, now: datetime, copy_id: int, code: str, text: str, remedy: str = "") -> bool:
    """It came back: a negative acknowledgement, or MESH could not deliver it. `text` and `remedy` name no patient."""
    why = Obstacle(
        CopyState.REFUSED,
        code,
        text,
        remedy or "Mend what it names and send it again, or bring it to the practice in another way.",
        _HUB,
    )
    with unit_of_work(actor):
        return _step(_copy(actor, now, copy_id), actor, now, Step.REFUSE, why)


def report_unanswered(*, actor: Actor, now: datetime, copy_id: int) -> bool:
    """No answer has come in its time: somebody must ask the practice. The state stays, and an answer that comes yet counts."""
    with unit_of_work(actor):
        copy = _copy(actor, now, copy_id)
        said = _SILENCE.get(CopyState(copy.state))
        if said is None:
            return False
        remedy = "Ask the practice whether it has the report. If not, bring it there in another way; never send it again blindly."
        say(copy, actor, now, Obstacle(CopyState(copy.state), UNANSWERED, said, remedy, _HUB))
        return True


def report_not_configured(*, actor: Actor, now: datetime, copy_id: int) -> bool:
    """There is no mailbox to send from: the report stays queued, and says so. It goes once there is one."""
    why = Obstacle(
        CopyState.HANDED_OVER,
        NO_MAILBOX,
        "This installation has no MESH mailbox yet, so nothing can be sent to practices elsewhere.",
        "It goes by itself once the mailbox is set up. Until then, bring it to the practice in another way.",
        f"whoever runs this installation; {_HUB} for the other way",
    )
    with unit_of_work(actor):
        copy = _copy(actor, now, copy_id)
        _step(copy, actor, now, Step.HAND_OVER)
        if copy.state != CopyState.HANDED_OVER:
            return False
        say(copy, actor, now, why)
        return True


_SILENCE = {
    CopyState.HANDED_OVER: "It is not known whether the report has left.",
    CopyState.SENDING: "It is not known whether the report has left.",
    CopyState.SENT: "The report was sent, and no acknowledgement has come.",
    CopyState.RECEIVED: "The report arrived at the practice's system, and nobody there has accepted it.",
}


def _copy(actor: Actor, now: datetime, copy_id: int) -> Copy:
    permit(actor=actor, permission=Permission.CONSULT, now=now)
    return held(actor, copy_id)


def _step(
    copy: Copy,
    actor: Actor,
    now: datetime,
    step: Step,
    why: Obstacle = NO_REASON,
    **facts: str | datetime,
) -> bool:
    if copy.route != Route.MESH or after(CopyState(copy.state), step) is None:
        if copy.state in OVER and step in (Step.SEND, Step.RECEIVE, Step.REFUSE):
            note(copy, actor, now, reason=f"Told afterwards: {step}. {why.reason}".strip())
        return False
    for field, value in facts.items():
        setattr(copy, field, value)
    copy.save(update_fields=list(facts))
    settle(copy, actor, now, step, why)
    return True
