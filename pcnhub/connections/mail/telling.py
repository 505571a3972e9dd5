"""What storeys above have told: they say what it is about and who has to know, this writes the notices down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.connections.mail.queue import Recipient, write_down
from pcnhub.connections.mail.words import NoticeKind
from pcnhub.foundations.kernel.local_time import london_date


def tell_holders(
    *,
    now: datetime,
    organisation_id: int,
    permission: Permission,
    kind: NoticeKind,
    about: Iterable[int],
    is_urgent: bool = False,
) -> None:
    """Everybody at the organisation who holds the permission hears of each of these things, once. In the running transaction."""
    here = organisations.positions_at(organisation_id=organisation_id, day=london_date(now))
    to = [Recipient(each.organisation, each.account_id) for each in here if permission in each.permissions]
    for each in about:
        write_down(now=now, to=to, kind=kind, about=each, key=f"{kind}:{each}", is_urgent=is_urgent)
