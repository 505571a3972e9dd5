"""A real browser at a real hub: what is looked at on every page, and how people sign in."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.hashers import check_password, make_password
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from pcnhub.care.organisations.models import Account, Position
from tests.conftest import DATA
from tests.entrances.client import session_of
from tests.journeys.keyboard import faults_of_tabbing, focus_is_on_error_summary

PASSWORD = "correct horse battery"
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
# What another layout can break; the rest was looked at when the page was wide.
AXE_NARROW = {
    "runOnly": {
        "type": "rule",
        "values": [
            "aria-hidden-focus",
            "aria-required-children",
            "aria-required-parent",
            "button-name",
            "link-name",
            "nested-interactive",
            "scrollable-region-focusable",
            "target-size",
            "td-headers-attr",
            "th-has-data-cells",
        ],
    },
    "resultTypes": ["violations"],
}
WIDE, NARROW = ViewportSize(width=1200, height=900), ViewportSize(width=320, height=800)
# A text that stands on two links must lead to one place: out of context they could not be told apart.
_AMBIGUOUS_LINKS = """() => {
  const places = {}
  for (const link of document.querySelectorAll('a[href]')) {
    const text = (link.getAttribute('aria-label') || link.innerText).trim().replace(/\\s+/g, ' ')
    if (link.offsetParent !== null) (places[text] ??= new Set()).add(link.href)
  }
  return Object.entries(places).filter(([text, hrefs]) => !text || hrefs.size > 1).map(([text]) => text || '(no text)')
}"""
_SHARED_IDS = """() => {
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id)
  return [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))]
}"""
# What axe judges by: elements within elements, their classes, roles and types, and whether a cell is empty.
_PARTS = """() => {
  const of = element => !element ? '' : [element.tagName, element.className, element.getAttribute('role'),
    element.getAttribute('type'), [...element.attributes].filter(one => one.name.startsWith('aria-')).map(one => one.name),
    element.children.length === 0 && !element.textContent.trim()].join(' ')
  const parts = [...document.body.querySelectorAll('*')].map(element => of(element) + ' < ' + of(element.parentElement))
  return [...new Set(parts)]
}"""
# The second frame after the width changed is drawn as it is to stay: the page's own scripts were told before the first.
_TOO_WIDE = """async () => {
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return []
  return [...document.querySelectorAll('main *, header *')]
    .filter(element => element.getBoundingClientRect().right > room + 1)
    .slice(0, 5).map(element => element.outerHTML.slice(0, 120))
}"""


@dataclass
class Visitor:
    """One person's browser. `visit` goes somewhere and checks what is there; `check` does it to the page at hand."""

    page: Page
    address: str
    artefacts: Path
    is_pictured: bool = False
    messages: list[str] = field(default_factory=list)
    scripted: bool = True

    def visit(self, path: str, name: str = "", *, status: int = 200) -> Page:
        """Open a path of the hub; `name` also checks and pictures it."""
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}: {self.page.inner_text('body')[:800]}"
        if name:
            self.check(name, status=status)
        return self.page

    def beside(self, other: Visitor) -> Page:
        """Open what the other has before them: so a page that was looked at with JavaScript is used without."""
        return self.visit(other.page.url.removeprefix(self.address).partition("#")[0])

    def check(self, name: str, *, status: int = 200) -> Page:
        """Title, one heading, links, focus, Tab, console, axe, 320 pixels. Without JavaScript, the first two: nobody can ask the
        page more, and it looks as with it. Two pictures where they are asked for, and one of a page with a fault."""
        try:
            return self._check(name, status)
        except AssertionError:
            self.picture(f"{name}-fault")
            raise

    def _check(self, name: str, status: int) -> Page:
        page = self.page
        page.bring_to_front()  # of several windows the one in front has the keyboard, and is not slowed down
        page.wait_for_load_state()
        expect(page, name).to_have_title(re.compile(r"^(Error: )?.+ – PCN Hub$"))  # waits for a page that is on its way
        assert page.locator("h1").count() == 1, f"{name}: {page.locator('h1').count()} main headings"
        if self.scripted and status == 422:
            assert focus_is_on_error_summary(page), f"{name}: the focus is not on the error summary"
        if self.scripted:
            if self.is_pictured:
                self.picture(name)
            ambiguous = page.evaluate(_AMBIGUOUS_LINKS)
            assert not ambiguous, f"{name}: these link texts lead to several places: {ambiguous}"
            shared = page.evaluate(_SHARED_IDS)
            assert not shared, f"{name}: more than one element has the id {shared}"
            title = re.sub(r"\d+", "", page.title())
            is_new_kind, has_new_parts = _is_new(title), _is_new(title, *page.evaluate(_PARTS))
            if has_new_parts:
                self._axe(name, AXE)
            if is_new_kind:
                faults = faults_of_tabbing(page)
                assert not faults, f"{name}, with the Tab key: {faults}"
            page.set_viewport_size(NARROW)
            too_wide = page.evaluate(_TOO_WIDE)
            for _ in range(
                20 if too_wide else 0
            ):  # the header's script folds the menu a moment after the width changed
                page.wait_for_timeout(100)
                too_wide = page.evaluate(_TOO_WIDE)
            if has_new_parts and self.is_pictured:
                self.picture(f"{name}-320")
            assert not too_wide, f"{name} is wider than 320 pixels: {too_wide}"
            if is_new_kind:
                self._axe(f"{name} at 320 pixels", AXE_NARROW)
            page.set_viewport_size(WIDE)
        # the browser's own line about an expected refusal is no fault of the page
        said = [message for message in self.messages if not (status >= 400 and "Failed to load resource" in message)]
        assert not said, f"{name}: the console says {said}"
        self.messages.clear()
        return page

    def _axe(self, name: str, options: dict[str, Any]) -> None:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        violations = self.page.evaluate("options => axe.run(options).then(found => found.violations)", options)
        assert not violations, f"{name}: {[_of_axe(violation) for violation in violations]}"

    def picture(self, name: str) -> None:
        self.artefacts.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.artefacts / f"{name}.png", full_page=True)

    def enter(self, username: str) -> Page:
        """Come in with the session that signing in makes, and stand at today's work."""
        position = Position.objects.filter(account__username=username).order_by("pk")[0]
        self.page.context.add_cookies([{"name": "pcnhub-session", "value": session_of(position), "url": self.address}])
        self.visit("/")
        return self.page

    def sign_in(self, username: str) -> Page:
        """With password and code, page by page."""
        device = let_in(username)
        self.visit("/sign-in")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Continue").click()
        self.page.get_by_label("Six-digit code").fill(code_of(device))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.address}/")
        return self.page

    def press(self, name: str) -> Page:
        self.page.get_by_role("button", name=name).click()
        self.page.wait_for_load_state()
        return self.page

    def follow(self, name: str) -> Page:
        """By the name that is shown; the menu is unfolded first where it hides the link."""
        link, fold = self.page.get_by_role("link", name=name), self.page.locator(".nhsuk-header__menu-toggle")
        if not link.count() and fold.is_visible():
            fold.click()
        link.click()
        self.page.wait_for_load_state()
        return self.page


