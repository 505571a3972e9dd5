"""Who opens a link: whoever has it and knows the date of birth, and to everybody else all links look alike."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from pcnhub.care.appointments.models import OwnLink
from pcnhub.care.appointments.operations import withdraw_link
from pcnhub.entrances.public import refusals, throttle
from pcnhub.entrances.public import session as own
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import world
from tests.entrances.client import signed_in_as
from tests.entrances.public.links import JANE, PETER, Evening, an_evening, arrive, hidden, opened, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_was_wrong_yet() -> None:
    cache.clear()


@pytest.fixture
def evening() -> Evening:
    return an_evening(world())


def change(evening: Evening, **values: object) -> None:
    with unit_of_work(evening.w.ada):
        OwnLink.objects.update(**values)


def refused(browser: Client, born: dict[str, str]) -> tuple[int, str]:
    """The whole answer, without the form's token and the name of the link that was asked for, which differ each time."""
    answer = browser.post("/own", born)
    assert own.COOKIE not in answer.cookies
    body = re.sub(r'((?:csrfmiddlewaretoken|link)" value|nonce)="[^"]+"', "", answer.content.decode())
    return answer.status_code, re.sub(r'value="\d+"', "", body)


def test_the_token_leaves_the_address_and_is_kept_at_the_patients_side_only(evening: Evening) -> None:
    token = evening.link_to_book()
    browser = Client()
    answer = browser.get(f"/own/{token}")
    assert (answer.status_code, answer["Location"]) == (302, "/own")
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
    assert (answer.cookies[own.TOKEN]["path"], answer.cookies[own.TOKEN]["httponly"]) == ("/own", True)
    form = browser.get("/own")
    assert token not in form.content.decode()
    assert form["Referrer-Policy"] == "same-origin"  # with `no-referrer` a browser's form would come from origin `null`
    answer = browser.post("/own", JANE)
    assert answer.cookies[own.TOKEN].value == ""
    assert token not in answer.headers["Location"] + str(own.OwnSession(answer.cookies[own.COOKIE].value).load())


def test_every_no_looks_the_same(evening: Evening) -> None:
    """Wrong date, no such link, withdrawn, out of date, locked, too many tries from this address: one answer to a stranger."""
    now = timezone.now()
    wrong = refused(arrive(evening.link_to_book()), PETER)
    assert wrong[0] == 422
    assert refused(arrive("x" * 32), JANE) == wrong
    token = evening.link_to_book()
    change(evening, expires_at=now - timedelta(minutes=1))
    assert refused(arrive(token), JANE) == wrong
    token = evening.link_to_book()
    change(evening, locked_at=now, wrong_dates=5)
    assert refused(arrive(token), JANE) == wrong
    token = evening.link_to_book()
    with unit_of_work(evening.w.ada):
        for link_id in OwnLink.objects.values_list("pk", flat=True):
            withdraw_link(actor=evening.w.ada, now=now, link_id=link_id)
    assert refused(arrive(token), JANE) == wrong
    token = evening.link_to_book()
    cache.set(throttle._key("127.0.0.1"), throttle.WRONG_AT_MOST, 60)
    assert refused(arrive(token), JANE) == wrong
    cache.clear()
    assert arrive(token).post("/own", JANE).status_code == 302  # the control: with nothing wrong it opens


def test_no_date_at_all_is_no_try(evening: Evening) -> None:
    browser = arrive(evening.link_to_book())
    answer = browser.post("/own", {"day": "31", "month": "2", "year": "1980"})
    assert (answer.status_code, "in numbers" in text(answer)) == (422, True)
    with unit_of_work(evening.w.ada):
        assert OwnLink.objects.get().wrong_dates == 0


def test_five_wrong_dates_lock_the_link_from_any_browser(evening: Evening) -> None:
    token = evening.link_to_book()
    for _ in range(5):
        assert arrive(token).post("/own", PETER).status_code == 422
    assert arrive(token).post("/own", JANE).status_code == 422


def test_an_address_that_was_wrong_too_often_waits(evening: Evening) -> None:
    token = evening.link_to_book()
    for _ in range(throttle.WRONG_AT_MOST):
        throttle.was_wrong("127.0.0.1")
    assert arrive(token).post("/own", JANE).status_code == 422
    elsewhere = arrive(token)
    assert elsewhere.post("/own", JANE, REMOTE_ADDR="127.0.0.2").status_code == 302


