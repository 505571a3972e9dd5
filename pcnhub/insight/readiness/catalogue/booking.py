"""Groups, books and patients: what must be there so that somebody can be booked."""

from __future__ import annotations

from pcnhub.insight.readiness.catalogue.answers import (
    BEFORE_SESSION,
    BOTH,
    BY_EITHER,
    BY_HUB,
    BY_PRACTICE,
    DAILY,
    HUB,
    MONTHLY,
    ONCE,
    PRACTICE,
    WEEKLY,
    probed_or_rehearsed,
    state,
)
from pcnhub.insight.readiness.rules import ByAttestation, Gate, Requirement

# fmt: off
BOOKING: tuple[Requirement, ...] = (
    # 5 Groups
    Requirement(
        "CHK-16", "5 Groups", "The booking group is the hub and its practices, no more and no less",
        "A practice outside the group finds no slots; an organisation too many finds them all.",
        HUB, BY_HUB, 1, ("CHK-13",), Gate.HUB, state("CHK-16"), often=(WEEKLY,)),
    Requirement(
        "CHK-17", "5 Groups", "The practice has subscribed to the booking group",
        "Being in the group is not enough: until the practice subscribes its search finds nothing.",
        PRACTICE, BY_PRACTICE, 1, ("CHK-16",), Gate.PRACTICE, state("CHK-17"), often=(ONCE, WEEKLY)),
    Requirement(
        "CHK-18", "5 Groups", "The 111 group is the hub and its 111 provider only",
        "The provider changes with its contract; one group for 111 and practices lets 111 fill the practices’ slots.",
        HUB, BY_HUB, 1, ("CHK-16",), Gate.WARNING, state("CHK-18"), often=(MONTHLY,)),
    Requirement(
        "CHK-19", "5 Groups", "Every bookable slot is open to a group",
        "A slot without a group is offered to nobody, and its minutes are lost.",
        HUB, BY_HUB, 1, ("CHK-16",), Gate.SHIFT, state("CHK-19"), often=(DAILY,)),
    # 6 Books
    Requirement(
        "CHK-20", "6 Books", "Every session has holder, site, role and channel",
        "A session that lacks one of them is not bookable from outside, and nothing says so.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, state("CHK-20"), often=(DAILY,)),
    Requirement(
        "CHK-21", "6 Books", "Minutes offered cover 60 per 1,000 adjusted patients a week",
        "The Network Contract DES asks for them; the commissioner may withhold where they are not offered.",
        HUB, BY_HUB, 14, ("CHK-20",), Gate.WARNING, state("CHK-21"), often=(DAILY,)),
    Requirement(
        "CHK-22", "6 Books", "Slots are open for the next 14 days",
        "Patients must be able to book at least two weeks ahead (Network Contract DES).",
        HUB, BY_HUB, 14, ("CHK-20",), Gate.SHIFT, state("CHK-22"), often=(DAILY,)),
    Requirement(
        "CHK-23", "6 Books", "Each practice finds the slots, and an outsider finds none",
        "Only a search made as the practice shows that group, subscription, agreement and switches work together.",
        BOTH, BY_EITHER, 1, ("CHK-05", "CHK-17", "CHK-19"), Gate.PRACTICE,
        **probed_or_rehearsed("CHK-23", ByAttestation(
            "a receptionist of the practice", "day and result of a search, and of one by an outsider", 90)),
        may_be_waived=False, often=(DAILY,)),
    Requirement(
        "CHK-24", "6 Books", "A GP covers every minute of network standard hours",
        "Monday to Friday 18:30 to 20:00 and Saturday 09:00 to 17:00 need a GP’s presence and supervision.",
        HUB, BY_HUB, 14, ("CHK-20",), Gate.SHIFT, state("CHK-24"), often=(DAILY, BEFORE_SESSION)),
    Requirement(
        "CHK-25", "6 Books", "Session names follow the network’s pattern",
        "The name is what a receptionist sees: unclear ones send patients to the wrong clinician.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-25"), often=(DAILY,)),
    # 7 Patients
    Requirement(
        "CHK-26", "7 Patients", "Everybody who comes in the next 24 hours has been traced",
        "Of an untraced person no record can be seen, and the consultation does not reach their practice.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, state("CHK-26"), often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-27", "7 Patients", "Every NHS number at the hub is valid",
        "A mistyped number files a consultation under another person, or nowhere.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, state("CHK-27"), often=(DAILY,)),
    Requirement(
        "CHK-28", "7 Patients", "Each patient’s practice is in the network, and is the linked one",
        "The consultation is copied to the linked practice: to the wrong one, when the patient has moved.",
        HUB, BY_HUB, 1, ("CHK-27",), Gate.SHIFT, state("CHK-28"), often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-29", "7 Patients", "As many patients here as on the practice’s list",
        "Whoever is missing from the import can’t be found and booked by their own reception.",
        PRACTICE, BY_PRACTICE, 5, (), Gate.WARNING, state("CHK-29"), often=(WEEKLY,)),
    Requirement(
        "CHK-30", "7 Patients", "The newest import is not older than 35 days",
        "Those who registered since, moved or died are held as they were.",
        PRACTICE, BY_PRACTICE, 5, (), Gate.WARNING, state("CHK-30"), often=(WEEKLY,)),
    Requirement(
        "CHK-31", "7 Patients", "At most 2 in 100 rows of the newest import were rejected",
        "Each rejected row is a patient who can’t be booked until somebody mends it at source.",
        PRACTICE, BY_PRACTICE, 5, (), Gate.WARNING, state("CHK-31"), often=(DAILY,)),
)
# fmt: on
