"""A sheet of paper bookings held against the book as it stands: whom it means, which slots, and where the two clash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.queries.book import session as one_session
from pcnhub.care.appointments.queries.bookings import (
    booking_rows,
    booking_view,
    record_bookings_shown,
    times_already_booked,
)
from pcnhub.care.appointments.queries.slots import slots_of_session
from pcnhub.care.appointments.queries.views import BookingView, SessionView, SlotView
from pcnhub.care.appointments.rules import BookingStatus, SessionState, SlotState
from pcnhub.care.appointments.rules.paper import (
    Clash,
    PaperRow,
    PaperSheet,
    clash_of_slot,
    is_settled,
    problems_of_sheet,
    twice_on_paper,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, likely_matches, patients_by_id, registration_with
from pcnhub.care.patients.rules.tracing import Identity, are_one
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Shown, record_list
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row beside what the book says. `found`: whom it means, as far as that is clear; `matches` are those who may be meant.
    `holds`: the booking that has the slot (perhaps a withheld one). `elsewhere`: when the patient is booked besides, at this
    time or in this session. `entered_id`: the booking that this very row made before."""

    row: PaperRow
    slot: SlotView
    found: PatientView | None = None
    matches: tuple[PatientView, ...] = ()
    holds: BookingView | None = None
    elsewhere: tuple[tuple[datetime, datetime], ...] = ()
    clashes: tuple[Clash, ...] = ()
    entered_id: int | None = None

    @property
    def is_same(self) -> bool:
        """Whether the book has this patient in this slot already: then only what became of it is to be recorded."""
        return self.holds is not None and self.found is not None and self.holds.patient_id == self.found.id

    @property
    def is_settled(self) -> bool:
        return is_settled(self.clashes, self.row)


@dataclass(frozen=True, slots=True)
class CheckedSheet:
    """`free`: the slots of the session that are free, for a row whose own is not."""

    session: SessionView
    rows: tuple[CheckedRow, ...]
    free: tuple[SlotView, ...]


def paper_session(*, actor: Actor, now: datetime, session_id: int) -> tuple[SessionView, tuple[SlotView, ...]]:
    """A published session of the actor's hub and its slots, extra seats and cancelled slots left out. Raises NotPermitted,
    NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
        session = one_session(hub_id=actor.organisation.id, session_id=session_id)
        if session.state != SessionState.PUBLISHED:
            raise NotFound(
                "This session was not published, or it was cancelled: nobody can have been seen in it.",
                remedy="Choose another session of the day.",
                who_can="the hub’s rota manager, who can publish one",
            )
        slots = slots_of_session(session_id=session_id)
        return session, tuple(
            each for each in slots if not each.extra_seat_of and each.state != SlotState.CANCELLED
        )  # fmt: skip


def check_paper(*, actor: Actor, now: datetime, sheet: PaperSheet) -> CheckedSheet:
    """Every row at once. Who is shown, also whom a number alone finds, is put on record. Raises InvalidInput (every problem of
    every row), NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        grant = permit(actor=actor, permission=Permission.FIND_PATIENTS, now=now)
        session, slots = paper_session(actor=actor, now=now, session_id=sheet.session_id)
        starts = {each.id: each.starts_at for each in slots}
        problems = problems_of_sheet(sheet, starts=starts, now=now, today=london_date(now))
        if problems:
            raise InvalidInput(problems)
        checker = _Checker(actor, now, sheet, {each.id: each for each in slots}, _held(actor, now, session.id))
        rows = tuple(checker.checked(row) for row in sheet.rows)
        if checker.problems:
            raise InvalidInput(checker.problems)
        shown = {each.id: Shown(each.id, each.number, each.home_id) for row in rows for each in row.matches}
        if shown:
            record_list(
                actor=actor, now=now, action="patients.likely-shown", kind="search", shown=list(shown.values()),
                basis=grant.basis,
            )  # fmt: skip
        return CheckedSheet(session, rows, tuple(each for each in slots if each.state == SlotState.FREE))


def _held(actor: Actor, now: datetime, session_id: int) -> dict[int, BookingView]:
    """The session's live bookings by slot."""
    live = booking_rows().filter(slot__session=session_id).exclude(status=BookingStatus.CANCELLED)
    views = tuple(booking_view(row, actor) for row in live)
    record_bookings_shown(actor=actor, now=now, found=views)
    return {slot_id: view for view in views for slot_id in view.slot_ids}


