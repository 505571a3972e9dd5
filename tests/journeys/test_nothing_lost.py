"""Given a clinician who writes, when the connection or the session is lost, then nothing that was written is."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from pcnhub.care.consultations.operations import start
from pcnhub.care.consultations.queries import consultation
from tests.cast import World, world
from tests.entrances.client import give_permissions
from tests.evening import outcomes, visitor, waiting
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def cast(address: str) -> World:
    made = world()
    outcomes(made)
    give_permissions(made.bilal)
    return made


def test_what_was_written_outlives_the_connection_and_the_session(cast: World, visit: Visit) -> None:
    patient = visitor(cast, cast.patient_of_ash, cast.ash)
    begun = start(actor=cast.bilal, now=timezone.now(), booking_id=waiting(cast, patient, at=timezone.now()))

    def saved(heading: str) -> str:
        return consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun).draft.text_under(heading)

    clinician = visit("bilal")
    page = clinician.page
    clinician.visit(f"/consultations/{begun}")
    told, trouble = page.locator("[data-saved]"), page.locator("[data-trouble]")

    page.get_by_label("History", exact=True).fill("Cough for three days.")
    expect(told).to_contain_text("Saved at")
    assert saved("History") == "Cough for three days."

    # The save arrives and its answer does not: whoever writes on is not taken for a second writer.
    page.route("**/draft", lambda route: (route.fetch(), route.abort())[1], times=1)
    page.get_by_label("Plan", exact=True).fill("Fluids.")
    expect(trouble).to_contain_text("can’t be reached")
    clinician.messages.clear()
    assert saved("Plan") == "Fluids."
    page.get_by_label("Plan", exact=True).fill("Fluids and rest.")
    clinician.press("Save draft")
    expect(trouble).to_be_empty()
    assert saved("Plan") == "Fluids and rest."

    Session.objects.all().delete()
    page.get_by_label("Assessment", exact=True).fill("Viral.")
    expect(trouble).to_contain_text("signed out")
    clinician.check("consultation-signed-out")
    page.get_by_role("link", name="Go on here").click()
    expect(page).to_have_title("Sign in – PCN Hub")
    clinician.enter("bilal")
    clinician.visit(f"/consultations/{begun}")
    assert page.get_by_label("Assessment", exact=True).input_value() == ""
    page.get_by_role("region", name="You wrote something that was not saved").wait_for()
    clinician.check("consultation-kept-text")
    clinician.press("Search codes")  # a button of the form decides nothing about what is offered
    clinician.press("Put it into the form")
    expect(told).to_contain_text("Saved at")
    assert saved("Assessment") == "Viral."
    assert page.evaluate("sessionStorage.length") == 0

    plain = visit("bilal", scripted=False)
    plain.visit(f"/consultations/{begun}")
    plain.page.get_by_label("Problem", exact=True).fill("A cough.")
    Session.objects.all().delete()
    plain.press("Save draft")
    plain.check("consultation-sent-without-a-session")
    assert "kept for an hour" in plain.page.inner_text("main")
    plain.enter("bilal")
    clinician.enter("bilal")
    clinician.visit(f"/consultations/{begun}", "consultation-sent-words-offered")
    plain.visit(f"/consultations/{begun}")
    plain.press("Put what I sent into the form")
    assert plain.page.get_by_label("Problem", exact=True).input_value() == "A cough."
    plain.press("Save draft")
    assert saved("Problem") == "A cough."
    clinician.visit(f"/consultations/{begun}")

    # What somebody else left behind in this tab is nobody's to see.
    page.evaluate(f"""sessionStorage.setItem("pcnhub.consultation.{begun}",
        JSON.stringify({{owner: "0", what: "draft", revision: 9, fields: [["text-plan", "Another's"]]}}))""")
    clinician.visit(f"/consultations/{begun}")
    assert page.evaluate("sessionStorage.length") == 0
    expect(page.locator("[data-kept]")).to_be_hidden()

    page.get_by_label("Find a code").fill("blood pres")
    clinician.press("Search codes")
    clinician.press("Add Blood pressure")
    page.get_by_label("Blood pressure: value").fill("80/120")
    page.get_by_label("Seen, no follow-up").check()
    clinician.press("Save and go on to finish")
    clinician.check("consultation-impossible-value", status=422)
    clinician.follow("Mark this consultation as recorded in error")
    clinician.check("consultation-mark-in-error")
    page.get_by_label("Why it is in error").fill("Written about the wrong person")
    clinician.press("Mark as recorded in error")
    clinician.check("consultation-in-error")
    assert "Written about the wrong person" in page.inner_text("main")
