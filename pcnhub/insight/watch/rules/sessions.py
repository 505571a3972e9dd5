"""What stops a session: nobody holds it, whoever does can't work, it is not open, or there is no room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pcnhub.care.appointments.queries import SessionView
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.organisations.rules import Permission, missing_activities
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.insight.watch.rules.evening import Evening
from pcnhub.insight.watch.rules.lines import Line, Place, Severity, counted

ROTA_MANAGER = "the hub’s rota manager"
PEOPLE_MANAGER = "the hub’s people manager"
AGREEMENT_MANAGER = "the hub’s agreement manager"


def taking_place(evening: Evening) -> Iterator[Line]:
    for session in evening.sessions:
        yield from _of_session(evening, session)
    held: dict[int, list[SessionView]] = {}
    for session in evening.sessions:
        for holder_id in session.holder_ids:
            held.setdefault(holder_id, []).append(session)
    for holder_id, sessions in held.items():
        yield from _of_clinician(evening, holder_id, sessions)


def _of_session(evening: Evening, session: SessionView) -> Iterator[Line]:
    named = _named(session)
    if session.state == SessionState.DRAFT:
        what = f"{named} is a draft: nobody can book it."
        yield _line(evening, session, "not-published", what, "Publish it, or take it out", page="session")
        return
    if session.holder_id is None:
        what = f"Nobody holds {named}; {counted(session.booked, 'slot is', 'slots are')} booked."
        yield _line(evening, session, "no-holder", what, "Give it a holder")
    if evening.closure is not None and not evening.closure.is_open:
        what = f"{named} is open, but the hub is closed on that day: {evening.closure.reason.rstrip('.')}."
        yield _line(evening, session, "hub-closed", what, "Cancel it, or say that the hub is open", page="session")
    if why := _without_room(evening, session):
        yield _line(evening, session, "no-room", f"{named} has no room: {why}", "Give it an open site")
    fields = {"practitioner role": session.practitioner_role, "delivery channel": session.delivery_channel}
    if lacking := [words for words, value in fields.items() if not value]:
        what = f"{named} has no {' and no '.join(lacking)}: nobody finds its slots."
        yield _line(evening, session, "incomplete", what, "Complete it", severity=Severity.HARMS)


def _without_room(evening: Evening, session: SessionView) -> str:
    if session.site_id is None:
        return "no site is set."
    site = evening.sites.get(session.site_id)
    if site is not None and site.closed_on is not None and site.closed_on <= london_date(session.starts_at):
        return f"{site.name} closed on {site.closed_on:%-d %B %Y}."
    return ""


def _of_clinician(evening: Evening, position_id: int, sessions: list[SessionView]) -> Iterator[Line]:
    """The first thing that keeps them from working; what only hampers them, all of it."""
    held = evening.clinicians.get(position_id)
    first = min(sessions, key=lambda each: each.starts_at)
    if held is None:
        what = f"Whoever holds {_named(first)} has no position at the hub."
        yield _line(evening, first, "holder-gone", what, "Give it another holder", answers=("CHK-20", "CHK-42"))
        return
    where = _named(first) if len(sessions) == 1 else f"{_named(first)} and {len(sessions) - 1} more"
    stopping = next(_stops(evening, held), None)
    if stopping is not None:
        code, why, do, place = stopping
        yield Line(
            code=code,
            severity=Severity.STOPS,
            what=f"{held.name} can’t work in {where}: {why}",
            do=do,
            who=PEOPLE_MANAGER,
            mover_id=evening.hub.id,
            bites_at=first.starts_at,
            place=place,
            session_id=first.id,
            answers=("CHK-09", "CHK-10", "CHK-20", "CHK-42"),
        )
        return
    yield from _hampers(evening, held, where, first.starts_at)


def _stops(evening: Evening, held: PositionView) -> Iterator[tuple[str, str, str, Place]]:
    """(code, why, what to do, where), the first failing step of the way to the first patient."""
    account, person = evening.accounts.get(held.account_id), Place("person", (held.account_id,))
    position = Place("position-edit", (held.id,))
    if account is not None and not account.is_active:
        yield "account-closed", "their account is switched off.", "Switch the account on, or replace them", person
    if held.awaits_acceptance:
        yield "position-not-accepted", "they have not said yes to their position.", "Ask them to accept it", person
    elif held.why_inactive:
        yield "position-not-held", _lower(held.why_inactive), "Renew the position, or replace them", position
    signing_in = evening.signing_in.get(held.account_id)
    if signing_in is not None and signing_in.is_locked:
        yield "sign-in-locked", "sign-in is locked after wrong tries, and still will be then.", "Unlock it", person
    if Permission.CONSULT not in held.permissions:
        yield (
            "may-not-consult",
            "no activity of theirs lets them consult.",
            "Add the activity to the position",
            position,
        )


def _hampers(evening: Evening, held: PositionView, where: str, bites_at: datetime) -> Iterator[Line]:
    """They can begin, and something on the way of their patients does not work."""
    account, signing_in = evening.accounts.get(held.account_id), evening.signing_in.get(held.account_id)
    person, position = Place("person", (held.account_id,)), Place("position-edit", (held.id,))

    def line(
        code: str, severity: Severity, why: str, do: str, place: Place, *answers: str, who: str = PEOPLE_MANAGER
    ) -> Line:
        return Line(
            code=code, severity=severity, what=f"{held.name}, {where}: {why}", do=do, who=who, mover_id=evening.hub.id,
            bites_at=bites_at, place=place, answers=answers,
        )  # fmt: skip

    if signing_in is not None and not signing_in.has_code:
        why = "never set up a sign-in code, and will have to before the first patient."
        yield line("no-sign-in-code", Severity.HARMS, why, "Have them sign in once before", person, "CHK-42")
    if account is not None and not account.smartcard_uid:
        why = "no smartcard is associated, so nothing national opens and nothing can be signed."
        yield line("no-smartcard", Severity.HARMS, why, "Enter the smartcard", person, "CHK-09", "CHK-42")
    if lacking := missing_activities(held.duties, held.activities):
        why = f"their duties need {', '.join(lacking)}, which the position does not have."
        yield line("activities-missing", Severity.HARMS, why, "Add the activities", position, "CHK-10")
    if evening.allowed and held.job_category not in evening.allowed:
        why = f"the care record agreement leaves out {held.job_category or 'whoever has no job category'}: no record opens."
        place = _care_record(evening)
        yield line(
            "category-left-out",
            Severity.HARMS,
            why,
            "Add the job category",
            place,
            "CHK-06",
            "CHK-42",
            who=AGREEMENT_MANAGER,
        )
    unmarked = [
        words for words, on in (("a consulter", held.consulter), ("a session holder", held.session_holder)) if not on
    ]
    if unmarked:
        why = f"not marked as {' or as '.join(unmarked)}."
        yield line("not-marked", Severity.BREAKS, why, "Mark them", position, "CHK-42")
    if held.contract_ends_on is not None and held.contract_ends_on < evening.day:
        why = f"their contract ended on {held.contract_ends_on:%-d %B %Y}."
        yield line("contract-over", Severity.BREAKS, why, "Enter the new contract, or replace them", position, "CHK-11")


def _care_record(evening: Evening) -> Place:
    found = next((each for each in evening.agreements.agreements if each.kind == AgreementKind.CARE_RECORD), None)
    return Place("agreement", (found.id,)) if found else Place("agreements")


def _line(
    evening: Evening,
    session: SessionView,
    code: str,
    what: str,
    do: str,
    *,
    severity: Severity = Severity.STOPS,
    page: str = "session-change",
    answers: tuple[str, ...] = ("CHK-20",),
) -> Line:
    return Line(
        code=code,
        severity=severity,
        what=what,
        do=do,
        who=ROTA_MANAGER,
        mover_id=evening.hub.id,
        bites_at=session.starts_at,
        place=Place(page, (session.id,)),
        session_id=session.id,
        answers=answers,
    )


def _named(session: SessionView) -> str:
    return f"{session.name} at {in_london(session.starts_at):%H:%M}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
