"""The checklist as data: what must be true before and while a hub works, and who or what answers.

Ids, items and gates are those of the field's own checklist; CHK-D1 to D4 are lines that sibling checklists have besides.
Lead times are what to plan for where the sources name none. Adding a line: its room's `checks.py` answers it, or a person does.
"""

from __future__ import annotations

from typing import TypedDict

from pcnhub.care.appointments import checks as appointments
from pcnhub.care.consultations import checks as consultations
from pcnhub.care.documents import checks as documents
from pcnhub.care.investigations import checks as investigations
from pcnhub.care.organisations import checks as organisations
from pcnhub.care.patients import checks as patients
from pcnhub.care.sharing import checks as sharing
from pcnhub.care.tasks import checks as tasks
from pcnhub.care.writeback import checks as writeback
from pcnhub.connections.mail import checks as mail
from pcnhub.connections.mesh import checks as mesh
from pcnhub.connections.pds import checks as pds
from pcnhub.insight.readiness.rules import (
    ByAttestation,
    ByProbe,
    ByState,
    Check,
    Concerns,
    Gate,
    Mover,
    NotYet,
    Often,
    Proof,
    ProofKind,
    Requirement,
)
from pcnhub.insight.readiness.told import told

HUB, PRACTICE, BOTH = Concerns
ICB, RA, SUPPLIER = Mover.ICB, Mover.RA, Mover.SUPPLIER
BY_HUB, BY_PRACTICE, BY_EITHER = (Mover.HUB,), (Mover.PRACTICE,), (Mover.HUB, Mover.PRACTICE)

ANSWERS: dict[str, Check] = {
    **organisations.CHECKS,
    **sharing.CHECKS,
    **patients.CHECKS,
    **documents.CHECKS,
    **appointments.CHECKS,
    **consultations.CHECKS,
    **tasks.CHECKS,
    **investigations.CHECKS,
    **writeback.CHECKS,
    **mail.CHECKS,
    **mesh.CHECKS,
    **pds.CHECKS,
}  # a line below that no room answers is a KeyError here, at import


NO_CALL = "Not yet in this release: nothing here makes that call."
PROBES: dict[str, Check] = {}
"""What only real calls can answer, as connections export it: `probe(*, actor, hub, now)`, called outside any unit of work."""


class _Proved(TypedDict):
    proof: Proof
    else_attested: ByAttestation | None


def probed(check_id: str, attested: ByAttestation) -> _Proved:
    """Proved by a real call, and by a person where that call can't be made."""
    if check_id not in PROBES:
        return {"proof": attested, "else_attested": None}
    return {"proof": ByProbe(PROBES[check_id]), "else_attested": attested}


def probe(check_id: str, *, missing: str) -> Proof:
    return ByProbe(PROBES[check_id]) if check_id in PROBES else NotYet(missing)


def state(check_id: str) -> ByState:
    return ByState(ANSWERS[check_id])