Visit = Callable[..., Visitor]
_seen: set[bytes] = set()


def _is_new(title: str, *parts: str) -> bool:
    """Whether a page of this title, or one of these parts of it, is met for the first time by any of the test processes: the
    slow looks are taken once. A mark for each lies in the folder that the processes share."""
    marks = {sha256(f"{title}\n{part}".encode()).digest() for part in parts or ("",)} - _seen
    _seen.update(marks)
    folder = DATA / "looked-at"
    folder.mkdir(exist_ok=True)
    return sum([_is_first_to_mark(folder / mark.hex()) for mark in marks]) > 0


def _is_first_to_mark(place: Path) -> bool:
    try:
        place.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def visitor(
    browser: Browser, address: str, artefacts: Path, *, scripted: bool = True
) -> tuple[Visitor, BrowserContext]:
    """A browser window of its own, with its own cookies; without JavaScript when not `scripted`."""
    context = browser.new_context(
        viewport=WIDE, java_script_enabled=scripted, locale="en-GB", timezone_id="Europe/London"
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    is_pictured = "PCNHUB_ARTEFACTS" in os.environ
    made = Visitor(page=page, address=address, artefacts=artefacts, is_pictured=is_pictured, scripted=scripted)
    page.on(
        "console", lambda message: made.messages.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: made.messages.append(str(error)))
    return made, context


def let_in(username: str) -> TOTPDevice:
    """Give the account the tests' password and a confirmed device that accepts the code of this half minute again."""
    account = Account.objects.get(username=username)
    # not the account's own method: that would write the hash anew, and end the sessions that are open
    if not check_password(PASSWORD, account.password):
        Account.objects.filter(pk=account.pk).update(password=make_password(PASSWORD))
    device, _ = TOTPDevice.objects.get_or_create(user=account, confirmed=True, defaults={"name": "test"})
    TOTPDevice.objects.filter(pk=device.pk).update(
        last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None
    )
    return device


def code_of(device: TOTPDevice) -> str:
    """The code that the person's app shows now; waits when it is about to change."""
    if time.time() % 30 > 28:
        time.sleep(2.1)
    return f"{totp(device.bin_key):06d}"


def _of_axe(violation: dict[str, Any]) -> str:
    places = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']} at {places}"
