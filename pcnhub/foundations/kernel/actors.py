"""Who acts, for which organisation, and to what end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self


class Purpose(StrEnum):
    """Why a unit of work touches people's data; set in the database with each transaction and kept in the audit."""

    DIRECT_CARE = "direct-care"
    ADMINISTRATION = "administration"
    AUDIT = "audit"
    SET_UP = "set-up"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class OrganisationRef:
    """An organisation as an actor carries it."""

    id: int
    ods_code: str
    name: str
    kind: str  # organisations.rules.OrganisationKind
    is_live: bool = field(default=True, compare=False)  # False: a hub or practice that has not gone live
    runs_here: bool = field(default=True, compare=False)  # False: its hub's appointment book is kept in another system


@dataclass(frozen=True, slots=True)
class OwnPatient:
    """The patient whom an actor is: the acting organisation's row of them, and their NHS number (empty: not known)."""

    id: int
    nhs_number: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a position, a system, or a patient by a link of their own, acting for exactly one organisation.

    `permissions` are slugs from `organisations` data (activity code -> permission), resolved anew for each request, so that
    a change of position takes effect at once. `identity` says where the proof of identity came from.
    """

    user: str  # "account:12" or "system:worker"
    name: str
    organisation: OrganisationRef
    purpose: Purpose
    permissions: frozenset[str] = field(default=frozenset())
    position_id: int | None = None
    role_code: str = ""
    role_name: str = ""
    job_category: str = ""
    identity: str = "system"
    origin: str = ""
    request_id: str = ""
    patient: OwnPatient | None = None  # who comes by a link of their own, and reaches nobody else's data

    @property
    def account_id(self) -> int | None:
        kind, _, number = self.user.partition(":")
        return int(number) if kind == "account" else None

    @property
    def is_system(self) -> bool:
        return self.user.startswith("system:")

    def may(self, permission: str) -> bool:
        """A system actor is trusted code doing one thing; a person needs the permission."""
        return self.is_system or permission in self.permissions

    def for_purpose(self, purpose: Purpose) -> Self:
        return replace(self, purpose=purpose)


def system_actor(*, name: str, organisation: OrganisationRef, request_id: str = "", origin: str = "") -> Actor:
    """A system's actor, `name` such as "worker", "command" or "readiness"."""
    return Actor(
        user=f"system:{name}",
        name=name,
        organisation=organisation,
        purpose=Purpose.SYSTEM,
        request_id=request_id,
        origin=origin or name,
    )
