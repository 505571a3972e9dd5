"""Each call in the audit, the refused ones in the same detail: who asked, for whom, what, about whom, and how it ended.

Source: GP Connect 1.2.7, cross-organisation audit and provenance. Never the token, never a body. What can't be put on record
is not answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pcnhub.care.organisations.queries import INSTALLATION
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.api.gpconnect.answers import Refused
from pcnhub.entrances.api.gpconnect.headers import SpineHeaders
from pcnhub.entrances.api.gpconnect.token import Token
from pcnhub.foundations.audit.trail import Basis, Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, Purpose

# What a call may do here; the scope of its token and the switches decide which of it it reaches. Only what asks for the
# record may see one.
PERMISSIONS = frozenset({Permission.FIND_PATIENTS, Permission.BOOK_APPOINTMENTS})
PERMISSIONS_OF_RECORD = frozenset({Permission.FIND_PATIENTS, Permission.VIEW_RECORD})
_NOBODY = Subject("gp-connect")


@dataclass(slots=True)
class Entry:
    """What is known of a call so far. It fills as the call comes through the door, so that a refusal at any step has it."""

    now: datetime
    headers: SpineHeaders
    asked_for: str  # the organisation's code in the path
    verb: str
    provider: OrganisationRef = INSTALLATION  # while nobody here is meant
    token: Token | None = None
    claimed: dict[str, str] = field(default_factory=dict)  # what a refused token says of who asks
    subjects: list[Subject] = field(default_factory=list)
    asks_for_record: bool = False

    @property
    def actor(self) -> Actor:
        """The person who asks, as the token says, acting at the organisation whom they ask."""
        if self.token is None:
            return self._made("gpconnect:unknown", "not known: no valid token")
        asker, consumer = self.token.practitioner, self.token.consumer
        user = asker.sds_user_id if asker.sds_user_id not in ("", "UNK") else asker.id
        return self._made(
            f"gpconnect:{consumer.ods_code}:{user}", f"{asker.name}, {consumer.name}", asker.sds_role_profile_id
        )

    def _made(self, user: str, name: str, role: str = "") -> Actor:
        consumer = self.token.consumer.ods_code if self.token else ""
        return Actor(
            user=user,
            name=name,
            organisation=self.provider,
            purpose=Purpose.DIRECT_CARE,
            permissions=PERMISSIONS_OF_RECORD if self.asks_for_record else PERMISSIONS,
            role_code=role,
            identity="gp-connect",
            origin=f"gp-connect {consumer}".strip(),
            request_id=self.headers.trace_id,
        )


def answered(entry: Entry, actor: Actor, status: int) -> None:
    """Notes the call in the unit of work that answers it."""
    _note(entry, actor, action="gp-connect.answered", status=status)


def refused(entry: Entry, refusal: Refused) -> None:
    """Puts the call on record in a unit of its own: the one that was refused is undone."""
    actor = entry.actor
    with unit_of_work(actor):
        _note(entry, actor, action="gp-connect.refused", status=refusal.status, reason=refusal.code.name)


def _note(entry: Entry, actor: Actor, *, action: str, status: int, reason: str = "") -> None:
    token = entry.token
    detail: dict[str, str | int | bool | list[str] | list[int] | None] = {
        "interaction": entry.headers.interaction,
        "verb": entry.verb,
        "status": status,
        "from": entry.headers.sender,
        "to": entry.headers.receiver,
        "organisation": entry.asked_for,
    }
    if token:
        detail |= {"device": token.consumer.device, "scope": token.scope, "consumer": token.consumer.ods_code}
    else:
        detail |= entry.claimed
    record(
        actor=actor,
        now=entry.now,
        action=action,
        subject=entry.subjects[0] if entry.subjects else _NOBODY,
        basis=Basis("GP Connect: shared by the national proxy"),
        reason=reason,
        detail=detail,
    )
