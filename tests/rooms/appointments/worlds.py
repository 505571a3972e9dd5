"""Random books: sessions with every restriction, window, share and hold that there is, written straight into the tables, so
that what no operation would make is judged alike, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from hypothesis import strategies as st

from pcnhub.care.appointments.models import OwnLink, Session, SessionQuota, Slot, SlotType
from pcnhub.care.appointments.operations import opened_link
from pcnhub.care.appointments.rules import AppointmentMode
from pcnhub.care.organisations.models import (
    Account,
    GpConnectSwitch,
    GroupMember,
    OrganisationGroup,
    Position,
    Site,
)
from pcnhub.care.organisations.rules import PRACTICE_SWITCHES
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import LONG_AGO, NOW, World, system_for

PLAIN: dict[str, Any] = {
    "state": "free", "session": "published", "bookable": True, "hours": 30, "groups": {0}, "gp_connect": True, "all": False,
    "types": (), "codes": (), "release": None, "release_at": time(8), "window": None, "embargo": None, "closes": None,
    "holder": "bilal", "site": "open", "channel": "In-person", "role": "R0260", "quotas": [], "hold": None,
    "patients": True,
}  # fmt: skip
"""A slot that every subscribed member of the first group may book."""

ODD: dict[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from(["booked", "blocked", "cancelled"]),
    "session": st.sampled_from(["draft", "cancelled"]),
    "bookable": st.just(False),
    "patients": st.just(False),
    "gp_connect": st.just(False),
    "all": st.just(True),
    "types": st.sampled_from([("gp-practice",), ("urgent-care",), ("gp-practice", "urgent-care")]),
    "codes": st.sampled_from([("A81001",), ("X99999",)]),
    "release": st.integers(0, 1),
    "release_at": st.sampled_from([time(9), time(9, 1)]),
    "window": st.sampled_from([0, 1, 3, 14]),
    "embargo": st.sampled_from([0, 60, 1440, 10_000]),
    "closes": st.sampled_from([0, 60, 1440, 10_000]),
    "holder": st.sampled_from(["nobody", "left", "off", "no-role", "elsewhere", "not-accepted"]),
    "site": st.sampled_from(["none", "closed"]),
    "channel": st.just(""),
    "role": st.just(""),
    "quotas": st.lists(
        st.tuples(
            st.sampled_from([("organisation", "A81001"), ("group", 0), ("organisation-type", "gp-practice")]),
            st.integers(0, 2),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda quota: quota[0],
    ),
    "hold": st.sampled_from(["ash", "other", "over"]),
}


@st.composite
def odd_slots(draw: st.DrawFn) -> dict[str, Any]:
    """A plain slot with up to two oddities: with all at once, every slot would be hidden by something."""
    odd = draw(st.sets(st.sampled_from(sorted(ODD)), max_size=2))
    where = {"hours": draw(st.integers(-2, 24 * 12)), "groups": draw(st.sampled_from([{0}, {0, 1}, {1}, set()]))}
    return PLAIN | where | {name: draw(ODD[name]) for name in sorted(odd)}


SLOT = odd_slots()


@dataclass
class Book:
    """What a random world hangs its sessions on."""

    groups: list[int]
    holders: dict[str, int | None]
    sites: dict[str, int | None]


def prepare(w: World, memberships: tuple[str, str]) -> Book:
    groups = []
    for n, how in enumerate(memberships):
        group = OrganisationGroup.objects.create(owner=w.hub, name=f"Riverside {n}", purpose="practice")
        groups.append(group.pk)
        if how != "outside":
            GroupMember.objects.create(
                group=group, organisation=w.ash, subscribed_at=NOW if how == "subscribed" else None
            )
    holders: dict[str, int | None] = {"bilal": w.bilal.position_id, "nobody": None}
    odd: dict[str, dict[str, Any]] = {
        "left": {"ends_on": london_date(NOW) + timedelta(days=2)},
        "off": {},
        "no-role": {"job_role_code": ""},
        "elsewhere": {"organisation": w.birch},
        "not-accepted": {"awaits_acceptance": True},
    }
    for name, unusual in odd.items():
        account = Account.objects.create(
            username=name, given_name=name, family_name="Holder", created_at=NOW, is_active=name != "off"
        )
        values: dict[str, Any] = {
            "organisation": w.hub, "role_code": "R8000", "job_role_code": "R0260", "starts_on": LONG_AGO, **unusual,
        }  # fmt: skip
        holders[name] = Position.objects.create(account=account, job_category="GP", **values).pk
    closed = Site.objects.create(organisation=w.hub, name="Closed", closed_on=london_date(NOW) + timedelta(days=3))
    return Book(groups, holders, {"open": w.site.pk, "none": None, "closed": closed.pk})


def slot(w: World, book: Book, facts: dict[str, Any]) -> int:
    kind, _ = SlotType.objects.get_or_create(
        hub=w.hub,
        name=f"bookable {facts['bookable']}, embargo {facts['embargo']}, patients {facts['patients']}",
        defaults={
            "minutes": 15, "mode": AppointmentMode.FACE_TO_FACE, "bookable": facts["bookable"],
            "embargo_minutes": facts["embargo"], "patients_may_book": facts["patients"],
        },
    )  # fmt: skip
    start = NOW + timedelta(hours=facts["hours"])
    ends = start + timedelta(minutes=15)
    held = Session.objects.create(
        hub=w.hub, name="Random", starts_at=start, ends_at=ends, state=facts["session"], state_changed_at=NOW,
        state_changed_by="test", holder_id=book.holders[facts["holder"]], site_id=book.sites[facts["site"]],
        delivery_channel=facts["channel"], practitioner_role=facts["role"], gp_connect_bookable=facts["gp_connect"],
        open_to_all=facts["all"], organisation_types=list(facts["types"]), organisation_ods_codes=list(facts["codes"]),
        window_days=facts["window"], closes_minutes=facts["closes"],
        release_group_id=None if facts["release"] is None else book.groups[facts["release"]],
        release_at=None if facts["release"] is None else facts["release_at"],
    )  # fmt: skip
    held.groups.set([book.groups[n] for n in facts["groups"]])
    for (profile, subject), at_most, used in facts["quotas"]:
        named = str(book.groups[subject]) if profile == "group" else subject
        SessionQuota.objects.create(session=held, profile=profile, subject=named, at_most=at_most, used=used)
    until, by = {
        None: (None, ""),
        "ash": (NOW + timedelta(minutes=2), f"{w.ash.pk}:{w.ada.user}"),
        "other": (NOW + timedelta(minutes=2), f"{w.birch.pk}:{w.efe.user}"),
        "over": (NOW, f"{w.birch.pk}:{w.efe.user}"),
    }[facts["hold"]]
    return Slot.objects.create(
        hub=w.hub, session=held, slot_type=kind, starts_at=start, ends_at=ends, state=facts["state"],
        held_until=until, held_by=by,
    ).pk  # fmt: skip


def switch(organisation_id: int, *, on: bool) -> None:
    for capability in PRACTICE_SWITCHES:
        GpConnectSwitch.objects.create(
            organisation_id=organisation_id, capability=capability, is_on=on, changed_at=NOW, changed_by="test"
        )


def link(w: World, *, by_hub: bool, days_ahead: int, slot_type_ids: list[int]) -> tuple[int, Actor]:
    """A link of Jane Smith's, whatever it is for, and who acts by it."""
    giver = w.hub if by_hub else w.ash
    with unit_of_work(system_for(giver)):
        own = Patient.objects.get(organisation=giver, nhs_number=w.patient_of_ash.nhs_number)
        made = OwnLink.objects.create(
            organisation=giver, patient=own, token_hash="0" * 64, days_ahead=days_ahead, slot_type_ids=slot_type_ids,
            given_at=NOW, given_by="test", given_by_name="test", expires_at=NOW + timedelta(days=7),
        )  # fmt: skip
    opened = opened_link(now=NOW, link_id=made.pk, origin="127.0.0.1", request_id="test")
    return made.pk, opened.actor
