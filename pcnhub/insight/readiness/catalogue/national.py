"""NHS 111, national data, patients’ access, tests, write-back: the lines besides the thirteen."""

from __future__ import annotations

from pcnhub.insight.readiness.catalogue.answers import (
    BY_EITHER,
    BY_HUB,
    BY_PRACTICE,
    CASE_REPORTS,
    DAILY,
    HOURLY,
    HUB,
    ICB,
    MONTHLY,
    NHS_111,
    NO_CALL,
    ONCE,
    PRACTICE,
    REMINDERS,
    REPORTS,
    WEEKLY,
    probe,
    state,
    state_or_rehearsal,
)
from pcnhub.insight.readiness.rules import ByAttestation, ByState, Gate, Mover, NotYet, ProofKind, Requirement
from pcnhub.insight.readiness.told import told

# fmt: off
NATIONAL: tuple[Requirement, ...] = (
    # 12A.1 NHS 111
    Requirement(
        "CHK-53", "12A.1 NHS 111", "The hub’s entry in the directory of services is right",
        "111 finds the hub by it alone: booking endpoint, the hub’s code, opening hours.",
        HUB, (ICB,), 30, ("CHK-03",), Gate.WARNING, ByAttestation("the directory’s lead at the ICB", "a print of the entry", 31),
        often=(MONTHLY,)),
    Requirement(
        "CHK-54", "12A.1 NHS 111", "NHS 111 has booked a dummy patient",
        "Directory, endpoint and 111’s own system were never tried together before somebody tries.",
        HUB, (NHS_111, Mover.HUB), 10, ("CHK-18", "CHK-53"), Gate.WARNING,
        ByState(told("CHK-54"), ProofKind.REHEARSAL),
        else_attested=ByAttestation(
            "whoever tested at the 111 provider", "day, dummy patient’s NHS number and the slot that was booked", 365),
        often=(ONCE,)),
    Requirement(
        "CHK-55", "12A.1 NHS 111", "Each booking by 111 has its case report within 15 minutes",
        "Whoever sees the patient knows nothing of what was said on the telephone.",
        HUB, (NHS_111,), 1, ("CHK-54",), Gate.SHIFT, NotYet(CASE_REPORTS), often=(HOURLY,)),
    Requirement(
        "CHK-56", "12A.1 NHS 111", "What is unused on the day opens to NHS 111",
        "The Network Contract DES asks for it in network standard hours; a slot that nobody may take is lost.",
        HUB, BY_HUB, 1, ("CHK-18",), Gate.WARNING, state("CHK-56"), often=(DAILY,)),
    # 12A.2 National data
    Requirement(
        "CHK-57", "12A.2 National data", "Every slot type in use is mapped to the national categories",
        "What is unmapped is counted as nothing, and the hub seems to do less than it does.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-57"), often=(DAILY,)),
    Requirement(
        "CHK-58", "12A.2 National data", "Slot types of enhanced access are mapped as such",
        "Minutes under another setting are some other service’s minutes.",
        HUB, BY_HUB, 1, ("CHK-57",), Gate.WARNING, state("CHK-58"), often=(DAILY,)),
    Requirement(
        "CHK-59", "12A.2 National data", "Every past appointment says what became of it",
        "One that is “booked” in the past is an error in the nation’s data, and hides who did not come.",
        HUB, BY_HUB, 0, (), Gate.WARNING, state("CHK-59"), often=(DAILY,)),
    Requirement(
        "CHK-60", "12A.2 National data", "The nation’s extract counts what the book holds",
        "What the extract misses is missing from every dashboard that the ICB looks at.",
        HUB, BY_HUB, 1, ("CHK-57",), Gate.WARNING, NotYet(REPORTS), often=(WEEKLY,)),
    Requirement(
        "CHK-61", "12A.2 National data", "What is not for patients can’t be booked",
        "A break that is bookable counts as an appointment that nobody wanted.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-61"), often=(DAILY,)),
    # 12A.3 Patients’ access
    Requirement(
        "CHK-62", "12A.3 Patients’ access", "A dummy patient books, is reminded and cancels by themselves",
        "Patients must be able to book routine slots of the same day without asking (Network Contract DES).",
        HUB, BY_HUB, 10, (), Gate.HUB, NotYet(REMINDERS), often=(DAILY,)),
    Requirement(
        "CHK-63", "12A.3 Patients’ access", "Patients can cancel at any hour",
        "Who can’t cancel doesn’t come, and nobody else gets the slot.",
        HUB, BY_HUB, 5, (), Gate.SHIFT, probe("CHK-63", missing=NO_CALL), often=(HOURLY,)),
    Requirement(
        "CHK-64", "12A.3 Patients’ access", "Enough slots can be booked online",
        "What only a receptionist can book is open as long as the receptionist’s telephone.",
        HUB, BY_HUB, 1, ("CHK-57",), Gate.WARNING, state("CHK-64"), often=(WEEKLY,)),
    # 12A.4 Test requests
    Requirement(
        "CHK-65", "12A.4 Tests", "Each test that was asked for is ordered in time",
        "A hub can’t order: nobody takes the blood that nobody at the practice has ordered.",
        PRACTICE, BY_EITHER, 0, ("CHK-36",), Gate.SHIFT, state("CHK-65"), often=(DAILY,)),
    Requirement(
        "CHK-66", "12A.4 Tests", "Each order has its result, or a day to look for it",
        "A result that nobody waits for is missed when it does not come.",
        PRACTICE, BY_EITHER, 0, (), Gate.SHIFT, state("CHK-66"), often=(DAILY,)),
    Requirement(
        "CHK-67", "12A.4 Tests", "No result lies at the hub without a test request",
        "Who ordered does not see it, and nobody at the hub looks for it.",
        HUB, BY_HUB, 0, (), Gate.SHIFT, state("CHK-67"), often=(DAILY,)),
    # 12A.5 Write-back
    Requirement(
        "CHK-68", "12A.5 Write-back", "The practice’s write-back settings work",
        "Formulary and a prescribing user with a GMP code: without them the copy can’t be written.",
        PRACTICE, BY_PRACTICE, 5, ("CHK-05",), Gate.PRACTICE, state("CHK-68"), often=(DAILY,)),
    Requirement(
        "CHK-69", "12A.5 Write-back", "Every finished consultation is in its practice’s record",
        "The practice acts on what its own record says.",
        HUB, BY_HUB, 0, ("CHK-68",), Gate.SHIFT, state("CHK-69"), often=(DAILY,)),
    Requirement(
        "CHK-70", "12A.5 Write-back", "A dummy patient’s consultation arrived at the practice",
        "Booked, seen, written back and read by somebody of the practice: the whole way, before a real patient goes it.",
        PRACTICE, BY_EITHER, 2, ("CHK-23", "CHK-36", "CHK-68"), Gate.PRACTICE, state_or_rehearsal("CHK-70"),
        else_attested=ByAttestation("the practice manager", "day, dummy patient’s NHS number and what arrived", 365),
        often=(ONCE, WEEKLY)),
    Requirement(
        "CHK-D6", "12A.5 Write-back", "The mailbox for reports to practices elsewhere answers",
        "A report that can’t leave is in no record; the exchange closes a mailbox that is silent for long.",
        HUB, BY_HUB, 20, (), Gate.WARNING, probe("CHK-D6", missing=NO_CALL), often=(HOURLY,)),
    Requirement(
        "CHK-71", "12A.5 Write-back", "Nothing stands in the write-back failure queue",
        "What stands there reaches no record until a person acts.",
        HUB, BY_HUB, 0, (), Gate.SHIFT, state("CHK-71"), often=(HOURLY,)),
    # 12A.6 Remote Consultations
    Requirement(
        "CHK-72", "12A.6 Remote Consultations", "Nobody can be booked by way of Remote Consultations",
        "Such an appointment is written into the practice’s record by another way, or by two at once.",
        PRACTICE, BY_EITHER, 5, ("CHK-68",), Gate.HUB, state("CHK-72"), often=(ONCE,)),
)
# fmt: on
