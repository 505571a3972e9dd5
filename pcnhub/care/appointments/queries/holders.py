"""Who holds a hub's sessions, read once for all of them: what their positions and accounts are on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import AccountView, PositionView
from pcnhub.care.organisations.rules import why_position_does_not_hold
from pcnhub.foundations.database.reading import read_once

LONG_AGO = date(2000, 1, 1)  # the views are asked for what does not change from day to day


@dataclass(frozen=True, slots=True)
class HolderView:
    """A position at the hub with the account that it belongs to."""

    position: PositionView
    account: AccountView
    hub_closed_on: date | None

    def why_inactive_on(self, day: date) -> str:
        """One sentence, empty when the position holds on the day."""
        return why_position_does_not_hold(
            day,
            starts_on=self.position.starts_on,
            ends_on=self.position.ends_on,
            account_is_active=self.account.is_active,
            organisation_closed_on=self.hub_closed_on,
        )

    def job_role_on(self, day: date) -> str:
        """The SDS job role of the position itself; empty when the position does not hold then."""
        return "" if self.why_inactive_on(day) else self.position.job_role_code


@read_once
def holders_of(*, hub_id: int) -> dict[int, HolderView]:
    """Every position that the hub ever had, by id, in as many reads whatever their number."""
    accounts = {account.id: account for account in organisations.accounts_at(organisation_id=hub_id)}
    closed_on = organisations.organisation(id=hub_id).closed_on
    return {
        held.id: HolderView(held, accounts[held.account_id], closed_on)
        for held in organisations.positions_at(organisation_id=hub_id, day=LONG_AGO, include_inactive=True)
    }
