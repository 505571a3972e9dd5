"""Appointments that were written on paper while the system was away: what a row must say, and where it clashes with the book."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from pcnhub.care.appointments.rules.booking import REASON_AT_MOST, STATUS_WORDS, problems_of_texts
from pcnhub.care.appointments.rules.words import BookingStatus, DeliveryChannel, SlotState
from pcnhub.care.patients.rules.tracing import UnregisteredPerson, problems_of_person
from pcnhub.foundations.kernel.refusals import Problem

ENTERED_UP_TO = timedelta(days=14)
WHY_AT_MOST = 200  # characters


class Came(StrEnum):
    """What became of an appointment that has begun; empty for one to come."""

    YES = "came"
    NO = "did-not-come"


class Clash(StrEnum):
    """Where a row and the book say different things."""

    SLOT_BOOKED = "slot-booked"  # somebody else has it
    SLOT_GONE = "slot-gone"  # blocked or cancelled
    TWICE_ON_PAPER = "twice-on-paper"  # two rows have one slot
    PATIENT_ELSEWHERE = "patient-elsewhere"  # the patient has another appointment at that time
    OTHER_PERSON = "other-person"  # the number is somebody's whose name or date of birth is another
    UNKNOWN_PATIENT = "unknown-patient"
    MAY_BE = "may-be"  # one of several who are held
    ENTERED_OTHERWISE = "entered-otherwise"  # what was entered of this row before is not what it says now


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One line of the paper. `place` counts from 1. What was chosen where it clashed: `seat` is "" (as written), "extra", "skip"
    or a slot's id; `who` is "" (whoever was found), "unknown" or a patient's id. A number alone finds who is held."""

    place: int
    slot_id: int | None
    nhs_number: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    phone: str = ""
    reason: str = ""
    came: str = ""
    seat: str = ""
    who: str = ""

    @property
    def is_skipped(self) -> bool:
        return self.seat == "skip"

    @property
    def slot_wanted(self) -> int | None:
        """The slot that was chosen instead, or the one that was written."""
        return int(self.seat) if self.seat.isdecimal() else self.slot_id

    @property
    def person(self) -> UnregisteredPerson:
        return UnregisteredPerson(
            self.given_name, self.family_name, self.birth_date, nhs_number=self.nhs_number, phone=self.phone
        )

    @property
    def has_name(self) -> bool:
        return bool(self.given_name.strip() and self.family_name.strip() and self.birth_date)


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """Everything that was written about one session. `key` is the caller's own word for this sheet: entered again, nothing is
    entered twice. `why`: what had happened; it stays on record with each appointment."""

    session_id: int
    why: str
    patients_agreed: bool
    key: str
    rows: tuple[PaperRow, ...]

    def key_of(self, row: PaperRow) -> str:
        return f"paper:{self.key}:{row.place}"


def refusal_to_enter_late(*, starts_at: datetime, now: datetime) -> str:
    """Why what took place can't be entered any more, in a sentence; empty when it can."""
    if now - starts_at > ENTERED_UP_TO:
        return f"This was more than {ENTERED_UP_TO.days} days ago: reports of that day have left the hub."
    return ""


def problems_of_sheet(
    sheet: PaperSheet, *, starts: Mapping[int, datetime], now: datetime, today: date
) -> list[Problem]:
    """What is wrong with what was typed, all of it, a row's fields ending in its place (`reason-3`). `starts`: when each slot of
    the session begins."""
    problems = []
    if not sheet.why.strip():
        problems.append(
            Problem("why", "missing", "Say why these are entered now", "Such as: system away from 18:20 to 20:05.")
        )
    problems += problems_of_texts({"why": (sheet.why, WHY_AT_MOST)})
    if not sheet.patients_agreed:  # `domain.md` 8.1, as with every booking
        problems.append(
            Problem(
                "patients_agreed", "missing", "Nothing is booked without the patients’ agreement", "Tick the box if they did."
            )
        )  # fmt: skip
    if not sheet.key.strip():
        problems.append(Problem("key", "missing", "The page has no key of its own", "Open it again."))
    if not sheet.rows:
        problems.append(Problem("", "missing", "Nothing is written on this sheet", "Fill in a row, or leave the page."))
    for row in sheet.rows:
        problems += [
            replace(each, field=f"{each.field}-{row.place}", message=f"Row {row.place}: {_lowered(each.message)}", value="")
            for each in _of_row(row, starts, now, today)
        ]  # fmt: skip
    return problems


