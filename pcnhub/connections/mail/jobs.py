"""Whom each piece of news concerns. The handlers write notices down; the chore `mail.send` gives them to the mail system."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pcnhub.care.consultations.queries.practice import practice_of_consultation
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks.queries import TaskFacts, facts_of
from pcnhub.care.tasks.rules import UNACCEPTED, TaskPriority
from pcnhub.connections.mail.queue import Recipient, send_due, write_down
from pcnhub.connections.mail.words import FORESEEN, NoticeKind
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date


def on_alerted(told: Told) -> None:
    """A task waits, and the organisation is open: who can accept hears of it, unless somebody was faster."""
    task = _task(told)
    if task is None or task.state not in UNACCEPTED:
        return
    _tell(
        told, _positions(told, [each.position_id for each in task.team.acceptors]), NoticeKind.TASK_WAITS, f"waits:{task.id}",
        is_urgent=task.priority is TaskPriority.URGENT,
    )  # fmt: skip


def on_assigned(told: Told) -> None:
    """Passed to a person, or to a team and nobody in particular."""
    task = _task(told)
    if task is None:
        return
    own = [task.assigned_position] if task.assigned_position else [each.position_id for each in task.team.acceptors]
    urgent = task.priority is TaskPriority.URGENT
    _tell(told, _positions(told, own), NoticeKind.TASK_ASSIGNED, f"assigned:{told.dedup_key}", is_urgent=urgent)


def on_escalated(told: Told) -> None:
    """At the receiver the named person; at the sender whoever sent it."""
    task = _task(told)
    if task is None:
        return
    to: list[Recipient] = []
    if told.actor.organisation.id == task.to_organisation_id and task.escalated_position is not None:
        to += _positions(told, [task.escalated_position])
    if told.actor.organisation.id == task.organisation_id:
        to += _sender(told, task)
    _tell(told, to, NoticeKind.TASK_ESCALATED, f"escalated:{task.id}:{told.payload['kind']}", is_urgent=True)


def on_came_back(told: Told) -> None:
    task = _task(told)
    if task is not None:
        _tell(told, _sender(told, task), NoticeKind.TASK_CAME_BACK, f"back:{told.dedup_key}", is_urgent=True)


def on_commented(told: Told) -> None:
    """The other end's: who has the task, or who sent it."""
    task = _task(told)
    if task is None:
        return
    if told.actor.organisation.id == task.organisation_id:
        to = _sender(told, task)
    else:
        own = [task.assigned_position] if task.assigned_position else [each.position_id for each in task.team.acceptors]
        to = _positions(told, own)
    to = [each for each in to if each.account_id != told.payload["by_account"]]
    _tell(told, to, NoticeKind.TASK_COMMENTED, f"comment:{told.dedup_key}")


def on_safety_net_out(told: Told) -> None:
    """Who sent it, and the managers: the patient must not wait for one person's day off."""
    task = _task(told)
    if task is not None:
        to = [*_sender(told, task), *_holders(told, Permission.MANAGE_ORGANISATION)]
        _tell(told, to, NoticeKind.SAFETY_NET, f"net:{task.id}", is_urgent=True)


def on_copy_needs_person(told: Told) -> None:
    to = _holders(told, Permission.MEND_FAILURES)
    _tell(told, to, NoticeKind.COPY_NEEDS_PERSON, f"copy:{told.dedup_key}", about=told.payload["copy_id"])


def on_protected_number_given(told: Told) -> None:
    """Those who trace and may see the protected; where nobody does both, the managers, who can have somebody appointed."""
    settle = (Permission.VIEW_SENSITIVE, Permission.TRACE_PATIENTS)
    to = _holders(told, *settle) or _holders(told, Permission.MANAGE_ORGANISATION)
    about = told.payload["patient_id"]
    _tell(told, to, NoticeKind.PROTECTED_NUMBER, f"protected:{told.dedup_key}", about=about, is_urgent=True)


