"""What is owed, cover, opening hours, test tasks, comments and undoing, and the page of e-mail notices: in by the form, and not
for Charlie."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.organisations.queries import closed_days, opening_hours
from pcnhub.connections.mail.models import Letter
from pcnhub.connections.mail.operations import wish_of
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS
from tests.entrances.client import signed_in_as
from tests.entrances.tasks.test_task_pages import text_of, written
from tests.rooms.tasks.scene import Scene, make_scene, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def test_comment_undo_take_over_and_withdraw(scene: Scene) -> None:
    bilal, ada, farah = (signed_in_as(each) for each in (scene.world.bilal, scene.world.ada, scene.world.farah))
    task_id = written(scene, bilal)
    work(timezone.now())
    address = reverse("task", args=[task_id])
    assert ada.post(address, {"step": "comment", "comment": ""}).status_code == 422
    assert "Both ends see it" in text_of(ada.post(address, {"step": "comment", "comment": "On Friday?"}, follow=True))
    assert "On Friday?" in text_of(bilal.get(address))
    ada.post(address, {"step": "accept", "version": "2"})
    assert "Undo your last step" in text_of(ada.get(address))
    assert "Take it over" in text_of(farah.get(address))
    assert "is undone" in text_of(ada.post(address, {"step": "undo", "version": "3"}, follow=True))
    assert farah.post(address, {"step": "undo", "version": "4"}).status_code == 409
    said = bilal.post(address, {"step": "withdraw", "withdraw_reason": "Wrong person"}, follow=True)
    assert "asked for the task back" in text_of(said)
    work(timezone.now())
    assert "Withdrawn" in text_of(ada.get(address))


def test_what_came_back_is_first_and_is_written_again(scene: Scene) -> None:
    bilal, ada = signed_in_as(scene.world.bilal), signed_in_as(scene.world.ada)
    task_id = written(scene, bilal)
    work(timezone.now())
    ada.post(reverse("task", args=[task_id]), {"step": "reject", "version": "2", "reason": "Moved away"})
    assert "Your move" in text_of(bilal.get(reverse("tasks-sent")))
    address = reverse("task", args=[task_id])
    assert "This task came back" in text_of(bilal.get(address))
    assert "Full blood count, please." in text_of(bilal.get(f"{reverse('task-new')}?again={task_id}"))
    assert bilal.post(address, {"step": "deal", "how": ""}).status_code == 422
    bilal.post(address, {"step": "deal", "how": "Rang the new practice"})
    assert "Your move" not in text_of(bilal.get(reverse("tasks-sent")))
    charlie = signed_in_as(scene.world.charlie)
    assert charlie.get(f"{reverse('task-new')}?again={task_id}").status_code == 404


def test_all_that_is_owed_filtered_and_on_one_page(scene: Scene) -> None:
    for number in range(21):
        scene.sent(idempotency_key=str(number))
    work(timezone.now())
    carys = signed_in_as(scene.world.carys)
    page = text_of(carys.get(reverse("tasks-owed")))
    assert "Ash Lane Surgery" in page
    assert "All on one page, for printing" in page
    assert text_of(carys.get(f"{reverse('tasks-owed')}?all=1")).count("Please") == 0, "what is asked is not in a list"
    assert "No open task is like this" in text_of(carys.get(f"{reverse('tasks-owed')}?owed_by={scene.world.birch.pk}"))
    assert "SMITH" not in text_of(signed_in_as(scene.world.charlie).get(reverse("tasks-owed")))


def test_cover_is_arranged_and_ended(scene: Scene) -> None:
    dilys, ada = signed_in_as(scene.world.dilys), signed_in_as(scene.world.ada)
    today, back = timezone.localdate(), timezone.localdate() + timedelta(days=7)
    form = {"position": scene.world.farah.position_id, "stand_in": scene.world.dilys.position_id}
    for name, day in (("starts_on", today), ("ends_on", back)):
        form |= {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}
    assert ada.post(reverse("cover-new"), form).status_code == 422, "not for Farah"
    assert dilys.post(reverse("cover-new"), form | {"stand_in": scene.world.farah.position_id}).status_code == 422
    assert "Dilys Cast stands in" in text_of(dilys.post(reverse("cover-new"), form, follow=True))
    assert "End cover for Farah Cast" not in text_of(ada.get(reverse("teams")))
    assert signed_in_as(scene.world.charlie).post(reverse("cover-end", args=[1])).status_code == 404


def test_opening_hours_are_read_as_people_write_them(scene: Scene) -> None:
    dilys = signed_in_as(scene.world.dilys)
    assert "core hours hold" in text_of(dilys.get(reverse("opening-hours")))
    answer = dilys.post(reverse("opening-hours"), {"monday": "08:00Z to 18:30", "tuesday": "8 to 9"})
    assert answer.status_code == 422
    assert "Tuesday must be written as 08:00 to 18:30" in text_of(answer)
    dilys.post(reverse("opening-hours"), {"saturday": "9:00-17:00", "on_bank_holidays": "on"})
    week = opening_hours(organisation_id=scene.world.ash.pk).week
    assert [bool(each) for each in week] == [False] * 5 + [True, False]
    assert signed_in_as(scene.world.ada).get(reverse("opening-hours")).status_code == 403


def test_a_closed_afternoon_is_said_with_all_errors_at_once_and_taken_back(scene: Scene) -> None:
    dilys, address = signed_in_as(scene.world.dilys), reverse("closings")
    assert "Nothing is said of any day to come" in text_of(dilys.get(address))
    answer = dilys.post(address, {"day-day": "9", "starts": "one", "ends": "25:00"})
    assert answer.status_code == 422
    said = text_of(answer)
    for fault in (
        "must include a month and a year",
        "Closed from must be",
        "Closed until must be",
        "Say why you are closed",
    ):
        assert fault in said, fault
    day = first_weekday(london_date(timezone.now()) + timedelta(days=10))
    given = {"day-day": day.day, "day-month": day.month, "day-year": day.year, "starts": "13:00", "reason": "Training"}
    assert f"{day:%A %-d %B %Y}, from 13:00: Training" in text_of(dilys.post(address, given, follow=True))
    assert "Something is said of this day already" in text_of(dilys.post(address, given))
    [closed] = closed_days(organisation_id=scene.world.ash.pk, from_on=day)
    for stranger, status in ((scene.world.ada, 403), (scene.world.carys, 404), (scene.world.charlie, 404)):
        assert signed_in_as(stranger).post(reverse("closing-remove", args=[closed.id])).status_code == status
    assert "like any other again" in text_of(dilys.post(reverse("closing-remove", args=[closed.id]), follow=True))
    assert closed_days(organisation_id=scene.world.ash.pk, from_on=day) == ()


def first_weekday(day: date) -> date:
    """The first working day from that one on."""
    return next(each for each in (day + timedelta(days=n) for n in range(9)) if CORE_HOURS.on(each))


def test_a_test_task_by_its_button(scene: Scene) -> None:
    carys, charlie = signed_in_as(scene.world.carys), signed_in_as(scene.world.charlie)
    form = {"organisation": scene.world.ash.pk, "key": "k"}
    assert "The test task is sent" in text_of(carys.post(reverse("tasks-tests"), form, follow=True))
    birch = carys.post(reverse("tasks-tests"), form | {"organisation": scene.world.birch.pk}, follow=True)
    assert "no team that would see" in text_of(birch)
    assert charlie.post(reverse("tasks-tests"), form).status_code == 404


def test_my_notices_and_a_letter_that_failed(scene: Scene) -> None:
    ada, dilys = signed_in_as(scene.world.ada), signed_in_as(scene.world.dilys)
    assert "How e-mail stands" not in text_of(ada.get(reverse("notices")))
    assert ada.post(reverse("notices"), {"wish": "never"}).status_code == 422
    ada.post(reverse("notices"), {"wish": "urgent"})
    assert wish_of(account_id=scene.world.ada.account_id or 0) == "urgent"
    now = timezone.now()
    letter = Letter.objects.create(
        organisation=scene.world.ash, account_id=scene.world.ada.account_id, state="failed", created_at=now, next_try_at=now
    )  # fmt: skip
    assert "No mail system is set" in text_of(dilys.get(reverse("notices")))
    assert "No mail system is set" in text_of(dilys.get(reverse("failures")))
    again = reverse("letter-retry", args=[letter.pk])
    assert (ada.post(again).status_code, signed_in_as(scene.world.charlie).post(again).status_code) == (403, 404)
    assert "being sent again" in text_of(dilys.post(again, follow=True))
