"""Prescribing, tasks, documents, users, messages, templates: what an evening’s work needs."""

from __future__ import annotations

from pcnhub.insight.readiness.catalogue.answers import (
    BEFORE_SESSION,
    BOTH,
    BY_EITHER,
    BY_HUB,
    BY_PRACTICE,
    DAILY,
    HOURLY,
    HUB,
    ICB,
    MESSAGING,
    MONTHLY,
    NHSBSA,
    NO_CALL,
    ONCE,
    PRACTICE,
    PRESCRIBING,
    REPORTS,
    SUPPLIER,
    WEEKLY,
    probe,
    state,
    state_or_rehearsal,
)
from pcnhub.insight.readiness.rules import ByAttestation, Gate, Mover, NotYet, Requirement

# fmt: off
WORKING: tuple[Requirement, ...] = (
    # 8 Prescribing
    Requirement(
        "CHK-32", "8 Prescribing", "A test prescription was signed, tracked and cancelled",
        "Signing is tried on a dummy patient, or on the first real one at half past seven.",
        HUB, BY_HUB, 5, ("CHK-04", "CHK-33"), Gate.HUB, NotYet(PRESCRIBING), often=(ONCE,)),
    Requirement(
        "CHK-33", "8 Prescribing", "Each prescriber’s code is theirs, and known under the cost centre",
        "What is prescribed under a code that NHSBSA doesn’t hold there is charged to nobody, or to somebody else.",
        HUB, (Mover.HUB, ICB, NHSBSA), 20, ("CHK-04", "CHK-12"), Gate.SHIFT, state("CHK-33"), often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-34", "8 Prescribing", "No prescription of the last 7 days has a wrong cost centre",
        "Its cost falls on a practice or an ICB that didn’t order it, and can’t be moved afterwards.",
        HUB, BY_HUB, 1, ("CHK-33",), Gate.WARNING, NotYet(PRESCRIBING), often=(DAILY,)),
    Requirement(
        "CHK-35", "8 Prescribing", "Paper prescriptions are at the site",
        "Electronic prescribing can be away for an evening, and some items can’t be sent by it.",
        HUB, BY_HUB, 15, ("CHK-04",), Gate.WARNING, ByAttestation("the hub’s lead nurse or manager", "the stock record", 31),
        often=(MONTHLY,)),
    # 9 Tasks
    Requirement(
        "CHK-36", "9 Tasks", "A team with two active members accepts the hub’s tasks",
        "A task to a team without members sits unseen; with one member it waits for a holiday to end.",
        PRACTICE, BY_PRACTICE, 3, ("CHK-05",), Gate.PRACTICE, state("CHK-36"), often=(DAILY,)),
    Requirement(
        "CHK-37", "9 Tasks", "A test task went out and came back",
        "Only a round trip shows that both directions and both teams work.",
        PRACTICE, BY_EITHER, 1, ("CHK-36",), Gate.PRACTICE, state_or_rehearsal("CHK-37"),
        else_attested=ByAttestation("the hub’s manager", "day and number of the test task, both ways", 90), often=(WEEKLY,)),
    Requirement(
        "CHK-38", "9 Tasks", "No task waits longer than its time to be accepted",
        "Tasks carry what could not be finished: tests, urgent referrals, safeguarding.",
        BOTH, BY_EITHER, 0, ("CHK-36",), Gate.SHIFT, state("CHK-38"), often=(HOURLY,)),
    Requirement(
        "CHK-D5", "9 Tasks", "E-mail notices leave the hub",
        "A task that nobody is told of waits until somebody happens to look.",
        HUB, BY_HUB, 2, (), Gate.WARNING, probe("CHK-D5", missing=NO_CALL), often=(HOURLY,)),
    Requirement(
        "CHK-39", "9 Tasks", "No task lies with somebody who has left",
        "Nobody looks into the inbox of an account that is closed.",
        BOTH, BY_EITHER, 0, (), Gate.SHIFT, state("CHK-39"), often=(DAILY,)),
    # 10 Documents
    Requirement(
        "CHK-40", "10 Documents", "The practice’s test document opens from the hub, unchanged",
        "A letter that doesn’t open is decided without; one that was altered is decided by.",
        PRACTICE, BY_EITHER, 1, ("CHK-05",), Gate.WARNING, state("CHK-40"), often=(WEEKLY,)),
    Requirement(
        "CHK-41", "10 Documents", "The practice’s documents open soon enough",
        "In ten minutes with a patient nobody waits for a letter twice.",
        PRACTICE, (SUPPLIER,), 1, ("CHK-40",), Gate.WARNING, state("CHK-41"), often=(DAILY,)),
    # 11 Users
    Requirement(
        "CHK-42", "11 Users", "Every clinician on the rota of the next 7 days is ready",
        "The locum who can’t sign in at 18:30 is found out at 18:30, unless somebody looked before.",
        HUB, BY_HUB, 3, ("CHK-09",), Gate.SHIFT, state("CHK-42"), often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-43", "11 Users", "No account lies unused for 90 days",
        "Leavers whose accounts stay open are the easiest way in.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-43"), often=(MONTHLY,)),
    Requirement(
        "CHK-44", "11 Users", "One account for each smartcard",
        "Two accounts with one card attribute one clinician’s work to another.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-44"), often=(WEEKLY,)),
    # 12 Messages
    Requirement(
        "CHK-45", "12 Messages", "Messages leave the hub, and its people may send them",
        "A reminder that isn’t sent is an appointment that nobody comes to.",
        HUB, BY_HUB, 5, (), Gate.SHIFT, NotYet(MESSAGING), often=(DAILY,)),
    Requirement(
        "CHK-46", "12 Messages", "Messages name the hub as their sender",
        "Who is written to by a stranger doesn’t answer, or answers the wrong practice.",
        HUB, BY_HUB, 1, ("CHK-45",), Gate.SHIFT, NotYet(MESSAGING), often=(DAILY,)),
    Requirement(
        "CHK-47", "12 Messages", "Every kind of slot that patients see has a rule for reminders",
        "What has no rule sends nothing, and nobody notices.",
        HUB, BY_HUB, 1, ("CHK-45",), Gate.SHIFT, NotYet(MESSAGING), often=(DAILY,)),
    Requirement(
        "CHK-48", "12 Messages", "As many messages went out as should have",
        "A count that falls overnight is found by counting, not by waiting for complaints.",
        HUB, BY_HUB, 1, ("CHK-45",), Gate.WARNING, NotYet(MESSAGING), often=(DAILY,)),
    Requirement(
        "CHK-49", "12 Messages", "The sender is alive when reminders are due",
        "Reminders of tonight are worth nothing tomorrow.",
        HUB, BY_HUB, 0, ("CHK-45",), Gate.SHIFT, NotYet(MESSAGING), often=(DAILY,)),
    # 13 Templates, outcomes, reports
    Requirement(
        "CHK-50", "13 Templates", "The templates and protocols that the hub requires are in use",
        "A form that is missing at nine in the evening is written by hand, or not at all; an old one says what was right once.",
        HUB, BY_HUB, 2, (), Gate.WARNING, state("CHK-50"), often=(WEEKLY,)),
    Requirement(
        "CHK-51", "13 Outcomes", "Every attended appointment has a finished consultation with one outcome",
        "Without an outcome nobody can count what the hub did, nor see what is still owed to the patient.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-51"), often=(DAILY,)),
    Requirement(
        "CHK-52", "13 Reports", "Reports count what the book holds",
        "A report that misses sessions shows a hub that owes minutes it has worked.",
        HUB, BY_HUB, 1, (), Gate.WARNING, NotYet(REPORTS), often=(DAILY,)),
)
# fmt: on