def on_permission_overridden(told: Told) -> None:
    """Those who look into the audit of the end that is told."""
    _tell(
        told, _holders(told, Permission.VIEW_AUDIT), NoticeKind.PERMISSION_OVERRIDDEN, f"override:{told.dedup_key}",
        about=told.payload["permission_id"], is_urgent=True,
    )  # fmt: skip


def on_document_quarantined(told: Told) -> None:
    _tell_of_document(told, NoticeKind.DOCUMENT_QUARANTINED)


def on_document_altered(told: Told) -> None:
    """Once a day, however often somebody tries to open it."""
    _tell_of_document(told, NoticeKind.DOCUMENT_ALTERED)


def _tell_of_document(told: Told, kind: NoticeKind) -> None:
    """Those who look after documents where it is held; where nobody does, the managers."""
    document_id = told.payload["document_id"]
    to = _holders(told, Permission.MANAGE_DOCUMENTS) or _holders(told, Permission.MANAGE_ORGANISATION)
    key = f"{kind}:{document_id}:{london_date(told.now)}"
    _tell(told, to, kind, key, about=document_id, is_urgent=True)


def on_evening_foreseen(told: Told) -> None:
    """The hub's managers hear what the watch counted, once for each day; who wants e-mail only once a day hears of it at once
    where patients will be harmed: tomorrow is too late."""
    figures = {key: told.payload[key] for key in ("day", "sessions", *FORESEEN)}
    to = _holders(told, Permission.MANAGE_READINESS) or _holders(told, Permission.MANAGE_ORGANISATION)
    write_down(
        now=told.now,
        to=to,
        kind=NoticeKind.TONIGHT,
        about=told.actor.organisation.id,
        key=f"tonight:{told.dedup_key}",
        is_urgent=bool(figures["stops"] or figures["harms"]),
        figures=figures,
    )


def on_notice_asked(told: Told) -> None:
    """A protocol of the hub asks that the patient's practice be written to: at the practice's own address, and in no words that
    say about whom (`domain.md` 10, two-week waits)."""
    practice_id = practice_of_consultation(actor=told.actor, consultation_id=told.payload["consultation_id"])
    if practice_id is None:
        return
    practice = organisations.organisation_ref(id=practice_id)
    write_down(
        now=told.now,
        to=[Recipient(practice, None)],
        kind=NoticeKind.PROTOCOL,
        about=told.payload["consultation_id"],
        key=f"protocol:{told.dedup_key}",
        is_urgent=True,
    )


def send_letters(now: datetime) -> None:
    """The chore. Harmless when several workers start it: a letter's row is held by one of them."""
    send_due(now=now)


def _task(told: Told) -> TaskFacts | None:
    return facts_of(actor=told.actor, now=told.now, task_id=told.payload["task_id"])


def _tell(
    told: Told, to: Collection[Recipient], kind: NoticeKind, key: str, *, about: int = 0, is_urgent: bool = False
) -> None:
    about = about or told.payload["task_id"]
    write_down(now=told.now, to=to, kind=kind, about=about, key=key, is_urgent=is_urgent)


def _positions(told: Told, ids: Collection[int]) -> list[Recipient]:
    """The people behind positions that hold."""
    views = organisations.positions(ids=ids, day=london_date(told.now))
    return [Recipient(each.organisation, each.account_id) for each in views if each.is_active]


def _sender(told: Told, task: TaskFacts) -> list[Recipient]:
    """Whoever sent it, while they are still there; else the managers."""
    day = london_date(told.now)
    here = organisations.positions_at(organisation_id=task.organisation_id, day=day)
    at: OrganisationRef = told.actor.organisation
    if task.sender_account is not None and task.sender_account in {each.account_id for each in here}:
        return [Recipient(at, task.sender_account)]
    return _holders(told, Permission.MANAGE_ORGANISATION)


def _holders(told: Told, *permissions: Permission) -> list[Recipient]:
    here = organisations.positions_at(organisation_id=told.actor.organisation.id, day=london_date(told.now))
    return [Recipient(each.organisation, each.account_id) for each in here if each.permissions.issuperset(permissions)]
