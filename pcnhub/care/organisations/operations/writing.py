"""What every operation of the room does: check all, ask who may, write only what differs, put it on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.rules import Permission, Saved, require
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, OdsCode
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem

LONGEST_EMAIL = 254
CHANGED, NETWORK, SWITCHES = "organisations.changed", "organisations.network-changed", "organisations.switches-changed"
GROUPS, PEOPLE, HOURS = "organisations.groups-changed", "organisations.people-changed", "organisations.hours-changed"
FACTS = {
    "account": PEOPLE,
    "gp-connect-switch": SWITCHES,
    "group": GROUPS,
    "group-member": GROUPS,
    "membership": NETWORK,
    "network": NETWORK,
    "organisation": CHANGED,
    "position": PEOPLE,
    "prescriber-code": CHANGED,
    "site": CHANGED,
}
"""Under which fact what is saved here becomes known."""
Row = TypeVar("Row", bound=models.Model)
Detail = dict[str, str | int | bool | list[str] | list[int] | None]


class Problems(list[Problem]):
    """Every problem of what was given, gathered before anything is refused."""

    def add(self, field: str, code: str, message: str, remedy: str = "", value: object = "") -> None:
        self.append(Problem(field, code, message, remedy, "" if value is None else str(value)))

    def required(self, field: str, value: str, what: str) -> None:
        if not value.strip():
            self.add(field, "missing", f"Enter {what}.")

    def ods(self, field: str, value: str) -> None:
        """The value has the form of an ODS code."""
        try:
            OdsCode(value)
        except InvalidIdentifier as wrong:
            self.add(field, "ods-code-form", f"{wrong}.", "Copy it from the ODS directory.", value)

    def email(self, field: str, value: str, example: str) -> None:
        """The value, where there is one, is a single address that a letter can be sent to (RFC 5321, 4.5.3.1.3: 254 at most)."""
        try:
            validate_email(value.strip() or example)
            is_wrong = len(value.strip()) > LONGEST_EMAIL
        except ValidationError:
            is_wrong = True
        if is_wrong:
            self.add(field, "email-form", "This is not an email address.", f"One alone, such as {example}.", value)

    def one_of(self, field: str, value: str, words: type[StrEnum], what: str) -> None:
        if value not in set(words):
            self.add(field, "unknown", f"This is not {what}.", f"Choose one of: {', '.join(words)}.", value)

    def period(self, field: str, starts_on: Any, ends_on: Any, what: str) -> None:
        if starts_on is not None and ends_on is not None and ends_on <= starts_on:
            self.add(field, "ends-before-it-starts", f"{what} ends before it starts.", "Give a later day.", ends_on)

    def refuse_if_any(self) -> None:
        """Raises InvalidInput with all of them."""
        if self:
            raise InvalidInput(self)


def on_own_ground(
    *, actor: Actor, permission: Permission, organisation_id: int, also: frozenset[int] = frozenset()
) -> None:
    """A person changes what belongs to their own organisation (or to one in `also`). Raises NotPermitted."""
    require(actor=actor, permission=permission)
    if actor.is_system or organisation_id == actor.organisation.id or organisation_id in also:
        return
    name = Organisation.objects.values_list("name", flat=True).filter(pk=organisation_id).first() or "that organisation"
    raise NotPermitted(
        f"This belongs to {name}, and you act for {actor.organisation.name}.",
        code="not-your-organisation",
        remedy="Choose a position there, or ask them.",
        who_can=f"an administrator of {name}",
    )


def write(model: type[Row], *, key: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Row, Saved]:
    """Make the row that `key` names, or change those of `values` that differ. Locks it meanwhile."""
    rows = model._default_manager  # noqa: SLF001 - Django's documented way to any model's rows
    row = rows.select_for_update().filter(**key).first()
    if row is None:
        made = rows.create(**key, **values)
        return made, Saved(made.pk, True, tuple(values))
    return row, change(row, values)


def change(row: models.Model, values: Mapping[str, Any]) -> Saved:
    """Write those of `values` that differ."""
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, values[field])
    if changed:
        row.save(update_fields=changed)
    return Saved(row.pk, False, tuple(changed))


def note(
    *,
    actor: Actor,
    now: datetime,
    what: str,
    saved: Saved,
    organisation_id: int,
    reason: str = "",
    detail: Detail | None = None,
    told_as: int | None = None,
) -> Saved:
    """Put on record what was saved, and make it known, unless nothing changed; gives `saved` back. `told_as`: the organisation
    whose news it is, where it is another one's than what was changed."""
    if saved.changed:
        record(
            actor=actor,
            now=now,
            action=f"organisations.{what}-{saved.was}",
            subject=Subject(what, saved.id),
            data_organisation_id=organisation_id,
            reason=reason,
            detail={"fields": list(saved.changed), **(detail or {})},
        )
    if saved.changed and what in FACTS:
        # in which system an organisation works decides what is asked of it at all
        moves_all = what == "organisation" and "system" in saved.changed
        publish_once(
            actor=actor, now=now, fact=NETWORK if moves_all else FACTS[what], organisation_id=told_as or organisation_id
        )
    return saved
