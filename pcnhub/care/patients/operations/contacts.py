"""How to reach a person: changed by a person of the hub, said by other sources, decided where the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ContactOffer, Patient
from pcnhub.care.patients.operations.holding import held_here, refuse_other_version
from pcnhub.care.patients.rules import OfferState
from pcnhub.care.patients.rules.contacts import ContactField, ContactSource, Heard, hear, is_same, said_by
from pcnhub.care.patients.rules.reaching import problems_of_contact
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound


class Offered(StrEnum):
    """What became of a source's word."""

    TAKEN = "taken"  # nobody else had said anything: it stands in the row
    OPEN = "open"  # it differs from what is held: a person decides
    AGREES = "agrees"  # the same is held, or nothing was said
    KEPT = "kept"  # a person has looked at this very value, and kept the other


def offer(*, actor: Actor, now: datetime, patient_id: int, field: str, value: str, source: str) -> Offered:
    """What another source has for one contact detail of a temporary registration of the acting organisation.

    Never overwrites what another source or a person put there: then it is an offer, which a person answers. `field` is a
    ContactField (an address is `rules.contacts.address_text`), `source` a ContactSource. The caller has asked the gate.
    Raises NotFound, KeptElsewhere.
    """
    with unit_of_work(actor):
        row = held_here(actor=actor, patient_id=patient_id)
        words = hear(row, {ContactField(field): value}, source=ContactSource(source), at=now)
        if words.columns:
            _save(row, words, now)
        opened = settle(row, words, source=ContactSource(source), actor=actor, now=now)
        if words.columns:
            _put_on_record(row, "patients.contact-followed", [field], actor=actor, now=now)
            return Offered.TAKEN
        if words.offers:
            return Offered.OPEN if opened or _open_offers(row, source).exists() else Offered.KEPT
        return Offered.AGREES


def settle(row: Patient, words: Heard, *, source: ContactSource, actor: Actor, now: datetime) -> list[str]:
    """Write down what a person is to decide of a source's word, and let go of what no longer differs; the fields newly open.

    What a person decided against is not asked again, until the source says something else. In the running unit of work; the
    row's own columns are the caller's to save.
    """
    if words.settled:
        _open_offers(row, source).filter(field__in=words.settled).update(state=OfferState.LAPSED, decided_at=now)
    opened = []
    for field, value in words.offers.items():
        latest = ContactOffer.objects.filter(patient=row.pk, field=field, source=source).order_by("-pk").first()
        if latest and latest.state in (OfferState.OPEN, OfferState.KEPT) and is_same(latest.value, value):
            continue
        _open_offers(row, source).filter(field=field).update(state=OfferState.LAPSED, decided_at=now)
        ContactOffer.objects.bulk_create(
            [
                ContactOffer(
                    organisation_id=row.organisation_id,
                    patient_id=row.pk,
                    field=field,
                    value=value,
                    source=source,
                    offered_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        opened.append(field.value)
    if opened:
        _put_on_record(row, "patients.contact-offered", opened, actor=actor, now=now)
    return opened


def change_contact(
    *, actor: Actor, now: datetime, patient_id: int, version: int, details: Mapping[ContactField, str]
) -> bool:
    """Put down what the patient, or whoever speaks for them, says; whether anything changed. It is the hub's word from now on.

    `details` holds the fields to change; an empty text says that there is none (any more). Raises InvalidInput (every
    problem), NotPermitted, NotFound, KeptElsewhere (a practice's own row), Conflict (changed since it was looked at).
    """
    problems = problems_of_contact(details)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        row = held_here(actor=actor, patient_id=patient_id)
        refuse_other_version(row, version)
        _refuse_shown_to_another(row, actor)
        held = said_by(row)
        differing = {field: text for field, text in details.items() if not is_same(held[field], text)}
        if not differing:
            return False
        _save(row, hear(row, differing, source=ContactSource.HUB, at=now), now)
        for waiting in ContactOffer.objects.filter(patient=row.pk, state=OfferState.OPEN, field__in=differing):
            if is_same(waiting.value, differing[ContactField(waiting.field)]):
                _decide(waiting, OfferState.LAPSED, actor, now)
        _put_on_record(row, "patients.contact-changed", sorted(differing), actor=actor, now=now)
        return True


def _refuse_shown_to_another(row: Patient, actor: Actor) -> None:
    """Who wrote down somebody under a protected person's number sees that entry, whoever they are: what the person says since
    must not stand there."""
    if row.is_sensitive and row.nhs_number is None and row.put_down_by not in ("", actor.user):
        raise Conflict(
            "Whoever wrote this person down sees what stands here, and the number that was given is a protected person's.",
            remedy="If it is that person, agree with their practice how they are reached, and keep it there. If it is "
            "somebody else, take the number off first, on the page that traces them.",
            who_can="somebody who traces patients and may see protected ones",
        )


def answer_offer(*, actor: Actor, now: datetime, offer_id: int, take: bool) -> int:
    """Take what another source has, or keep what is held, which is the hub's word from then on; the patient's id.

    Raises NotPermitted, NotFound, Conflict (answered meanwhile, or what is held has changed to another source's).
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        asked = ContactOffer.objects.filter(pk=offer_id, organisation=actor.organisation.id).first()
        if asked is None:
            raise NotFound("There is no such question.", remedy="Open the patient again.")
        row = held_here(actor=actor, patient_id=asked.patient_id)
        asked.refresh_from_db()  # behind the row's lock
        if asked.state != OfferState.OPEN:
            raise Conflict("Somebody answered this already.", remedy="Open the patient again.")
        field = ContactField(asked.field)
        # Taken, it is its source's word, which that source may change; kept, it is the hub's.
        value, whose = (asked.value, asked.source) if take else (said_by(row)[field], ContactSource.HUB)
        words = hear(row, {field: value}, source=ContactSource.HUB, at=now)
        sources = {**row.contact_sources, str(field): {"source": str(whose), "at": now.isoformat()}}
        _save(row, Heard(words.columns | {"contact_sources": sources}, {}, frozenset()), now)
        _decide(asked, OfferState.TAKEN if take else OfferState.KEPT, actor, now)
        done = "taken" if take else "kept"
        _put_on_record(row, f"patients.contact-offer-{done}", [field.value], actor=actor, now=now)
        return row.pk


def _decide(asked: ContactOffer, state: OfferState, actor: Actor, now: datetime) -> None:
    asked.state, asked.decided_at, asked.decided_by = state, now, actor.name
    asked.save(update_fields=["state", "decided_at", "decided_by"])


def _open_offers(row: Patient, source: str) -> QuerySet[ContactOffer]:
    return ContactOffer.objects.filter(patient=row.pk, source=source, state=OfferState.OPEN)


def _save(row: Patient, words: Heard, now: datetime) -> None:
    for name, value in words.columns.items():
        setattr(row, name, value)
    row.updated_at = now
    row.save(update_fields=[*words.columns, "updated_at"])


def _put_on_record(row: Patient, action: str, fields: list[str], *, actor: Actor, now: datetime) -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number),
        data_organisation_id=row.registered_practice_id
        if row.organisation_id == actor.organisation.id
        else row.organisation_id,
        detail={"fields": fields},
    )
