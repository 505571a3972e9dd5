"""A pack of a network of the tests' own, made of nothing but values."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pcnhub.care.appointments.rules.capacity import ContractWeek
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.findings import Fix
from pcnhub.insight.evidence.assembling import document
from pcnhub.insight.evidence.facts import Chain, Decision, Facts, Member
from pcnhub.insight.evidence.sealing import Sealed, seal
from pcnhub.insight.evidence.telling import Rehearsed, RehearsedStep
from pcnhub.insight.readiness.changing import ChangeView
from pcnhub.insight.readiness.planning import plan
from pcnhub.insight.readiness.rules import (
    AttestationView,
    Cell,
    CellState,
    Concerns,
    Gate,
    Grid,
    ProofKind,
    Row,
    WaiverView,
)
from tests.insight.lines import line

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HUB = OrganisationRef(1, "Y07108", "Riverside Hub", "hub")
ASH = OrganisationRef(2, "A81001", "Ash Lane", "practice")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def facts() -> Facts:
    """A hub and a practice, with one line of every kind."""
    dpia, agreements = line("CHK-D1"), line("CHK-05", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE)
    waived = line("CHK-03")
    said = AttestationView(
        "Dr Ada Cast", date(2026, 11, 2), "Board paper 7", date(2027, 11, 2), "Carys Cast", NOW, False, ""
    )
    accepted = WaiverView("Ring 999 000 0018 or 943 476 5919", date(2026, 12, 1), "Carys Cast", NOW, False)
    cells = (
        Cell(dpia, HUB, CellState.ATTESTED, "Stated by Dr Ada Cast.", NOW, NOW, proved_by=ProofKind.ATTESTATION),
        Cell(waived, HUB, CellState.WAIVED, "No endpoint. Accepted.", NOW, NOW, proved_by=ProofKind.PROBE),
        Cell(
            agreements, ASH, CellState.UNMET, "Care record is not active at Ash Lane.", NOW, NOW,
            Fix("Activate it.", "Ash Lane’s manager"), "Ash Lane’s manager", proved_by=ProofKind.STATE,
        ),
        Cell(dpia, ASH, CellState.NOT_APPLICABLE, "Not asked of this organisation."),
    )  # fmt: skip
    rows = tuple(Row(each, tuple(cell for cell in cells if cell.organisation == each)) for each in (HUB, ASH))
    grid = Grid(HUB, "Riverside PCN", NOW.date(), (dpia, waived, agreements), rows)
    return Facts(
        made_at=NOW,
        made_by="Carys Cast",
        grid=grid,
        members=(Member(HUB, None, 0), Member(ASH, None, 9_000)),
        adjusted_population=20_000,
        attestations={("CHK-D1", HUB.id): (said,)},
        waivers={("CHK-03", HUB.id): (accepted,)},
        days=90,
        changes=(ChangeView(1, "CHK-05", ASH.id, CellState.MET, CellState.UNMET, "Care record ended.", NOW),),
        rehearsal=Rehearsed(
            4, NOW, NOW, True, (), (RehearsedStep("A81001", "Book", "failed", 812, "Refused.", "Subscribe."),)
        ),
        plan=plan(grid=grid, today=NOW.date(), target=date(2026, 12, 1)),
        weeks=(ContractWeek(date(2026, 11, 30), 1200, 1100),),
        decisions=(Decision(17, NOW, "Carys Cast", {"opened": ["A81001"], "waiting": []}),),
        chains=(Chain(HUB, 17, "ab" * 32), Chain(ASH, 0, "")),
        versions={"pcnhub": "0.1.0"},
        public_key="",
    )


def pack(of: Facts | None = None, *, key: Ed25519PrivateKey = KEY, pages: bytes = b"%PDF pages") -> Sealed:
    return seal(document(of or facts()), pages, key=key)
