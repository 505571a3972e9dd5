"""What sessions are made from and with: days left out, series changed from a day on, further holders, quotas, publishing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from pcnhub.care.appointments.models import Session, SessionTemplate, Slot
from pcnhub.care.appointments.operations import (
    Quota,
    TemplateDetails,
    change_session,
    change_template_from,
    forget_hub_day,
    forget_single_day,
    make_session,
    make_sessions,
    publish_session,
    publish_sessions,
    save_template,
    set_hub_day,
    set_single_day,
)
from pcnhub.care.appointments.queries import closures, covering_slots, exceptions_of
from pcnhub.care.appointments.queries import session as read_session
from pcnhub.care.appointments.queries import sessions as read_sessions
from pcnhub.care.appointments.queries import template as read_template
from pcnhub.care.organisations.models import OrganisationGroup, Position
from pcnhub.care.organisations.rules import GroupPurpose
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, person, world
from tests.rooms.appointments.book import EVENING, MAPPED, TUESDAY, details, session, slot_type, slots

pytestmark = pytest.mark.django_db
SATURDAY = date(2026, 11, 28)
BOXING_DAY = date(2026, 12, 26)
RESTRICTED: dict[str, object] = {
    "organisation_types": frozenset({"urgent-care"}),
    "organisation_ods_codes": frozenset({"A81001"}),
    "window_days": 14,
    "closes_minutes": 30,
    "release_at": time(16),
    "quotas": (Quota("organisation", "A81001", 2), Quota("organisation-type", "urgent-care", 1)),
}


@pytest.fixture
def w() -> World:
    return world()


def weekly(w: World, session_more: dict[str, object] | None = None, **more: object) -> TemplateDetails:
    values: dict[str, object] = {
        "session": details(w, slot_type(w), **(session_more or {})),
        "weekday": 6,
        "starts_at": time(9),
        "ends_at": time(13),
        "starts_on": SATURDAY,
        **more,
    }
    return TemplateDetails(**values)  # type: ignore[arg-type]


def gp(w: World, name: str) -> Actor:
    """Another GP of the hub's, a session holder as Bilal is."""
    model = Position.objects.get(pk=w.bilal.position_id or 0)
    actor = person(name, w.hub, set())
    Position.objects.filter(pk=actor.position_id or 0).update(
        session_holder=True, consulter=True, job_role_code=model.job_role_code, job_category=model.job_category
    )
    return actor


def reasons_of(w: World, session_id: int) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        publish_session(actor=w.carys, now=NOW, session_id=session_id)
    assert all(problem.remedy for problem in refused.value.problems)
    return {problem.field: problem.code for problem in refused.value.problems}


def test_a_fortnightly_clinic_leaves_out_what_is_closed_and_says_why(w: World) -> None:
    key = save_template(actor=w.carys, now=NOW, details=weekly(w, every_weeks=2))
    set_hub_day(actor=w.carys, now=NOW, day=date(2026, 12, 12), is_open=False, reason="Training day")
    made = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=date(2027, 1, 9))
    assert [one.starts_at.date() for one in Session.objects.filter(pk__in=made.made).order_by("starts_at")] == [
        SATURDAY,
        date(2027, 1, 9),
    ]
    assert [(each.template_id, each.day, each.why) for each in made.left_out] == [
        (key, date(2026, 12, 12), "the hub is closed: Training day"),
        (key, BOXING_DAY, "bank holiday: Boxing Day"),
    ]


def test_an_open_hub_or_a_day_brought_in_takes_place_on_a_bank_holiday(w: World) -> None:
    key = save_template(actor=w.carys, now=NOW, details=weekly(w))
    until = BOXING_DAY + timedelta(days=1)
    assert len(make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=until).made) == 4
    set_single_day(actor=w.carys, now=NOW, template_id=key, day=BOXING_DAY, takes_place=True, reason="By agreement")
    assert len(make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=until).made) == 1
    [there] = set_hub_day(actor=w.carys, now=NOW, day=BOXING_DAY, is_open=False, reason="Closed after all")
    assert read_session(hub_id=w.hub.pk, session_id=there).state == "published"  # it is told of, not cancelled


