"""Staff pages over HTTP, from the server that serves a hub, in a session that signed in with password and code."""

from __future__ import annotations

import http.client
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta

from django.test import Client

from pcnhub.care.appointments.operations import BookingRequest, book
from pcnhub.care.appointments.queries import SlotCriteria, free_slots
from pcnhub.demo.sign_ins import codes, let_in, password_of
from pcnhub.foundations.kernel.local_time import london_date
from tests.bench.browsing import Browser
from tests.bench.hub import Hub
from tests.bench.measuring import Figure, in_turns, listening
from tests.bench.networks import patients_of, receptionist

LIVE = "/health/live"
AT_ONCE = 4
_EVENING = 16  # bookings on the clinic list


def measure(hub: Hub) -> list[Figure]:
    evening = _full_evening(hub)
    ada = receptionist("A99801", hub.now)
    patient = next(patients_of(ada, hub.now, most=1))
    with serving(hub), signed_in(hub, "ada") as at_practice, signed_in(hub, "bilal") as at_hub:
        return [
            _page(hub, at_practice, "Today (practice reception)", "/"),
            _page(hub, at_practice, "Free slots for a patient, 14 days", f"/patients/{patient}/book"),
            _page(hub, at_hub, f"Clinic list of an evening, {_EVENING} booked", f"/clinic?day={evening.isoformat()}"),
        ]


def _page(hub: Hub, browser: Browser, what: str, path: str) -> Figure:
    size = len(browser.get(path))
    pair = in_turns(lambda: browser.get(path), lambda: browser.get(LIVE), seconds=hub.seconds(5))
    return pair.figure(
        f"Page: {what}, over HTTP",
        f"{LIVE}, over HTTP",
        notes=(
            _rates(hub, browser, path),
            f"{size / 1024:.0f} KiB of HTML",
        ),
        goes=_inside(browser, path),
    )


def _rates(hub: Hub, browser: Browser, path: str) -> str:
    """Pages a second with several browsers of one session at once, page and reference in turns."""

    def one(asked: str) -> int:
        with Browser(hub.port) as another:
            another.cookies = dict(browser.cookies)
            another.get(LIVE)
            until, many = time.perf_counter() + hub.seconds(2), 0
            while time.perf_counter() < until:
                another.get(asked)
                many += 1
            return many

    with ThreadPoolExecutor(AT_ONCE) as pool:
        pages, lives = (sum(pool.map(one, [asked] * AT_ONCE)) / hub.seconds(2) for asked in (path, LIVE))
    return f"{AT_ONCE} browsers at once: {pages:.0f} pages/s, beside {lives:.0f}/s of {LIVE}"


def _inside(browser: Browser, path: str) -> tuple[str, ...]:
    """The same page asked in this process, where its statements can be heard."""
    client = Client(SERVER_NAME="localhost")
    for name, value in browser.cookies.items():
        client.cookies[name] = value
    logging.getLogger("pcnhub.request").setLevel(logging.WARNING)  # the server logs to a file; here is a terminal
    client.get(path)
    began, times = time.perf_counter(), 10
    with listening(keeps=False) as heard:
        for _ in range(times):
            client.get(path)
    return heard.shares((time.perf_counter() - began) * 1000, times=times)


def _full_evening(hub: Hub) -> date:
    """The first day with free slots after today, booked by two practices as far as it goes."""
    today = london_date(hub.now)
    found: list[int] = []
    day = today
    while len(found) < _EVENING:
        day += timedelta(days=1)
        criteria = SlotCriteria(from_on=day, to_on=day)
        found = [
            slot.id for slot in free_slots(actor=receptionist("A99801", hub.now), now=hub.now, criteria=criteria).slots
        ]
    for place, ods in enumerate(("A99801", "A99802")):
        actor = receptionist(ods, hub.now)
        mine = found[place * _EVENING // 2 : (place + 1) * _EVENING // 2]
        for slot, patient in zip(mine, patients_of(actor, hub.now, most=len(mine)), strict=True):
            asked = BookingRequest(slot, patient, f"evening-{slot}", reason="Knee pain", patient_agrees=True)
            book(actor=actor, now=hub.now, request=asked)
    return day


@contextmanager
def serving(hub: Hub) -> Iterator[None]:
    """`pcnhub serve` as a process of its own, with the settings of a hub."""
    with (hub.data / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pcnhub.entrances.cli", "serve"], stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(hub, process)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(hub: Hub, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            with Browser(hub.port) as browser:
                browser.get(LIVE)
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        except LookupError:
            break
        if process.poll() is not None:
            break
    raise LookupError(f"The server did not start: {(hub.data / 'serve.log').read_text(errors='replace')[-2000:]}")


@contextmanager
def signed_in(hub: Hub, username: str) -> Iterator[Browser]:
    password = password_of(hub.data)
    let_in(username, password, hub.now)
    with Browser(hub.port) as browser:
        browser.sign_in(username, password, codes([username])[username])
        yield browser