class _Checker:
    def __init__(
        self, actor: Actor, now: datetime, sheet: PaperSheet, slots: dict[int, SlotView], held: dict[int, BookingView]
    ) -> None:
        self._actor, self._now, self._sheet, self._slots, self._held = actor, now, sheet, slots, held
        self._twice = twice_on_paper(sheet.rows)
        self.problems: list[Problem] = []

    def checked(self, row: PaperRow) -> CheckedRow:
        slot = self._slots.get(row.slot_wanted or 0) or self._slots[row.slot_id or 0]
        mine = Booking.objects.filter(
            booked_by_ods_code=self._actor.organisation.ods_code, idempotency_key=self._sheet.key_of(row)
        )
        entered = mine.select_related("slot", "patient__merged_into").first()
        if entered is not None:
            is_it = row.is_skipped or self._is_what_was_entered(row, slot, entered)
            clash = () if is_it else (Clash.ENTERED_OTHERWISE,)
            return CheckedRow(row, slot, clashes=clash, entered_id=entered.pk)
        if row.is_skipped:
            return CheckedRow(row, slot)
        who, matches, unclear = self._whom(row, self._held.get(slot.id))
        held = CheckedRow(row, slot, who, matches, self._held.get(slot.id))
        clashes = [clash_of_slot(state=slot.state, is_same_patient=held.is_same), *unclear]
        if row.place in self._twice and not held.is_same:  # who has the slot in the book gives it up to no other row
            clashes.append(Clash.TWICE_ON_PAPER)
        elsewhere = self._elsewhere(held)
        if elsewhere:
            clashes.append(Clash.PATIENT_ELSEWHERE)
        return replace(held, elsewhere=elsewhere, clashes=tuple(each for each in clashes if each))

    def _is_what_was_entered(self, row: PaperRow, slot: SlotView, entered: Booking) -> bool:
        """Of a row that was typed anew after it was entered, nothing that it says now is in the book."""
        held = entered.patient.merged_into or entered.patient
        if slot.id not in (entered.slot_id, entered.slot.extra_seat_of_id) or row.reason != entered.reason:
            return False
        if row.who.isdecimal():
            chosen = patients_by_id(actor=self._actor, ids=[int(row.who)]).get(int(row.who))
            return chosen is not None and chosen.id == held.pk
        number = row.person.tidied().nhs_number
        if number and number not in (held.nhs_number, held.stated_nhs_number):
            return False
        return not _is_told_apart(
            row, Identity(held.given_name, held.family_name, held.birth_date, held.previous_family_name)
        )

    def _whom(
        self, row: PaperRow, holds: BookingView | None
    ) -> tuple[PatientView | None, tuple[PatientView, ...], list[Clash]]:
        """(whom the row means, who may be meant, what is unclear about it)."""
        if row.who.isdecimal():
            chosen = patients_by_id(actor=self._actor, ids=[int(row.who)]).get(int(row.who))
            if chosen is not None:
                return chosen, (chosen,), []
        person = row.person.tidied()
        found = registration_with(actor=self._actor, nhs_number=person.nhs_number) if person.nhs_number else None
        if found is not None:
            known = Identity(found.given_name, found.family_name, found.birth_date, found.previous_family_name)
            told = _is_told_apart(row, known)
            return (None, (found,), [Clash.OTHER_PERSON]) if told else (found, (found,), [])
        if not row.has_name:
            self.problems.append(
                Problem(
                    f"nhs_number-{row.place}", "unknown",
                    f"Row {row.place}: nobody with this NHS number is held here",
                    "Add first name, last name and date of birth, so that the person can be entered as not on our list.",
                )
            )  # fmt: skip
            return None, (), []
        matches = likely_matches(actor=self._actor, now=self._now, person=person)
        if row.who == "unknown":
            return None, matches, []
        # A name and a date of birth are enough to ask, never to decide: unless this very slot is theirs in the book.
        exact = [each for each in matches if not person.nhs_number and _is_exactly(row, each)]
        if len(exact) == 1 and holds is not None and holds.patient_id == exact[0].id:
            return exact[0], matches, []
        return None, matches, [Clash.MAY_BE if matches else Clash.UNKNOWN_PATIENT]

    def _elsewhere(self, held: CheckedRow) -> tuple[tuple[datetime, datetime], ...]:
        if held.found is None or held.is_same:
            return ()
        at_this_time = times_already_booked(
            actor=self._actor,
            now=self._now,
            patient_id=held.found.id,
            starts_at=held.slot.starts_at,
            ends_at=held.slot.ends_at,
        )
        # The same paper, typed by somebody else too, may have been entered into another slot of the session.
        mine = (each.slot for each in self._held.values() if each.patient_id == held.found.id)
        return tuple(sorted(({each.starts_at: each.ends_at for each in mine} | dict(at_this_time)).items()))


def _is_told_apart(row: PaperRow, held: Identity) -> bool:
    if not row.has_name or row.birth_date is None:
        return False
    return not are_one(Identity(row.given_name, row.family_name, row.birth_date), held)


def _is_exactly(row: PaperRow, held: PatientView) -> bool:
    return (row.given_name.strip().casefold(), row.family_name.strip().casefold(), row.birth_date) == (
        held.given_name.casefold(),
        held.family_name.casefold(),
        held.birth_date,
    )
