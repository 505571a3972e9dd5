"""Given a practice on another system, when a clinician opens its patient's record, then the patient is asked, and it comes."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pcnhub.care.patients.models import Patient
from pcnhub.connections.gpconnect.directory import EndpointFacts, save_endpoint
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import LONG_AGO, world
from tests.connections.gpconnect import remote
from tests.entrances.client import give_permissions
from tests.entrances.gpconnect import records
from tests.entrances.gpconnect.consumer import switch_on
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def a_hub_that_asks_over_gp_connect(address: str) -> int:
    """The other system is this very hub, which gives Ash Lane's record as any provider would."""
    cast, now = world(), timezone.now()
    switch_on(cast.ash)
    cast.hub.asid, cast.hub.phone = "200000000360", "01724 000 333"
    cast.hub.save(update_fields=["asid", "phone"])
    for actor in (cast.bilal, cast.carys):
        give_permissions(actor)
    number = [{"system": remote.NHS_NUMBER, "value": "9000000009"}]
    transit = "Patient record transfer from previous GP practice not yet complete."
    records.bring_in(
        cast.ash,
        remote.bundle(
            remote.listed(remote.ACTIVE, "AllergyIntolerance/a", warning="data-in-transit", said=transit),
            remote.allergy(), remote.listed(remote.ENDED), remote.listed(remote.MEDICATION),
            of=remote.person(identifier=number, birthDate="1980-04-12"),
        ),
    )  # fmt: skip
    root = f"{address}/{cast.ash.ods_code}/STU3/1/gpconnect/structured"
    facts = EndpointFacts(remote.ODS, "Far Practice", root, "918999198738", capability="structured")
    save_endpoint(actor=cast.carys, now=now, facts=facts)
    with unit_of_work(cast.bilal):
        made = Patient.objects.create(
            organisation=cast.hub, nhs_number="9000000009", given_name="Jane", family_name="Smith", sex="female",
            birth_date=date(1980, 4, 12), registration_type="temporary", traced_practice_ods=remote.ODS,
            trace_state="traced", registered_on=LONG_AGO, created_at=now, updated_at=now,
        )  # fmt: skip
    return made.pk


def test_a_clinician_sees_a_record_that_is_kept_elsewhere(visit: Visit, address: str) -> None:
    patient_id = a_hub_that_asks_over_gp_connect(address)
    bilal = visit("bilal")
    bilal.visit(f"/patients/{patient_id}/record", "record-not-asked")
    bilal.press("Put on record")
    bilal.check("record-permission-refused", status=422)
    bilal.page.get_by_label("Open it without asking").check()
    bilal.page.get_by_label("Why it must be opened").fill("Unconscious")
    bilal.press("Put on record")
    expect(bilal.page.locator("#from-elsewhere")).to_contain_text("Allergy to penicillin")
    expect(bilal.page.locator("#from-elsewhere")).to_contain_text("not yet complete")
    bilal.check("record-elsewhere")
    plain = visit("bilal", scripted=False)
    plain.visit(f"/patients/{patient_id}/record")
    plain.page.get_by_role("link", name="Ask Practice F86001 for them now").click()
    plain.check("record-elsewhere-plain")
    expect(plain.page.locator("#from-elsewhere")).to_contain_text("Allergy to penicillin")
    carys = visit("carys")
    carys.visit("/records/overrides", "overrides")
