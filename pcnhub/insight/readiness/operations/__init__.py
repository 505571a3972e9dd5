"""What people say and decide about readiness: aim, attest, waive, take back, go live. Nothing said is ever changed or deleted."""

from pcnhub.insight.readiness.operations.aims import aim_for
from pcnhub.insight.readiness.operations.attestations import attest, withdraw_attestation
from pcnhub.insight.readiness.operations.go_live import NotReady, WentLive, go_live, prospect
from pcnhub.insight.readiness.operations.runs import GIVEN_UP, ask_run, perform
from pcnhub.insight.readiness.operations.waivers import waive, withdraw_waiver

__all__ = [
    "GIVEN_UP",
    "NotReady",
    "WentLive",
    "aim_for",
    "ask_run",
    "attest",
    "go_live",
    "perform",
    "prospect",
    "waive",
    "withdraw_attestation",
    "withdraw_waiver",
]