def _of_row(row: PaperRow, starts: Mapping[int, datetime], now: datetime, today: date) -> list[Problem]:
    problems = problems_of_texts({"reason": (row.reason, REASON_AT_MOST)})
    begins = starts.get(row.slot_id or 0)
    if begins is None:
        problems.append(Problem("slot", "missing", "The time is missing", "Choose the one on the paper."))
    elif begins <= now and row.came not in set(Came):
        problems.append(Problem("came", "missing", "It is not said whether the patient came", "Choose one of the two."))
    elif begins > now and row.came:
        problems.append(Problem("came", "too-early", "The appointment has not begun yet", "Leave this empty."))
    wrong = problems_of_person(row.person, today=today)
    if row.nhs_number.strip() and not any((row.given_name.strip(), row.family_name.strip(), row.birth_date)):
        wrong = [each for each in wrong if each.field in ("nhs_number", "phone")]
    return problems + wrong


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def clash_of_slot(*, state: str, is_same_patient: bool) -> Clash | None:
    """What stands against putting a row into a slot, by what the book says of it now."""
    if state == SlotState.BOOKED:
        return None if is_same_patient else Clash.SLOT_BOOKED
    return Clash.SLOT_GONE if state in (SlotState.BLOCKED, SlotState.CANCELLED) else None


def twice_on_paper(rows: Sequence[PaperRow]) -> frozenset[int]:
    """The places of rows that want a slot which a row before them wants too."""
    seen: set[int | None] = set()
    found = set()
    for row in rows:
        if row.is_skipped or row.seat == "extra":
            continue
        if row.slot_wanted in seen:
            found.add(row.place)
        seen.add(row.slot_wanted)
    return frozenset(found)


def is_settled(clashes: Collection[Clash], row: PaperRow) -> bool:
    """Whether a person has said what to do about each of them."""
    if row.is_skipped:
        return True
    open_ones = set(clashes)
    if row.seat == "extra":
        open_ones -= {Clash.SLOT_BOOKED, Clash.SLOT_GONE, Clash.TWICE_ON_PAPER}
    if row.seat:  # chosen by somebody who was shown the other appointment
        open_ones -= {Clash.PATIENT_ELSEWHERE}
    if row.who:
        open_ones -= {Clash.OTHER_PERSON, Clash.UNKNOWN_PATIENT, Clash.MAY_BE}
    return not open_ones


_S = BookingStatus
_Steps = Mapping[Came, Mapping[BookingStatus, tuple[BookingStatus, ...]]]
_IN_PERSON: _Steps = {
    Came.YES: {
        _S.BOOKED: (_S.ARRIVED, _S.LEFT),
        _S.ARRIVED: (_S.LEFT,),
        _S.SENT_IN: (_S.LEFT,),
    },
    Came.NO: {_S.BOOKED: (_S.DID_NOT_ATTEND,)},
}
_REMOTE: _Steps = {
    Came.YES: {
        _S.BOOKED: (_S.CALL_STARTED, _S.CALL_COMPLETED),
        _S.CALL_STARTED: (_S.CALL_COMPLETED,),
    },
    Came.NO: {_S.BOOKED: (_S.NO_ANSWER,)},
}
_SAYS_SO = {
    Came.YES: {_S.LEFT, _S.CALL_COMPLETED, _S.WALKED_OUT},
    Came.NO: {_S.DID_NOT_ATTEND, _S.NO_ANSWER},
}


def steps_to(came: str, *, channel: str, status: str) -> tuple[BookingStatus, ...]:
    """The steps that bring a booking to what the paper says, in order; none when it is there, or when the book says otherwise
    (`why_not_moved` says so): what somebody said on the clinic list may be later than the paper."""
    if not came:
        return ()
    of_channel = _IN_PERSON if channel == DeliveryChannel.IN_PERSON else _REMOTE
    return of_channel[Came(came)].get(BookingStatus(status), ())


def why_not_moved(came: str, *, channel: str, status: str) -> str:
    """That the book keeps what it says, in a sentence; empty when both say the same, or the booking moves."""
    if not came or steps_to(came, channel=channel, status=status) or status in _SAYS_SO[Came(came)]:
        return ""
    return f"The system says {STATUS_WORDS[status].lower()}, and keeps that: change it on the clinic list if the paper is right."
