"""Who asks, in each request anew: an unsigned JWT with the real person, their organisation and this system.

Source: GP Connect 1.2.7, cross-organisation audit and provenance. `UNK` stands only where the person has no such number.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pcnhub.care.organisations.queries import account, organisation, position
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
SDS_ROLE = "https://fhir.nhs.uk/Id/sds-role-profile-id"
LIFETIME = 300  # seconds: neither more nor less
UNKNOWN = "UNK"
READ_ORGANISATION, READ_PATIENT, WRITE_PATIENT = "organization/*.read", "patient/*.read", "patient/*.write"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands behind a call, read from the tables once, so that calls themselves need no database."""

    ods_code: str
    organisation_name: str
    organisation_type: str
    asid: str
    phone: str
    user_id: str
    given_name: str
    family_name: str
    sds_user_id: str
    role_profile_id: str
    origin: str


def caller_of(*, actor: Actor, now: datetime) -> Caller:
    """The actor as another system is told of them. Needs no unit of work: accounts and organisations hold no patient."""
    mine = organisation(id=actor.organisation.id)
    person = account(id=actor.account_id) if actor.account_id else None
    held = position(id=actor.position_id, day=london_date(now)) if actor.position_id else None
    return Caller(
        ods_code=mine.ods_code,
        organisation_name=mine.name,
        organisation_type="gp-practice" if mine.kind == "practice" else "",
        asid=mine.asid,
        phone=mine.phone,
        user_id=actor.user.replace(":", "-"),
        given_name=person.given_name if person else "",
        family_name=person.family_name if person else actor.name,
        sds_user_id=(person.sds_user_id if person else "") or UNKNOWN,
        role_profile_id=(held.sds_role_profile_id if held else "") or UNKNOWN,
        origin=actor.origin or "unknown",
    )


def bearer(caller: Caller, *, now: datetime, audience: str, scope: str, address: str, version: str) -> str:
    """The Authorization header's value. `audience` is the provider's service root, `address` this system's own."""
    issued = int(now.timestamp())
    claims = {
        "iss": f"{address}/{caller.ods_code}",
        "sub": caller.user_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFETIME,
        "reason_for_request": "directcare",
        "requested_scope": scope,
        "requesting_device": r.Device(
            id="pcnhub",
            identifier=(r.Identifier(system=f"{address}/device", value=caller.origin),),
            model="PCN Hub",
            version=version,
        ),
        "requesting_organization": r.Organization(
            id=caller.ods_code,
            identifier=(r.Identifier(system=ODS, value=caller.ods_code),),
            name=caller.organisation_name,
        ),
        "requesting_practitioner": r.Practitioner(
            id=caller.user_id,
            identifier=(
                r.Identifier(system=SDS_USER, value=caller.sds_user_id),
                r.Identifier(system=SDS_ROLE, value=caller.role_profile_id),
                r.Identifier(system=f"{address}/user", value=caller.user_id),
            ),
            name=(r.HumanName(family=caller.family_name, given=(caller.given_name,) if caller.given_name else ()),),
        ),
    }
    header = _segment(b'{"alg":"none","typ":"JWT"}')
    return f"Bearer {header}.{_segment(msgspec.json.encode(claims))}."


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
