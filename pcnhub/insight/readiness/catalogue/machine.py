"""The machine itself: what a probe, the continuity pack and the nightly rehearsal say."""

from __future__ import annotations

from pcnhub.insight.readiness.catalogue.answers import BEFORE_SESSION, BY_HUB, DAILY, HOURLY, HUB, NO_CALL, probe, state
from pcnhub.insight.readiness.rules import ByState, Gate, ProofKind, Requirement
from pcnhub.insight.readiness.told import told

# fmt: off
MACHINE: tuple[Requirement, ...] = (
    # Machine
    Requirement(
        "CHK-D7", "Machine", "Own endpoints, and those that the hub calls, answer",
        "What doesn’t answer from outside can be searched by nobody, whatever the tables say.",
        HUB, BY_HUB, 2, (), Gate.WARNING, probe("CHK-D7", missing=NO_CALL), often=(HOURLY,)),
    Requirement(
        "CHK-D8", "Machine", "The clock is right",
        "Tokens of other systems live five minutes: a clock that is wrong refuses them all.",
        HUB, BY_HUB, 1, (), Gate.WARNING, probe("CHK-D8", missing=NO_CALL), often=(DAILY,)),
    Requirement(
        "CHK-D9", "Machine", "No certificate ends soon",
        "A certificate that ran out overnight closes every door at once.",
        HUB, BY_HUB, 10, (), Gate.WARNING, probe("CHK-D9", missing=NO_CALL), often=(DAILY,)),
    Requirement(
        "CHK-D10", "Machine", "The worker is alive",
        "Copies, notices and checks wait for it: without it nothing leaves the hub.",
        HUB, BY_HUB, 0, (), Gate.SHIFT, state("CHK-D10"), often=(HOURLY, BEFORE_SESSION)),
    Requirement(
        "CHK-D11", "Machine", "The demographics service answers for a test patient",
        "Nobody can be traced while it is away, and nobody new can be seen.",
        HUB, BY_HUB, 2, (), Gate.WARNING, probe("CHK-D11", missing=NO_CALL), often=(HOURLY,)),
    Requirement(
        "CHK-D12", "Machine", "The continuity pack is fresh",
        "When the system is away, the pack is all that says who comes tonight: an old one lies.",
        HUB, BY_HUB, 1, (), Gate.SHIFT, ByState(told("CHK-D12")), often=(HOURLY, BEFORE_SESSION)),
    Requirement(
        "CHK-D13", "Machine", "The rehearsal of last night passed",
        "Each step through the real doors with dummy patients: what broke since yesterday shows before a patient comes.",
        HUB, BY_HUB, 1, (), Gate.WARNING, ByState(told("CHK-D13"), ProofKind.REHEARSAL), often=(DAILY,)),
)
# fmt: on
