"""A hub on another system: what it finds here, and how its exports come in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from pcnhub.care.organisations.models import Organisation
from pcnhub.entrances.staff.navigation import USABLE_ELSEWHERE, is_of_use
from pcnhub.entrances.staff.urls import urlpatterns
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.elsewhere.models import Snapshot
from pcnhub.insight.elsewhere.rules import ExportKind, SnapshotState
from tests.cast import World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db
HUB = OrganisationRef(1, "Y07108", "A hub", "hub")
SESSIONS = (
    "Clinic;Date;Start;Minutes;Holder;Slot status;NHS number\n"
    "EA GP;30/11/2026;18:30;90;Ada;Held;9434765919\n"
    "EA GP;31/11/2026;18:30;90;Ada;free;9434765919\n"
)


@pytest.fixture
def cast() -> World:
    made = world()
    Organisation.objects.filter(pk=made.hub.pk).update(system="EMIS")
    return made


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def send(client: Client, kind: ExportKind, content: str, **more: str) -> str:
    """The address of the page that follows."""
    now = in_london(timezone.now())
    form = {"kind": kind.value, "taken_on-day": now.day, "taken_on-month": now.month, "taken_on-year": now.year, **more}
    file = SimpleUploadedFile("export.csv", content.encode())
    answer = client.post("/readiness/exports/new", {**form, "file": file})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer["Location"]


def test_the_menu_shows_what_is_of_use_and_the_rest_says_where_the_book_is(cast: World) -> None:
    for actor in (cast.carys, cast.dilys):
        client = signed_in_as(actor)
        shown = text(client, "/")
        header = shown[shown.index("<header") : shown.index("</header>")]
        menu = re.findall(r'href="([^"]+)"', header[header.index("nhsuk-header__navigation") :])
        assert set(menu) <= {"/", "/readiness", "/people", "/organisation", "/failures", "/audit"}
        assert "/readiness" in menu
        if actor is cast.carys:
            pages = {place: text(client, place) for place in menu}
            links = re.findall(r'href="(/[^"#?]*)', pages["/organisation"].partition("<main")[2])
            assert "/organisations" in links
            assert not [link for link in links if not is_of_use(replace(HUB, runs_here=False), link)]
        assert "kept in another system" in shown
        assert "dummy patients only" not in shown
        refused = text(client, "/patients", 404)
        assert "appointment book is kept in another system" in refused
        assert 'href="/readiness"' in refused
        assert client.post("/patients", {"text": "Smith"}).status_code == 404


def test_a_hub_that_runs_here_has_its_whole_menu(cast: World) -> None:
    """Negative control, and a practice of two networks keeps what the one hub here offers."""
    Organisation.objects.filter(pk=cast.hub.pk).update(system="PCN Hub")
    shown = text(signed_in_as(cast.carys), "/")
    assert 'href="/rota"' in shown
    assert text(signed_in_as(cast.dilys), "/patients")
    assert text(
        signed_in_as(cast.charlie), "/patients"
    )  # in no network at all: nobody has said that a book is elsewhere


def test_what_is_of_use_is_one_list_of_places_that_exist() -> None:
    routes = {f"/{route}" for pattern in urlpatterns for route in routes_of(pattern)}
    assert not [place for place in USABLE_ELSEWHERE if not any(each.startswith(place) for each in routes)]
    assert is_of_use(replace(HUB, runs_here=True), "/rota")
    elsewhere = replace(HUB, runs_here=False)
    assert not is_of_use(elsewhere, "/rota")
    assert not is_of_use(elsewhere, "/people-to-tell")  # not beneath /people
    for route in routes:  # the grid's table and its notices, too
        assert is_of_use(elsewhere, route) or not route.startswith(("/readiness", "/rehearsals", "/notices")), route


def routes_of(pattern: URLPattern | URLResolver) -> list[str]:
    if isinstance(pattern, URLPattern):
        return [str(pattern.pattern)]
    return [route for each in pattern.url_patterns for route in routes_of(each)]


def test_an_export_comes_in_is_matched_and_answers_the_grid(cast: World) -> None:
    carys = signed_in_as(cast.carys)
    assert 'href="/readiness/exports"' in text(carys, "/readiness")
    assert "Nothing has been imported yet" in text(carys, "/readiness/exports")
    here = send(carys, ExportKind.SESSIONS, SESSIONS)
    shown = text(carys, here)
    assert "may name patients: NHS number" in shown
    assert "9434765919" not in shown
    assert "Clinic" in shown
    again = carys.post(here, {"action": "keep", "column-1": "day", "column-2": "starts"})
    assert again.status_code == 422
    assert "Choose the column that holds: Session" in again.content.decode()
    fields = ("session", "day", "starts", "minutes", "holder", "state")
    chosen = {f"column-{place}": field for place, field in enumerate(fields)}
    assert carys.post(here, {**chosen, "action": "check"}).status_code == 302
    shown = text(carys, f"{here}?checked=yes")
    assert "0 of 2 lines are in order" in shown
    assert "This is not a day" in shown
    assert "“Held” means" in shown
    faults = carys.get(f"{here}/faults.csv").content.decode()
    assert faults.startswith("line,column,value,code,reason,remedy")
    assert "date-form" in faults
    kept = carys.post(here, {**chosen, "word-state-0": "blocked", "action": "keep"}, follow=True).content.decode()
    assert "1 of 2 lines are kept" in kept
    assert "1 left out" in kept
    row = Snapshot.objects.get()
    assert (row.state, (row.rows or [{}])[0]["state"], row.content) == (SnapshotState.KEPT, "blocked", None)
    assert row.mapping == {"columns": {"clinic": "session"}, "ignore": [], "words": {"state": {"held": "blocked"}}}
    here = send(carys, ExportKind.SESSIONS, SESSIONS)
    shown = text(carys, here)
    assert "1 of 2 lines" in shown  # matched as the last one
    assert '<option value="blocked" selected>' in shown
    carys.post(here, {**chosen, "word-state-0": "", "action": "check"})  # and what was said of a word can be taken back
    assert "0 of 2 lines are in order" in text(carys, here)


def test_a_form_that_lacks_something_says_all_of_it_and_a_draft_can_be_dropped(cast: World) -> None:
    carys = signed_in_as(cast.carys)
    answer = carys.post("/readiness/exports/new", {"taken_time": "half past"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    for words in ("Choose what the file lists", "Choose the file", "Enter the day", "Enter a time"):
        assert words in shown
    here = send(carys, ExportKind.USERS, "Name\nAda\n")
    assert "dropped" in carys.post(here, {"action": "drop"}, follow=True).content.decode()
    assert not Snapshot.objects.exists()
    text(carys, here, 404)


def test_nobody_else_brings_or_reads_the_hubs_exports(cast: World) -> None:
    here = send(signed_in_as(cast.carys), ExportKind.USERS, "Name\nAda Byron\n")
    for actor, status in ((cast.dilys, 403), (cast.charlie, 403), (cast.ada, 403)):
        client = signed_in_as(actor)
        assert client.get(here).status_code == status
        assert client.get(f"{here}/faults.csv").status_code == status
        assert client.post(here, {"action": "drop"}).status_code == status
        assert client.get("/readiness/exports").status_code == 403
    assert Snapshot.objects.count() == 1


def test_a_cell_says_by_what_it_is_proved_and_who_may_state_it(cast: World) -> None:
    shown = text(signed_in_as(cast.carys), f"/readiness/CHK-20/{cast.hub.pk}")
    assert "No export of sessions and slots has been imported" in shown
    assert "the sessions of the next 14 days with holder, site, role and channel" in shown
    shown = text(signed_in_as(cast.carys), f"/readiness/CHK-01/{cast.hub.pk}")
    assert "a picture of Organisation Configuration with both codes" in shown