def test_both_clock_changes_of_a_fortnightly_clinic(w: World) -> None:
    save_template(actor=w.carys, now=NOW, details=weekly(w, weekday=7, every_weeks=2, starts_on=date(2026, 3, 15)))
    for now, starts in (
        (datetime(2026, 3, 14, tzinfo=UTC), ["2026-03-15 09:00", "2026-03-29 08:00"]),
        (datetime(2026, 10, 10, tzinfo=UTC), ["2026-10-11 08:00", "2026-10-25 09:00"]),
    ):
        until = now.date() + timedelta(days=15)
        made = make_sessions(actor=w.carys, now=now, hub_id=w.hub.pk, until=until)
        rows = Session.objects.filter(pk__in=made.made).order_by("starts_at")
        assert [f"{one.starts_at:%Y-%m-%d %H:%M}" for one in rows] == starts
        assert {Slot.objects.filter(session=one).count() for one in rows} == {16}


def test_single_days_are_set_replaced_and_forgotten_on_record(w: World) -> None:
    key = save_template(actor=w.carys, now=NOW, details=weekly(w, ends_on=date(2027, 1, 1)))
    for takes_place in (True, False):
        set_single_day(actor=w.carys, now=NOW, template_id=key, day=SATURDAY, takes_place=takes_place, reason="Why")
    [said] = exceptions_of(template_id=key)
    assert (said.day, said.takes_place) == (SATURDAY, False)
    with pytest.raises(InvalidInput) as refused:
        set_single_day(
            actor=w.carys, now=NOW, template_id=key, day=date(2026, 11, 1), takes_place=True, reason="x" * 201
        )
    assert [problem.code for problem in refused.value.problems] == ["past", "too-long", "outside"]
    forget_single_day(actor=w.carys, now=NOW, template_id=key, single_day_id=said.id)
    with pytest.raises(NotFound):
        forget_single_day(actor=w.carys, now=NOW, template_id=key, single_day_id=said.id)
    set_hub_day(actor=w.carys, now=NOW, day=SATURDAY, is_open=False, reason="Training")
    [closed] = closures(hub_id=w.hub.pk, from_on=SATURDAY, to_on=SATURDAY)
    forget_hub_day(actor=w.carys, now=NOW, closure_id=closed.id)
    with unit_of_work(w.carys):
        actions = AuditEvent.objects.filter(action__contains="-day-").order_by("pk").values_list("action", flat=True)
        assert list(actions) == [
            "appointments.template-day-set",
            "appointments.template-day-set",
            "appointments.template-day-forgotten",
            "appointments.hub-day-set",
            "appointments.hub-day-forgotten",
        ]


def test_a_series_is_changed_from_a_day_on(w: World) -> None:
    wanted = weekly(w, every_weeks=2)
    key = save_template(actor=w.carys, now=NOW, details=wanted)
    off_day = date(2027, 1, 23)
    set_single_day(actor=w.carys, now=NOW, template_id=key, day=off_day, takes_place=False, reason="Painting")
    make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=date(2026, 12, 12))
    changed = change_template_from(
        actor=w.carys, now=NOW, template_id=key, day=date(2026, 12, 1), details=replace(wanted, starts_at=time(10))
    )
    # the first day lies in a week of the clinic: every other week stays every other week
    assert changed.first_day == date(2026, 12, 7)
    old, new = (read_template(hub_id=w.hub.pk, template_id=each) for each in (key, changed.template_id))
    assert (old.ends_on, new.starts_on, old.starts_at, new.starts_at) == (
        changed.first_day, changed.first_day, time(9), time(10),
    )  # fmt: skip
    [there] = changed.sessions
    assert read_session(hub_id=w.hub.pk, session_id=there).starts_at == datetime(2026, 12, 12, 9, tzinfo=UTC)
    assert [each.day for each in exceptions_of(template_id=new.id)] == [off_day]
    made = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=date(2027, 1, 23))
    [one] = Session.objects.filter(pk__in=made.made)
    assert (one.template_id, one.starts_at) == (new.id, datetime(2027, 1, 9, 10, tzinfo=UTC))


