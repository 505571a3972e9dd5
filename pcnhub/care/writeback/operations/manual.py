"""What a person does by hand: taking a consultation to the practice in another way, and saying how long reports wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.writeback.models import SendingRule
from pcnhub.care.writeback.operations.states import held, settle
from pcnhub.care.writeback.rules import LONGEST_WINDOW, CopyState, Obstacle, Step, may_be_sent_otherwise
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Problem

LONGEST_REASON = 500
_A_MINUTE = timedelta(minutes=1)


class OtherWay(StrEnum):
    """How a consultation can reach a practice without this platform."""

    SECURE_EMAIL = "secure-email"
    POST = "post"
    BY_HAND = "by-hand"
    PATIENT = "patient"
    TELEPHONE = "telephone"


OTHER_WAYS: dict[OtherWay, str] = {
    OtherWay.SECURE_EMAIL: "by secure e-mail (NHSmail)",
    OtherWay.POST: "by post",
    OtherWay.BY_HAND: "by hand",
    OtherWay.PATIENT: "with the patient",
    OtherWay.TELEPHONE: "by telephone, read out and written down there",
}


class OnItsWayAlready(Conflict):
    """The copy is with the practice, or leaving, or its answer may still come: a second way would bring it twice."""

    code = "on-its-way-already"
    remedy = "Wait for the answer. If none comes in time, the write-back page says so, and offers the other way."


def sent_otherwise(
    *, actor: Actor, now: datetime, copy_id: int, how: str, reason: str, is_confirmed: bool = True
) -> None:
    """A named person took the consultation to the practice in another way, and says how and why. It is not sent again.

    `is_confirmed`: the person has confirmed that the practice has it. Raises InvalidInput (all problems), NotFound,
    NotPermitted (a system can't), OnItsWayAlready.
    """
    with unit_of_work(actor):
        grant = _of_the_hub(actor, now)
        problems = _problems(how, reason.strip(), is_confirmed=is_confirmed)
        if problems:
            raise InvalidInput(problems)
        copy = held(actor, copy_id)
        if not may_be_sent_otherwise(CopyState(copy.state), copy.reason_code):
            raise OnItsWayAlready("This copy needs no other way: it is there, or may be on its way.")
        said = f"{actor.name} sent it {OTHER_WAYS[OtherWay(how)]}: {reason.strip()}"
        why = Obstacle(CopyState.SENT_OTHERWISE, how, said, "", "")
        settle(copy, actor, now, Step.OTHERWISE, why, basis=grant.basis)


def set_window(*, actor: Actor, now: datetime, minutes: int) -> None:
    """How long reports of the acting organisation wait after the last edit (SD-096: three hours, unless it says otherwise).

    For consultations that are finished from now on. Raises InvalidInput, NotPermitted.
    """
    most = LONGEST_WINDOW // _A_MINUTE
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
        if not 0 <= minutes <= most:
            raise InvalidInput(
                [Problem("minutes", "out-of-range", f"Give 0 to {most} minutes", "Three hours are 180.", str(minutes))]
            )
        values = {"window_minutes": minutes, "changed_at": now, "changed_by": actor.user}
        SendingRule.objects.update_or_create(organisation_id=actor.organisation.id, defaults=values)
        trail.record(
            actor=actor,
            now=now,
            action="writeback.window-set",
            subject=Subject("sending rule", actor.organisation.id),
            basis=grant.basis,
            detail={"minutes": minutes},
        )


def _of_the_hub(actor: Actor, now: datetime) -> Grant:
    if actor.is_system:
        raise NotPermitted(
            "Somebody must say with their name that the practice has it: a system can't.",
            remedy="Sign in at the hub and open the write-back page.",
            who_can="a clinician or manager of the hub",
        )
    permission = Permission.CONSULT if actor.may(Permission.CONSULT) else Permission.MEND_FAILURES
    return permit(actor=actor, permission=permission, now=now)


def _problems(how: str, reason: str, *, is_confirmed: bool) -> list[Problem]:
    problems = []
    if how not in set(OtherWay):
        problems.append(Problem("how", "unknown", "Say how it was sent", "Choose one of the ways.", how))
    if not reason:
        problems.append(Problem("reason", "reason-missing", "Say why", "One sentence is enough; name no patient."))
    elif len(reason) > LONGEST_REASON:
        problems.append(Problem("reason", "too-long", f"At most {LONGEST_REASON} characters fit", "Shorten it."))
    if not is_confirmed:
        problems.append(
            Problem("is_confirmed", "not-confirmed", "Confirm that the practice has it", "Ask the practice first.")
        )
    return problems
