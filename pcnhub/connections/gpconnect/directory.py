"""Whom an organisation may ask: lines that its configuration manager keeps by hand, and that calls go by.

CHK-D7 holds each beside the national directory (SDS), where that is set, and reports a difference.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pcnhub.care.organisations.rules import Permission, Saved
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect.client import Place
from pcnhub.connections.gpconnect.configuration import configuration
from pcnhub.connections.gpconnect.models import Endpoint
from pcnhub.connections.gpconnect.words import Capability
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem

HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """What a line says. `service_root` is as registered: https://HOST/ODS/STU3/1/gpconnect."""

    ods_code: str
    name: str
    service_root: str
    asid: str
    capability: str = Capability.APPOINTMENTS.value
    party_key: str = ""
    phone: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class EndpointView:
    id: int
    facts: EndpointFacts
    changed_at: datetime
    changed_by: str

    @property
    def place(self) -> Place:
        facts = self.facts
        return Place(self.id, facts.ods_code, facts.name, facts.service_root, facts.asid, facts.phone)


def endpoints(*, actor: Actor, active_only: bool = False, capability: str = "") -> tuple[EndpointView, ...]:
    """The actor's organisation's directory, by name."""
    rows = Endpoint.objects.filter(organisation=actor.organisation.id).order_by("name", "id")
    if active_only:
        rows = rows.filter(is_active=True)
    if capability:
        rows = rows.filter(capability=capability)
    return tuple(_view(row) for row in rows)


def endpoint(*, actor: Actor, endpoint_id: int) -> EndpointView:
    row = Endpoint.objects.filter(organisation=actor.organisation.id, pk=endpoint_id).first()
    if row is None:
        raise NotFound("There is no such line in your organisation's directory.")
    return _view(row)


def find_endpoint(*, actor: Actor, ods_code: str, capability: str) -> EndpointView | None:
    rows = Endpoint.objects.filter(organisation=actor.organisation.id, ods_code=ods_code.upper(), capability=capability)
    row = rows.first()
    return _view(row) if row else None


def save_endpoint(*, actor: Actor, now: datetime, facts: EndpointFacts, endpoint_id: int | None = None) -> Saved:
    """Adds a line, or changes one. Raises NotPermitted, NotFound, InvalidInput with every problem."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
        problems = problems_of(facts)
        if _is_double(actor, facts, endpoint_id):
            problems.append(
                Problem("ods_code", "endpoint-double", "The directory has a line for this already", "Change that one.")
            )
        if problems:
            raise InvalidInput(problems)
        before = endpoint(actor=actor, endpoint_id=endpoint_id).facts if endpoint_id else None
        values = asdict(_plain(facts))
        changed = tuple(name for name, value in values.items() if before is None or getattr(before, name) != value)
        row = Endpoint(
            pk=endpoint_id, organisation_id=actor.organisation.id, **values, changed_at=now, changed_by=actor.name
        )
        if before is None:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=[*changed, "changed_at", "changed_by"])
        if changed:
            record(
                actor=actor, now=now, action="gpconnect.endpoint-changed" if before else "gpconnect.endpoint-added",
                subject=Subject("gp-connect-endpoint", row.pk),
                detail={
                    "ods_code": row.ods_code, "service_root": row.service_root, "asid": row.asid, "active": row.is_active,
                    "before": [before.service_root, before.asid] if before else [], "changed": list(changed),
                },
            )  # fmt: skip
        return Saved(row.pk, before is None, changed)


def _plain(facts: EndpointFacts) -> EndpointFacts:
    """As it is kept."""
    return EndpointFacts(
        facts.ods_code.strip().upper(), facts.name.strip(), facts.service_root.strip(), facts.asid.strip(),
        facts.capability, facts.party_key.strip().upper(), facts.phone.strip(), facts.is_active,
    )  # fmt: skip


def _is_double(actor: Actor, facts: EndpointFacts, endpoint_id: int | None) -> bool:
    rows = Endpoint.objects.filter(
        organisation=actor.organisation.id, ods_code=facts.ods_code.strip().upper(), capability=facts.capability
    )
    return rows.exclude(pk=endpoint_id or 0).exists()


def problems_of(facts: EndpointFacts) -> list[Problem]:
    """Everything that is wrong with a line."""
    parts = urlsplit(facts.service_root.strip())
    # One installation beside another, to try them out: a patient's details go in clear to nobody but this machine
    is_trial = parts.scheme == "http" and parts.hostname in HERE and not configuration().is_secure
    checks = (
        (
            re.fullmatch(r"[A-Za-z0-9]{3,10}", facts.ods_code.strip()), "ods_code",
            "This is not an ODS code", "It has three to ten letters and digits.", facts.ods_code,
        ),
        (facts.name.strip(), "name", "The name is missing", "Say what people call the organisation.", ""),
        (
            parts.scheme == "https" or is_trial,
            "service_root", "A service root begins with https://", "Copy it as it is registered.", facts.service_root,
        ),
        (
            parts.hostname and not (parts.query or parts.fragment or parts.username) and parts.path.strip("/")
            and not facts.service_root.strip().endswith("/"),
            "service_root", "A service root is an address with a path, and no / at its end",
            "Copy it as it is registered.", facts.service_root,
        ),
        (
            re.fullmatch(r"[0-9]{12}", facts.asid.strip()), "asid",
            "An ASID has twelve digits", "Copy it from their registration.", facts.asid,
        ),
        (
            not facts.party_key.strip() or re.fullmatch(r"[A-Za-z0-9]{3,10}-[0-9]{6,7}", facts.party_key.strip()),
            "party_key", "A party key is an ODS code, - and a number", "Write it as A20047-821999.", facts.party_key,
        ),
        (
            facts.capability in [each.value for each in Capability], "capability",
            "There is no such capability", "Choose one of the list.", facts.capability,
        ),
    )  # fmt: skip
    return [
        Problem(field, f"endpoint-{field.replace('_', '-')}", message, remedy, value)
        for good, field, message, remedy, value in checks
        if not good
    ]


def _view(row: Endpoint) -> EndpointView:
    facts = EndpointFacts(
        row.ods_code, row.name, row.service_root, row.asid, row.capability, row.party_key, row.phone, row.is_active
    )
    return EndpointView(row.pk, facts, row.changed_at, row.changed_by)