def test_what_is_open_ends_at_once_when_the_link_is_withdrawn(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    assert browser.get("/own/times").status_code == 200
    change(evening, withdrawn_at=timezone.now(), withdrawn_by=evening.w.ada.user)
    answer = browser.get("/own/times")
    assert (answer.status_code, answer.cookies[own.COOKIE].value) == (403, "")
    assert "Call your GP surgery" in text(answer)


def test_a_session_ends_after_fifteen_minutes_and_by_hand(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    answer = browser.get("/own/times")
    assert answer.cookies[own.COOKIE]["max-age"] == 15 * 60
    kept = own.OwnSession.get_model_class().objects.get(pk=answer.cookies[own.COOKIE].value)
    assert kept.expire_date < timezone.now() + timedelta(minutes=16)
    closed = browser.post("/own/close")
    assert (closed.status_code, closed.cookies[own.COOKIE].value) == (200, "")
    assert browser.get("/own/times").status_code == 403
    assert not own.OwnSession.get_model_class().objects.filter(pk=kept.pk).exists()


def test_another_link_followed_closes_the_first(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    arrive(evening.link_to_book(), browser)
    assert browser.get("/own").status_code == 200
    assert browser.get("/own/times").status_code == 403


def test_a_patients_session_opens_nothing_of_the_staffs(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    key = browser.cookies[own.COOKIE].value
    browser.cookies["pcnhub-session"] = key
    answer = browser.get("/")
    assert answer["Location"].startswith("/sign-in")


def test_a_staff_session_opens_nothing_of_a_patients_and_is_not_kept_alive(evening: Evening) -> None:
    browser = signed_in_as(evening.w.ada)
    key = browser.cookies["pcnhub-session"].value
    expires = own.OwnSession.get_model_class().objects.get(pk=key).expire_date
    assert browser.get("/own/times").status_code == 403
    browser.cookies[own.COOKIE] = key
    assert browser.put("/own").status_code == 405  # a page that looks for no link writes nothing over it, either
    browser.cookies[own.COOKIE] = key
    assert browser.get("/own/times").status_code == 403
    assert own.OwnSession.get_model_class().objects.get(pk=key).expire_date == expires
    assert browser.get("/").status_code == 200  # and it is what it was


def test_both_sessions_stand_side_by_side(evening: Evening) -> None:
    """A receptionist tries the link that she gave in the browser in which she works."""
    browser = signed_in_as(evening.w.ada)
    arrive(evening.link_to_book(), browser)
    assert browser.post("/own", JANE).status_code == 302
    assert "Ada" not in browser.get("/own/times").content.decode()
    assert browser.get("/").status_code == 200
    assert browser.post("/own/close").status_code == 200
    assert browser.get("/").status_code == 200


def test_a_form_without_its_token_is_refused(evening: Evening) -> None:
    browser = arrive(evening.link_to_book(), Client(enforce_csrf_checks=True))
    answer = browser.post("/own", JANE)
    assert (answer.status_code, "open too long" in text(answer)) == (403, True)
    assert "Go to today" not in answer.content.decode()  # the patients' page, not the staff's
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', browser.get("/own").content.decode())
    assert token
    assert browser.post("/own", {**JANE, "csrfmiddlewaretoken": token[1]}).status_code == 302


def test_what_is_no_page_is_said_in_the_patients_words(evening: Evening) -> None:
    for address in ("/own/not a link", "/own/times/first"):
        answer = Client().get(address)
        assert (answer.status_code, "If you typed the link" in text(answer)) == (404, True)
    assert Client().put("/own").status_code == 405


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What our log writes: to standard error as it was when the settings were read, which no test catches."""
    written, root = StringIO(), logging.getLogger()
    for ours in (each for each in root.handlers if type(each) is logging.StreamHandler):
        monkeypatch.setattr(ours, "stream", written)
    monkeypatch.setattr(root, "level", logging.INFO)
    root.manager._clear_cache()  # type: ignore[attr-defined]
    return written


def test_our_logs_hold_neither_token_nor_date(evening: Evening, log: StringIO) -> None:
    token = evening.link_to_book()
    arrive(token).post("/own", PETER)
    opened(token).get(f"/own/{token}?{token}")
    assert "own/<slug:token>" in log.getvalue()  # the control: its line is there
    assert token not in log.getvalue()
    assert "1955" not in log.getvalue()


def test_a_page_that_asked_for_one_link_opens_no_other(evening: Evening) -> None:
    """Twins have one date of birth, and one telephone may have both their links."""
    first, second = evening.link_to_book(), evening.link_to_book()
    browser = arrive(first)
    asked = JANE | {"link": hidden(browser.get("/own"), "link")}
    arrive(second, browser)
    answer = browser.post("/own", asked)
    assert (answer.status_code, "Open your link again" in text(answer)) == (403, True)
    assert browser.get("/own/times").status_code == 403
    assert arrive(first, browser).post("/own", asked).status_code == 302  # the control


def test_the_page_that_says_what_failed_needs_no_database(
    evening: Evening, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    """Nor does a page about it that fails as well keep what failed out of the log."""
    browser = opened(evening.link_to_book())
    browser.raise_request_exception = False

    def away(*_: object, **__: object) -> None:
        raise OperationalError("the line to the database is cut")

    with monkeypatch.context() as cut:
        cut.setattr(own.OwnSession, "load", away)
        answer = browser.get("/own/times")
        assert (answer.status_code, "there is a problem" in text(answer)) == (500, True)
        cut.setattr(refusals, "render_to_string", away)
        assert browser.get("/own/times").status_code == 500
    assert log.getvalue().count("django.db.utils.OperationalError") == 3
    assert "the line to" not in log.getvalue()
    assert browser.get("/own/times").status_code == 200
