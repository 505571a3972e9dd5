"""One person, two practices that both hold them as theirs: who they are, for the hub, until somebody decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ClaimDecision, Patient
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """One practice's word that the person is theirs."""

    practice: OrganisationRef
    name: str
    birth_date: date
    registered_on: date
    family_name: str
    given_name: str
    previous_family_name: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    practice_id: int
    source: str  # pds, or person
    reason: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class ClaimedView:
    """A person with every claim, the newest registration first. Other names or days under one number may be two people."""

    nhs_number: str
    claims: tuple[Claim, ...]
    decision: DecisionView | None


@dataclass(frozen=True, slots=True)
class ClaimPage:
    items: tuple[ClaimedView, ...]
    number: int
    pages: int
    total: int


def claims(*, actor: Actor, now: datetime, page: int = 1) -> ClaimPage:
    """People whom two or more practices hold as theirs, as far as they share their care record with the acting hub; undecided
    ones and decided ones, by number. Put on record for each practice. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        numbers = _claimed(actor).values_list("nhs_number", flat=True)
        total = numbers.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        shown = [each or "" for each in numbers[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]]
        return ClaimPage(_shown(actor, now, shown), number, pages, total)


def claimed(*, actor: Actor, now: datetime, nhs_number: str) -> ClaimedView:
    """One person of `claims`, put on record in the same way. Raises NotPermitted, and NotFound where fewer than two practices
    hold the person as theirs, as far as the hub may see."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        if "\0" in nhs_number or not _claimed(actor).filter(nhs_number=nhs_number).exists():
            raise NotFound(
                "There are no two practices here that hold this person as theirs.",
                remedy="Look at the list of claims again: a newer import may have settled it.",
            )
        return _shown(actor, now, [nhs_number])[0]


def undecided(*, actor: Actor, now: datetime) -> dict[int, str]:
    """Of `claims`, those that nobody has decided: the id of one practice's row -> the person's number. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        decided = ClaimDecision.objects.filter(organisation=actor.organisation.id).values("nhs_number")
        open_ones = _claimed(actor).exclude(nhs_number__in=decided).annotate(one=Min("pk"))
        return dict(open_ones.values_list("one", "nhs_number"))


def decisions(*, actor: Actor, nhs_numbers: list[str]) -> dict[str, DecisionView]:
    """What the acting hub decided of these people, by number."""
    with unit_of_work(actor):
        rows = ClaimDecision.objects.filter(organisation=actor.organisation.id, nhs_number__in=nhs_numbers)
        return {
            row.nhs_number: DecisionView(row.practice_id, row.source, row.reason, row.decided_at, row.decided_by)
            for row in rows
        }


def _shown(actor: Actor, now: datetime, numbers: list[str]) -> tuple[ClaimedView, ...]:
    """These people with every claim, put on record for each practice."""
    rows = Patient.objects.filter(nhs_number__in=numbers, **_AS_THEIRS).exclude(organisation=actor.organisation.id)
    of_number: dict[str, list[Patient]] = {each: [] for each in numbers}
    for row in rows.select_related("organisation").order_by("-registered_on", "pk"):
        of_number[row.number].append(row)
    decided = decisions(actor=actor, nhs_numbers=numbers)
    trail.record_list(
        actor=actor,
        now=now,
        action="patients.claims-listed",
        kind="claims",
        shown=[trail.Shown(row.pk, row.number, row.organisation_id) for each in of_number.values() for row in each],
    )
    return tuple(ClaimedView(each, tuple(map(_claim, of_number[each])), decided.get(each)) for each in of_number)


_AS_THEIRS = {"registration_type": RegistrationType.REGULAR, "registration_state": RegistrationState.ACTIVE}


def _claimed(actor: Actor):  # type: ignore[no-untyped-def]  # a query set of values has no type that says it
    rows = Patient.objects.filter(nhs_number__isnull=False, **_AS_THEIRS).exclude(organisation=actor.organisation.id)
    counted = rows.values("nhs_number").annotate(practices=Count("organisation", distinct=True))
    return counted.filter(practices__gt=1).order_by("nhs_number")


def _claim(row: Patient) -> Claim:
    at = row.organisation
    practice = OrganisationRef(at.pk, at.ods_code, at.name, at.kind)
    return Claim(
        practice,
        f"{row.family_name.upper()}, {row.given_name}",
        row.birth_date,
        row.registered_on,
        row.family_name,
        row.given_name,
        row.previous_family_name,
    )
