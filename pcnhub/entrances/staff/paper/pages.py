"""What the review shows of each row: what is on the paper, what the system holds, and what can be done where they clash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.operations import EnteredRow, Outcome
from pcnhub.care.appointments.queries import CheckedRow, CheckedSheet, SlotView
from pcnhub.care.appointments.rules.paper import Came, Clash, why_not_moved
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView
from pcnhub.entrances.staff.booking.pages import clock
from pcnhub.foundations.kernel.actors import Actor

_OUTCOMES = {
    Outcome.ENTERED: ("Entered", "green"),
    Outcome.RECORDED: ("Recorded", "green"),
    Outcome.REPEATED: ("Entered before", "green"),
    Outcome.SKIPPED: ("Left out", "grey"),
    Outcome.OPEN: ("Say what to do", "red"),
    Outcome.REFUSED: ("Not entered", "red"),
}
_CAME = {Came.YES.value: "Came", Came.NO.value: "Did not come", "": "Not begun yet"}
_KEPT = ("In the system, which says otherwise and keeps that", "yellow")
NEAREST = 3  # other slots that are offered
_SEATS = frozenset({Clash.SLOT_BOOKED, Clash.SLOT_GONE, Clash.TWICE_ON_PAPER})


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """`seats` and `people` are what can be chosen, empty where nothing need be."""

    place: int
    paper: tuple[str, ...]
    held: tuple[str, ...]
    words: str
    colour: str
    clashes: tuple[str, ...]
    seats: tuple[Option, ...]
    people: tuple[Option, ...]
    seat: str
    who: str
    said: str = ""
    booking_id: int | None = None


def review_rows(
    actor: Actor, checked: CheckedSheet, entered: tuple[EnteredRow, ...] = (), *, now: datetime
) -> list[ReviewRow]:
    outcomes = {each.checked.row.place: each for each in entered}
    return [_review(actor, row, checked.free, outcomes.get(row.row.place), now) for row in checked.rows]


def _review(
    actor: Actor, checked: CheckedRow, free: tuple[SlotView, ...], done: EnteredRow | None, now: datetime
) -> ReviewRow:
    row = checked.row
    words, colour = _OUTCOMES[done.outcome] if done else _verdict(checked)
    is_over = done is not None and done.is_done
    if is_over and done and done.said.strip() and done.outcome is Outcome.RECORDED:
        words, colour = _KEPT
    # What the paper says took place goes into a time that has begun, and no other.
    free = tuple(slot for slot in free if (slot.starts_at <= now) == bool(row.came))
    return ReviewRow(
        place=row.place,
        paper=_on_paper(checked),
        held=("This row is done.",) if is_over else _in_system(checked),
        words=words,
        colour=colour,
        clashes=() if is_over else tuple(_said(clash, checked) for clash in checked.clashes),
        seats=() if is_over else _seats(actor, checked, free),
        people=() if is_over else _people(checked),
        seat=row.seat,
        who=row.who,
        said=done.said if done else "",
        booking_id=done.booking_id if done else checked.entered_id,
    )


def _verdict(checked: CheckedRow) -> tuple[str, str]:
    if checked.row.is_skipped:
        return "Left out", "grey"
    if checked.clashes and not checked.is_settled:
        return "Say what to do", "red"
    if checked.entered_id is not None:
        return "Entered before", "green"
    if checked.is_same and checked.holds is not None:
        if why_not_moved(checked.row.came, channel=checked.slot.delivery_channel, status=checked.holds.status):
            return _KEPT
        return "In the system already: what became of it will be recorded", "blue"
    return "Will be entered", "blue"


def _on_paper(checked: CheckedRow) -> tuple[str, ...]:
    row = checked.row
    born = f"born {row.birth_date:%d-%b-%Y}" if row.birth_date else ""
    name = " ".join(part for part in (row.given_name, row.family_name) if part)
    number = f"NHS number {row.nhs_number}" if row.nhs_number else ""
    lines = (clock(checked.slot.starts_at), name, born, number, row.phone, row.reason, _CAME.get(row.came, ""))
    return tuple(line for line in lines if line)


def _in_system(checked: CheckedRow) -> tuple[str, ...]:
    lines = []
    if checked.found is not None:
        lines.append(f"The patient: {_named(checked.found)}")
    if checked.holds is not None and checked.holds.is_withheld:
        lines.append(f"{clock(checked.slot.starts_at)} is booked. The patient’s details are protected.")
    elif checked.holds is not None:
        held = checked.holds
        lines.append(
            f"{clock(checked.slot.starts_at)} is booked for {held.patient_name}, NHS number {held.number_words}: "
            f"{held.status_words}. Booked by {held.booked_by_name}, {held.booked_by_organisation}, {_when(held.booked_at)}."
        )
    elif checked.slot.state == "free":
        lines.append(f"{clock(checked.slot.starts_at)} is free")
    elif checked.entered_id is None:
        lines.append(f"{clock(checked.slot.starts_at)} is {checked.slot.state}")
    lines += [f"The patient is booked from {clock(start)} to {clock(end)}" for start, end in checked.elsewhere]
    return tuple(lines)


def _said(clash: Clash, checked: CheckedRow) -> str:
    return {
        Clash.SLOT_BOOKED: "Somebody else was booked into this slot in the system.",
        Clash.SLOT_GONE: f"This slot is closed in the system. {checked.slot.blocked_reason}".strip(),
        Clash.TWICE_ON_PAPER: "A row before this one has the same slot.",
        Clash.PATIENT_ELSEWHERE: "The patient has another appointment at this time, or in this session.",
        Clash.OTHER_PERSON: "This NHS number belongs to somebody with another name or date of birth.",
        Clash.UNKNOWN_PATIENT: "Nobody of this name and date of birth is held here.",
        Clash.MAY_BE: "This may be somebody who is held here. Compare with the person.",
        Clash.ENTERED_OTHERWISE: "This row was entered before, and says something else now. What it says now is not in the "
        "system. Open the appointment and change it there, or leave this row out and write a new one.",
    }[clash]


def _seats(actor: Actor, checked: CheckedRow, free: tuple[SlotView, ...]) -> tuple[Option, ...]:
    clashes = set(checked.clashes)
    if not clashes:
        return ()
    options = []
    if clashes & _SEATS:
        others = (slot for slot in free if slot.id != checked.slot.id)  # its own is another row's, however free it is
        near = sorted(others, key=lambda slot: abs(slot.starts_at - checked.slot.starts_at))[:NEAREST]
        options += [
            Option(str(slot.id), f"Put them into {clock(slot.starts_at)}, which is free")
            for slot in sorted(near, key=lambda slot: slot.starts_at)
        ]
        if actor.may(Permission.MANAGE_ROTA) and checked.slot.state != "cancelled":
            options.append(Option("extra", f"Add an extra seat at {clock(checked.slot.starts_at)}: both were seen"))
    elif Clash.PATIENT_ELSEWHERE in clashes:
        options.append(Option("as-written", "Enter it all the same: both took place"))
    return (*options, Option("skip", "Leave this row out"))


def _people(checked: CheckedRow) -> tuple[Option, ...]:
    clashes = set(checked.clashes)
    if Clash.ENTERED_OTHERWISE in clashes:
        return ()
    if not clashes & {Clash.OTHER_PERSON, Clash.UNKNOWN_PATIENT, Clash.MAY_BE} and checked.row.who == "":
        return ()
    options = [Option(str(each.id), f"It is {_named(each)}") for each in checked.matches]
    if Clash.OTHER_PERSON not in clashes:
        options.append(Option("unknown", "Enter them as somebody who is not on our list: to be traced"))
    return tuple(options)


def _named(patient: PatientView) -> str:
    number = f"NHS number {patient.number_words}" if patient.number else "not traced yet"
    return f"{patient.full_name}, born {patient.birth_date:%d-%b-%Y}, {number}"


def _when(instant: datetime) -> str:
    return f"{clock(instant)} on {instant:%-d %B}"
