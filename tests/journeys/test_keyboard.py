"""Given a keyboard and no mouse, when reception books an appointment, then it is booked; and the walk by Tab finds faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.cast import world
from tests.journeys.browser import PASSWORD, Visit, code_of, let_in
from tests.journeys.keyboard import Keyboard, faults_of_tabbing, focus_is_on_error_summary
from tests.journeys.test_appointments import an_evening

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_appointment_is_booked_by_keyboard_alone(visit: Visit) -> None:
    an_evening(world())
    ada = visit()
    page, keys = ada.visit("/sign-in"), Keyboard(ada.page)
    device = let_in("ada")
    keys.tab_to("User name")
    keys.type("ada")
    keys.tab_to("Password")
    keys.type(PASSWORD)
    keys.enter()
    keys.tab_to("Six-digit code")
    keys.type(code_of(device))
    keys.enter()
    page.wait_for_url(f"{ada.address}/")

    keys.tab_to("Skip to main content")
    keys.press("Enter")
    keys.tab_to("NHS number, or name")
    keys.type("Jane Smith")
    keys.enter()
    keys.tab_to("SMITH, Jane")
    keys.enter()
    keys.tab_to("Book an appointment at the hub")
    keys.enter()
    keys.tab_to("Book 18:45", "a")
    keys.enter()
    keys.tab_to("Reason for the appointment")
    keys.type("Cough for three weeks")
    keys.tab_to("Book the appointment", "button")
    keys.enter()

    assert focus_is_on_error_summary(page), "what is missing is not where the focus is"
    keys.tab_to("agreement", "a")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    keys.press("Space")
    keys.tab_to("Book the appointment", "button")
    keys.enter()
    assert "The appointment is booked" in page.inner_text("main")


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="#a">one</a><button>two</button><input type="radio" name="r"><input type="radio" name="r">', ""),
        ('<a href="#a">one</a><a href="#b" tabindex="1">two</a>', "not reached in its turn"),
        ('<a href="#a">one</a><button style="outline: none">two</button>', "focus cannot be seen"),
        (
            "<input onkeydown=\"if (event.key === 'Tab') event.preventDefault()\"><button>two</button>",
            "not reached in its turn",
        ),
    ],
    ids=["all well", "another order", "no outline", "a trap"],
)
def test_the_walk_by_tab_finds_what_is_wrong(blank: Page, body: str, fault: str) -> None:
    blank.set_content(f"<main>{body}</main>")
    found = faults_of_tabbing(blank)
    assert bool(found) == bool(fault), found
    assert all(fault in each for each in found), found
