"""What a person states of a check where neither an export nor a call can answer it: who may say so, on what evidence, for how
many days it stands. For a hub whose system is another one; the words are those of its screens (`domain.md` 2 to 12A)."""

from __future__ import annotations

from typing import NamedTuple


class Statement(NamedTuple):
    role: str
    evidence: str
    days: int


HUB_ADMIN = "the hub’s system administrator"
HUB_MANAGER = "the hub’s manager"
ROTA = "the hub’s rota manager"
PRACTICE = "the practice manager"
SUPPLIER = "the system supplier"
DATA_LEAD = "the hub’s data lead"
CLINICAL_LEAD = "the hub’s clinical lead"

ANY_AT_HUB = Statement(HUB_MANAGER, "a report or a picture of the page that shows it, with its day", 90)
ANY_AT_PRACTICE = Statement(PRACTICE, "a report or a picture of the page that shows it, with its day", 90)

STATEMENTS: dict[str, Statement] = {
    # 1 Codes
    "CHK-01": Statement(HUB_ADMIN, "a picture of Organisation Configuration with both codes", 180),
    "CHK-03": Statement(SUPPLIER, "the supplier’s activation notice", 180),
    "CHK-04": Statement(
        "the ICB’s authorised signatory", "NHSBSA’s notice of the prescriber codes under the cost centre", 180
    ),
    # 2 Sharing
    "CHK-05": Statement(
        "the hub’s manager and the practice manager",
        "a picture of each side’s sharing agreements, all of them active",
        90,
    ),
    "CHK-06": Statement(
        HUB_ADMIN, "a picture of the job categories of the care record agreement, beside the list of users", 31
    ),
    "CHK-07": Statement(PRACTICE, "a picture of the sharing agreements, Remote Consultations deactivated", 90),
    "CHK-08": Statement(
        "the network’s manager", "the agreements’ members beside the network’s practices of the day", 90
    ),
    # 3 Roles
    "CHK-09": Statement("the Registration Authority manager", "the position report for the hub’s code", 30),
    "CHK-10": Statement("the Registration Authority manager", "the activities of each position at the hub’s code", 30),
    "CHK-11": Statement(
        "the Registration Authority manager", "the end dates of the positions, and of the contracts", 30
    ),
    "CHK-12": Statement("the Registration Authority manager", "B0420 and the prescriber code of each prescriber", 30),
    # 4 GP Connect
    "CHK-13": Statement(HUB_ADMIN, "a picture of the hub’s GP Connect configuration, Access Document off", 90),
    "CHK-14": Statement(PRACTICE, "a picture of the practice’s GP Connect configuration", 90),
    "CHK-15": Statement(SUPPLIER, "the answer of the endpoint’s capability statement, slot search in it", 90),
    # 5 Groups
    "CHK-16": Statement(HUB_ADMIN, "a picture of the booking group’s members", 90),
    "CHK-17": Statement(PRACTICE, "a picture of the subscription to the booking group", 90),
    "CHK-18": Statement(HUB_ADMIN, "a picture of the 111 group’s members", 31),
    "CHK-19": Statement(ROTA, "a picture of the sessions’ organisation groups", 7),
    # 6 Books
    "CHK-20": Statement(ROTA, "the sessions of the next 14 days with holder, site, role and channel", 7),
    "CHK-21": Statement(ROTA, "minutes offered and required in each of the next two weeks", 7),
    "CHK-22": Statement(ROTA, "the appointment book of the next 14 days", 7),
    "CHK-23": Statement("a receptionist of the practice", "day and result of a search, and of one by an outsider", 90),
    "CHK-24": Statement(ROTA, "the rota of the GPs in network standard hours, next 14 days", 7),
    "CHK-25": Statement(ROTA, "a picture of the session templates", 90),
    # 7 Patients
    "CHK-26": Statement(
        "whoever traces patients at the hub", "the hour at which the list of the next 24 hours was traced", 2
    ),
    "CHK-27": Statement(DATA_LEAD, "the day and the count of a search for patients without a verified NHS number", 31),
    "CHK-28": Statement(
        "whoever traces patients at the hub", "the day on which each patient’s practice was looked up", 2
    ),
    "CHK-29": Statement(PRACTICE, "the practice’s list size beside the count of the import", 90),
    "CHK-30": Statement(HUB_MANAGER, "the supplier’s notice of the import, with its day", 35),
    "CHK-31": Statement(HUB_MANAGER, "the supplier’s report of rows read and rejected", 90),
    # 8 Prescribing
    "CHK-32": Statement(CLINICAL_LEAD, "day and number of the test prescription: signed, tracked and cancelled", 180),
    "CHK-33": Statement("the ICB’s authorised signatory", "the prescriber codes that are linked to the hub’s code", 90),
    "CHK-34": Statement("the hub’s prescribing lead", "the prescriptions of seven days with their cost centre", 14),
    "CHK-35": Statement("the hub’s lead nurse or manager", "the stock record", 31),
    # 9 Tasks
    "CHK-36": Statement(PRACTICE, "a picture of the team with its members, marked for cross organisation tasks", 31),
    "CHK-37": Statement(HUB_MANAGER, "day of the test task, and of its answer", 90),
    "CHK-38": Statement(PRACTICE, "a picture of the task list: nothing waits longer than agreed", 7),
    "CHK-39": Statement(PRACTICE, "a picture of the tasks by user: none lies with somebody who has left", 31),
    # 10 Documents
    "CHK-40": Statement(
        HUB_MANAGER, "day on which the practice’s test document was opened from the hub, and by whom", 90
    ),
    "CHK-41": Statement(HUB_MANAGER, "how long the test document took to open", 90),
    # 11 Users
    "CHK-42": Statement(
        HUB_MANAGER, "each clinician of the next seven days with account, card, role and job category", 7
    ),
    "CHK-43": Statement(HUB_ADMIN, "the users’ report with the day of the last login", 31),
    "CHK-44": Statement(HUB_ADMIN, "the users’ report with the smartcard of each account", 90),
    # 12 Messaging
    "CHK-45": Statement(HUB_ADMIN, "a picture of the messaging partner: active, users enabled", 31),
    "CHK-46": Statement(HUB_ADMIN, "the organisation number in the messaging service beside that of the hub", 180),
    "CHK-47": Statement(HUB_ADMIN, "the reminder rules beside the slot types that patients are booked into", 90),
    "CHK-48": Statement(DATA_LEAD, "messages sent, failed and cancelled in the last seven days", 14),
    "CHK-49": Statement(HUB_MANAGER, "who is connected when reminders go out, evenings and Sundays too", 31),
    # 13 Templates and outcomes
    "CHK-50": Statement(CLINICAL_LEAD, "the list of templates and protocols in use, with their versions", 90),
    "CHK-51": Statement(DATA_LEAD, "day and count of a search for attended appointments without an outcome", 14),
    "CHK-52": Statement(DATA_LEAD, "the totals of the report beside those of the book", 31),
    # 12A.1 NHS 111
    "CHK-53": Statement("the directory’s lead at the ICB", "a print of the entry", 31),
    "CHK-54": Statement("the 111 provider", "day and result of the test booking", 180),
    "CHK-55": Statement(HUB_MANAGER, "last week’s 111 bookings, each with the time of its case report", 14),
    "CHK-56": Statement(ROTA, "last week’s slots that were released to 111, and when", 14),
    # 12A.2 National data
    "CHK-57": Statement(HUB_ADMIN, "a picture of National Slot Mapping", 90),
    "CHK-58": Statement(HUB_ADMIN, "a picture of the mapping of each enhanced access slot type", 90),
    "CHK-59": Statement(HUB_MANAGER, "the book of the last week: no appointment still booked", 7),
    "CHK-60": Statement(DATA_LEAD, "the dashboard’s totals beside those of the book, for one week", 31),
    "CHK-61": Statement(HUB_ADMIN, "a picture of the slot types with the tick “Bookable slot”", 90),
    # 12A.3 Patients online
    "CHK-62": Statement(HUB_MANAGER, "day and result of a booking made as a patient, with a dummy patient", 31),
    "CHK-63": Statement(HUB_MANAGER, "day and hour of a cancellation made out of hours, with a dummy patient", 31),
    "CHK-64": Statement(ROTA, "share of next week’s slots that patients can book online", 14),
    # 12A.4 Tests
    "CHK-65": Statement(PRACTICE, "the test requests of the last week, each with its order", 14),
    "CHK-66": Statement(PRACTICE, "the orders of the last weeks, each with its result or a day to look for it", 14),
    "CHK-67": Statement(HUB_ADMIN, "a picture of the hub’s list of results that belong to nobody: empty", 7),
    # 12A.5 Write-back
    "CHK-68": Statement(PRACTICE, "a picture of the write-back agreement with its formulary and prescribing user", 90),
    "CHK-69": Statement(DATA_LEAD, "last week’s consultations at the hub beside those that the practices received", 14),
    "CHK-70": Statement(PRACTICE, "day, dummy patient’s NHS number and what arrived", 365),
    "CHK-71": Statement(HUB_MANAGER, "a picture of the list of failed copies: empty", 7),
    "CHK-72": Statement(HUB_ADMIN, "a search for remote consultation bookings ahead: none", 90),
    # Beside the field's own list
    "CHK-D5": Statement("whoever runs this installation", "a notice that arrived, with its day", 31),
    "CHK-D6": Statement(SUPPLIER, "the supplier’s report of the hub’s mailbox", 31),
    "CHK-D7": Statement(SUPPLIER, "the supplier’s status of the hub’s endpoints, with its day", 31),
    "CHK-D8": Statement("whoever runs this installation", "the clock beside a time server’s", 31),
    "CHK-D9": Statement(SUPPLIER, "the end dates of the endpoints’ certificates", 90),
    "CHK-D10": Statement("whoever runs this installation", "that the worker runs, with its day", 7),
    "CHK-D11": Statement(SUPPLIER, "day and result of a look-up of a test patient", 31),
    "CHK-D12": Statement(HUB_MANAGER, "where the lists of the next 48 hours lie, and when they were last written", 7),
    "CHK-D13": Statement(HUB_MANAGER, "day of the rehearsal, and its grid", 31),
}


def statement_for(check_id: str, *, at_practice: bool) -> Statement:
    """What is asked of whoever states this check. One that is not listed can be stated too, with what shows it."""
    return STATEMENTS.get(check_id) or (ANY_AT_PRACTICE if at_practice else ANY_AT_HUB)
