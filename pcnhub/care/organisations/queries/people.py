"""People's accounts and positions, and the actor that a position makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from pcnhub.care.organisations.models import (
    Account,
    Activity,
    ActivityPermission,
    NetworkMember,
    Position,
    Role,
    RoleActivity,
    SignInReset,
)
from pcnhub.care.organisations.queries.network import on
from pcnhub.care.organisations.queries.organisations import organisation_ref, ref_of
from pcnhub.care.organisations.rules import Duty, SignInSecret, duties_of, why_position_does_not_hold
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, Purpose, system_actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted

# The organisation of acts on the installation itself, before any real one exists; its audit chain is number 0.
INSTALLATION = OrganisationRef(0, "", "This installation", "installation")


@dataclass(frozen=True, slots=True)
class AccountView:
    id: int
    username: str
    given_name: str
    family_name: str
    email: str
    sds_user_id: str
    smartcard_uid: str
    is_active: bool
    must_change_password: bool
    last_sign_in_at: datetime | None
    created_at: datetime
    looked_after_by: OrganisationRef | None
    title: str = ""
    gender: str = ""

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position as of one day. `activities` are the role's own and the added ones; `extra_activities` the added ones only."""

    id: int
    account_id: int
    name: str
    organisation: OrganisationRef
    role_code: str
    role_name: str
    activities: frozenset[str]
    extra_activities: tuple[str, ...]
    permissions: frozenset[str]
    job_category: str
    job_role_code: str
    sds_role_profile_id: str
    consulter: bool
    session_holder: bool
    accepts_cross_organisation_tasks: bool
    prescriber_code: str
    prescriber_code_kind: str
    starts_on: date
    ends_on: date | None
    contract_ends_on: date | None
    why_inactive: str
    awaits_acceptance: bool = False  # offered, and would hold if the person said yes
    clinical_access_by: str = ""
    clinical_access_at: datetime | None = None

    @property
    def duties(self) -> frozenset[Duty]:
        return duties_of(consulter=self.consulter, prescriber_code=self.prescriber_code)

    @property
    def is_active(self) -> bool:
        """Whether somebody can act from it on the day asked for."""
        return not self.why_inactive


@dataclass(frozen=True, slots=True)
class SignInResetView:
    """One help with signing in: what was replaced, when, by whom."""

    what: SignInSecret
    at: datetime
    by_name: str
    organisation_name: str


def position(*, id: int, day: date) -> PositionView:  # noqa: A002 - the house's word
    """One position, holding or not. Raises NotFound."""
    of_hubs = NetworkMember.objects.filter(on(day), organisation=OuterRef("organisation")).values(
        "network__hub__system"
    )
    found = _views(Position.objects.filter(pk=id).annotate(hub_systems=ArraySubquery(of_hubs)), day)
    if not found:
        raise NotFound("There is no such position.", remedy="Choose one from the people page.")
    return found[0]


@read_once
def positions(*, ids: Collection[int], day: date) -> tuple[PositionView, ...]:
    """Those of these positions that there are, holding or not, by name."""
    return tuple(_views(Position.objects.filter(pk__in=ids), day)) if ids else ()


def positions_of(*, account_id: int, day: date) -> tuple[PositionView, ...]:
    """Every position of a person, those that hold first; `why_inactive` says what is wrong with the others."""
    return tuple(sorted(_views(Position.objects.filter(account=account_id), day), key=lambda view: not view.is_active))


@read_once
def positions_at(*, organisation_id: int, day: date, include_inactive: bool = False) -> tuple[PositionView, ...]:
    """The positions of an organisation that hold on the day, by name; with `include_inactive` all it ever had."""
    found = _views(Position.objects.filter(organisation=organisation_id), day)
    return tuple(view for view in found if include_inactive or view.is_active)


@read_once
def positions_by_organisation(
    *, organisation_ids: Iterable[int], day: date, include_inactive: bool = False
) -> dict[int, tuple[PositionView, ...]]:
    """`positions_at` for several organisations, in as many statements as for one."""
    found: dict[int, list[PositionView]] = {each: [] for each in organisation_ids}
    for view in _views(Position.objects.filter(organisation__in=found), day):
        if include_inactive or view.is_active:
            found[view.organisation.id].append(view)
    return {each: tuple(views) for each, views in found.items()}


def account(*, id: int) -> AccountView:  # noqa: A002
    """Raises NotFound."""
    row = Account.objects.select_related("looked_after_by").filter(pk=id).first()
    if row is None:
        raise NotFound("There is no such account.", remedy="Choose one from the people page.")
    return account_view(row)


def find_account(*, username: str) -> AccountView | None:
    """The account that signs in with this name, or None."""
    row = Account.objects.select_related("looked_after_by").filter(username=username.strip().lower()).first()
    return None if row is None else account_view(row)


@read_once
def accounts_at(*, organisation_id: int, text: str = "") -> tuple[AccountView, ...]:
    """The people who have or had a position at an organisation, by name; `text` filters on name and sign-in name."""
    rows = Account.objects.select_related("looked_after_by").filter(positions__organisation=organisation_id).distinct()
    for word in text.split():
        rows = rows.filter(Q(given_name__icontains=word) | Q(family_name__icontains=word) | Q(username__icontains=word))
    return tuple(account_view(row) for row in rows.order_by("family_name", "given_name", "pk"))


