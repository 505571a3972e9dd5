"""What staff see of a link: where it stands, and once the link itself with its slip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from pcnhub.care.appointments.operations import GivenLink
from pcnhub.care.appointments.queries import LinkView
from pcnhub.care.appointments.rules.own_links import LinkState
from pcnhub.entrances.staff.booking.pages import clock, day_words

COLOURS = {LinkState.OPEN: "green", LinkState.LOCKED: "red"}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link in a list. `label` tells it from every other: it is the hidden part of its button's text."""

    link: LinkView
    given: str
    state: str
    colour: str
    history: tuple[str, ...]
    label: str


def rows_of(links: Iterable[LinkView]) -> list[LinkRow]:
    return [_row(link) for link in links]


def slip_of(request: HttpRequest, given: GivenLink) -> dict[str, Any]:
    """The link in full, and as a picture for a telephone's camera. Nothing of it is kept."""
    path = reverse("own-link", kwargs={"token": given.token})
    known: str = settings.HUB.public_address
    address = f"{known}{path}" if known else request.build_absolute_uri(path)
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=2, dark="#212b32", light="#ffffff")
    return {"address": address, "picture": picture, "until": when(given.expires_at)}


def when(instant: datetime) -> str:
    return f"{day_words(instant)}, {clock(instant)}"


def _row(link: LinkView) -> LinkRow:
    given = when(link.given_at)
    return LinkRow(
        link=link,
        given=given,
        state=_state_of(link),
        colour="grey" if link.is_cancelled else COLOURS.get(link.state, "grey"),
        history=tuple(_history(link)),
        label=f"given on {given} (number {link.id})",
    )


def _state_of(link: LinkView) -> str:
    if link.booking_id and link.state is LinkState.EXPIRED:
        return "Used: the appointment is over"
    if link.state is not LinkState.OPEN:
        return link.state_words
    if link.is_cancelled:
        return "Used: the appointment is cancelled"
    if link.booking_id:
        return "Leads to an appointment"
    return "Opened, nothing booked yet" if link.opened_at else "Not opened yet"


def _history(link: LinkView) -> Iterable[str]:
    """What became of it, in order of time as far as that is known."""
    yield f"By {link.given_by_name}, {link.organisation}"
    yield f"Last opened on {when(link.opened_at)}" if link.opened_at else "Never opened"
    if link.wrong_dates:
        yield f"Wrong date of birth: {link.wrong_dates} time{'' if link.wrong_dates == 1 else 's'}"
    if link.withdrawn_at:
        yield f"Withdrawn on {when(link.withdrawn_at)} by {link.withdrawn_by_name}"
    elif link.state in (LinkState.OPEN, LinkState.LOCKED):
        yield f"Until {when(link.expires_at)}"
    else:
        yield f"Ended on {when(link.expires_at)}"