def test_a_series_changed_from_its_first_day_is_the_same_series(w: World) -> None:
    wanted = weekly(w)
    key = save_template(actor=w.carys, now=NOW, details=wanted)
    changed = change_template_from(
        actor=w.carys, now=NOW, template_id=key, day=SATURDAY, details=replace(wanted, ends_at=time(12))
    )
    assert (changed.template_id, SessionTemplate.objects.count()) == (key, 1)
    with pytest.raises(InvalidInput):
        change_template_from(
            actor=w.carys, now=NOW, template_id=key, day=date(2026, 12, 5), details=replace(wanted, weekday=9)
        )
    assert read_template(hub_id=w.hub.pk, template_id=key).ends_on is None


def test_what_a_template_says_its_sessions_say(w: World) -> None:
    more = {**RESTRICTED, "release_group_id": w.group.pk}
    key = save_template(actor=w.carys, now=NOW, details=weekly(w, more))
    [made] = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=SATURDAY).published
    template, one = read_template(hub_id=w.hub.pk, template_id=key), read_session(hub_id=w.hub.pk, session_id=made)
    for name, value in more.items():
        assert getattr(template, name) == getattr(one, name) == value, name


def test_each_further_holder_has_slots_of_their_own(w: World) -> None:
    owen = gp(w, "owen")
    both = session(w, further_holder_ids=frozenset({owen.position_id}))
    found = slots(both)
    assert {slot.holder_id for slot in found} == {w.bilal.position_id, owen.position_id}
    assert len(found) == 12
    assert len({(slot.starts_at, slot.holder_id) for slot in found}) == 12
    covering = covering_slots(hub_id=w.hub.pk, from_on=TUESDAY, to_on=TUESDAY)
    assert [slot.job_role for slot in covering] == ["R0260"] * 12
    held = read_sessions(hub_id=w.hub.pk, from_on=TUESDAY, to_on=TUESDAY, holder_id=owen.position_id)
    assert [one.id for one in held] == [both]