# fmt: off
CATALOGUE: tuple[Requirement, ...] = (
    # Governance: lines of sibling checklists
    Requirement(
        "CHK-D1", "Governance", "Data protection impact assessment signed",
        "No patient's data may be held in the hub before every controller has agreed how (UK GDPR, article 35).",
        HUB, BY_HUB, 30, (), Gate.HUB, ByAttestation("the data protection officer", "the signed assessment", 365),
        may_be_waived=False),
    Requirement(
        "CHK-D2", "Governance", "Clinical safety case and hazard log approved",
        "DCB0160 asks the deploying organisation to show that the known hazards are controlled.",
        HUB, BY_HUB, 30, (), Gate.HUB, ByAttestation("the clinical safety officer", "the approved safety case", 365),
        may_be_waived=False),
    Requirement(
        "CHK-D3", "Governance", "Own administrator account instead of the generic one",
        "A shared administrator can’t be held to account, and outlives everyone who knew its password.",
        HUB, BY_HUB, 1, (), Gate.HUB, ByAttestation("the hub’s manager", "the account list, with the generic one closed", 365)),
    Requirement(
        "CHK-D4", "Governance", "Continuity plan rehearsed",
        "When the system is away at 18:30 the evening’s patients still come.",
        HUB, BY_HUB, 14, (), Gate.HUB, ByAttestation("the hub’s manager", "the plan and the day of its rehearsal", 365)),
    # 1 Codes and endpoints
    Requirement(
        "CHK-01", "1 Codes", "National Code and Authentication NACS are the hub’s code",
        "When the two differ, smartcard roles of the hub match nothing and nobody can book or sign.",
        HUB, BY_HUB, 1, (), Gate.HUB, state("CHK-01")),
    Requirement(
        "CHK-02", "1 Codes", "The hub’s code is active, a cost centre, under the right ICB",
        "A wrong parent ICB is charged for every prescription, and can’t be corrected afterwards.",
        HUB, (ICB,), 20, (), Gate.HUB, ByAttestation("the ICB’s authorised signatory", "the national directory’s entry", 180)),
    Requirement(
        "CHK-03", "1 Codes", "Spine endpoints active for each licensed service",
        "Without an active endpoint a slot search by another system finds nothing.",
        HUB, (SUPPLIER,), 10, ("CHK-01", "CHK-02"), Gate.HUB,
        **probed("CHK-03", ByAttestation("the system supplier", "the supplier’s activation notice", 180))),
    Requirement(
        "CHK-04", "1 Codes", "At least one prescriber code under the cost centre",
        "The prescription service creates no cost centre without one, and prescriptions need it.",
        HUB, (ICB,), 20, (), Gate.HUB, state("CHK-04")),
    # 2 Sharing
    Requirement(
        "CHK-05", "2 Sharing", "Every agreement active on both sides",
        "One side that has not activated means no record, no booking or no write-back for that practice’s patients.",
        PRACTICE, BY_EITHER, 20, ("CHK-D1",), Gate.PRACTICE, state("CHK-05"), may_be_waived=False),
    Requirement(
        "CHK-06", "2 Sharing", "Every clinician’s job category is in the care record agreement",
        "A role that is not named sees an empty record, with no warning.",
        HUB, BY_HUB, 5, ("CHK-05",), Gate.SHIFT, state("CHK-06")),
    Requirement(
        "CHK-07", "2 Sharing", "Remote Consultations off where write-back is on",
        "With both on, a consultation is written twice into the practice’s record.",
        PRACTICE, BY_EITHER, 1, ("CHK-05",), Gate.HUB, state("CHK-07"), may_be_waived=False),
    Requirement(
        "CHK-08", "2 Sharing", "Members of the agreements are the network’s practices",
        "A practice that joined is missing from them, or one that left still sees.",
        HUB, BY_HUB, 10, (), Gate.WARNING, state("CHK-08")),
    # 3 Roles
    Requirement(
        "CHK-09", "3 Roles", "Smartcard positions exist at the hub’s code for every user",
        "A clinician without one can’t sign a prescription or open a national record on the evening.",
        HUB, (RA,), 10, ("CHK-01",), Gate.SHIFT,
        ByAttestation("the Registration Authority manager", "the position report for the hub’s code", 30)),
    Requirement(
        "CHK-10", "3 Roles", "Everybody’s activities cover their duties",
        "The role on the card exists but lacks the activity: the button is missing in the middle of a clinic.",
        HUB, (Mover.HUB, RA), 5, ("CHK-09",), Gate.SHIFT, state("CHK-10")),
    Requirement(
        "CHK-11", "3 Roles", "No position or contract ends within 30 days",
        "An end date locks a clinician out on its morning; renewing a position takes the RA days.",
        HUB, (Mover.HUB, RA), 10, (), Gate.WARNING, state("CHK-11")),
    # 4 GP Connect
    Requirement(
        "CHK-13", "4 GP Connect", "The hub’s GP Connect switches are right",
        "Foundation without Appointments, or the reverse, and no other system can book; Access Document stays off.",
        HUB, BY_HUB, 10, ("CHK-03",), Gate.HUB, state("CHK-13")),
    Requirement(
        "CHK-14", "4 GP Connect", "The practice’s GP Connect switches are right",
        "The practice’s own side must be on before its staff can find the hub’s slots.",
        PRACTICE, BY_PRACTICE, 10, (), Gate.PRACTICE, state("CHK-14"),
        else_attested=ByAttestation("the practice manager", "a picture of the configuration page", 90)),
    # 5 Groups
    Requirement(
        "CHK-16", "5 Groups", "The booking group is the hub and its practices, no more and no less",
        "A practice outside the group finds no slots; an organisation too many finds them all.",
        HUB, BY_HUB, 1, ("CHK-13",), Gate.HUB, state("CHK-16")),
    Requirement(
        "CHK-17", "5 Groups", "The practice has subscribed to the booking group",
        "Being in the group is not enough: until the practice subscribes its search finds nothing.",
        PRACTICE, BY_PRACTICE, 1, ("CHK-16",), Gate.PRACTICE, state("CHK-17")),
    Requirement(
        "CHK-18", "5 Groups", "The 111 group is the hub and its 111 provider only",
        "The provider changes with its contract; one group for 111 and practices lets 111 fill the practices’ slots.",
        HUB, BY_HUB, 1, ("CHK-16",), Gate.WARNING, state("CHK-18")),
    Requirement(
        "CHK-19", "5 Groups", "Every bookable slot is open to a group",
        "A slot without a group is offered to nobody, and its minutes are lost.",
        HUB, BY_HUB, 1, ("CHK-16",), Gate.SHIFT, state("CHK-19")),
    # 6 Books
    Requirement(
        "CHK-20", "6 Books", "Every session has holder, site, role and channel",
        "A session that lacks one of them is not bookable from outside, and nothing says so.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, state("CHK-20")),
    Requirement(
        "CHK-21", "6 Books", "Minutes offered cover 60 per 1,000 adjusted patients a week",
        "The Network Contract DES asks for them; the commissioner may withhold where they are not offered.",
        HUB, BY_HUB, 14, ("CHK-20",), Gate.WARNING, state("CHK-21")),
    Requirement(
        "CHK-22", "6 Books", "Slots are open for the next 14 days",
        "Patients must be able to book at least two weeks ahead (Network Contract DES).",
        HUB, BY_HUB, 14, ("CHK-20",), Gate.SHIFT, state("CHK-22")),
    Requirement(
        "CHK-23", "6 Books", "Each practice finds the slots, and an outsider finds none",
        "Only a search made as the practice shows that group, subscription, agreement and switches work together.",
        PRACTICE, BY_EITHER, 1, ("CHK-05", "CHK-17", "CHK-19"), Gate.PRACTICE,
        **probed("CHK-23", ByAttestation(
            "a receptionist of the practice", "day and result of a search, and of one by an outsider", 90)),
        may_be_waived=False),
    Requirement(
        "CHK-24", "6 Books", "A GP covers every minute of network standard hours",
        "Monday to Friday 18:30 to 20:00 and Saturday 09:00 to 17:00 need a GP’s presence and supervision.",
        HUB, BY_HUB, 14, ("CHK-20",), Gate.SHIFT, state("CHK-24")),
    Requirement(
        "CHK-25", "6 Books", "Session names follow the network’s pattern",
        "The name is what a receptionist sees: unclear ones send patients to the wrong clinician.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-25")),
    # 7 Patients
    Requirement(
        "CHK-26", "7 Patients", "Everybody who comes in the next 24 hours has been traced",
        "Of an untraced person no record can be seen, and the consultation does not reach their practice.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, state("CHK-26")),
    Requirement(
        "CHK-27", "7 Patients", "Every NHS number at the hub is valid",
        "A mistyped number files a consultation under another person, or nowhere.",
        HUB, BY_EITHER, 1, (), Gate.SHIFT, state("CHK-27")),
    Requirement(
        "CHK-28", "7 Patients", "Each patient’s practice is in the network, and is the linked one",
        "The consultation is copied to the linked practice: to the wrong one, when the patient has moved.",
        HUB, BY_HUB, 1, ("CHK-27",), Gate.SHIFT, state("CHK-28")),
    Requirement(
        "CHK-29", "7 Patients", "As many patients here as on the practice’s list",
        "Whoever is missing from the import can’t be found and booked by their own reception.",
        PRACTICE, BY_PRACTICE, 5, (), Gate.WARNING, state("CHK-29")),
    Requirement(
        "CHK-30", "7 Patients", "The newest import is not older than 35 days",
        "Those who registered since, moved or died are held as they were.",
        PRACTICE, BY_PRACTICE, 5, (), Gate.WARNING, state("CHK-30")),
    Requirement(
        "CHK-31", "7 Patients", "At most 2 in 100 rows of the newest import were rejected",
        "Each rejected row is a patient who can’t be booked until somebody mends it at source.",
        PRACTICE, BY_PRACTICE, 5, (), Gate.WARNING, state("CHK-31")),
    # 8 Prescribing
    Requirement(
        "CHK-35", "8 Prescribing", "Paper prescriptions are at the site",
        "Electronic prescribing can be away for an evening, and some items can’t be sent by it.",
        HUB, BY_HUB, 15, ("CHK-04",), Gate.WARNING, ByAttestation("the hub’s lead nurse or manager", "the stock record", 31)),
    # 9 Tasks
    Requirement(
        "CHK-36", "9 Tasks", "A team with two active members accepts the hub’s tasks",
        "A task to a team without members sits unseen; with one member it waits for a holiday to end.",
        PRACTICE, BY_PRACTICE, 3, ("CHK-05",), Gate.PRACTICE, state("CHK-36")),
    Requirement(
        "CHK-37", "9 Tasks", "A test task went out and came back",
        "Only a round trip shows that both directions and both teams work.",
        PRACTICE, BY_EITHER, 1, ("CHK-36",), Gate.PRACTICE, state("CHK-37"),
        else_attested=ByAttestation("the hub’s manager", "day and number of the test task, both ways", 90)),
    Requirement(
        "CHK-38", "9 Tasks", "No task waits longer than its time to be accepted",
        "Tasks carry what could not be finished: tests, urgent referrals, safeguarding.",
        BOTH, BY_EITHER, 0, ("CHK-36",), Gate.SHIFT, state("CHK-38")),
    Requirement(
        "CHK-D5", "9 Tasks", "E-mail notices leave the hub",
        "A task that nobody is told of waits until somebody happens to look.",
        HUB, BY_HUB, 2, (), Gate.WARNING, state("CHK-D5")),
    Requirement(
        "CHK-39", "9 Tasks", "No task lies with somebody who has left",
        "Nobody looks into the inbox of an account that is closed.",
        BOTH, BY_EITHER, 0, (), Gate.SHIFT, state("CHK-39")),
    # 10 Documents
    Requirement(
        "CHK-40", "10 Documents", "The practice’s test document opens from the hub, unchanged",
        "A letter that doesn’t open is decided without; one that was altered is decided by.",
        PRACTICE, BY_EITHER, 1, ("CHK-05",), Gate.WARNING, state("CHK-40")),
    Requirement(
        "CHK-41", "10 Documents", "The practice’s documents open soon enough",
        "In ten minutes with a patient nobody waits for a letter twice.",
        PRACTICE, (SUPPLIER,), 1, ("CHK-40",), Gate.WARNING, state("CHK-41")),
    # 11 Users
    Requirement(
        "CHK-42", "11 Users", "Every clinician on the rota of the next 7 days is ready",
        "The locum who can’t sign in at 18:30 is found out at 18:30, unless somebody looked before.",
        HUB, BY_HUB, 3, ("CHK-09",), Gate.SHIFT, state("CHK-42")),
    Requirement(
        "CHK-43", "11 Users", "No account lies unused for 90 days",
        "Leavers whose accounts stay open are the easiest way in.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-43")),
    Requirement(
        "CHK-44", "11 Users", "One account for each smartcard",
        "Two accounts with one card attribute one clinician’s work to another.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-44")),
    # 13 Templates and outcomes
    Requirement(
        "CHK-50", "13 Templates", "The templates and protocols that the hub requires are in use",
        "A form that is missing at nine in the evening is written by hand, or not at all; an old one says what was right once.",
        HUB, BY_HUB, 2, (), Gate.WARNING, state("CHK-50")),
    Requirement(
        "CHK-51", "13 Outcomes", "Every attended appointment has a finished consultation with one outcome",
        "Without an outcome nobody can count what the hub did, nor see what is still owed to the patient.",
        HUB, BY_HUB, 1, (), Gate.WARNING, state("CHK-51")),
    # 12A NHS 111
    Requirement(
        "CHK-53", "12A.1 NHS 111", "The hub’s entry in the directory of services is right",
        "111 finds the hub by it alone: booking endpoint, the hub’s code, opening hours.",
        HUB, (ICB,), 30, ("CHK-03",), Gate.WARNING, ByAttestation("the directory’s lead at the ICB", "a print of the entry", 31)),
    # 12A Test requests
    Requirement(
        "CHK-65", "12A.4 Tests", "Each test that was asked for is ordered in time",
        "A hub can’t order: nobody takes the blood that nobody at the practice has ordered.",
        PRACTICE, BY_EITHER, 0, ("CHK-36",), Gate.SHIFT, state("CHK-65")),
    Requirement(
        "CHK-66", "12A.4 Tests", "Each order has its result, or a day to look for it",
        "A result that nobody waits for is missed when it does not come.",
        PRACTICE, BY_PRACTICE, 0, (), Gate.SHIFT, state("CHK-66")),
    Requirement(
        "CHK-67", "12A.4 Tests", "No result lies at the hub without a test request",
        "Who ordered does not see it, and nobody at the hub looks for it.",
        HUB, BY_HUB, 0, (), Gate.SHIFT, state("CHK-67")),
    # 12A Write-back
    Requirement(
        "CHK-68", "12A.5 Write-back", "The practice’s write-back settings work",
        "Formulary and a prescribing user with a GMP code: without them the copy can’t be written.",
        PRACTICE, BY_PRACTICE, 5, ("CHK-05",), Gate.PRACTICE, state("CHK-68")),
    Requirement(
        "CHK-69", "12A.5 Write-back", "Every finished consultation is in its practice’s record",
        "The practice acts on what its own record says.",
        HUB, BY_HUB, 0, ("CHK-68",), Gate.SHIFT, state("CHK-69")),
    Requirement(
        "CHK-70", "12A.5 Write-back", "A dummy patient’s consultation arrived at the practice",
        "Booked, seen, written back and read by somebody of the practice: the whole way, before a real patient goes it.",
        PRACTICE, BY_EITHER, 2, ("CHK-23", "CHK-36", "CHK-68"), Gate.PRACTICE, state("CHK-70"),
        else_attested=ByAttestation("the practice manager", "day, dummy patient’s NHS number and what arrived", 365)),
    Requirement(
        "CHK-D6", "12A.5 Write-back", "The mailbox for reports to practices elsewhere answers",
        "A report that can’t leave is in no record; the exchange closes a mailbox that is silent for long.",
        HUB, BY_HUB, 20, (), Gate.WARNING, state("CHK-D6")),
    Requirement(
        "CHK-71", "12A.5 Write-back", "Nothing stands in the write-back failure queue",
        "What stands there reaches no record until a person acts.",
        HUB, BY_HUB, 0, (), Gate.SHIFT, state("CHK-71")),
    # The machine itself
    Requirement(
        "CHK-D7", "Machine", "The hub’s own endpoints answer",
        "What doesn’t answer from outside can be searched by nobody, whatever the tables say.",
        HUB, BY_HUB, 2, (), Gate.WARNING, probe("CHK-D7", missing=NO_CALL), often=(Often.HOURLY,)),
    Requirement(
        "CHK-D8", "Machine", "The clock is right",
        "Tokens of other systems live five minutes: a clock that is wrong refuses them all.",
        HUB, BY_HUB, 1, (), Gate.WARNING, probe("CHK-D8", missing=NO_CALL)),
    Requirement(
        "CHK-D9", "Machine", "No certificate ends soon",
        "A certificate that ran out overnight closes every door at once.",
        HUB, BY_HUB, 10, (), Gate.WARNING, probe("CHK-D9", missing=NO_CALL)),
    Requirement(
        "CHK-D10", "Machine", "The worker is alive",
        "Copies, notices and checks wait for it: without it nothing leaves the hub.",
        HUB, BY_HUB, 0, (), Gate.SHIFT, probe("CHK-D10", missing=NO_CALL), often=(Often.HOURLY, Often.BEFORE_SESSION)),
    Requirement(
        "CHK-D11", "Machine", "The demographics service answers for a test patient",
        "Nobody can be traced while it is away, and nobody new can be seen.",
        HUB, BY_HUB, 2, (), Gate.WARNING, probe("CHK-D11", missing=NO_CALL), often=(Often.HOURLY,)),
    Requirement(
        "CHK-D12", "Machine", "The continuity pack is fresh",
        "When the system is away, the pack is all that says who comes tonight: an old one lies.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, ByState(told("CHK-D12")), often=(Often.HOURLY, Often.BEFORE_SESSION)),
    Requirement(
        "CHK-D13", "Machine", "The rehearsal of last night passed",
        "Each step through the real doors with dummy patients: what broke since yesterday shows before a patient comes.",
        HUB, BY_HUB, 1, (), Gate.WARNING, ByState(told("CHK-D13"), ProofKind.REHEARSAL)),
)
# fmt: on

BY_ID: dict[str, Requirement] = {requirement.id: requirement for requirement in CATALOGUE}
