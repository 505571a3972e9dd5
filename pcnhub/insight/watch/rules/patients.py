"""What harms a patient's way: untraced, no agreement with their practice, slots that nobody finds, a list not on paper, and
what is owed to somebody before the evening begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pcnhub.care.appointments.queries import SessionView
from pcnhub.care.appointments.queries.coming import ComingBooking, Offer
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.visibility import Reason
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.sharing.queries import Cell
from pcnhub.care.sharing.rules import KINDS, AgreementKind
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.insight.watch.rules.evening import Evening
from pcnhub.insight.watch.rules.lines import Line, Place, Severity, counted
from pcnhub.insight.watch.rules.sessions import AGREEMENT_MANAGER, ROTA_MANAGER

# What the patient of a practice goes without while an agreement with it is off.
WITHOUT: dict[AgreementKind, str] = {
    AgreementKind.CARE_RECORD: "their records don’t open",
    AgreementKind.WRITE_BACK: "their consultations don’t reach the practice",
    AgreementKind.COPY_CONSULTATION: "their consultations don’t reach the practice",
    AgreementKind.TASKS_TO_PRACTICE: "no task about them reaches the practice",
    AgreementKind.TASKS_TO_HUB: "no task about them comes back to the hub",
    AgreementKind.APPOINTMENTS: "their practice doesn’t see their appointments",
}
NO_APPOINTMENTS = f"agreement-{AgreementKind.APPOINTMENTS}"
SAYS_TOO = {AgreementKind.CARE_RECORD: ("CHK-06",), AgreementKind.WRITE_BACK: ("CHK-68",)}
# Said already of the session itself, or of its holder.
OF_SESSION = frozenset({"holder-missing", "role-missing", "location-missing", "channel-missing", "not-published"})

# What a practice mends by itself.
OF_PRACTICE = frozenset({"not-subscribed", "consumer-switched-off", "no-agreement"})


def on_their_way(evening: Evening) -> Iterator[Line]:
    # cancelled sessions are not among the evening's: neither are what is left of their appointments
    ours = {session.id: session for session in evening.sessions}
    bookings = [each for each in evening.bookings if each.session_id in ours]
    yield from _untraced(evening, bookings)
    yield from _gone(evening, bookings)
    not_shared = list(_not_shared(evening, bookings))
    yield from not_shared
    said = {line.practice_id for line in not_shared if line.code == NO_APPOINTMENTS}
    yield from (
        line for line in _unseen(evening, ours) if line.practice_id is None or said.isdisjoint((line.practice_id, None))
    )
    yield from _not_on_paper(evening, bookings)


def _untraced(evening: Evening, bookings: list[ComingBooking]) -> Iterator[Line]:
    """A line for each session and practice: what one practice sees of it names no patient of another's."""
    groups: dict[tuple[int, int | None], list[ComingBooking]] = defaultdict(list)
    for each in bookings:
        if not each.is_known:
            groups[each.session_id, each.practice_id].append(each)
    for (session_id, practice_id), its in groups.items():
        first = its[0]
        who = counted(len(its), "person who is booked has", "people who are booked have")
        yield Line(
            code="untraced",
            severity=Severity.HARMS,
            what=f"{who} not been traced: no record opens, and no consultation reaches their practice.",
            do="Trace the patient" if len(its) == 1 else "Trace them",
            who="whoever traces patients at the hub",
            mover_id=evening.hub.id,
            bites_at=first.starts_at,
            place=Place("trace-patient", (first.patient_id,)) if len(its) == 1 else Place("tracing"),
            practice_id=practice_id,
            session_id=session_id,
            booking_ids=tuple(each.id for each in its),
            answers=("CHK-26",),
        )


def _gone(evening: Evening, bookings: list[ComingBooking]) -> Iterator[Line]:
    words = {RegistrationState.DECEASED: "is recorded as deceased", RegistrationState.LEFT: "has left their practice"}
    for each in bookings:
        state = RegistrationState(each.registration)
        if state in words:
            yield Line(
                code="booked-in-doubt",
                severity=Severity.HARMS,
                what=f"Somebody who is booked {words[state]}: nobody should be rung or waited for unasked.",
                do="Look at the appointment",
                who="the hub’s reception",
                mover_id=evening.hub.id,
                bites_at=each.starts_at,
                place=Place("booking", (each.id,)),
                practice_id=each.practice_id,
                session_id=each.session_id,
                booking_ids=(each.id,),
            )


