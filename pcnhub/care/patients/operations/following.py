"""A hub's temporary registrations follow the practices' own rows: corrections, deaths, and people who moved (A18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ClaimDecision, ContactOffer, FormerNumber, Patient
from pcnhub.care.patients.operations.contacts import settle
from pcnhub.care.patients.operations.heeding import words_against
from pcnhub.care.patients.operations.temporary import COPIED
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.rules import NumberEnd, OfferState, RegistrationState, RegistrationType
from pcnhub.care.patients.rules.contacts import ContactSource, hear, said_by
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def follow_practice(*, actor: Actor, now: datetime, practice_id: int) -> int:
    """Bring the acting hub's temporary registrations into line with what `practice_id` holds; how many changed.

    A person whom another practice registered later belongs to that one. Acts under the care record agreement; raises
    NotShared while it is not effective. People who dissent or are sensitive are out of the hub's sight: what it must know
    of them their practice says itself (`protection.tell_hubs`).
    """
    with unit_of_work(actor):
        grant = permit(
            actor=actor,
            permission=Permission.FIND_PATIENTS,
            now=now,
            data_organisation_id=practice_id,
            agreement=AgreementKind.CARE_RECORD,
        )
        take_turn("patients.follow", actor.organisation.id)
        temporary = _by_number(actor.organisation.id)
        waiting = ContactOffer.objects.filter(organisation=actor.organisation.id, state=OfferState.OPEN)
        asked = set(waiting.values_list("patient", flat=True))
        of_practice = Patient.objects.filter(organisation=practice_id, nhs_number__in=temporary)
        concerned = {row.number for row in of_practice} - words_against(practice_id, of_practice)
        regular = defaultdict(list)
        for row in Patient.objects.filter(registration_type=RegistrationType.REGULAR, nhs_number__in=concerned).exclude(
            organisation=actor.organisation.id
        ):
            regular[row.number].append(row)
        decisions = ClaimDecision.objects.filter(organisation=actor.organisation.id, nhs_number__in=concerned)
        decided = dict(decisions.values_list("nhs_number", "practice"))
        changed = 0
        for number in sorted(concerned):
            held = temporary[number]
            differing = _follow(held, _home(held, regular[number], decided.get(number)), asked, actor, now)
            if differing:
                changed += 1
                if {"family_name", "given_name"} & set(differing):
                    learn_names(organisation_id=actor.organisation.id, patient_ids=[held.pk])
                trail.record(
                    actor=actor,
                    now=now,
                    action="patients.relinked" if "registered_patient_id" in differing else "patients.refreshed",
                    subject=trail.Subject("patient", held.pk, held.pk, held.nhs_number),
                    basis=grant.basis,
                    detail={"fields": differing},
                )
        return changed


def _by_number(hub_id: int) -> dict[str, Patient]:
    """The hub's registrations in use, by each number under which a practice may have the person: the old one, too, where the
    hub has learnt of a newer."""
    used = Patient.objects.filter(
        organisation=hub_id, registration_type=RegistrationType.TEMPORARY, merged_into__isnull=True
    )
    rows = {row.pk: row for row in used}
    former = FormerNumber.objects.filter(organisation=hub_id, ended=NumberEnd.SUPERSEDED, patient__in=rows)
    old = {number: rows[patient_id] for number, patient_id in former.values_list("nhs_number", "patient")}
    return old | {row.number: row for row in rows.values() if row.number}


def _home(held: Patient, candidates: list[Patient], decided: int | None) -> Patient | None:
    """The row of the practice where the person is registered now: active before closed, then what was decided of practices
    that both claim the person (`decided`: the practice's id), then the newest registration.

    Another date of birth under the same number is not trusted to be the same person, unless the link was there before.
    """
    same = [row for row in candidates if row.birth_date == held.birth_date or row.pk == held.registered_patient_id]
    return max(
        same,
        key=lambda row: (
            row.registration_state == RegistrationState.ACTIVE,
            row.organisation_id == decided,
            row.registered_on,
            row.pk == held.registered_patient_id,
        ),
        default=None,
    )


def _follow(held: Patient, home: Patient | None, asked: Collection[int], actor: Actor, now: datetime) -> list[str]:
    """The columns that changed. `asked`: the rows about which a person is being asked already."""
    if home is None:
        return []
    words = hear(held, said_by(home), source=ContactSource.PRACTICE, at=now)
    wanted: dict[str, Any] = {name: getattr(home, name) for name in COPIED} | words.columns
    wanted |= {"registered_practice_id": home.organisation_id, "registered_patient_id": home.pk}
    if home.registration_state != RegistrationState.ACTIVE:
        wanted |= {"registration_state": home.registration_state, "left_on": home.left_on, "died_on": home.died_on}
    if words.offers or held.pk in asked:
        settle(held, words, source=ContactSource.PRACTICE, actor=actor, now=now)
    differing = sorted(name for name, value in wanted.items() if getattr(held, name) != value)
    if differing:
        for name in differing:
            setattr(held, name, wanted[name])
        held.updated_at = now
        held.save(update_fields=[*(name.removesuffix("_id") for name in differing), "updated_at"])
    return differing
