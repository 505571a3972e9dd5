"""Making agreements, and saying who is a party. Activating is for each side's own people (`activation.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission, Saved
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.operations.terms import problems_of_change
from pcnhub.care.sharing.operations.writing import change_party, changes_between, tell
from pcnhub.care.sharing.rules import KINDS, ActivationState, AgreementKind, side_of
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, Problem


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What a hub's agreement says. `allowed_job_categories` empty lets any job category use it."""

    hub_id: int
    kind: AgreementKind
    name: str
    terms_version: str
    starts_on: date
    ends_on: date | None = None
    allowed_job_categories: tuple[str, ...] = ()


def make_agreement(*, actor: Actor, now: datetime, facts: AgreementFacts) -> Saved:
    """Make the hub's agreement of this kind, or make it say this; the hub is a party of it from the start.

    Another `terms_version` lapses every activation until that side accepts it. Whatever lets more people in, or for longer,
    than was accepted takes a new version, and none comes twice. Raises InvalidInput, NotPermitted, NotShared.
    """
    with unit_of_work(actor):
        _by_the_hub(actor, facts.hub_id, now)
        _check(facts)
        values = {
            "name": facts.name.strip(),
            "terms_version": facts.terms_version.strip(),
            "allowed_job_categories": list(dict.fromkeys(word.strip() for word in facts.allowed_job_categories)),
            "starts_on": facts.starts_on,
            "ends_on": facts.ends_on,
        }
        row = Agreement.objects.select_for_update().filter(hub=facts.hub_id, kind=facts.kind).first()
        if row is None:
            row = Agreement.objects.create(hub_id=facts.hub_id, kind=facts.kind, **values)
            saved = Saved(row.pk, True, tuple(values))
        else:
            saved = _change(actor, now, row, values)
        _note(actor, now, row, saved)
        if saved.made:
            join(actor=actor, now=now, agreement_id=row.pk, organisation_id=facts.hub_id, joined_on=facts.starts_on)
        return saved


def change_terms(*, actor: Actor, now: datetime, agreement_id: int, terms_version: str) -> Saved:
    """Put new terms before every party: what was activated on the old ones has lapsed at once.

    Raises InvalidInput, NotPermitted, NotFound.
    """
    return _amend(actor, now, agreement_id, terms_version=terms_version)


def change_job_categories(
    *,
    actor: Actor,
    now: datetime,
    agreement_id: int,
    allowed_job_categories: tuple[str, ...],
    terms_version: str | None = None,
) -> Saved:
    """Say which job categories of the using side the agreement includes; none listed means any.

    A longer list needs a new `terms_version`. Raises InvalidInput, NotPermitted, NotFound.
    """
    return _amend(actor, now, agreement_id, terms_version=terms_version, allowed_job_categories=allowed_job_categories)