def _not_shared(evening: Evening, bookings: list[ComingBooking]) -> Iterator[Line]:
    of_practice: dict[int | None, list[ComingBooking]] = defaultdict(list)
    for each in bookings:
        of_practice[each.practice_id].append(each)
    for row in evening.agreements.rows:
        booked = of_practice.pop(row.practice.id, [])
        for cell in row.cells:
            if booked and not cell.is_right and cell.agreement.kind in WITHOUT:
                yield _agreement_off(evening, cell, booked)
    yield from _not_made(evening, bookings)
    yield from _of_no_practice(evening, [each for each in of_practice.pop(None, []) if each.is_known])
    outside = [each for its in of_practice.values() for each in its]
    if outside:
        yield Line(
            code="practice-not-in-network",
            severity=Severity.HARMS,
            what=f"{counted(len(outside), 'patient is', 'patients are')} of a practice that is not in the network: no record of "
            "theirs opens here.",
            do="Look at the appointment",
            who="the hub’s manager",
            mover_id=evening.hub.id,
            bites_at=outside[0].starts_at,
            place=Place("booking", (outside[0].id,)),
            booking_ids=tuple(each.id for each in outside),
            answers=("CHK-28",),
        )


def _not_made(evening: Evening, bookings: list[ComingBooking]) -> Iterator[Line]:
    """What was never made has no row to be red in: it is said of everybody who is booked."""
    for kind in evening.agreements.missing if bookings else ():
        if kind in WITHOUT:
            yield Line(
                code=f"agreement-{kind}",
                severity=Severity.HARMS,
                what=f"{KINDS[kind].category} ({KINDS[kind].uses_label}) was never agreed: "
                f"{counted(len(bookings), 'patient', 'patients')} booked, and {WITHOUT[kind]}.",
                do="Make the agreement",
                who=AGREEMENT_MANAGER,
                mover_id=evening.hub.id,
                bites_at=bookings[0].starts_at,
                place=Place("agreements"),
                booking_ids=tuple(each.id for each in bookings),
                answers=("CHK-05", *SAYS_TOO.get(kind, ())),
            )


def _of_no_practice(evening: Evening, its: list[ComingBooking]) -> Iterator[Line]:
    if its:
        yield Line(
            code="no-practice",
            severity=Severity.HARMS,
            what=f"{counted(len(its), 'person who is booked is', 'people who are booked are')} of no practice known here: no "
            "record opens, and no consultation goes home.",
            do="Look at the appointment",
            who="whoever traces patients at the hub",
            mover_id=evening.hub.id,
            bites_at=its[0].starts_at,
            place=Place("booking", (its[0].id,)),
            booking_ids=tuple(each.id for each in its),
            answers=("CHK-28",),
        )


def _agreement_off(evening: Evening, cell: Cell, booked: list[ComingBooking]) -> Line:
    sides = [side for side in (cell.uses, cell.gives) if side.must_act]
    said = " and ".join(f"{side.standing} at {side.organisation.name}" for side in sides) or "not in force"
    mover_id, who = _whose_move(evening, cell)
    patients = counted(len(booked), "patient", "patients")
    return Line(
        code=f"agreement-{cell.agreement.kind}",
        severity=Severity.HARMS,
        what=f"{cell.agreement.name} is {said}: {patients} of {cell.practice.name} booked, and {WITHOUT[cell.agreement.kind]}.",
        do="Activate it" if cell.agreement.holds else "Renew the agreement",
        who=who,
        mover_id=mover_id,
        bites_at=booked[0].starts_at,
        place=Place("agreement", (cell.agreement.id,)),
        practice_id=cell.practice.id,
        booking_ids=tuple(each.id for each in booked),
        answers=("CHK-05", "CHK-68"),
    )


def _whose_move(evening: Evening, cell: Cell) -> tuple[int, str]:
    """(the organisation, its people): whoever's side is off, the practice first; of an agreement whose days are over, the hub."""
    acting = [side.organisation for side in (cell.uses, cell.gives) if side.must_act] if cell.agreement.holds else []
    names = " and ".join(dict.fromkeys(each.name for each in acting)) or evening.hub.name
    first = next((each for each in acting if each.id != evening.hub.id), evening.hub)
    return first.id, f"an agreement manager at {names}"


def _unseen(evening: Evening, sessions: dict[int, SessionView]) -> Iterator[Line]:
    """A session that no practice finds, and a practice that finds nothing of an evening which others find. A session may be
    meant for some practices only: that one of them does not find it is no fault by itself."""
    whole: dict[int, list[Offer]] = defaultdict(list)
    for each in evening.offers:
        if each.session_id in sessions and not OF_SESSION & {reason.code for reason in each.obstacles}:
            whole[each.session_id].append(each)
    unseen = {session_id: why for session_id, its in whole.items() if (why := _why_nobody(its))}
    for session_id, why in unseen.items():
        yield _seen_by_none(evening, sessions[session_id], whole[session_id], why)
    finds: dict[int, list[Offer]] = defaultdict(list)
    for session_id, its in whole.items():
        for each in its if session_id not in unseen else ():
            finds[each.practice.id].append(each)
    for met in finds.values():
        reason = next((reason for each in met for reason in each.obstacles), None)
        if reason is not None and not any(each.found for each in met):
            yield _finds_nothing(evening, met, reason, sessions)