def test_each_holder_is_asked_and_each_persons_time_is_theirs(w: World) -> None:
    owen = gp(w, "owen")
    session(w, holder_id=owen.position_id)
    busy = session(w, publish=False, further_holder_ids=frozenset({owen.position_id}))
    assert reasons_of(w, busy) == {"further_holders": "overlap"}
    Position.objects.filter(pk=owen.position_id or 0).update(session_holder=False, job_role_code="R0690")
    later = session(
        w, times=(time(20), time(21)), publish=False, further_holder_ids=frozenset({owen.position_id})
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        publish_session(actor=w.carys, now=NOW, session_id=later)
    assert [problem.code for problem in refused.value.problems] == ["not-a-holder", "not-the-holders"]
    with pytest.raises(InvalidInput) as refused:
        session(w, publish=False, further_holder_ids=frozenset({w.bilal.position_id}))
    assert [problem.code for problem in refused.value.problems] == ["twice"]


def test_publishing_says_everything_that_is_wrong_with_who_may_book(w: World) -> None:
    mine = OrganisationGroup.objects.create(owner=w.hub, name="111", purpose=GroupPurpose.NHS_111)
    kind = slot_type(w, "Unmapped", national_category="")
    draft = session(
        w, publish=False, slot_type_id=kind, times=(time(7), time(8)), variation=" ", release_at=time(16),
        organisation_ods_codes=frozenset({"A81001", "Z9Z9Z"}),  # one that nobody here has is no fault
        quotas=(Quota("group", str(mine.pk), 2), Quota("organisation", "Z8Z8Z", 2)),
    )  # fmt: skip
    assert reasons_of(w, draft) == {
        "slot_type": "not-mapped",
        "variation": "missing",
        "release_group_id": "missing",
        f"quotas.group.{mine.pk}": "not-a-group-of-the-session",
    }
    change_session(
        actor=w.carys, now=NOW, session_id=draft,
        details=details(w, kind, release_group_id=mine.pk, counts_to_enhanced_access=False),
    )  # fmt: skip
    assert reasons_of(w, draft) == {"slot_type": "not-mapped", "release_at": "missing"}


def test_who_may_book_is_said_one_way_or_another(w: World) -> None:
    """A group, ODS codes (of organisations that are not here too), or explicitly everybody over GP Connect."""
    alone: dict[str, object] = {"group_ids": frozenset()}
    draft = session(w, publish=False, **alone)  # type: ignore[arg-type]
    assert reasons_of(w, draft) == {"groups": "missing"}
    for hour, more in enumerate(({"organisation_ods_codes": frozenset({"Z9Z9Z"})}, {"open_to_all": True}), 9):
        made = session(w, times=(time(hour), time(hour + 1)), **alone, **more)  # type: ignore[arg-type]
        assert read_session(hub_id=w.hub.pk, session_id=made).state == "published"
    with pytest.raises(InvalidInput) as refused:
        session(w, open_to_all=True, gp_connect_bookable=False)
    [problem] = refused.value.problems
    assert (problem.field, problem.code) == ("open_to_all", "not-over-gp-connect")


def test_slots_that_no_patient_gets_need_no_mapping(w: World) -> None:
    breaks = slot_type(w, "Break", bookable=False, mode="Not an Appointment", **dict.fromkeys(MAPPED, ""))
    session(w, slot_type_id=breaks)


def test_a_draft_keeps_what_is_said_of_it_and_forgets_what_is_taken_back(w: World) -> None:
    kind = slot_type(w)
    draft = session(w, publish=False, slot_type_id=kind, **RESTRICTED)  # type: ignore[arg-type]
    more = {**RESTRICTED, "quotas": (Quota("organisation", "A81001", 5),)}
    change_session(actor=w.carys, now=NOW, session_id=draft, details=details(w, kind, **more))
    assert read_session(hub_id=w.hub.pk, session_id=draft).quotas == (Quota("organisation", "A81001", 5),)
    change_session(actor=w.carys, now=NOW, session_id=draft, details=details(w, kind))
    view = read_session(hub_id=w.hub.pk, session_id=draft)
    assert (view.quotas, view.window_days, view.organisation_types) == ((), None, frozenset())


def test_every_fault_of_the_new_fields_at_once(w: World) -> None:
    wrong = details(
        w, slot_type(w), organisation_types=frozenset({"bakery"}), organisation_ods_codes=frozenset({"?"}),
        window_days=-1, closes_minutes=99_999_999, release_group_id=0, further_holder_ids=frozenset({0}),
        variation="x" * 201, quotas=(Quota("group", "0", -1), Quota("family", "x", 1), Quota("family", "x", 1)),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        make_session(actor=w.carys, now=NOW, day=TUESDAY, starts_at=EVENING[0], ends_at=EVENING[1], details=wrong)
    assert {problem.field for problem in refused.value.problems} == {
        "organisation_types", "organisation_ods_codes", "window_days", "closes_minutes", "release_group_id",
        "further_holder_ids", "variation", "quotas", "quotas.group.0", "quotas.family.x",
    }  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        save_template(actor=w.carys, now=NOW, details=replace(weekly_like(w), every_weeks=0))
    assert [problem.field for problem in refused.value.problems] == ["every_weeks", "slot_type_id"]


def test_the_drafts_of_some_days_are_published_at_once(w: World) -> None:
    kind = slot_type(w)
    good, other = (session(w, day=TUESDAY + timedelta(days=n), publish=False, slot_type_id=kind) for n in (0, 1))
    bare = session(w, day=TUESDAY, publish=False, slot_type_id=kind, holder_id=None)
    done = publish_sessions(actor=w.carys, now=NOW, from_on=TUESDAY, to_on=TUESDAY)
    assert done.published == (good,)
    [draft] = done.drafts
    assert (draft.session_id, [reason.field for reason in draft.reasons]) == (bare, ["holder"])
    assert read_session(hub_id=w.hub.pk, session_id=other).state == "draft"


def test_only_the_hubs_rota_manager_says_so(w: World) -> None:
    key = save_template(actor=w.carys, now=NOW, details=weekly(w))
    for actor in (w.ada, w.bilal, w.charlie, w.dilys):
        for act in (
            lambda actor: set_hub_day(actor=actor, now=NOW, day=SATURDAY, is_open=False, reason="No"),
            lambda actor: set_single_day(
                actor=actor, now=NOW, template_id=key, day=SATURDAY, takes_place=False, reason="No"
            ),
            lambda actor: publish_sessions(actor=actor, now=NOW, from_on=SATURDAY, to_on=SATURDAY),
            lambda actor: change_template_from(
                actor=actor, now=NOW, template_id=key, day=SATURDAY, details=weekly_like(w)
            ),
        ):
            with pytest.raises(NotPermitted):
                act(actor)


def weekly_like(w: World) -> TemplateDetails:
    return TemplateDetails(details(w, 0), 6, time(9), time(13), SATURDAY)