def join(*, actor: Actor, now: datetime, agreement_id: int, organisation_id: int, joined_on: date) -> Saved:
    """Make an organisation a party, on the side that its kind stands on. It is not active until its own people say so.

    Joining twice changes nothing. Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        row = _agreement(actor, agreement_id, now)
        organisation = organisations.organisation_ref(id=organisation_id)
        side = side_of(kind=AgreementKind(row.kind), organisation_kind=organisation.kind)
        if side is None or (organisation.kind == OrganisationKind.HUB and organisation_id != row.hub_id):
            raise InvalidInput(
                [
                    Problem(
                        "organisation_id",
                        "no-side",
                        f"{organisation.name} has no side in {row.name}.",
                        "Its parties are the hub and its practices.",
                        organisation.ods_code,
                    )
                ]
            )
        standing = Party.objects.filter(agreement=row, organisation=organisation_id, left_on__isnull=True).first()
        if standing is not None:
            return Saved(standing.pk, False, ())
        before = Party.objects.filter(agreement=row, organisation=organisation_id).order_by("-pk").first()
        party = Party.objects.create(
            agreement=row, organisation_id=organisation_id, side=side, joined_on=joined_on, changed_at=now,
            changed_by=actor.user,
            # a practice that comes back finds its patients asked as before: what protects them never lapses unsaid
            asks_permission_to_view=before is not None and before.asks_permission_to_view,
        )  # fmt: skip
        change_party(party, actor=actor, now=now, state=ActivationState.CREATED, action="joined")
        publish_once(actor=actor, now=now, fact="sharing.agreements-changed", organisation_id=row.hub_id)
        return Saved(party.pk, True, ("organisation", "joined_on"))


def leave(*, actor: Actor, now: datetime, agreement_id: int, organisation_id: int, left_on: date) -> Saved:
    """End an organisation's part: `left_on` is the first day on which it is no party. On the day on which it joined, that
    withdraws it: it is a party on no day. Raises InvalidInput, NotPermitted, NotFound."""
    with unit_of_work(actor):
        row = _agreement(actor, agreement_id, now)
        parties = Party.objects.select_for_update().filter(agreement=row, left_on__isnull=True)
        party = parties.filter(organisation=organisation_id).first()
        if party is None:
            raise NotFound("This organisation is not a party now.", remedy="Look at the agreement's parties.")
        if left_on < party.joined_on:
            raise InvalidInput(
                [
                    Problem(
                        "left_on",
                        "ends-before-it-starts",
                        "It would leave before it joined.",
                        f"It can be withdrawn on {party.joined_on:%-d %B %Y}, when it joins, or leave on any day after.",
                        left_on.isoformat(),
                    )
                ]
            )
        party.left_on = left_on
        party.save(update_fields=["left_on"])
        change_party(
            party, actor=actor, now=now, state=ActivationState(party.state), action="left", reason=left_on.isoformat()
        )
        tell(party, actor=actor, now=now, fact="sharing.deactivated")
        return Saved(party.pk, False, ("left_on",))


def _amend(
    actor: Actor,
    now: datetime,
    agreement_id: int,
    *,
    terms_version: str | None = None,
    allowed_job_categories: tuple[str, ...] | None = None,
) -> Saved:
    with unit_of_work(actor):
        row = _agreement(actor, agreement_id, now)
        kept = tuple(row.allowed_job_categories)
        facts = AgreementFacts(
            hub_id=row.hub_id,
            kind=AgreementKind(row.kind),
            name=row.name,
            terms_version=row.terms_version if terms_version is None else terms_version,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            allowed_job_categories=kept if allowed_job_categories is None else allowed_job_categories,
        )
        return make_agreement(actor=actor, now=now, facts=facts)


def _change(actor: Actor, now: datetime, row: Agreement, values: dict[str, object]) -> Saved:
    if problems := problems_of_change(row, values):
        raise InvalidInput(problems)
    before = row.terms_version
    changed = changes_between(row, values)
    if changed:
        row.save(update_fields=list(changed))
    if "terms_version" in changed:
        row.earlier_terms = [*row.earlier_terms, before]
        row.save(update_fields=["earlier_terms"])
        for party in Party.objects.filter(agreement=row, left_on__isnull=True, state=ActivationState.ACTIVE):
            change_party(party, actor=actor, now=now, state=ActivationState.ACTIVE, action="terms-changed")
            tell(party, actor=actor, now=now, fact="sharing.deactivated")
    return Saved(row.pk, False, changed)


def _note(actor: Actor, now: datetime, row: Agreement, saved: Saved) -> None:
    if saved.changed:
        record(
            actor=actor,
            now=now,
            action=f"sharing.agreement-{saved.was}",
            subject=Subject("agreement", row.pk),
            data_organisation_id=row.hub_id,
            detail={"kind": row.kind, "fields": list(saved.changed), "terms_version": row.terms_version},
        )
        publish_once(actor=actor, now=now, fact="sharing.agreements-changed", organisation_id=row.hub_id)


def _agreement(actor: Actor, agreement_id: int, now: datetime) -> Agreement:
    row = Agreement.objects.select_for_update().filter(pk=agreement_id).first()
    if row is None:
        raise NotFound("There is no such agreement.", remedy="Choose one from the agreements page.")
    _by_the_hub(actor, row.hub_id, now)
    return row


def _by_the_hub(actor: Actor, hub_id: int, now: datetime) -> None:
    """An agreement is its hub's to make; a system may for any, when a network is set up."""
    permit(actor=actor, permission=Permission.MANAGE_AGREEMENTS, now=now)
    if not actor.is_system and actor.organisation.id != hub_id:
        raise NotPermitted(
            "Only the hub makes agreements and says who is a party.",
            code="not-your-organisation",
            remedy="Ask the hub. Your own side is yours to activate and deactivate.",
            who_can="the hub's agreement manager",
        )


def _check(facts: AgreementFacts) -> None:
    problems = []
    if facts.kind not in KINDS:
        problems.append(
            Problem("kind", "unknown", "This is not a kind of agreement.", "Choose one of the list.", facts.kind)
        )
    if organisations.organisation_ref(id=facts.hub_id).kind != OrganisationKind.HUB:
        problems.append(Problem("hub_id", "not-a-hub", "This organisation is not a hub.", "Choose the hub."))
    for field, what in (("name", "the agreement's name"), ("terms_version", "the version of the terms")):
        if not getattr(facts, field).strip():
            problems.append(Problem(field, "missing", f"Enter {what}."))
    if facts.ends_on is not None and facts.ends_on <= facts.starts_on:
        problems.append(
            Problem(
                "ends_on", "ends-before-it-starts", "It ends before it starts.", "Give a later day.", str(facts.ends_on)
            )
        )
    if any(not word.strip() for word in facts.allowed_job_categories):
        problems.append(Problem("allowed_job_categories", "missing", "A job category is empty.", "Take it away."))
    if problems:
        raise InvalidInput(problems)
