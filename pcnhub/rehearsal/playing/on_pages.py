"""Steps that people take: the pages of the hub, walked as a browser without a script walks them."""

from __future__ import annotations

import re

from pcnhub.care.tasks import queries as tasks
from pcnhub.care.writeback import queries as writeback
from pcnhub.care.writeback.rules import STATE_WORDS
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.rehearsal.playing.play import Play
from pcnhub.rehearsal.stage import ALLERGY, team_name
from pcnhub.rehearsal.ways import Browser, Page, StepFailed

HOME = "In the practice's record"


def book(play: Play) -> str:
    """The practice's receptionist finds a slot for the dummy patient, and books it."""
    browser = play.as_reception()
    found = browser.get(f"/patients/{play.scene.patient_id}/book")
    ways = (found.link(f"/patients/{play.scene.patient_id}/book/{slot_id}") for slot_id in play.free_slots())
    way = next((way for way in ways if way), "")
    if not way:
        why = found.first_point()
        raise StepFailed(f"The page shows no slot of the session that was opened to the practice. {why}".strip())
    confirm = browser.get(way)
    form = confirm.form(having={"idempotency_key": None})
    booked = browser.send(form, reason=f"Rehearsal {play.stage.rehearsal.run_id}", patient_agrees="on")
    play.booking_id = _number(booked, r"/bookings/(\d+)")
    return f"Appointment {play.booking_id} is booked."


def register(play: Play) -> str:
    """The hub holds the patient now, linked to the practice's own record."""
    browser = play.as_clinician()
    page = browser.get(f"/bookings/{play.booking_id}")
    play.hub_patient_id = _number_in(page.link("/appointments") or page.link("/patients/"), r"/patients/(\d+)")
    held = browser.get(f"/patients/{play.hub_patient_id}")
    if play.scene.organisation.name not in held.text:
        raise StepFailed(
            f"The hub's page of the patient does not name {play.scene.organisation.name} as their practice."
        )
    return "Registered at the hub for a while, linked to the practice."


def arrive(play: Play) -> str:
    browser = play.as_clinician()
    form = _clinic(play, browser).form(to=f"/clinic/bookings/{play.booking_id}/status", having={"status": "arrived"})
    after = browser.send(form)
    if "Arrived" not in after.text:
        raise StepFailed("The clinic list does not show that the patient has arrived.")
    return "The clinic list shows that the patient has arrived."


def open_record(play: Play) -> str:
    """The hub's clinician opens the practice's record, and sees the allergy that stands there."""
    browser = play.as_clinician()
    address = f"/patients/{play.hub_patient_id}/record"
    page = browser.get(address)
    if "/record/permission" in page.address or _asks_permission(page):
        page = browser.send(page.form(to="/record/permission"), answer="given")
        page = browser.get(address)
    if ALLERGY not in page.text:
        raise StepFailed(f"The record lacks the allergy that stands at the practice. It says: {page.text[:600]}")
    return "The allergy that stands at the practice is there."


def consult(play: Play) -> str:
    browser = play.as_clinician()
    started = browser.send(_clinic(play, browser).form(to=f"/bookings/{play.booking_id}/consultation"))
    play.consultation_id = _number(started, r"/consultations/(\d+)")
    form = started.form(having={"revision": None, "outcome": None})
    outcomes = [value for value, _ in form.choices("outcome") if value]
    if not outcomes:
        raise StepFailed("There is no outcome to choose.", remedy="Make one on the page of outcomes.")
    history = next((name for name in form.values if name.endswith("history")), "")
    if not history:
        raise StepFailed("The form has no field for the history.")
    finish = browser.send(form, **{history: marker(play), "outcome": outcomes[0], "action": "finish"})
    last = finish.form(having={"revision": None})
    done = browser.send(last)
    if "not finished" in done.text.lower() and "/finish" in done.address:
        raise StepFailed(done.complaint())
    return f"Consultation {play.consultation_id} is finished."


def write_back(play: Play) -> str:
    """The worker brings the copy home."""
    play.settle()
    page = play.as_clinician().get(f"/consultations/{play.consultation_id}")
    if HOME not in page.text:
        raise _not_home(play)
    return "The copy is in the practice's record."


def receive(play: Play) -> str:
    """The practice's own GP reads it at home."""
    page = play.as_doctor().get(f"/patients/{play.scene.patient_id}/record")
    if marker(play) not in page.text:
        raise StepFailed("The practice's record of the patient does not show the consultation.")
    return "The practice reads the consultation in its own record."