def roles() -> dict[str, str]:
    """The national roles known here: R code -> name."""
    return dict(Role.objects.order_by("code").values_list("code", "name"))


def sign_in_resets(*, account_id: int, since: datetime) -> tuple[SignInResetView, ...]:
    """What colleagues replaced of what the person signs in with, the newest first."""
    rows = SignInReset.objects.filter(account=account_id, at__gte=since).order_by("-at", "-pk")
    return tuple(SignInResetView(SignInSecret(row.what), row.at, row.by_name, row.organisation_name) for row in rows)


def activities() -> dict[str, str]:
    """The activities known here: B code -> name."""
    return dict(Activity.objects.order_by("code").values_list("code", "name"))


def actor_for(
    *,
    position_id: int,
    now: datetime,
    request_id: str,
    origin: str,
    identity: str,
    purpose: Purpose = Purpose.DIRECT_CARE,
) -> Actor:
    """The actor that a position makes at this moment, its permissions resolved anew.

    `identity` says where the proof of identity came from, `origin` from where the request came. Raises NotPermitted when
    the position or the account no longer holds, NotFound when it never was.
    """
    held = position(id=position_id, day=london_date(now))
    if not held.is_active:
        raise NotPermitted(
            held.why_inactive,
            code="position-not-held",
            remedy="Choose another position, or ask for this one to be renewed.",
            who_can=f"an administrator of {held.organisation.name}",
        )
    return Actor(
        user=f"account:{held.account_id}",
        name=held.name,
        organisation=held.organisation,
        purpose=purpose,
        permissions=held.permissions,
        position_id=held.id,
        role_code=held.role_code,
        role_name=held.role_name,
        job_category=held.job_category,
        identity=identity,
        origin=origin,
        request_id=request_id,
    )


def system_actor_for(*, organisation_id: int, name: str = "worker", request_id: str = "") -> Actor:
    """A system's actor for an organisation. Raises NotFound."""
    return system_actor(name=name, organisation=organisation_ref(id=organisation_id), request_id=request_id)


def installation_actor(*, name: str = "set-up", request_id: str = "") -> Actor:
    """Who sets up the first organisations, when there is none yet to act for. It can hold no patient."""
    return system_actor(name=name, organisation=INSTALLATION, request_id=request_id)


def account_view(row: Account) -> AccountView:
    return AccountView(
        id=row.pk,
        username=row.username,
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email,
        sds_user_id=row.sds_user_id or "",
        smartcard_uid=row.smartcard_uid or "",
        is_active=row.is_active,
        must_change_password=row.must_change_password,
        last_sign_in_at=row.last_login,
        created_at=row.created_at,
        looked_after_by=ref_of(row.looked_after_by) if row.looked_after_by else None,
        title=row.title,
        gender=row.gender,
    )


def _views(rows: QuerySet[Position], day: date) -> list[PositionView]:
    held = list(
        rows.select_related("account", "organisation").order_by(
            "account__family_name", "account__given_name", "organisation__name", "-starts_on", "pk"
        )
    )
    names = dict(Role.objects.filter(code__in={row.role_code for row in held}).values_list("code", "name"))
    baseline: dict[str, set[str]] = defaultdict(set)
    for role, activity in RoleActivity.objects.filter(role__in=names).values_list("role_id", "activity_id"):
        baseline[role].add(activity)
    gives: dict[str, set[str]] = defaultdict(set)
    concerned = {activity for row in held for activity in (*row.activities, *baseline[row.role_code])}
    for activity, permission in ActivityPermission.objects.filter(activity__in=concerned).values_list(
        "activity_id", "permission"
    ):
        gives[activity].add(permission)
    return [_view(row, day, names.get(row.role_code, ""), baseline[row.role_code], gives) for row in held]


def _view(row: Position, day: date, role_name: str, baseline: set[str], gives: dict[str, set[str]]) -> PositionView:
    activities_held = frozenset(baseline) | frozenset(row.activities)
    why_not = why_position_does_not_hold(
        day,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        account_is_active=row.account.is_active,
        organisation_closed_on=row.organisation.closed_on,
    )
    return PositionView(
        id=row.pk,
        account_id=row.account_id,
        name=row.account.full_name,
        organisation=ref_of(row.organisation, hub_systems=getattr(row, "hub_systems", ())),
        role_code=row.role_code,
        role_name=role_name,
        activities=activities_held,
        extra_activities=tuple(sorted(row.activities)),
        permissions=frozenset(slug for activity in activities_held for slug in gives.get(activity, ())),
        job_category=row.job_category,
        job_role_code=row.job_role_code,
        sds_role_profile_id=row.sds_role_profile_id,
        consulter=row.consulter,
        session_holder=row.session_holder,
        accepts_cross_organisation_tasks=row.accepts_cross_organisation_tasks,
        prescriber_code=row.prescriber_code,
        prescriber_code_kind=row.prescriber_code_kind,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        contract_ends_on=row.contract_ends_on,
        why_inactive=why_not or ("The person has not said yes to this position yet." if row.awaits_acceptance else ""),
        awaits_acceptance=row.awaits_acceptance and not why_not,
        clinical_access_by=row.clinical_access_by,
        clinical_access_at=row.clinical_access_at,
    )
