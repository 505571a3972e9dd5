"""Governance, codes, agreements, roles and GP Connect: what is prepared before there is a book."""

from __future__ import annotations

from pcnhub.insight.readiness.catalogue.answers import (
    BEFORE_SESSION,
    BY_EITHER,
    BY_HUB,
    BY_PRACTICE,
    DAILY,
    HUB,
    ICB,
    NHSBSA,
    ONCE,
    PRACTICE,
    RA,
    SUPPLIER,
    WEEKLY,
    probed,
    state,
)
from pcnhub.insight.readiness.rules import ByAttestation, Gate, Mover, Requirement

# fmt: off
PREPARING: tuple[Requirement, ...] = (
    # Governance: lines of sibling checklists
    Requirement(
        "CHK-D1", "Governance", "Data protection impact assessment signed",
        "No patient's data may be held in the hub before every controller has agreed how (UK GDPR, article 35).",
        HUB, BY_HUB, 30, (), Gate.HUB, ByAttestation("the data protection officer", "the signed assessment", 365),
        may_be_waived=False, often=(ONCE,)),
    Requirement(
        "CHK-D2", "Governance", "Clinical safety case and hazard log approved",
        "DCB0160 asks the deploying organisation to show that the known hazards are controlled.",
        HUB, BY_HUB, 30, (), Gate.HUB, ByAttestation("the clinical safety officer", "the approved safety case", 365),
        may_be_waived=False, often=(ONCE,)),
    Requirement(
        "CHK-D14", "Governance", "The provider is registered with the CQC for what the hub does",
        "Care that needs registration and has none is an offence (Health and Social Care Act 2008, section 10).",
        HUB, BY_HUB, 60, (), Gate.HUB, ByAttestation("the registered manager", "the certificate of registration", 365),
        often=(ONCE,)),
    Requirement(
        "CHK-D3", "Governance", "Own administrator account instead of the generic one",
        "A shared administrator can’t be held to account, and outlives everyone who knew its password.",
        HUB, BY_HUB, 1, (), Gate.HUB, ByAttestation("the hub’s manager", "the account list, with the generic one closed", 365),
        often=(ONCE,)),
    Requirement(
        "CHK-D4", "Governance", "Continuity plan rehearsed",
        "When the system is away at 18:30 the evening’s patients still come.",
        HUB, BY_HUB, 14, (), Gate.HUB, ByAttestation("the hub’s manager", "the plan and the day of its rehearsal", 365),
        often=(ONCE,)),
    Requirement(
        "CHK-D15", "Governance", "National services are ordered, and enabled for the hub’s code",
        "Demographics, summary record, prescriptions and GP Connect are each asked for by itself, and take weeks.",
        HUB, (SUPPLIER,), 20, ("CHK-02",), Gate.WARNING,
        ByAttestation("the system supplier", "the order, and the confirmation of each service", 365), often=(ONCE,)),
    Requirement(
        "CHK-D16", "Governance", "Each service of the hub has a specification, with what it excludes",
        "Who books must know whom the hub can’t see; who is turned away on the evening was not helped.",
        HUB, BY_HUB, 14, (), Gate.WARNING, ByAttestation("the hub’s clinical lead", "the specification of each service", 365),
        often=(ONCE,)),
    Requirement(
        "CHK-D17", "Governance", "A dummy patient has gone the whole way",
        "Booked by a practice and over GP Connect, seen, written back, a task out and back: together, before a real one goes.",
        HUB, BY_HUB, 2, ("CHK-23", "CHK-36", "CHK-68"), Gate.HUB,
        ByAttestation("the hub’s manager", "day, dummy patient’s NHS number and what was found", 365), often=(ONCE,)),
    Requirement(
        "CHK-D18", "Governance", "The hub has access to the national appointments dashboard",
        "It is the only place where the hub sees what the ICB sees.",
        HUB, BY_HUB, 10, ("CHK-57",), Gate.WARNING, ByAttestation("the hub’s manager", "the day of access, and who has it", 365),
        often=(ONCE,)),
    # 1 Codes and endpoints
    Requirement(
        "CHK-01", "1 Codes", "National Code and Authentication NACS are the hub’s code",
        "When the two differ, smartcard roles of the hub match nothing and nobody can book or sign.",
        HUB, BY_HUB, 1, (), Gate.HUB, state("CHK-01"), often=(ONCE, WEEKLY)),
    Requirement(
        "CHK-02", "1 Codes", "The hub’s code is active, a cost centre, under the right ICB",
        "A wrong parent ICB is charged for every prescription, and can’t be corrected afterwards.",
        HUB, (ICB, NHSBSA), 20, (), Gate.HUB,
        **probed("CHK-02", ByAttestation("the ICB’s authorised signatory", "the national directory’s entry", 180)),
        often=(ONCE, WEEKLY)),
    Requirement(
        "CHK-03", "1 Codes", "Spine endpoints active for each licensed service",
        "Without an active endpoint a slot search by another system finds nothing.",
        HUB, (SUPPLIER,), 10, ("CHK-01", "CHK-02"), Gate.HUB,
        **probed("CHK-03", ByAttestation("the system supplier", "the supplier’s activation notice", 180)), often=(ONCE, DAILY)),
    Requirement(
        "CHK-04", "1 Codes", "At least one prescriber code under the cost centre",
        "The prescription service creates no cost centre without one, and prescriptions need it.",
        HUB, (ICB, NHSBSA), 20, (), Gate.HUB, state("CHK-04"), often=(ONCE,)),
    # 2 Sharing
    Requirement(
        "CHK-05", "2 Sharing", "Every agreement active on both sides",
        "One side that has not activated means no record, no booking or no write-back for that practice’s patients.",
        PRACTICE, BY_EITHER, 20, ("CHK-D1",), Gate.PRACTICE, state("CHK-05"), may_be_waived=False, often=(ONCE, DAILY)),
    Requirement(
        "CHK-06", "2 Sharing", "Every clinician’s job category is in the care record agreement",
        "A role that is not named sees an empty record, with no warning.",
        HUB, BY_HUB, 5, ("CHK-05",), Gate.SHIFT, state("CHK-06"), often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-07", "2 Sharing", "Remote Consultations off where write-back is on",
        "With both on, a consultation is written twice into the practice’s record.",
        PRACTICE, BY_EITHER, 1, ("CHK-05",), Gate.HUB, state("CHK-07"), may_be_waived=False, often=(ONCE, WEEKLY)),
    Requirement(
        "CHK-08", "2 Sharing", "Members of the agreements are the network’s practices",
        "A practice that joined is missing from them, or one that left still sees.",
        HUB, BY_HUB, 10, (), Gate.WARNING, state("CHK-08"), often=(WEEKLY,)),
    # 3 Roles
    Requirement(
        "CHK-09", "3 Roles", "Smartcard positions exist at the hub’s code for every user",
        "A clinician without one can’t sign a prescription or open a national record on the evening.",
        HUB, (RA,), 10, ("CHK-01",), Gate.SHIFT,
        ByAttestation("the Registration Authority manager", "the position report for the hub’s code", 30),
        often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-10", "3 Roles", "Everybody’s activities cover their duties",
        "The role on the card exists but lacks the activity: the button is missing in the middle of a clinic.",
        HUB, (Mover.HUB, RA), 5, ("CHK-09",), Gate.SHIFT, state("CHK-10"), often=(BEFORE_SESSION,)),
    Requirement(
        "CHK-11", "3 Roles", "No position or contract ends within 30 days",
        "An end date locks a clinician out on its morning; renewing a position takes the RA days.",
        HUB, (Mover.HUB, RA), 10, (), Gate.WARNING, state("CHK-11"), often=(WEEKLY,)),
    Requirement(
        "CHK-12", "3 Roles", "Whoever prescribes holds activity B0420 and a prescriber code",
        "With one of the two the evening’s first prescription can’t be signed.",
        HUB, (Mover.HUB, RA, ICB), 10, ("CHK-09", "CHK-10"), Gate.SHIFT, state("CHK-12"), often=(BEFORE_SESSION,)),
    # 4 GP Connect
    Requirement(
        "CHK-13", "4 GP Connect", "The hub’s GP Connect switches are right",
        "Foundation without Appointments, or the reverse, and no other system can book; Access Document stays off.",
        HUB, (Mover.HUB, SUPPLIER), 10, ("CHK-03",), Gate.HUB, state("CHK-13"), often=(ONCE,)),
    Requirement(
        "CHK-14", "4 GP Connect", "The practice’s GP Connect switches are right",
        "The practice’s own side must be on before its staff can find the hub’s slots.",
        PRACTICE, BY_PRACTICE, 10, (), Gate.PRACTICE, state("CHK-14"),
        else_attested=ByAttestation("the practice manager", "a picture of the configuration page", 90), often=(ONCE,)),
    Requirement(
        "CHK-15", "4 GP Connect", "The hub’s GP Connect endpoint says what it can do",
        "An endpoint that doesn’t name slot search in its metadata is searched by nobody.",
        HUB, (SUPPLIER,), 10, ("CHK-03", "CHK-13"), Gate.HUB,
        **probed("CHK-15", ByAttestation("the system supplier", "the endpoint’s metadata, with the day", 90)), often=(DAILY,)),
)
# fmt: on
