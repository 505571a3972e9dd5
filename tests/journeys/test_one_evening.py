"""One patient's way, by six people in browsers of their own: Dilys's practice brings its patients in, Ada books into the hub,
Bilal sees the record and consults, Farah finds it at home, Eve does the task, and Carys's readiness grid has watched.

Ada, Bilal and Carys have JavaScript; Dilys, Farah and Eve have none, and their forms go through all the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pcnhub.care.patients.queries import find_patients
from pcnhub.care.records.operations import import_items
from pcnhub.care.records.rules import Coverage, ItemKind, NewItem, Section
from pcnhub.demo import build, network
from pcnhub.demo.sign_ins import let_in
from pcnhub.foundations.kernel.local_time import london_date
from tests.journeys.browser import PASSWORD, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
SYNTHETIC = Path(__file__).with_name("evening_patients.csv")
PUBLISHED = Path(__file__).parents[3] / "shared/data/gpconnect/PDS.csv"
ALLERGY, MEDICINE = "Allergy to penicillin", "Salbutamol 100micrograms/dose inhaler"
WITHOUT_JAVASCRIPT = {"dilys", "farah", "eve"}


@pytest.fixture
def copied_from(demo_template: str) -> str:
    return demo_template


@pytest.fixture
def riverside(address: str) -> None:
    """The demo's network."""
    for username in ("dilys", "ada", "bilal", "farah", "eve", "carys"):
        let_in(username, PASSWORD, timezone.now())


@pytest.fixture
def export(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A practice's export, and one person in it: the people whom NHS England publishes for GP Connect's tests, where their
    file lies beside this checkout, else people made up here."""
    if not PUBLISHED.exists():
        return SYNTHETIC, next(csv.DictReader(io.StringIO(SYNTHETIC.read_text())))
    rows = [row for row in csv.DictReader(io.StringIO(PUBLISHED.read_text())) if row["PRIMARY_CARE_CODE"] == "A21472"]
    for row in rows:
        row["PRIMARY_CARE_CODE"] = "A99801"
    path = tmp_path / "patients.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path, rows[0]


@pytest.fixture
def meet(visit: Visit) -> Callable[[str], Visitor]:
    """Somebody's browser, signed in."""

    def make(username: str) -> Visitor:
        made: Visitor = visit(scripted=username not in WITHOUT_JAVASCRIPT)
        made.page.set_default_timeout(30_000)  # the grid asks sixty checks
        made.sign_in(username)
        return made

    return make


def test_a_patient_is_booked_seen_written_home_and_followed_up(
    riverside: None, export: tuple[Path, dict[str, str]], meet: Callable[[str], Visitor], drain: Callable[[], int]
) -> None:
    path, person = export
    family, number = person["FAMILY_NAME"].upper(), person["NHS_NUMBER"]

    assert the_hubs_answer_to(meet("carys"), "CHK-69", "evening-readiness-before") == "Not asked", "nothing is finished"
    the_practice_brings_its_patients_in(meet("dilys"), path)
    drain()
    its_records_come_too(number)
    ada = meet("ada")
    reception_books(ada, number, family)
    drain()
    bilal = meet("bilal")
    the_clinician_sees_the_record_and_consults(bilal, family)
    drain()
    the_consultation_is_home(meet("farah"), number)
    the_clinician_sends_a_task(bilal)
    drain()
    the_practice_does_it(meet("eve"), family)
    drain()
    the_clinician_sees_that_it_is_done(bilal)
    carys = meet("carys")
    everything_finished_is_acknowledged(carys)
    assert the_hubs_answer_to(carys, "CHK-69", "evening-readiness") == "Met"
    the_practice_sees_who_opened_the_record(meet("dilys"), number)


def the_practice_brings_its_patients_in(dilys: Visitor, path: Path) -> None:
    page = dilys.visit("/imports/new", "evening-import")
    page.locator("input[type=file]").set_input_files(path)
    dilys.press("Check the file")
    dilys.page.get_by_role("button", name="Take in").wait_for()
    dilys.check("evening-import-checked")
    dilys.press("Take in")
    dilys.page.get_by_text("Taken in", exact=True).wait_for()
    dilys.check("evening-imported")


def its_records_come_too(number: str) -> None:
    """As `pcnhub import records` brings them, one patient's."""
    now = timezone.now()
    dilys = build.person("dilys", now)
    [patient] = find_patients(actor=dilys, now=now, text=number).items
    day = london_date(now) - timedelta(days=400)
    import_items(
        actor=dilys,
        now=now,
        patient_id=patient.id,
        items=[
            NewItem(ItemKind.ALLERGY, ALLERGY, "allergy-1", "91936005", "active", recorded_on=day),
            NewItem(ItemKind.MEDICATION, MEDICINE, "medication-1", status="active", starts_on=day, recorded_on=day),
        ],
        coverage=[Coverage(section, now) for section in Section],
    )


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
    beside = page.inner_text("aside")
    assert "shown under" in beside.lower()
    assert ALLERGY in beside
    assert MEDICINE in beside
    bilal.follow("Open the whole shared record")
    bilal.check("evening-record")
    whole = page.inner_text("main")
    for text in ("Riverside PCN Enhanced Access Care Record", ALLERGY, MEDICINE):
        assert text in whole
    page.go_back()
    page.get_by_label("History", exact=True).fill("Cough for three weeks, no fever, no weight loss.")
    page.get_by_label("Plan", exact=True).fill("Chest X-ray to be arranged by the practice.")
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
    page.get_by_role("link", name="Test to arrange").first.click()
    bilal.check("evening-task-receipts")
    text = page.inner_text("main")
    for step in ("Delivered", "Accepted", "In progress", "Done", "X-ray booked for Thursday."):
        assert step in text, step


def everything_finished_is_acknowledged(carys: Visitor) -> None:
    page = carys.visit("/write-back", "evening-write-back")
    rows = page.locator("main tbody tr", has_text="Ash Lane Surgery")
    assert rows.count() == 1
    # day and practice come first; on a narrow screen each cell repeats its column's name before the number
    finished, acknowledged, difference = (text.split()[-1] for text in rows.locator("td").all_inner_texts()[-3:])
    assert (finished, acknowledged, difference) == ("1", "1", "0")


def the_hubs_answer_to(carys: Visitor, check_id: str, picture: str) -> str:
    """What the hub's cell of the grid says. A check that is asked of nobody has no row."""
    page = carys.visit("/readiness", picture)
    row = page.locator(".pcnhub-grid tbody tr").filter(has=page.locator("th", has_text=check_id))
    if not row.count():
        return "Not asked"
    said = row.locator("td").first.inner_text().removeprefix("Riverside Enhanced Access Hub").strip()
    return said.partition(":")[0].strip()


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
