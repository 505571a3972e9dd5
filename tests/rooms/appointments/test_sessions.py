"""Slot types, weekly sessions, sessions: made, published, cancelled, blocked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.appointments.operations import (
    SlotTypeDetails,
    TemplateDetails,
    block_slot,
    change_session,
    end_template,
    make_session,
    make_sessions,
    publish_session,
    retire_slot_type,
    save_slot_type,
    save_template,
    unblock_slot,
)
from pcnhub.care.appointments.operations.cancelling import cancel_sessions, plan_cancelling
from pcnhub.care.appointments.queries import session as read_session
from pcnhub.care.appointments.queries import sessions, slot_types, templates
from pcnhub.care.organisations.models import Network, Organisation, OrganisationGroup, Position, Site
from pcnhub.care.organisations.rules import GroupPurpose, OrganisationKind
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import MANAGER, NOW, World, organisation, person, world
from tests.rooms.appointments.book import EVENING, TUESDAY, cancelled, details, session, slot_type, slots

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


@pytest.fixture
def w() -> World:
    return world()


def weekly(w: World, **more: object) -> TemplateDetails:
    values: dict[str, object] = {
        "session": details(w, slot_type(w)),
        "weekday": 2,
        "starts_at": EVENING[0],
        "ends_at": EVENING[1],
        "starts_on": MONDAY,
        **more,
    }
    return TemplateDetails(**values)  # type: ignore[arg-type]


def test_weekly_sessions_are_made_once_and_published(w: World) -> None:
    save_template(actor=w.carys, now=NOW, details=weekly(w))
    made = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=MONDAY + timedelta(days=14))
    assert (len(made.made), made.published, made.drafts) == (2, made.made, ())
    assert make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=MONDAY + timedelta(days=14)).made == ()
    found = sessions(hub_id=w.hub.pk, from_on=MONDAY, to_on=MONDAY + timedelta(days=14))
    assert [(view.starts_at, view.free) for view in found] == [
        (datetime(2026, 11, 24, 18, 30, tzinfo=UTC), 6),
        (datetime(2026, 12, 1, 18, 30, tzinfo=UTC), 6),
    ]


def test_a_weekly_session_keeps_its_time_on_the_wall_across_both_clock_changes(w: World) -> None:
    save_template(actor=w.carys, now=NOW, details=weekly(w, starts_on=date(2026, 10, 1)))
    for now, before, later in (
        (datetime(2026, 10, 19, tzinfo=UTC), "17:30", "18:30"),
        (datetime(2027, 3, 22, tzinfo=UTC), "18:30", "17:30"),
    ):
        made = make_sessions(actor=w.carys, now=now, hub_id=w.hub.pk, until=now.date() + timedelta(days=13))
        starts = Session.objects.filter(pk__in=made.made).order_by("starts_at").values_list("starts_at", flat=True)
        assert [f"{start:%H:%M}" for start in starts] == [before, later]


def test_a_session_is_published_only_as_what_its_holder_is(w: World) -> None:
    """`domain.md` D8, R9: a pharmacist's evening offered as a GP's would hide that no GP is there."""
    Position.objects.filter(pk=w.bilal.position_id or 0).update(job_role_code="R1290")
    draft = session(w, publish=False)
    with pytest.raises(InvalidInput) as refusal:
        publish_session(actor=w.carys, now=NOW, session_id=draft)
    [problem] = refusal.value.problems
    assert (problem.field, problem.code, problem.value) == ("practitioner_role", "not-the-holders", "R0260")
    assert "Pharmacist (R1290)" in problem.message
    assert "rota manager" in problem.remedy
    assert "people" in problem.remedy
    Position.objects.filter(pk=w.bilal.position_id or 0).update(job_role_code="R0260")
    publish_session(actor=w.carys, now=NOW, session_id=draft)


def test_what_cannot_be_published_stays_a_draft_with_its_reasons(w: World) -> None:
    save_template(actor=w.carys, now=NOW, details=weekly(w))
    Position.objects.filter(pk=w.bilal.position_id or 0).update(session_holder=False)
    made = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=TUESDAY)
    [draft] = made.drafts
    assert [reason.code for reason in draft.reasons] == ["not-a-holder"]
    assert read_session(hub_id=w.hub.pk, session_id=draft.session_id).state == "draft"


def test_an_ended_weekly_session_is_not_made_again(w: World) -> None:
    key = save_template(actor=w.carys, now=NOW, details=weekly(w))
    end_template(actor=w.carys, now=NOW, template_id=key, ends_on=TUESDAY + timedelta(days=7))
    made = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=TUESDAY + timedelta(days=21))
    assert len(made.made) == 1


def test_saving_the_same_again_changes_nothing(w: World) -> None:
    wanted = weekly(w)
    key = save_template(actor=w.carys, now=NOW, details=wanted)
    assert save_template(actor=w.carys, now=NOW, details=wanted, template_id=key) == key
    with unit_of_work(w.carys):
        assert AuditEvent.objects.filter(action="appointments.template-saved").count() == 1
    with pytest.raises(InvalidInput):
        save_template(actor=w.carys, now=NOW, details=wanted)
    assert len(templates(hub_id=w.hub.pk)) == 1


def test_every_fault_of_a_weekly_session_at_once(w: World) -> None:
    wrong = weekly(w, weekday=8, starts_at=time(20), ends_at=time(18), ends_on=MONDAY)
    wrong = replace(
        wrong,
        session=replace(
            wrong.session, name=" ", slot_type_id=0, holder_id=0, site_id=0, delivery_channel="Fax",
            practitioner_role="R9999", group_ids=frozenset({0}),
        ),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        save_template(actor=w.carys, now=NOW, details=wrong)
    assert {problem.field for problem in refused.value.problems} == {
        "name", "delivery_channel", "practitioner_role", "weekday", "ends_at", "ends_on", "slot_type_id", "holder_id",
        "site_id", "group_ids",
    }  # fmt: skip


def test_slot_types_are_named_once_and_retire(w: World) -> None:
    kind = slot_type(w, "EA GP")
    with pytest.raises(InvalidInput) as refused:
        save_slot_type(actor=w.carys, now=NOW, details=SlotTypeDetails("EA GP", 0, "By post", colour="infrared"))
    assert [problem.field for problem in refused.value.problems] == ["minutes", "mode", "colour", "name"]
    retire_slot_type(actor=w.carys, now=NOW, slot_type_id=kind)
    assert slot_types(hub_id=w.hub.pk) == ()
    with pytest.raises(InvalidInput):
        session(w, slot_type_id=kind)


def test_one_clinician_is_not_published_twice_at_one_time(w: World) -> None:
    session(w)
    session(w, times=(time(20), time(21)))  # touching is no overlap
    draft = session(w, times=(time(19), time(19, 30)), publish=False)
    with pytest.raises(InvalidInput, match="another session"):
        publish_session(actor=w.carys, now=NOW, session_id=draft)
    change_session(actor=w.carys, now=NOW, session_id=draft, details=details(w, slot_type(w), holder_id=None))
    with pytest.raises(InvalidInput, match="Nobody holds"):
        publish_session(actor=w.carys, now=NOW, session_id=draft)


def test_the_networks_pattern_binds_the_names(w: World) -> None:
    Network.objects.filter(hub=w.hub).update(session_name_pattern=r"Y07108 .+")
    with pytest.raises(InvalidInput, match="pattern"):
        session(w)
    session(w, name="Y07108 EA GP")


def another_position_of_bilal(w: World, at: Organisation) -> int:
    first = Position.objects.get(pk=w.bilal.position_id or 0)
    return Position.objects.create(
        account=first.account, organisation=at, role_code="R8003", job_category=first.job_category,
        job_role_code=first.job_role_code, consulter=True, session_holder=True, starts_on=first.starts_on,
    ).pk  # fmt: skip


def test_one_person_with_two_positions_is_in_one_place(w: World) -> None:
    session(w)
    draft = session(w, publish=False, holder_id=another_position_of_bilal(w, w.hub))
    with pytest.raises(InvalidInput) as refused:
        publish_session(actor=w.carys, now=NOW, session_id=draft)
    [problem] = refused.value.problems
    assert problem.code == "overlap"
    assert "EA GP - practice booking" in problem.message


def test_one_person_who_works_at_two_hubs_is_at_one_of_them(w: World) -> None:
    """The other hub's session is named by its hub and its time, no more."""
    session(w)
    other = organisation("Y07109", "Northside Hub", OrganisationKind.HUB)
    Network.objects.create(ods_code="U54321", name="Northside PCN", hub=other, adjusted_population=20_000)
    site = Site.objects.create(organisation=other, name="North", address_lines=["1 North Walk"], postcode="DN16 3LQ")
    manager = person("nora", other, MANAGER)
    there = replace(w, carys=manager)
    kind = slot_type(there)
    group = OrganisationGroup.objects.create(owner=other, name="North", purpose=GroupPurpose.PRACTICE_BOOKING)
    draft = session(
        there, publish=False, slot_type_id=kind, holder_id=another_position_of_bilal(w, other), site_id=site.pk,
        group_ids=frozenset({group.pk}),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        publish_session(actor=manager, now=NOW, session_id=draft)
    [problem] = refused.value.problems
    assert (problem.code, "a session at Riverside Enhanced Access Hub" in problem.message) == ("overlap", True)


def test_a_draft_can_be_changed_and_a_published_session_not(w: World) -> None:
    kind = slot_type(w)
    draft = session(w, publish=False, slot_type_id=kind, holder_id=None)
    change_session(actor=w.carys, now=NOW, session_id=draft, details=details(w, kind, name="EA GP late"))
    publish_session(actor=w.carys, now=NOW, session_id=draft)
    assert read_session(hub_id=w.hub.pk, session_id=draft).name == "EA GP late"
    for again in (publish_session,):
        with pytest.raises(Conflict):
            again(actor=w.carys, now=NOW, session_id=draft)
    with pytest.raises(Conflict):
        change_session(actor=w.carys, now=NOW, session_id=draft, details=details(w, kind))


def test_a_cancelled_session_gives_the_clinician_the_time_back(w: World) -> None:
    made = session(w)
    plan = plan_cancelling(actor=w.carys, now=NOW, session_ids=[made])
    with pytest.raises(InvalidInput):
        cancel_sessions(actor=w.carys, now=NOW, session_ids=[made], reason=" ", shown=plan.token())
    cancelled(w, made)
    assert {slot.state for slot in slots(made)} == {"cancelled"}
    session(w)


def test_block_and_unblock(w: World) -> None:
    [first, *_] = slots(session(w))
    block_slot(actor=w.carys, now=NOW, slot_id=first.id, reason="Teaching")
    with pytest.raises(Conflict):
        block_slot(actor=w.carys, now=NOW, slot_id=first.id, reason="Teaching")
    assert (Slot.objects.get(pk=first.id).state, Slot.objects.get(pk=first.id).blocked_reason) == (
        "blocked",
        "Teaching",
    )
    unblock_slot(actor=w.carys, now=NOW, slot_id=first.id)
    assert Slot.objects.get(pk=first.id).state == "free"


def test_only_the_hubs_rota_manager_touches_its_book(w: World) -> None:
    made = session(w)
    for actor in (w.ada, w.bilal, w.charlie, w.dilys):
        with pytest.raises(NotPermitted):
            plan_cancelling(actor=actor, now=NOW, session_ids=[made])
        with pytest.raises(NotPermitted):
            cancel_sessions(actor=actor, now=NOW, session_ids=[made], reason="No", shown="")
        with pytest.raises(NotPermitted):
            save_template(actor=actor, now=NOW, details=weekly_of(w))
    with pytest.raises(NotFound):
        make_sessions(actor=w.carys, now=NOW, hub_id=w.ash.pk, until=TUESDAY)


def weekly_of(w: World) -> TemplateDetails:
    return TemplateDetails(details(w, 0), 2, *EVENING, MONDAY)


def test_a_session_in_the_past_or_without_end_is_refused(w: World) -> None:
    kind = slot_type(w)
    for day, times, field in (
        (MONDAY - timedelta(days=1), EVENING, "day"),
        (TUESDAY, (time(20), time(18)), "ends_at"),
        (TUESDAY, (time(6), time(22)), "ends_at"),
    ):
        with pytest.raises(InvalidInput) as refused:
            make_session(
                actor=w.carys, now=NOW, day=day, starts_at=times[0], ends_at=times[1], details=details(w, kind)
            )
        assert [problem.field for problem in refused.value.problems] == [field]
