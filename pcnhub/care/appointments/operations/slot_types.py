"""Changes to slot types, and the history of what they were mapped to."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import SlotType, SlotTypeMapping
from pcnhub.care.appointments.operations.rota import permit_at_hub
from pcnhub.care.appointments.queries.mapping import national_words
from pcnhub.care.appointments.rules.details import SlotTypeDetails, problems_of_slot_type
from pcnhub.care.appointments.rules.mapping import NationalMapping, mapping_of, problems_of_mapping
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


def save_slot_type(*, actor: Actor, now: datetime, details: SlotTypeDetails, slot_type_id: int | None = None) -> int:
    """Make or change a slot type of the actor's hub; its id. What it was mapped to before stays in its history.

    Raises InvalidInput with every problem, NotFound.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ORGANISATION, now)
        hub_id = actor.organisation.id
        row = SlotType(hub_id=hub_id) if slot_type_id is None else _slot_type(hub_id, slot_type_id)
        was = NationalMapping(row.service_setting, row.context_type, row.national_category)
        problems = problems_of_slot_type(details)
        problems += problems_of_mapping(details, national_words(), standing=was)
        if SlotType.objects.filter(hub=hub_id, name=details.name.strip()).exclude(pk=slot_type_id or 0).exists():
            problems.append(
                Problem(
                    "name", "not-unique", "The hub has a slot type of this name", "Choose another name.", details.name
                )
            )
        if problems:
            raise InvalidInput(problems)
        is_new = slot_type_id is None
        values = _columns(details)
        changed = [name for name, value in values.items() if is_new or getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        if is_new:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=changed)
        if mapping_of(details) != was:
            _remember(actor, now, row)
        if changed:
            _record(actor, now, "appointments.slot-type-saved", row.pk, changed)
        return row.pk


def retire_slot_type(*, actor: Actor, now: datetime, slot_type_id: int) -> None:
    """No new session uses it; slots that are there stay. Raises NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ORGANISATION, now)
        row = _slot_type(actor.organisation.id, slot_type_id)
        row.retired_on = london_date(now)
        row.save(update_fields=["retired_on"])
        _record(actor, now, "appointments.slot-type-retired", row.pk, ["retired_on"])


def _columns(details: SlotTypeDetails) -> dict[str, object]:
    return {
        "name": details.name.strip(),
        "minutes": details.minutes,
        "mode": details.mode,
        "colour": details.colour,
        "bookable": details.bookable,
        "eligibility_text": details.eligibility_text,
        "service_setting": details.service_setting,
        "context_type": details.context_type,
        "national_category": details.national_category,
        "embargo_minutes": details.embargo_minutes,
        "dna_after_minutes": details.dna_after_minutes,
        "patients_may_book": details.patients_may_book,
    }


def _remember(actor: Actor, now: datetime, row: SlotType) -> None:
    SlotTypeMapping.objects.create(
        slot_type=row,
        service_setting=row.service_setting,
        context_type=row.context_type,
        national_category=row.national_category,
        since=now,
        by=actor.user,
        by_name=actor.name,
    )


def _slot_type(hub_id: int, slot_type_id: int) -> SlotType:
    row = SlotType.objects.filter(hub=hub_id, pk=slot_type_id).first()
    if row is None:
        raise NotFound("There is no such slot type here.", remedy="Choose one from the slot types page.")
    return row


def _record(actor: Actor, now: datetime, action: str, key: int, changed: list[str]) -> None:
    record(actor=actor, now=now, action=action, subject=Subject("slot-type", key), detail={"changed": changed})
    publish_once(actor=actor, now=now, fact="appointments.slot-types-changed")
