"""What the book tells the readiness engine: each check red, then green once it is mended."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.appointments.checks import CHECKS
from pcnhub.care.appointments.models import Session, Slot, SlotType
from pcnhub.care.appointments.rules import SlotState
from pcnhub.care.organisations.models import Account, Network, Position
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.sharing.models import Agreement
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.local_time import day_bounds
from tests.cast import NOW, World, person, system_for, world
from tests.entrances.client import give_permissions
from tests.rooms.appointments.book import session, slot_type

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


@pytest.fixture
def w() -> World:
    return world()


def ask(w: World, code: str) -> Finding:
    hub = network_of_hub(hub_id=w.hub.pk, day=MONDAY)
    [finding] = CHECKS[code](actor=system_for(w.hub), hub=hub, now=NOW)
    assert finding.target == w.hub.pk
    assert finding.code == code
    assert finding.state is State.MET or finding.state is State.NOT_APPLICABLE or finding.fix
    return finding


def fill(w: World, *, days: int = 21, role: str = "R0260") -> None:
    """Bilal holds every minute of network standard hours."""
    kind = slot_type(w, "GP", patients_may_book=True)
    for n in range(1, days + 1):
        day = MONDAY + timedelta(days=n)
        times = (time(9), time(17)) if day.isoweekday() == 6 else (time(18, 30), time(20))
        if day.isoweekday() != 7:
            session(w, day=day, times=times, slot_type_id=kind, practitioner_role=role)


@pytest.mark.parametrize("code", sorted(set(CHECKS) - {"CHK-25", "CHK-26", "CHK-56", "CHK-59"}))
def test_an_empty_book_is_never_met(w: World, code: str) -> None:
    assert ask(w, code).state in (State.UNMET, State.UNKNOWN)


def able_to_sign_in(w: World) -> None:
    give_permissions(w.bilal)
    TOTPDevice.objects.create(user_id=w.bilal.account_id or 0, name="test", confirmed=True)


def test_a_full_book_is_in_order(w: World) -> None:
    Network.objects.filter(hub=w.hub).update(adjusted_population=15_500, session_name_pattern="EA .+")
    fill(w)
    able_to_sign_in(w)
    assert {code: ask(w, code).state for code in CHECKS} == {
        **dict.fromkeys(CHECKS, State.MET),
        "CHK-26": State.NOT_APPLICABLE,  # nobody is booked yet
        "CHK-56": State.NOT_APPLICABLE,  # no group is opened to 111
        "CHK-59": State.NOT_APPLICABLE,
    }


def test_a_few_patients_more_and_the_minutes_fall_short(w: World) -> None:
    Network.objects.filter(hub=w.hub).update(adjusted_population=15_501)
    fill(w)
    found = ask(w, "CHK-21")
    assert (found.state, "930 of 931 minutes" in found.evidence) == (State.UNMET, True)
    assert "The coming week falls short: mend this before its shifts." in found.evidence


def test_a_shortfall_later_than_the_coming_week_is_no_more_than_a_warning(w: World) -> None:
    Network.objects.filter(hub=w.hub).update(adjusted_population=15_500)
    fill(w, days=13)  # to the end of the coming week
    found = ask(w, "CHK-21")
    assert (found.state, "falls short" in found.evidence) == (State.UNMET, False)


def test_a_bare_evening_between_full_ones_is_named(w: World) -> None:
    """The last slot may be far ahead, and a day in between have none."""
    fill(w)
    assert ask(w, "CHK-22").state is State.MET
    evening = day_bounds(MONDAY + timedelta(days=3))
    Slot.objects.filter(starts_at__range=evening).update(state=SlotState.BLOCKED)
    found = ask(w, "CHK-22")
    assert (found.state, "Thu 26 Nov 2026" in found.evidence, "1 of 12 days" in found.evidence) == (
        State.UNMET,
        True,
        True,
    )


def test_nurses_alone_leave_the_gp_cover_open(w: World) -> None:
    Position.objects.filter(pk=w.bilal.position_id or 0).update(job_role_code="R0690")
    fill(w, role="R0690")
    found = ask(w, "CHK-24")
    assert (found.state, "1860 minutes without a GP" in found.evidence) == (State.UNMET, True)


def test_a_session_offered_as_a_gps_makes_nobody_a_gp(w: World) -> None:
    """Whatever the session says: cover is counted from the job role of the holder's own position."""
    fill(w)
    assert ask(w, "CHK-24").state is State.MET
    Position.objects.filter(pk=w.bilal.position_id or 0).update(job_role_code="R0690")
    found = ask(w, "CHK-24")
    assert (found.state, "1860 minutes without a GP" in found.evidence) == (State.UNMET, True)
    assert "offered as GP (R0260), but Bilal Cast's own position says Nurse (R0690)" in ask(w, "CHK-20").evidence


def test_a_gp_whose_position_ends_covers_nothing_from_then_on(w: World) -> None:
    fill(w)
    last = MONDAY + timedelta(days=14)  # a Monday, the last of the fourteen days
    Position.objects.filter(pk=w.bilal.position_id or 0).update(ends_on=last)
    found = ask(w, "CHK-24")
    assert (found.state, "90 minutes without a GP" in found.evidence) == (State.UNMET, True)
    assert "has no active position then" in ask(w, "CHK-20").evidence


