"""The ways in that a rehearsal takes: HTTP to the hub's own address, as a browser and as another system."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import httpx
from lxml import html

from pcnhub.foundations.database.rehearsing import HEADER, Rehearsal
from pcnhub.foundations.kernel.refusals import Refusal

SECONDS = 20


class StepFailed(Refusal):
    """A step did not go as it should: what the door said, in its own words."""

    code = "rehearsal-step-failed"


class NoAnswer(StepFailed):
    """Nobody answered: that says nothing of what the step looks at."""


# How a session is opened for an account at a position: the name and the value of its cookie. Only `config` knows the pages.
SignIn = Callable[..., tuple[str, str]]
_sign_in: list[SignIn] = []


def wire(sign_in: SignIn) -> None:
    """Called once by `config`."""
    _sign_in[:] = [sign_in]


def session_of(*, account_id: int, position_id: int, now: datetime, run_id: int) -> tuple[str, str]:
    """A new session of the rehearsal's account, as a cookie: name and value."""
    return _sign_in[0](account_id=account_id, position_id=position_id, now=now, run_id=run_id)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the hub answers, and what every call of this run brings along. `transport`: instead of the network."""

    base_url: str
    rehearsal: Rehearsal
    headers: Mapping[str, str]
    transport: httpx.BaseTransport | None = None

    def client(self, cookies: Mapping[str, str] | None = None) -> httpx.Client:
        return httpx.Client(
            base_url=self.base_url,
            headers={HEADER: self.rehearsal.word, **self.headers},
            cookies=dict(cookies or {}),
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=False,
            transport=self.transport,
        )


class Page:
    """One page as a person has it before them: its text, its links, its forms."""

    def __init__(self, answer: httpx.Response) -> None:
        self.address = str(answer.url)
        self.status = answer.status_code
        self._tree: Any = html.fromstring(answer.content.decode() or "<html><body></body></html>")

    @property
    def text(self) -> str:
        """The main part's words, each gap a single space."""
        [main] = self._tree.xpath("//main[1]") or [self._tree]
        return " ".join(main.text_content().split())

    def link(self, part: str) -> str:
        """The address of the first link in the main part whose address has this in it; '' when there is none."""
        wanted = re.compile(re.escape(part) + r"(?!\d)")  # book/12 is not in book/123
        found = [str(each) for each in self._tree.xpath("//main//a/@href") if wanted.search(str(each))]
        return found[0] if found else ""

    def first_point(self) -> str:
        """The first point of the main part's first bulleted list; '' when there is none."""
        found = self._tree.xpath("//main//ul[contains(@class, 'nhsuk-list--bullet')]/li")
        return " ".join(found[0].text_content().split()) if found else ""

    def complaint(self) -> str:
        """What the page says is wrong: its error summary, else its heading and first sentence."""
        said = self._tree.xpath("//*[contains(@class, 'nhsuk-error-summary')]//li")
        if said:
            return " ".join(" ".join(each.text_content().split()) for each in said)
        words = self._tree.xpath("//main//h1 | //main//p")
        return " ".join(" ".join(each.text_content().split()) for each in words[:4]) or f"HTTP {self.status}"

    def form(self, *, having: Mapping[str, str | None] | None = None, to: str = "") -> Form:
        """The form that posts to an address with `to` in it and has fields of these names (and values, unless None)."""
        for each in self._tree.forms:
            if each.method.upper() != "POST" or to not in (each.action or self.address):
                continue
            fields = dict(each.form_values())
            names = set(each.fields.keys()) | set(fields)
            if all(name in names and value in (None, fields.get(name)) for name, value in (having or {}).items()):
                return Form(urljoin(self.address, each.action or ""), each)
        raise StepFailed(f"The page lacks the form that this step needs. It says: {self.complaint()[:300]}")


class Form:
    def __init__(self, address: str, element: Any) -> None:
        self.address = address
        self._element = element

    @property
    def values(self) -> dict[str, str]:
        return {name: str(value) for name, value in self._element.form_values()}

    def choices(self, name: str) -> list[tuple[str, str]]:
        """What a list or group of buttons offers: value and words."""
        options = self._element.xpath(f".//select[@name='{name}']//option")
        if options:
            return [(str(each.get("value", "")), " ".join(each.text_content().split())) for each in options]
        return [(str(each), str(each)) for each in self._element.xpath(f".//input[@name='{name}']/@value")]


class Browser:
    """A person's browser, in a session of the rehearsal's own account."""

    def __init__(self, door: Door, cookie: tuple[str, str]) -> None:
        self._client = door.client(dict([cookie]))

    def close(self) -> None:
        self._client.close()

    def get(self, address: str) -> Page:
        return self._read(self._client.get(address))

    def send(self, form: Form, **given: str) -> Page:
        values = form.values | given
        return self._read(self._client.post(form.address, data=values, headers={"Referer": form.address}))

    def _read(self, answer: httpx.Response) -> Page:
        for _ in range(6):
            if not answer.is_redirect:
                break
            answer = self._client.get(urljoin(str(answer.url), answer.headers["Location"]))
        page = Page(answer)
        if answer.status_code >= 500:
            raise StepFailed(
                f"The page failed (HTTP {answer.status_code}).",
                remedy="The log of `pcnhub serve` says why.",
                who_can="whoever runs the hub's server",
            )
        if answer.status_code >= 400:
            raise StepFailed(page.complaint()[:500])
        if "/sign-in" in page.address:
            raise StepFailed("The session of the rehearsal's account was not accepted.")
        return page
