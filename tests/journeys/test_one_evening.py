"""One patient's way, by five people in browsers of their own: Dilys's practice brings its patients in, Ada books into the hub,
Bilal sees the record and consults, the consultation goes home, a task follows, and Carys's readiness grid has watched."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from pcnhub.demo import build, network
from pcnhub.demo.people import demographics_csv
from pcnhub.demo.sign_ins import let_in
from pcnhub.foundations.kernel.local_time import london_date
from tests.journeys.browser import PASSWORD, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
PUBLISHED = Path(__file__).parents[3] / "shared/data/gpconnect/PDS.csv"
TEAM = "Enhanced Access Team"


@pytest.fixture
def riverside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's network, with few patients."""
    monkeypatch.setattr(network, "PATIENTS_A_PRACTICE", 12)
    build.build(now=timezone.now(), say=lambda _: None)
    for username in ("dilys", "ada", "bilal", "farah", "eve", "carys"):
        let_in(username, PASSWORD, timezone.now())


@pytest.fixture
def export(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A practice's export, and one person in it: the published people where they are at hand, else synthetic ones."""
    if PUBLISHED.exists():
        rows = [
            row for row in csv.DictReader(io.StringIO(PUBLISHED.read_text())) if row["PRIMARY_CARE_CODE"] == "A21472"
        ]
        for row in rows:
            row["PRIMARY_CARE_CODE"] = "A99801"
    else:
        text = demographics_csv("A99802", count=40, today=london_date(timezone.now())).replace("A99802", "A99801")
        rows = list(csv.DictReader(io.StringIO(text)))[20:]
    path = tmp_path / "patients.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path, rows[0]


def test_a_patient_is_booked_seen_written_home_and_followed_up(
    riverside: None, export: tuple[Path, dict[str, str]], visit: Visit, drain: Callable[[], int]
) -> None:
    path, person = export
    family, number = person["FAMILY_NAME"].upper(), person["NHS_NUMBER"]

    the_practice_brings_its_patients_in(visit("dilys"), path)
    drain()
    ada = visit("ada")
    reception_books(ada, number, family)
    drain()
    bilal = visit("bilal")
    the_clinician_sees_the_record_and_consults(bilal, family)
    drain()
    the_consultation_is_home(visit("farah"), number)
    the_clinician_sends_a_task(bilal)
    drain()
    the_practice_does_it(visit("eve"), family)
    drain()
    the_clinician_sees_that_it_is_done(bilal)
    carys = visit("carys")
    everything_finished_is_acknowledged(carys)
    the_grid_has_watched(carys)
    the_practice_sees_who_opened_the_record(visit("dilys"), number)


def the_practice_brings_its_patients_in(dilys: Visitor, path: Path) -> None:
    page = dilys.visit("/imports/new", "evening-import")
    page.locator("input[type=file]").set_input_files(path)
    dilys.press("Continue")
    dilys.check("evening-import-checked")
    page.locator("input[type=file]").set_input_files(path)  # a browser forgets the file, as it must
    page.get_by_label("Check the file and import it").check()
    dilys.press("Continue")
    dilys.check("evening-imported")


def reception_books(ada: Visitor, number: str, family: str) -> None:
    page = ada.visit("/patients", "evening-find")
    page.get_by_label("NHS number, name or date of birth").fill(number)
    ada.press("Find")
    page.get_by_role("link", name=re.compile(f"^{family}")).click()
    ada.follow("Book an appointment at the hub")
    ada.check("evening-slots")
    page.locator("main a[href*='/book/']").first.click()
    ada.press("Book the appointment")  # without the patient's agreement
    ada.check("evening-book-refused", status=422)
    page.get_by_label("Reason for the appointment").fill("Cough for three weeks")
    page.get_by_label(re.compile("agrees")).check()
    ada.press("Book the appointment")
    ada.check("evening-booked")
    assert "The appointment is booked" in page.inner_text("main")


def the_clinician_sees_the_record_and_consults(bilal: Visitor, family: str) -> None:
    page = bilal.visit("/clinic", "evening-clinic")
    booked_on = page.locator("tr", has_text=re.compile(family, re.IGNORECASE)).filter(has_text="Cough")
    if not booked_on.count():  # near midnight the tour's session is tomorrow's
        bilal.follow("Day after")
    row = page.locator("tr", has_text="Cough for three weeks")
    row.get_by_role("button", name=re.compile("^Arrived")).click()
    row.get_by_role("button", name=re.compile("^Consult")).click()
    bilal.check("evening-consultation")
    assert "shown under" in page.inner_text("aside").lower()
    bilal.follow("Open the whole shared record")
    bilal.check("evening-record")
    assert "Riverside PCN Enhanced Access Care Record" in page.inner_text("main")
    page.go_back()
    page.get_by_label("History").fill("Cough for three weeks, no fever, no weight loss.")
    page.get_by_label("Plan").fill("Chest X-ray to be arranged by the practice.")
    page.get_by_label("Find a code").fill("cough")
    bilal.press("Search codes")
    page.get_by_role("button", name=re.compile("^Add Cough")).first.click()
    page.get_by_label("Test to be arranged by the practice").check()
    bilal.press("Save and go on to finish")
    bilal.check("evening-finish")
    bilal.press("Finish the consultation")
    bilal.check("evening-finished")


def the_consultation_is_home(farah: Visitor, number: str) -> None:
    page = farah.visit("/patients")
    page.get_by_label("NHS number, name or date of birth").fill(number)
    farah.press("Find")
    page.locator("main table a").first.click()
    page.get_by_role("link", name=re.compile("record", re.IGNORECASE)).first.click()
    farah.check("evening-record-at-home")
    text = page.inner_text("main")
    assert f"Enterprise Consultation ({network.SITE})" in text
    assert "Chest X-ray to be arranged by the practice." in text


def the_clinician_sends_a_task(bilal: Visitor) -> None:
    page = bilal.page
    page.reload()
    assert "In the practice's record" in page.inner_text("main")
    page.get_by_role("button", name="Send a task to the practice").click()
    bilal.check("evening-task-new")
    choice = page.locator("[name=to_team] option", has_text="Ash Lane").first.get_attribute("value")
    page.get_by_label("Send to").select_option(choice)
    page.get_by_label("Type").select_option(label="Test to arrange")
    page.get_by_label("Urgent").check()
    page.locator("[name=text]").fill("Please arrange a chest X-ray within a week.")
    bilal.press("Send")
    bilal.check("evening-task-sent")


def the_practice_does_it(eve: Visitor, family: str) -> None:
    page = eve.visit("/tasks", "evening-inbox")
    page.locator("tr", has_text=re.compile(family, re.IGNORECASE)).get_by_role("link").click()
    eve.check("evening-task")
    eve.press("Accept")
    eve.press("Start work")
    page.get_by_text("Finish", exact=False).first.click()  # opens the form
    page.get_by_label("Note to the sender").fill("X-ray booked for Thursday.")
    eve.press("Finish")
    eve.check("evening-task-done")


def the_clinician_sees_that_it_is_done(bilal: Visitor) -> None:
    page = bilal.visit("/tasks/sent?show=closed", "evening-tasks-sent")
    page.get_by_role("link", name=re.compile("Test", re.IGNORECASE)).first.click()
    bilal.check("evening-task-receipts")
    text = page.inner_text("main")
    for step in ("Delivered", "Accepted", "In progress", "Done", "X-ray booked for Thursday."):
        assert step in text, step


def everything_finished_is_acknowledged(carys: Visitor) -> None:
    page = carys.visit("/write-back", "evening-write-back")
    row = page.locator("tr", has_text="Ash Lane Surgery")
    assert "1" in row.first.inner_text()


def the_grid_has_watched(carys: Visitor) -> None:
    page = carys.visit("/readiness", "evening-readiness")
    assert "CHK-69" in page.inner_text("main")


def the_practice_sees_who_opened_the_record(dilys: Visitor, number: str) -> None:
    page = dilys.visit("/patients")
    page.get_by_label("NHS number, name or date of birth").fill(number)
    dilys.press("Find")
    page.locator("main table a").first.click()
    page.get_by_role("link", name=re.compile("Who saw", re.IGNORECASE)).click()
    dilys.check("evening-who-saw")
    text = page.inner_text("main")
    assert "Bilal Rahman" in text
    assert "Riverside PCN Enhanced Access Care Record" in text
