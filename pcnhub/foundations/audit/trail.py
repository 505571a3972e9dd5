"""Writing to the audit: noted while the unit of work runs, written just before it commits.

Late, because the chain of an organisation has one end, and whoever writes to it holds it until commit. In the same
transaction, because an act that can't be put on record must not happen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database import prepared
from pcnhub.foundations.database.work import UnitOfWork, current_work
from pcnhub.foundations.kernel.actors import Actor

_NOTES = "audit"
_FEW = 4  # events that are written without the ORM
_TYPES = {
    "organisation_id": "bigint", "at": "timestamptz", "user": "text", "user_name": "text", "role_code": "text",
    "role_name": "text", "identity": "text", "purpose": "text", "action": "text", "subject_type": "text",
    "subject_id": "bigint", "nhs_number": "text", "patient_id": "bigint", "nhs_numbers": "text[]",
    "data_organisation_id": "bigint", "agreement_id": "bigint", "basis": "text", "reason": "text", "origin": "text",
    "request_id": "text", "detail": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What was acted on: a table's word and an id, and the patient, if there is one."""

    kind: str
    id: int | None = None
    patient_id: int | None = None
    nhs_number: str | None = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """On what ground: the agreement's id and name, or the organisation's own record."""

    name: str = "own record"
    agreement_id: int | None = None


OWN_RECORD = Basis()

Detail = dict[str, str | int | bool | list[str] | list[int] | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A patient who stood in a list by name, and the practice whose patient that is (None: the actor's own)."""

    patient_id: int | None
    nhs_number: str
    practice_id: int | None = None


class AnonymousAct(RuntimeError):
    """An act without a user, or outside its actor's unit of work: a bug, and never written."""


def record(
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject: Subject,
    data_organisation_id: int | None = None,
    basis: Basis = OWN_RECORD,
    reason: str = "",
    detail: Detail | None = None,
    nhs_numbers: Iterable[str] = (),
) -> None:
    """Note one event; it is written in this transaction, before it commits.

    `data_organisation_id` is whose data it was (default: the actor's own organisation). `detail` holds ids, codes and
    names of fields, never clinical text or a person's name.
    """
    work = current_work()
    if not actor.user or (work.actor.organisation.id, work.actor.user) != (actor.organisation.id, actor.user):
        raise AnonymousAct(action)
    work.notes.setdefault(_NOTES, []).append(
        AuditEvent(
            organisation_id=actor.organisation.id,
            at=now,
            user=actor.user,
            user_name=actor.name,
            role_code=actor.role_code,
            role_name=actor.role_name,
            identity=actor.identity,
            purpose=actor.purpose.value,
            action=action,
            subject_type=subject.kind,
            subject_id=subject.id,
            patient_id=subject.patient_id,
            nhs_number=subject.nhs_number or "",
            nhs_numbers=sorted({str(number) for number in nhs_numbers}),
            data_organisation_id=data_organisation_id or actor.organisation.id,
            agreement_id=basis.agreement_id,
            basis=basis.name,
            reason=reason,
            origin=actor.origin,
            request_id=actor.request_id,
            detail=json.dumps(detail, sort_keys=True, ensure_ascii=False) if detail else "",
        )
    )
    work.before_commit[_NOTES] = _write


def whose_number_is_unknown(patient_id: int | None) -> str:
    """What stands in a list's event for a patient without an NHS number, so that they, too, can be told who saw them."""
    return f"patient:{patient_id}"


def record_list(
    *,
    actor: Actor,
    now: datetime,
    action: str,
    kind: str,
    shown: Iterable[Shown],
    basis: Basis = OWN_RECORD,
    detail: Detail | None = None,
) -> None:
    """Note that a list showed these patients, so that "who saw this patient?" tells of it.

    One event for each practice whose patients stood there: each may read its own, and learns nobody else's number. A list
    that showed nobody is one event too.
    """
    of_practice: dict[int, list[Shown]] = {}
    for each in shown:
        of_practice.setdefault(each.practice_id or actor.organisation.id, []).append(each)
    for practice_id, its in sorted(of_practice.items()) or [(actor.organisation.id, [])]:
        record(
            actor=actor,
            now=now,
            action=action,
            subject=Subject(kind),
            data_organisation_id=practice_id,
            basis=basis,
            detail={**(detail or {}), "patients": sorted({each.patient_id for each in its if each.patient_id})},
            nhs_numbers=[each.nhs_number or whose_number_is_unknown(each.patient_id) for each in its],
        )


def _write(work: UnitOfWork) -> None:
    """A call puts one event or two on record: those by a statement that is planned already, for their number."""
    events: list[AuditEvent] = work.notes.pop(_NOTES)
    if len(events) > _FEW:
        AuditEvent.objects.bulk_create(events)
        return
    values = {f"{name}_{place}": getattr(event, name) for place, event in enumerate(events) for name in _TYPES}
    prepared.rows(*_insert(len(events)), values=values)


@cache
def _insert(events: int) -> tuple[str, dict[str, str]]:
    """The statement for so many events, and the types of its places. Sequence and hashes are the database's to give."""
    columns = ", ".join(f'"{name}"' for name in _TYPES)
    given = ", ".join(f"({', '.join(f'%({name}_{place})s' for name in _TYPES)}, 0, '', '')" for place in range(events))
    types = {f"{name}_{place}": kind for place in range(events) for name, kind in _TYPES.items()}
    return f"insert into audit_auditevent ({columns}, sequence, previous_hash, hash) values {given}", types  # noqa: S608
