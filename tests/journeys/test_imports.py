"""Given a network of three practices, when the hub's manager brings their lists in, then each is reviewed before anything
changes, a matching of columns is mended once for all, and what was a mistake is undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcnhub.care.organisations.models import NetworkMember, Organisation
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import LONG_AGO, organisation, system_for, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ODD = (
    "Pt;Fam;Forename;Born;Mobile tel\n"
    "9476719915;McVey;Sophie;13/06/1952;07700 900123\n"
    "9000000009;Smith-Jones;Jane;12/04/1980;\n"
    "9476719916;Wrong;Digit;31/02/1952;\n"
)
BIRCH = (
    "NHS number,Surname,Forename,DOB,Deduction date\n"
    "9476719931,Prout,Sybill,02/11/1953,\n"
    "9000000017,Jones,Peter,01/09/1955,01/10/2026\n"
)
CEDAR = "Pt;Fam;Forename;Born;Mobile tel\n9476719958;Banton;Dolly;18/09/1955;\n"


def test_a_hub_manager_imports_three_lists_mends_a_matching_and_undoes_one(
    visit: Visit, drain: Callable[..., int], tmp_path: Path
) -> None:
    cast = world()
    cedar = organisation("D84004", "Cedar House", OrganisationKind.PRACTICE)
    NetworkMember.objects.create(network=cast.network, organisation=cedar, joined_on=LONG_AGO)
    Party.objects.create(
        agreement=cast.agreements[AgreementKind.CARE_RECORD], organisation=cedar, side=Side.GIVES, joined_on=LONG_AGO,
        state=ActivationState.ACTIVE, terms_accepted="1",
    )  # fmt: skip
    give_permissions(cast.carys)
    carys = visit("carys")
    upload(carys, tmp_path, "Ash Lane Surgery (A81001)", "ash.csv", ODD, look="import-new")
    carys.check("import-waits")
    drain()
    carys.page.get_by_text("Stopped", exact=True).wait_for()  # the page looks by itself
    carys.check("import-stopped")
    carys.press("Match the columns")
    carys.check("import-columns")
    for header, field in {"Pt": "NHS number", "Fam": "Surname", "Born": "Date of birth"}.items():
        carys.page.get_by_label(f"{header} holds", exact=True).select_option(label=field)
    carys.page.get_by_label("Save this matching as").fill("Odd export")
    carys.press("Check the file")
    drain()
    carys.page.get_by_role("button", name="Take in").wait_for()
    carys.follow("Changed")
    carys.page.get_by_text("Smith-Jones").wait_for()
    carys.check("import-review-changed")
    take_in(carys, drain)
    upload(carys, tmp_path, "Birch Road Practice (B82002)", "birch.csv", BIRCH)
    drain()
    take_in(carys, drain)
    birch = carys.page.url
    upload(carys, tmp_path, "Cedar House (D84004)", "cedar.csv", CEDAR)
    drain()
    take_in(carys, drain)  # matched as saved: nobody is asked
    carys.page.goto(birch)
    carys.follow("Undo this import")
    carys.check("import-undo")
    carys.page.get_by_label("Why?").fill("The file of another month")
    carys.press("Undo the import")
    drain()
    carys.page.get_by_text("Undone", exact=True).wait_for()
    carys.check("import-undone")
    carys.follow("All imports")
    carys.check("imports-hub")
    assert held(cast.ash) == {"9000000009": "Smith-Jones", "9476719915": "McVey"}
    assert held(cast.birch) == {"9000000017": "Jones"}
    assert held(cedar) == {"9476719958": "Banton"}


def upload(visitor: Visitor, folder: Path, practice: str, name: str, content: str, *, look: str = "") -> None:
    (folder / name).write_text(content)
    visitor.visit("/imports")
    visitor.page.get_by_role("button", name="Import a list").click()
    if look:
        visitor.check(look)
    visitor.page.get_by_label("Whose patients are these?").select_option(label=practice)
    visitor.page.locator("input[type=file]").set_input_files(folder / name)
    visitor.press("Check the file")
    visitor.page.get_by_role("progressbar").wait_for()


def take_in(visitor: Visitor, drain: Callable[..., int]) -> None:
    visitor.press("Take in")
    visitor.page.get_by_role("progressbar").wait_for()
    drain()
    visitor.page.get_by_text("Taken in", exact=True).wait_for()


def held(practice: Organisation) -> dict[str, str]:
    with unit_of_work(system_for(practice)):
        rows = Patient.objects.filter(organisation=practice, registration_state="active")
        return {row.number: row.family_name for row in rows}
