"""All that is asked about a day before anything is foreseen: read models of the rooms' public queries, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.appointments.queries import ClosureView, SessionView
from pcnhub.care.appointments.queries.coming import ComingBooking, Offer
from pcnhub.care.appointments.rules.timetable import Period
from pcnhub.care.investigations.queries import InvestigationRow
from pcnhub.care.organisations.queries import AccountView, NetworkView, PositionView, SiteView
from pcnhub.care.organisations.queries.sign_in import SignInState
from pcnhub.care.sharing.queries import AgreementMatrix
from pcnhub.care.tasks.queries import DueTask
from pcnhub.care.writeback.queries import CopyView
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.insight.readiness.rules import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is owed and falls due before the first session: tasks, test requests, copies; `to_tell` counts people who have not
    heard that the hub changed their appointment, `told_by` is when the first of them expects to come."""

    tasks: tuple[DueTask, ...] = ()
    tests: tuple[InvestigationRow, ...] = ()
    copies: tuple[CopyView, ...] = ()
    to_tell: int = 0
    told_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What the service is held to: minutes of the week of the day (Monday to Sunday), minutes of network standard hours still
    to come in it that no GP covers, days of the next fourteen that nobody can book, and how many of the appointments for
    what is acute were booked on their own day."""

    starts_on: date
    required: int
    offered: int
    gp_gaps: tuple[Period, ...] = ()
    bare_days: tuple[date, ...] = ()
    acute: int = 0
    acute_same_day: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A check of readiness that was right and is not any more, since the last working day."""

    cell: Cell
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """One day of one hub. `sessions` are those that are not over, drafts too; `clinicians` are their holders' positions as of
    the day, by id; `signing_in` how the accounts will stand before the sign-in page when their first session begins, by id.
    `allowed` are the job categories of the care record agreement: empty any, None when there is no agreement."""

    network: NetworkView
    day: date
    now: datetime
    sessions: tuple[SessionView, ...]
    clinicians: Mapping[int, PositionView]
    accounts: Mapping[int, AccountView]
    signing_in: Mapping[int, SignInState]
    sites: Mapping[int, SiteView]
    closure: ClosureView | None
    allowed: frozenset[str] | None
    agreements: AgreementMatrix
    bookings: tuple[ComingBooking, ...]
    offers: tuple[Offer, ...]
    waiting: Waiting
    week: Week
    is_worker_alive: bool
    failed_jobs: int
    continuity: Cell | None
    changes: tuple[Change, ...]

    @property
    def hub(self) -> OrganisationRef:
        return self.network.hub

    @property
    def first_at(self) -> datetime:
        """When the first session begins that is still ahead; without one, the end of the day."""
        ahead = [each.starts_at for each in self.sessions if each.starts_at > self.now]
        return min(ahead, default=day_bounds(self.day)[1])
