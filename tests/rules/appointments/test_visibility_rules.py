"""When a slot opens, closes and is released, on the odd days of the year too; every reason at once, in order; what touches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.adjacency import chain_from, why_not_adjacent
from pcnhub.care.appointments.rules.opening import is_released, opens_by_window_at
from pcnhub.care.appointments.rules.visibility import Consumer, QuotaFacts, Route, SlotFacts, reasons_unseen
from pcnhub.foundations.kernel.local_time import london_date

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
START = NOW + timedelta(hours=30)
OPEN = SlotFacts(
    hub_id=1, state=SlotState.FREE, starts_at=START, ends_at=START + timedelta(minutes=15),
    session_state=SessionState.PUBLISHED, session_group_ids=frozenset({7}), type_bookable=True,
    delivery_channel="In-person", practitioner_role="R0260",
)  # fmt: skip
MEMBER = Consumer(Route.STAFF, 2, "A81001", "gp-practice", frozenset({7}), frozenset({7}), agreement_effective=True)
CALLER = replace(MEMBER, route=Route.GP_CONNECT)


def codes(slot: SlotFacts, consumer: Consumer = MEMBER, now: datetime = NOW) -> list[str]:
    return [reason.code for reason in reasons_unseen(slot, consumer, now=now)]


def test_what_is_open_has_no_reason() -> None:
    assert codes(OPEN) == codes(OPEN, CALLER) == []


def test_every_reason_at_once_in_the_order_of_the_decision_list() -> None:
    worst = SlotFacts(
        hub_id=1, state=SlotState.BOOKED, starts_at=START, ends_at=START, session_state=SessionState.DRAFT,
        session_group_ids=frozenset({9}), type_bookable=False, gp_connect_bookable=False,
        organisation_types=frozenset({"urgent-care"}), window_days=0, embargo_minutes=60, closes_minutes=10_000,
        holder_says="The account is switched off.", site_says="The session has no site.",
        quotas=(QuotaFacts(1, "organisation", "A81001", "A81001", 2, 2),),
    )  # fmt: skip
    caller = replace(CALLER, is_switched_on=False, hub_endpoint_is_on=False)
    assert codes(worst, caller) == [
        "consumer-switched-off", "hub-endpoint-off", "not-in-group", "organisation-type", "holder-missing", "role-missing",
        "location-missing", "channel-missing", "not-published", "not-gp-connect-bookable", "not-bookable", "too-far-ahead",
        "embargoed", "closed", "quota-used", "taken",
    ]  # fmt: skip
    assert codes(worst, replace(MEMBER, agreement_effective=False))[-1] == "no-agreement"
    assert all(reason.message and reason.remedy for reason in reasons_unseen(worst, caller, now=NOW))


def test_the_times_are_said() -> None:
    [embargo] = reasons_unseen(replace(OPEN, embargo_minutes=120), MEMBER, now=NOW)
    assert "open 2 hours before they start: this one on Tuesday 24 November at 13:00" in embargo.message
    [window] = reasons_unseen(replace(OPEN, window_days=0), MEMBER, now=NOW)
    assert "open on their own day: this one on Tuesday 24 November at 00:00" in window.message
    held = replace(OPEN, held_until=NOW + timedelta(minutes=3), held_by="2:account:9")
    [hold] = reasons_unseen(held, MEMBER, now=NOW)
    assert "held until 09:03" in hold.message
    assert codes(held, replace(MEMBER, holds_as="2:account:9")) == []


def test_released_to_111_at_a_set_time_of_the_day_itself() -> None:
    unused = replace(
        OPEN, session_group_ids=frozenset({9}), release_group_id=7, release_group="111", release_at=time(8)
    )
    today = replace(unused, starts_at=NOW + timedelta(hours=9), ends_at=NOW + timedelta(hours=9, minutes=15))
    assert codes(unused) == codes(unused, CALLER) == ["not-released"]
    assert codes(today) == codes(today, CALLER) == []
    assert codes(today, now=NOW - timedelta(hours=1, seconds=1)) == ["not-released"]
    member_only = replace(MEMBER, subscribed_to=frozenset())
    assert codes(today, member_only) == ["not-released"]
    assert codes(today, replace(member_only, route=Route.GP_CONNECT)) == []


def test_the_truth_table_of_gp_connects_filters() -> None:
    """What is restricted by type or organisation is seen only by who sends it."""
    open_to_all = replace(OPEN, session_group_ids=frozenset(), open_to_all=True)
    by_type = replace(open_to_all, organisation_types=frozenset({"gp-practice"}))
    by_code = replace(open_to_all, open_to_all=False, organisation_ods_codes=frozenset({"A81001"}))
    nobody = Consumer(Route.GP_CONNECT, None, "")
    type_only, code_only = replace(nobody, organisation_type="gp-practice"), replace(nobody, ods_code="A81001")
    seen = {
        (slot_name, who): not codes(slot, consumer)
        for slot_name, slot in (("open", open_to_all), ("type", by_type), ("code", by_code))
        for who, consumer in (("nobody", nobody), ("type", type_only), ("code", code_only), ("both", CALLER))
    }
    assert {pair for pair, is_seen in seen.items() if not is_seen} == {
        ("type", "nobody"), ("type", "code"), ("code", "nobody"), ("code", "type"),
    }  # fmt: skip


def test_open_to_all_is_said_never_meant() -> None:
    """A session without group, code or flag is open to nobody; the flag opens it over GP Connect, whatever else it names."""
    bare = replace(OPEN, session_group_ids=frozenset())
    listed = replace(OPEN, organisation_ods_codes=frozenset({"Z9Z9Z"}))
    nobody = Consumer(Route.GP_CONNECT, None, "")
    assert codes(bare, nobody) == codes(bare, CALLER) == codes(bare) == ["open-to-nobody"]
    for slot in (bare, listed):
        assert codes(replace(slot, open_to_all=True), nobody) == []
    assert codes(replace(bare, open_to_all=True)) == ["gp-connect-only"]
    assert codes(listed, replace(nobody, ods_code="Z9Z9Z")) == []  # not on this platform, and named all the same


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(0, 60))
def test_a_window_opens_at_midnight_in_london(minutes: int, days: int) -> None:
    starts_at = NOW + timedelta(minutes=minutes)
    opens = opens_by_window_at(starts_at, days)
    assert opens is not None
    assert (london_date(starts_at) - london_date(opens)).days == days
    assert london_date(opens - timedelta(seconds=1)) < london_date(opens)


def test_a_release_on_the_day_the_clocks_change() -> None:
    """London's wall decides: 08:00 is 07:00 UTC on the last Sunday of March, 08:00 UTC on that of October."""
    for evening, just in (
        (datetime(2027, 3, 28, 17, tzinfo=UTC), datetime(2027, 3, 28, 7, tzinfo=UTC)),
        (datetime(2026, 10, 25, 18, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
    ):
        assert is_released(evening, time(8), now=just)
        assert not is_released(evening, time(8), now=just - timedelta(seconds=1))


@dataclass(frozen=True)
class Seat:
    id: int
    starts_at: datetime
    ends_at: datetime
    session_id: int = 1
    slot_type_id: int = 1
    holder_id: int | None = 1
    delivery_channel: str = "In-person"
    extra_seat_of: int | None = None

    @property
    def slot(self) -> Seat:
        return self


def seats(*minutes: int) -> list[Seat]:
    return [Seat(n, NOW + timedelta(minutes=m), NOW + timedelta(minutes=m + 15)) for n, m in enumerate(minutes)]


def test_what_touches_is_one_appointment() -> None:
    one, two, three = seats(0, 15, 30)
    assert why_not_adjacent([one, two, three]) == ""
    for other in (
        replace(two, session_id=2), replace(two, slot_type_id=2), replace(two, holder_id=2),
        replace(two, delivery_channel="Video"), replace(two, starts_at=two.starts_at + timedelta(seconds=1)), one,
    ):  # fmt: skip
        assert why_not_adjacent([one, other])


def test_a_chain_ends_at_a_gap_and_passes_extra_seats_and_other_clinicians_by() -> None:
    one, two, three, later = seats(0, 15, 30, 60)
    beside, hers = replace(two, id=8, extra_seat_of=2), replace(two, id=9, holder_id=2)
    chain = chain_from([one, beside, hers, two, three, later], one.id, 4)
    assert [seat.id for seat in chain] == [one.id, two.id, three.id]
    assert chain_from([one, two, three], one.id, 2) == [one, two]
