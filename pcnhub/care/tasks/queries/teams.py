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
from pcnhub.care.tasks.models import Cover, Team, TeamMember
from pcnhub.care.tasks.queries.cover import covering, stood_in_for
from pcnhub.care.tasks.rules import Reason, TaskType, why_team_cannot_take
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotShared


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member on the day asked for, or who stands in for one; `why_not` says why this one can't accept tasks of others."""

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
    stand_ins: tuple[MemberView, ...] = ()
    kinds: tuple[TaskType, ...] = ()
    accepts_from: frozenset[int] = frozenset()
    lead_id: int | None = None
    lead_name: str = ""

    @property
    def acceptors(self) -> tuple[MemberView, ...]:
        """Who can accept on the day: members who are there, and who stands in for those who aren't."""
        return tuple(member for member in (*self.members, *self.stand_ins) if member.can_accept)

    def takes_from(self, organisation_id: int) -> bool:
        """Whether tasks of that organisation are welcome; one's own always are."""
        return not self.accepts_from or organisation_id in self.accepts_from or organisation_id == self.organisation.id

    def is_for(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation that the actor may send tasks to, or `why_not` with what is lacking."""

    organisation: OrganisationRef
    teams: tuple[TeamView, ...]
    why_not: str


def teams_of(*, organisation_id: int, day: date) -> tuple[TeamView, ...]:
    """Every team of an organisation, by name, closed ones last."""
    reference = organisations.organisation_ref(id=organisation_id)
    return teams_by_organisation(organisations_of=[reference], day=day)[organisation_id]


@read_once
def teams_by_organisation(*, organisations_of: Iterable[OrganisationRef], day: date) -> dict[int, tuple[TeamView, ...]]:
    """`teams_of` for several organisations, in as many statements as for one."""
    references = {each.id: each for each in organisations_of}
    everyone = organisations.positions_by_organisation(organisation_ids=references, day=day, include_inactive=True)
    staff = {each: {position.id: position for position in views} for each, views in everyone.items()}
    away = covering(organisation_ids=references, day=day)
    found: dict[int, list[TeamView]] = {each: [] for each in references}
    for row in _rows().filter(organisation__in=references).order_by("name"):
        at = row.organisation_id
        found[at].append(_view(row, references[at], staff[at], away, day))
    return {each: tuple(sorted(teams, key=lambda team: team.is_closed)) for each, teams in found.items()}


def team(*, team_id: int, day: date) -> TeamView:
    """One team. Raises NotFound."""
    row = _rows().filter(pk=team_id).first()
    if row is None:
        raise NotFound("There is no such team.", remedy="Choose one from the list of teams.")
    reference = organisations.organisation_ref(id=row.organisation_id)
    away = covering(organisation_ids=[row.organisation_id], day=day)
    return _view(row, reference, _staff(row.organisation_id, day), away, day)


def teams_open_to(*, actor: Actor, now: datetime, organisation_id: int) -> tuple[TeamView, ...]:
    """The teams of that organisation which the actor may send to now. Raises NotShared without an effective agreement."""
    kind = kind_of_agreement(actor.organisation)
    if organisation_id != actor.organisation.id:
        effective_agreement(
            kind=kind, mine=actor.organisation.id, theirs=organisation_id, side=Side.USES, day=london_date(now)
        )
    teams = teams_of(organisation_id=organisation_id, day=london_date(now))
    return tuple(team for team in teams if not team.why_not and team.takes_from(actor.organisation.id))


def team_for(*, actor: Actor, now: datetime, organisation_id: int, kind: str) -> TeamView | None:
    """The team of that organisation to which a task of this type goes: one made for the type, else one that takes all.
    None when no team would see it. Raises NotShared."""
    open_teams = teams_open_to(actor=actor, now=now, organisation_id=organisation_id)
    fitting = [each for each in open_teams if each.is_for(kind)]
    return min(fitting, key=lambda each: (not each.kinds, each.id), default=None)


def recipients(*, actor: Actor, now: datetime) -> tuple[Recipient, ...]:
    """Where the actor can send tasks: a hub to its practices, a practice to its hubs, everyone to their own teams.

    An organisation that can't be reached stays in the list and says why.
    """
    day = london_date(now)
    found = []
    for reference in (*partners_of(actor.organisation, day), actor.organisation):
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
    """Whether the position is in the team on the day, or stands in for somebody who is."""
    positions = [position_id, *stood_in_for(position_id=position_id, day=day)]
    return TeamMember.objects.filter(current(day), team=team_id, position__in=positions).exists()


def current(day: date) -> Q:
    """Memberships that hold on the day."""
    return Q(joined_on__lte=day) & (Q(left_on__isnull=True) | Q(left_on__gt=day))


def partners_of(mine: OrganisationRef, day: date) -> tuple[OrganisationRef, ...]:
    """With whom tasks may be exchanged: a hub's practices, a practice's hubs; whether an agreement holds is asked apart."""
    if mine.kind == OrganisationKind.HUB:
        return organisations.network_of_hub(hub_id=mine.id, day=day).members
    return tuple(hub for hub in organisations.hubs_of(organisation_id=mine.id, day=day) if hub.id != mine.id)


def _rows() -> QuerySet[Team]:
    members = TeamMember.objects.select_related("position__account").order_by("position__account__family_name", "pk")
    return Team.objects.prefetch_related(Prefetch("members", members), "accepts_from")


def _staff(organisation_id: int, day: date) -> dict[int, PositionView]:
    everyone = organisations.positions_at(organisation_id=organisation_id, day=day, include_inactive=True)
    return {position.id: position for position in everyone}


def _view(
    row: Team, reference: OrganisationRef, staff: dict[int, PositionView], away: dict[int, Cover], day: date
) -> TeamView:
    inside = [each.position_id for each in row.members.all() if holds_on(day, each.joined_on, each.left_on)]
    members = tuple(_member(staff[each], away.get(each), staff) for each in inside)
    stand_ins = {
        away[each].stand_in_id: _member(staff[away[each].stand_in_id], away.get(away[each].stand_in_id), staff)
        for each in inside
        if each in away and away[each].stand_in_id not in inside
    }
    is_closed = row.closed_on is not None and row.closed_on <= day
    why_not = why_team_cannot_take(
        team=row.name,
        organisation=reference.name,
        is_closed=is_closed,
        allows_acceptance=row.allows_acceptance,
        members=len(members),
        acceptors=sum(member.can_accept for member in (*members, *stand_ins.values())),
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
        stand_ins=tuple(stand_ins.values()),
        kinds=tuple(TaskType(each) for each in row.kinds),
        accepts_from=frozenset(each.pk for each in row.accepts_from.all()),
        lead_id=row.lead_id,
        lead_name=staff[row.lead_id].name if row.lead_id is not None else "",
    )


def _member(position: PositionView, cover: Cover | None, staff: dict[int, PositionView]) -> MemberView:
    why_not = position.why_inactive
    if not why_not and cover is not None:
        why_not = f"Away until {cover.ends_on:%-d %B}; {staff[cover.stand_in_id].name} stands in."
    if not why_not and not position.accepts_cross_organisation_tasks:
        why_not = "Does not accept tasks from other organisations."
    return MemberView(position.id, position.name, position.job_category, why_not)
