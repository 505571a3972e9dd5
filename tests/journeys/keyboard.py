"""The keyboard alone: where Tab leads, whether one sees where one is, and a person who has no mouse."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TimedOut

MOST_CONTROLS = 150  # a grid of hundreds of like links is walked this far
# Everything that Tab must reach, in the order of the document. Of radios with one name, Tab reaches the chosen or first one.
_CONTROLS = """() => {
  const look = element => {
    const label = element.labels && element.labels[0]
    const drawn = [[element, null], [element, '::before'], [element, '::after']]
    if (label) drawn.push([label, null], [label, '::before'], [label, '::after'])
    if (element.parentElement) drawn.push([element.parentElement, null])
    return drawn.map(([part, pseudo]) => {
      const style = getComputedStyle(part, pseudo)
      return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor, style.borderWidth].join('|')
    }).join('#')
  }
  const groups = new Set()
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
  const controls = [...document.querySelectorAll(kinds)].filter(element => {
    if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return false
    if (element.type !== 'radio') return true
    const group = [...document.querySelectorAll(`input[type=radio][name="${CSS.escape(element.name)}"]`)]
    const stop = group.find(one => one.checked) || group[0]
    return element === stop
  }).slice(0, MOST)
  document.activeElement.blur()
  const rest = new Map(controls.map(element => [element, look(element)]))
  const walked = []
  window.pcnhubWalk = { controls, rest, walked }
  document.addEventListener('keydown', window.pcnhubWalk.listener = event => {
    const here = document.activeElement
    if (event.key === 'Tab' && here !== document.body) walked.push([here, look(here)])
  }, true)
  const top = document.createElement('span')
  top.tabIndex = -1
  document.body.prepend(top)
  top.focus()
  top.remove()
  const timed = controls.filter(element => ['time', 'date', 'datetime-local'].includes(element.type)).length
  return controls.length + 5 * timed + 1
}""".replace("MOST", str(MOST_CONTROLS))
_FAULTS = """() => {
  const { controls, rest, walked, listener } = window.pcnhubWalk
  document.removeEventListener('keydown', listener, true)
  delete window.pcnhubWalk
  document.activeElement.blur()
  window.scrollTo(0, 0)
  const name = element => element.outerHTML.replace(/\\s+/g, ' ').slice(0, 120)
  const reached = [...new Set(walked.map(([element]) => element))].filter(element => rest.has(element))
  const never = controls.filter(element => !reached.includes(element)).map(element => 'not reached in its turn: ' + name(element))
  const jumps = never.length ? [] : controls.filter((element, place) => reached[place] !== element)
    .slice(0, 1).map(element => 'not reached in its turn: ' + name(element))
  const unseen = [...new Map(walked)].filter(([element, look]) => rest.get(element) === look)
    .map(([element]) => 'focus cannot be seen: ' + name(element))
  return [...never.slice(0, 5), ...jumps, ...unseen.slice(0, 5)]
}"""
_STANDS = "() => [location.pathname, document.readyState, document.activeElement.outerHTML.slice(0, 200)]"
_HERE = """() => {
  const here = document.activeElement
  const label = here.labels && here.labels[0]
  const text = here.getAttribute('aria-label') || (label || here).innerText || ''
  return [here.tagName.toLowerCase(), text.trim().replace(/\\s+/g, ' ')]
}"""


def faults_of_tabbing(page: Page) -> list[str]:
    """What is wrong for somebody who walks through the page with Tab: a control that is never reached, one out of the
    document's order, one that looks the same with the focus as without (WCAG 2.1.1, 2.4.3, 2.4.7)."""
    for _ in range(page.evaluate(_CONTROLS)):
        page.keyboard.press("Tab")
    found: list[str] = page.evaluate(_FAULTS)
    return found


def focus_is_on_error_summary(page: Page) -> bool:
    """Whether the page that said no led its reader to the reasons, each with a link to a field that is there."""
    try:
        page.wait_for_function(
            "() => document.activeElement.matches('.nhsuk-error-summary') && [...document.activeElement.querySelectorAll('a')]"
            ".every(link => document.getElementById(decodeURIComponent(link.hash.slice(1))))",
            timeout=5_000,
        )
    except TimedOut:
        return False
    return True


class Keyboard:
    """Somebody at a page who has a keyboard and no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, text: str, kind: str = "") -> None:
        """Press Tab until the control with this text, or with this label, has the focus; `kind` is its element."""
        passed = []
        for _ in range(MOST_CONTROLS):
            self.page.keyboard.press("Tab")
            here: list[Any] = self.page.evaluate(_HERE)
            if text in here[1] and kind in ("", here[0]):
                return
            passed.append(here)
        raise AssertionError(f"Tab does not lead to {text!r}. It led to {passed[:40]}")

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def enter(self) -> None:
        """Press Enter, and wait for the page that it leads to; once more where nothing came of it, as anybody would."""
        try:
            with self.page.expect_navigation(timeout=15_000):
                self.page.keyboard.press("Enter")
        except TimedOut:
            stood: list[str] = self.page.evaluate(_STANDS)
            try:
                with self.page.expect_navigation():
                    self.page.keyboard.press("Enter")
            except TimedOut:
                raise AssertionError(
                    f"Enter leads nowhere, twice: {stood}, then {self.page.evaluate(_STANDS)}"
                ) from None