def _why_nobody(met: list[Offer]) -> Reason | None:
    """What keeps every practice from a session and is no practice's own doing."""
    if any(each.found for each in met):
        return None
    return next((reason for each in met for reason in each.obstacles if reason.code not in OF_PRACTICE), None)


def _seen_by_none(evening: Evening, session: SessionView, met: list[Offer], reason: Reason) -> Line:
    return Line(
        code="session-unseen",
        severity=Severity.HARMS,
        what=f"No practice finds the {counted(met[0].free, 'free slot')} of {session.name} at "
        f"{in_london(session.starts_at):%H:%M}. {reason.message}",
        do=reason.remedy.rstrip("."),
        who=reason.who_can or ROTA_MANAGER,
        mover_id=evening.hub.id,
        bites_at=session.starts_at,
        place=Place("session", (session.id,)),
        session_id=session.id,
        answers=("CHK-13", "CHK-16", "CHK-17", "CHK-19"),
    )


def _finds_nothing(evening: Evening, met: list[Offer], reason: Reason, sessions: dict[int, SessionView]) -> Line:
    practice = met[0].practice
    mover_id, who = evening.hub.id, reason.who_can or ROTA_MANAGER
    if reason.code in OF_PRACTICE:
        mover_id, who = practice.id, f"an administrator of {practice.name}"
    if reason.code == "no-agreement":
        cells = [cell for row in evening.agreements.rows if row.practice.id == practice.id for cell in row.cells]
        shared = next((cell for cell in cells if cell.agreement.kind == AgreementKind.APPOINTMENTS), None)
        mover_id, who = _whose_move(evening, shared) if shared else (evening.hub.id, AGREEMENT_MANAGER)
    return Line(
        code="practice-finds-nothing",
        severity=Severity.HARMS,
        what=f"{practice.name} finds none of the {counted(sum(each.free for each in met), 'free slot')}. {reason.message}",
        do=reason.remedy.rstrip("."),
        who=who,
        mover_id=mover_id,
        bites_at=min(sessions[each.session_id].starts_at for each in met),
        place=_place_of(reason, evening, practice.id, met[0].session_id),
        practice_id=practice.id,
        answers=("CHK-05", "CHK-14", "CHK-16", "CHK-17"),
    )


def _place_of(reason: Reason, evening: Evening, practice_id: int, session_id: int) -> Place:
    if reason.code == "no-agreement":
        agreements = evening.agreements.agreements
        found = next((each for each in agreements if each.kind == AgreementKind.APPOINTMENTS), None)
        return Place("agreement", (found.id,)) if found else Place("agreements")
    if reason.code == "consumer-switched-off":
        return Place("gp-connect-switches", (practice_id,))
    if reason.code == "hub-endpoint-off":
        return Place("gp-connect-switches", (evening.hub.id,))
    if reason.code in ("not-subscribed", "not-in-group"):
        return Place("groups")
    return Place("session", (session_id,))


def _not_on_paper(evening: Evening, bookings: list[ComingBooking]) -> Iterator[Line]:
    """Of today only: a list that was printed yesterday is yesterday's."""
    if london_date(evening.now) != evening.day:
        return
    for session in evening.sessions:
        its = [each for each in bookings if each.session_id == session.id]
        printed = session.list_printed_at
        if not its or session.state != SessionState.PUBLISHED:
            continue
        newer = sum(printed is not None and each.changed_at > printed for each in its)
        if printed is not None and not newer:
            continue
        named = f"{session.name} at {in_london(session.starts_at):%H:%M}"
        why = (
            f"The list of {named} was printed at {in_london(printed):%H:%M}; {counted(newer, 'appointment')} changed since."
            if printed is not None
            else f"The list of {named} is not on paper: should the screens go dark, nobody knows who comes."
        )
        yield Line(
            code="list-not-printed",
            severity=Severity.BREAKS,
            what=why,
            do="Print the list",
            who="whoever runs the clinic list",
            mover_id=evening.hub.id,
            bites_at=session.starts_at,
            place=Place("clinic-print", (), f"day={evening.day.isoformat()}"),
            session_id=session.id,
        )
