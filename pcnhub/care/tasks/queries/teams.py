"""Teams: who is in them, and whether a task sent to one would be seen. They hold no patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.organisations.rules import OrganisationKind, holds_on
from pcnhub.care.sharing.gate import effective_agreement
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.tasks.models import Team, TeamMember
from pcnhub.care.tasks.rules import Reason, why_team_cannot_take
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotShared


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member on the day asked for; `why_not` says why this one can't accept tasks of other organisations."""

    position_id: int
    name: str
    job_category: str
    why_not: str

    @property
    def can_accept(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team on one day; `why_not` is the reason why no task can be sent to it now."""

    id: int
    organisation: OrganisationRef
    name: str
    purpose: str
    allows_acceptance: bool
    closed_on: date | None
    is_closed: bool
    members: tuple[MemberView, ...]
    why_not: Reason | None

    @property
    def acceptors(self) -> tuple[MemberView, ...]:
        return tuple(member for member in self.members if member.can_accept)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation that the actor may send tasks to, or `why_not` with what is lacking."""

    organisation: OrganisationRef
    teams: tuple[TeamView, ...]
    why_not: str


def teams_of(*, organisation_id: int, day: date) -> tuple[TeamView, ...]:
    """Every team of an organisation, by name, closed ones last."""
    reference = organisations.organisation_ref(id=organisation_id)
    rows = _rows().filter(organisation=organisation_id).order_by("name")
    staff = _staff(organisation_id, day)
    return tuple(sorted((_view(row, reference, staff, day) for row in rows), key=lambda team: team.is_closed))


def teams_by_organisation(*, organisations_of: Iterable[OrganisationRef], day: date) -> dict[int, tuple[TeamView, ...]]:
    """`teams_of` for several organisations, in as many statements as for one."""
    references = {each.id: each for each in organisations_of}
    everyone = organisations.positions_by_organisation(organisation_ids=references, day=day, include_inactive=True)
    staff = {each: {position.id: position for position in views} for each, views in everyone.items()}
    found: dict[int, list[TeamView]] = {each: [] for each in references}
    for row in _rows().filter(organisation__in=references).order_by("name"):
        at = row.organisation_id
        found[at].append(_view(row, references[at], staff[at], day))
    return {each: tuple(sorted(teams, key=lambda team: team.is_closed)) for each, teams in found.items()}


def team(*, team_id: int, day: date) -> TeamView:
    """One team. Raises NotFound."""
    row = _rows().filter(pk=team_id).first()
    if row is None:
        raise NotFound("There is no such team.", remedy="Choose one from the list of teams.")
    reference = organisations.organisation_ref(id=row.organisation_id)
    return _view(row, reference, _staff(row.organisation_id, day), day)


def teams_open_to(*, actor: Actor, now: datetime, organisation_id: int) -> tuple[TeamView, ...]:
    """The teams of that organisation which the actor may send to now. Raises NotShared without an effective agreement."""
    kind = kind_of_agreement(actor.organisation)
    if organisation_id != actor.organisation.id:
        effective_agreement(
            kind=kind, mine=actor.organisation.id, theirs=organisation_id, side=Side.USES, day=london_date(now)
        )
    return tuple(team for team in teams_of(organisation_id=organisation_id, day=london_date(now)) if not team.why_not)


def recipients(*, actor: Actor, now: datetime) -> tuple[Recipient, ...]:
    """Where the actor can send tasks: a hub to its practices, a practice to its hubs, everyone to their own teams.

    An organisation that can't be reached stays in the list and says why.
    """
    day = london_date(now)
    found = []
    for reference in (*_partners(actor.organisation, day), actor.organisation):
        try:
            open_teams = teams_open_to(actor=actor, now=now, organisation_id=reference.id)
        except NotShared as refusal:
            found.append(Recipient(reference, (), refusal.sentence()))
            continue
        why_not = "" if open_teams else "It has no team that could take a task now."
        found.append(Recipient(reference, open_teams, why_not))
    return tuple(found)


def kind_of_agreement(sender: OrganisationRef) -> AgreementKind:
    """Which agreement a task to another organisation needs: each direction has its own (`domain.md` 3.2)."""
    return AgreementKind.TASKS_TO_PRACTICE if sender.kind == OrganisationKind.HUB else AgreementKind.TASKS_TO_HUB


def is_member(*, team_id: int, position_id: int | None, day: date) -> bool:
    """Whether the position is in the team on the day."""
    return TeamMember.objects.filter(current(day), team=team_id, position=position_id).exists()


def current(day: date) -> Q:
    """Memberships that hold on the day."""
    return Q(joined_on__lte=day) & (Q(left_on__isnull=True) | Q(left_on__gt=day))


def _partners(mine: OrganisationRef, day: date) -> tuple[OrganisationRef, ...]:
    if mine.kind == OrganisationKind.HUB:
        return organisations.network_of_hub(hub_id=mine.id, day=day).members
    return tuple(hub for hub in organisations.hubs_of(organisation_id=mine.id, day=day) if hub.id != mine.id)


def _rows() -> QuerySet[Team]:
    members = TeamMember.objects.select_related("position__account").order_by("position__account__family_name", "pk")
    return Team.objects.prefetch_related(Prefetch("members", members))


def _staff(organisation_id: int, day: date) -> dict[int, PositionView]:
    everyone = organisations.positions_at(organisation_id=organisation_id, day=day, include_inactive=True)
    return {position.id: position for position in everyone}


def _view(row: Team, reference: OrganisationRef, staff: dict[int, PositionView], day: date) -> TeamView:
    members = tuple(
        _member(staff[membership.position_id])
        for membership in row.members.all()
        if holds_on(day, membership.joined_on, membership.left_on)
    )
    is_closed = row.closed_on is not None and row.closed_on <= day
    why_not = why_team_cannot_take(
        team=row.name,
        organisation=reference.name,
        is_closed=is_closed,
        allows_acceptance=row.allows_acceptance,
        members=len(members),
        acceptors=sum(member.can_accept for member in members),
    )
    return TeamView(
        id=row.pk,
        organisation=reference,
        name=row.name,
        purpose=row.purpose,
        allows_acceptance=row.allows_acceptance,
        closed_on=row.closed_on,
        is_closed=is_closed,
        members=members,
        why_not=why_not,
    )


def _member(position: PositionView) -> MemberView:
    why_not = position.why_inactive
    if not why_not and not position.accepts_cross_organisation_tasks:
        why_not = "Does not accept tasks from other organisations."
    return MemberView(position.id, position.name, position.job_category, why_not)