@pytest.mark.parametrize(
    ("state", "is_covered"), [("free", True), ("booked", True), ("blocked", False), ("cancelled", False)]
)
def test_only_slots_that_patients_have_or_could_have_are_gp_cover(w: World, state: str, is_covered: bool) -> None:
    fill(w)
    Slot.objects.filter(hub=w.hub).update(state=state)
    assert ask(w, "CHK-24").state is (State.MET if is_covered else State.UNMET)


def test_sessions_and_clinicians_cost_no_query_each(w: World) -> None:
    """As many reads for three weeks of sessions as for one session."""

    def queries(code: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            ask(w, code)
        return len(seen)

    session(w, day=MONDAY + timedelta(days=1))
    few = {code: queries(code) for code in CHECKS}
    Session.objects.filter(hub=w.hub).update(state="cancelled")
    Slot.objects.filter(hub=w.hub).update(state="cancelled")
    fill(w)
    assert {code: queries(code) for code in CHECKS} == few


def test_a_draft_is_reported_with_what_it_lacks(w: World) -> None:
    session(w, publish=False, holder_id=None, site_id=None, delivery_channel="", practitioner_role="")
    evidence = ask(w, "CHK-20").evidence
    for lack in ("no holder", "no site", "no practitioner role", "no delivery channel", "not published"):
        assert lack in evidence


def test_a_session_that_says_otherwise_who_may_book_needs_no_group(w: World) -> None:
    made = session(w, group_ids=frozenset(), open_to_all=True)
    assert ask(w, "CHK-19").state is State.MET
    Session.objects.filter(pk=made).update(open_to_all=False, organisation_ods_codes=["Z9Z9Z"])
    assert ask(w, "CHK-19").state is State.MET
    Session.objects.filter(pk=made).update(organisation_ods_codes=[])
    assert ask(w, "CHK-19").state is State.UNMET


def test_names_against_the_pattern(w: World) -> None:
    assert ask(w, "CHK-25").state is State.NOT_APPLICABLE
    session(w)
    Network.objects.filter(hub=w.hub).update(session_name_pattern="Y07108 .*")
    assert ask(w, "CHK-25").state is State.UNMET


def test_each_way_in_which_a_clinician_is_not_ready(w: World) -> None:
    session(w)
    able_to_sign_in(w)
    assert ask(w, "CHK-42").state is State.MET
    Account.objects.filter(pk=w.bilal.account_id or 0).update(smartcard_uid=None)
    Position.objects.filter(pk=w.bilal.position_id or 0).update(consulter=False, ends_on=MONDAY)
    Agreement.objects.filter(kind=AgreementKind.CARE_RECORD).update(allowed_job_categories=["Nurse"])
    found = ask(w, "CHK-42")
    assert found.state is State.UNMET
    for reason in ("smartcard", "consulter", "job category"):
        assert reason in found.evidence


def test_a_clinician_who_could_not_sign_in_or_not_consult_is_not_ready(w: World) -> None:
    session(w)
    Position.objects.filter(pk=w.bilal.position_id or 0).update(role_code="R8008")
    bare = ask(w, "CHK-42")
    assert bare.state is State.UNMET
    for reason in ("sign-in code never set up", "no activity that lets them consult"):
        assert reason in bare.evidence
    able_to_sign_in(w)
    AccessAttempt.objects.create(
        username="bilal", failures_since_start=settings.AXES_FAILURE_LIMIT, attempt_time=NOW, get_data="", post_data=""
    )
    AccessAttempt.objects.update(attempt_time=NOW - timedelta(minutes=1))
    locked = ask(w, "CHK-42")
    assert (locked.state, "sign-in locked" in locked.evidence) == (State.UNMET, True)
    AccessAttempt.objects.update(attempt_time=NOW - settings.AXES_COOLOFF_TIME)
    assert ask(w, "CHK-42").state is State.MET


def test_what_opens_later_is_not_bookable_in_advance(w: World) -> None:
    """D5: a book of embargoed slots, or of a short window, is full and can be booked by nobody yet."""
    fill(w)
    SlotType.objects.update(embargo_minutes=2880)
    found = ask(w, "CHK-22")
    assert (found.state, "11 of 12 days" in found.evidence) == (State.UNMET, True)
    SlotType.objects.update(embargo_minutes=None)
    Session.objects.update(window_days=7)
    assert "6 of 12 days" in ask(w, "CHK-22").evidence
    Session.objects.update(window_days=14)
    assert ask(w, "CHK-22").state is State.MET


def test_every_holder_of_a_session_is_asked(w: World) -> None:
    fill(w)
    gwen = person("gwen", w.hub, set())
    for one in Session.objects.all():
        one.further_holders.add(gwen.position_id or 0)
    assert "but Gwen Cast's own position says no job role" in ask(w, "CHK-20").evidence
    able_to_sign_in(w)
    assert "Gwen Cast" in ask(w, "CHK-42").evidence
