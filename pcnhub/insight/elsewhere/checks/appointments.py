"""What an export of appointments says. No patient stands in it: only when, how it stands, whose practice and which slot type."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import cast

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.insight.elsewhere.checks.answering import ByExport, Exports, Verdict, need
from pcnhub.insight.elsewhere.rules import AppointmentRow, Attendance, ExportKind

APPOINTMENTS = ExportKind.APPOINTMENTS
CUT_OFF = timedelta(hours=24)
TRACERS = "whoever traces patients at the hub"
CLERKS = "whoever runs the hub’s clinic list"


def appointments(exports: Exports) -> tuple[AppointmentRow, ...]:
    return cast("tuple[AppointmentRow, ...]", exports[APPOINTMENTS].rows)


def _untraced(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    coming = [each for each in appointments(exports) if _is_coming(each) and now <= each.starts_at < now + CUT_OFF]
    lacking = [each for each in coming if not each.practice]
    faults = tuple(f"{in_london(each.starts_at):%a %-d %b %H:%M}: no registered practice" for each in lacking)
    nothing = "" if coming else "The export has nobody in the next 24 hours"
    right = f"Each of {len(coming)} appointments of the next 24 hours names a practice"
    return Verdict(faults, right, "Trace each person, and link the appointment.", TRACERS, nothing)


def _outside_network(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    members = {each.ods_code for each in hub.members}
    coming = [each for each in appointments(exports) if _is_coming(each) and each.starts_at >= now and each.practice]
    strangers = Counter(each.practice for each in coming if each.practice not in members)
    faults = tuple(f"{number} of {practice}, no practice of the network" for practice, number in strangers.items())
    nothing = "" if coming else "The export has no appointment ahead that names a practice"
    right = f"Each of {len(coming)} appointments ahead is of a practice of the network"
    return Verdict(faults, right, "Ask whose patients they are, and mend the registration or rebook.", TRACERS, nothing)


def _left_booked(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    """`domain.md` 12A.2: past the day after, "booked" is a data error."""
    taken = london_date(exports[APPOINTMENTS].snapshot.taken_at)
    past = [each for each in appointments(exports) if london_date(each.starts_at) < taken - timedelta(days=1)]
    left = Counter(london_date(each.starts_at) for each in past if each.status is Attendance.BOOKED)
    faults = tuple(f"{number} of {day:%a %-d %b} still booked" for day, number in sorted(left.items()))
    nothing = "" if past else "The export has no appointment of days that are over"
    right = f"None of {len(past)} past appointments still stands as booked"
    return Verdict(faults, right, "Say of each how it ended: attended, did not attend or cancelled.", CLERKS, nothing)


def _is_coming(row: AppointmentRow) -> bool:
    return row.status is Attendance.BOOKED


CHECKS: dict[str, ByExport] = {
    "CHK-26": ByExport("CHK-26", (need(APPOINTMENTS, "practice"),), _untraced, proves=False),
    "CHK-28": ByExport("CHK-28", (need(APPOINTMENTS, "practice"),), _outside_network, proves=False),
    "CHK-59": ByExport("CHK-59", (need(APPOINTMENTS),), _left_booked),
}