def task_out(play: Play) -> str:
    """A task to the practice. Its own team must be there to take one; the task goes to the rehearsal's, to bother nobody."""
    _refuse_deaf(play, play.scene.organisation)
    about = f"consultation={play.consultation_id}" if play.consultation_id else f"patient={play.hub_patient_id}"
    play.task_id = _send_task(play, play.as_clinician(), about, play.scene.organisation.name)
    play.settle()
    return f"Task {play.task_id} is sent; the practice's own team could have taken it."


def accept(play: Play) -> str:
    browser = play.as_doctor()
    page = browser.get(f"/tasks/{play.task_id}")
    browser.send(page.form(having={"step": "accept"}))
    play.settle()
    seen = play.as_clinician().get(f"/tasks/{play.task_id}")
    if "Accepted" not in seen.text:
        raise StepFailed("The hub does not see that the practice accepted the task.")
    return "Accepted by the practice, and the hub sees it."


def task_back(play: Play) -> str:
    """A task from the practice to the hub, and accepted there."""
    _refuse_deaf(play, play.stage.hub.organisation)
    browser = play.as_doctor()
    task_id = _send_task(play, browser, f"patient={play.scene.patient_id}", play.stage.hub.organisation.name)
    play.settle()
    there = play.as_clinician()
    seen = there.get(f"/tasks/{task_id}")
    if f"Rehearsal {play.stage.rehearsal.run_id}" not in seen.text:
        raise StepFailed("The hub does not see the practice's task.")
    return f"Task {task_id} reached the hub."


def _not_home(play: Play) -> StepFailed:
    """What keeps the copy, in the words of the page that shows it to the hub's people."""
    copies = writeback.copies_of_consultation(actor=play.stage.hub, consultation_id=play.consultation_id)
    said, remedy, who = "No copy was made of the consultation.", "Look at the page Write-back.", "the hub's manager"
    if copies:
        newest = copies[-1]
        said = newest.reason or f"It is {STATE_WORDS[newest.state].lower()}."
        remedy, who = newest.remedy or remedy, newest.who_can or who
    return StepFailed(f"The copy has not reached the practice's record. {said}", remedy=remedy, who_can=who)


def marker(play: Play) -> str:
    """What the clinician writes, and the practice must read."""
    return f"Rehearsal {play.stage.rehearsal.run_id}, for {play.scene.organisation.ods_code}."


def _refuse_deaf(play: Play, at: OrganisationRef) -> None:
    """The organisation's own teams, whom the rehearsal's team stands beside: one of them must be able to take a task."""
    own = [
        team
        for team in tasks.teams_of(organisation_id=at.id, day=london_date(play.stage.now))
        if team.name != team_name(play.stage.rehearsal.run_id) and not team.is_closed
    ]
    if any(team.why_not is None for team in own):
        return
    why = own[0].why_not if own else None
    raise StepFailed(
        f"{at.name} has no team that would see a task{f': {why.message}' if why else ': it has none at all'}.",
        remedy=why.remedy if why else "Make one on the teams page.",
        who_can=f"a manager of {at.name}",
    )


def _send_task(play: Play, browser: Browser, about: str, to: str) -> int:
    page = browser.get(f"/tasks/new?{about}")
    form = page.form(having={"to_team": None})
    wanted = team_name(play.stage.rehearsal.run_id)
    teams = [value for value, words in form.choices("to_team") if value and wanted in words and to in words]
    if not teams:
        raise StepFailed(f"No task can be sent to {to}. The page says: {page.text[-600:]}")
    kinds = [value for value, _ in form.choices("kind") if value]
    text = f"{wanted}: nothing is to be done."
    sent = browser.send(form, to_team=teams[0], kind=kinds[0], text=text)
    return _number(sent, r"/tasks/(\d+)")


def _clinic(play: Play, browser: Browser) -> Page:
    day = browser.get(f"/clinic?holder={play.scene.clinician.position_id}")
    if f"/bookings/{play.booking_id}" not in day.link(f"/bookings/{play.booking_id}"):
        raise StepFailed("The clinic list of today does not show the appointment.")
    return day


def _asks_permission(page: Page) -> bool:
    return "Until then ask the patient about allergies" in page.text


def _number(page: Page, pattern: str) -> int:
    return _number_in(page.address, pattern, page.complaint())


def _number_in(address: str, pattern: str, says: str = "") -> int:
    found = re.search(pattern, address)
    if found is None:
        raise StepFailed(f"The page did not go on. It says: {says[:400]}")
    return int(found[1])
