"""The door of every page: what it commits, what it undoes, what it puts on record."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from pcnhub.care.organisations.models import Site
from pcnhub.care.organisations.rules import Permission
from pcnhub.config import urls as real
from pcnhub.entrances.staff.door import StaffRequest, flash, page
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotShared, Problem, Refusal
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class TakenByAnother(Conflict):
    code = "taken"


def _write(request: StaffRequest, name: str) -> None:
    with unit_of_work(request.actor):
        Site.objects.create(organisation_id=request.actor.organisation.id, name=name)
        record(actor=request.actor, now=request.now, action=f"tests.{name}", subject=Subject("site"))


@page()
def goes_on(request: StaffRequest) -> HttpResponse:
    """Shows in its own way why an operation refused, and does something else after it."""
    _write(request, "kept")
    try:
        with unit_of_work(request.actor):
            _write(request, "refused")
            raise TakenByAnother("Somebody was faster.")
    except Conflict:
        flash(request, "Somebody was faster.", "information")
    return HttpResponse("went on")


@page()
def refuses(request: StaffRequest, what: str, patient_id: int) -> HttpResponse:
    _write(request, "undone")
    kinds: dict[str, Refusal] = {
        "shared": NotShared("No agreement opens this.", remedy="Activate it.", who_can="a manager"),
        "found": NotFound("There is no such patient."),
        "conflict": TakenByAnother("Somebody was faster."),
        "input": InvalidInput([Problem("a", "x", "Enter a.", "Any will do."), Problem("b", "x", "Enter b.")]),
    }
    if what in kinds:
        raise kinds[what]
    raise ValueError("a bug, with a name in it: Jane Smith")


@page(Permission.CONSULT, methods=("POST",))
def consulting(request: StaffRequest) -> HttpResponse:
    return HttpResponse("in")


urlpatterns = [
    *real.urlpatterns,
    path("test/goes-on", goes_on),
    path("test/refuses/<str:what>/<int:patient_id>", refuses),
    path("test/consulting", consulting, name="consulting"),
]
handler400, handler404, handler500 = real.handler400, real.handler404, real.handler500


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def ada(cast: World) -> Client:
    return signed_in_as(cast.ada)


def sites(cast: World) -> set[str]:
    return set(Site.objects.filter(organisation=cast.ash).values_list("name", flat=True))


def actions(cast: World) -> list[tuple[str, str, int | None]]:
    with unit_of_work(system_for(cast.ash)):
        return list(AuditEvent.objects.order_by("sequence").values_list("action", "reason", "patient_id"))


def test_a_page_that_goes_on_after_a_refusal_commits_nothing_of_what_was_refused(cast: World, ada: Client) -> None:
    assert ada.get("/test/goes-on").status_code == 200
    assert sites(cast) == {"kept"}
    assert [action for action, _, _ in actions(cast)] == ["tests.kept"]


@pytest.mark.parametrize(("what", "status", "code"), [("shared", 403, "not-shared"), ("found", 404, "not-found")])
def test_a_refusal_undoes_the_page_and_is_on_record(
    cast: World, ada: Client, what: str, status: int, code: str
) -> None:
    answer = ada.get(f"/test/refuses/{what}/7")
    assert answer.status_code == status
    assert sites(cast) == set()
    assert actions(cast) == [("access.refused", code, 7)]
    assert "What to do" in answer.content.decode() or what == "found"


@pytest.mark.parametrize("what", ["shared", "found", "conflict", "input"])
def test_every_refusal_says_who_can(ada: Client, what: str) -> None:
    page = ada.get(f"/test/refuses/{what}/7").content.decode()
    assert "Who can do this" in page
    assert what != "input" or ("Enter a. Any will do." in page and "Enter b." in page)


def test_a_conflict_is_no_matter_for_the_audit(cast: World, ada: Client) -> None:
    assert ada.get("/test/refuses/conflict/7").status_code == 409
    assert actions(cast) == []


def test_a_page_that_was_done_is_not_called_undone_when_its_session_is_lost(
    cast: World, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line to the database is cut after the page's commit, while its session is kept (found by `make proof`)."""

    def cut(*_: object, **__: object) -> None:
        raise UpdateError

    monkeypatch.setattr(SessionStore, "save", cut)
    answer = ada.get("/test/goes-on")
    assert sites(cast) == {"kept"}
    assert answer.status_code == 500
    assert "may or may not have been saved" in answer.content.decode()


def test_a_bug_shows_nothing_of_what_it_was_about(cast: World, ada: Client) -> None:
    ada.raise_request_exception = False
    answer = ada.get("/test/refuses/bug/7")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Sorry, there is a problem" in page
    assert "Jane" not in page
    assert answer.headers["X-Request-ID"] in page
    assert sites(cast) == set()


def test_permission_and_method_are_asked_at_the_door(cast: World, ada: Client) -> None:
    assert ada.post("/test/consulting").status_code == 403
    assert ada.get("/test/consulting").status_code == 405
    assert signed_in_as(cast.bilal).head("/test/consulting").status_code == 405, "what acts must not act on HEAD"
    assert ada.head("/").status_code == 200
    assert signed_in_as(cast.bilal).post("/test/consulting").content == b"in"


def test_an_unknown_address_says_so(ada: Client) -> None:
    answer = ada.get("/no/such/page")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_words(cast: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in", {"username": "ada", "password": "x"})
    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()


def test_every_script_carries_the_nonce_and_nothing_is_inline_styled(ada: Client) -> None:
    answer = ada.get("/")
    page = answer.content.decode()
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert nonce
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts
    assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
    assert ' style="' not in page


def test_who_acts_for_whom_stands_on_the_page(cast: World, ada: Client) -> None:
    page = ada.get("/").content.decode()
    for words in ("Ash Lane Surgery", "A81001", "Ada Cast", "Sign out", "Skip to main content", "PCN Hub"):
        assert words in page
    assert ada.get("/").headers["Cache-Control"] == "no-store"


def test_the_menu_holds_what_the_position_may_do(cast: World, ada: Client) -> None:
    assert "/people" not in ada.get("/").content.decode()
    assert "/people" in signed_in_as(cast.carys).get("/").content.decode()
