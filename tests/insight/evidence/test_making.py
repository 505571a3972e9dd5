"""Making a pack of a network that is held: what it says, who may, and what is on record."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pcnhub.foundations.audit import chain
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from pcnhub.insight.evidence import operations, queries, telling
from pcnhub.insight.evidence.keys import KeyUnusable, signing_key
from pcnhub.insight.evidence.telling import Rehearsed, RehearsedStep
from pcnhub.insight.evidence.verifying import verify
from pcnhub.insight.readiness import checking
from pcnhub.insight.readiness import operations as readiness
from pcnhub.insight.readiness.rules import Concerns, Gate
from tests.cast import NOW, World, world
from tests.insight.lines import SetLines, answering, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside(settings: Any, tmp_path: Path) -> World:
    settings.EVIDENCE_KEY = tmp_path / "evidence-key.pem"
    return world()


def made(cast: World) -> dict[str, Any]:
    sealed = operations.make_pack(actor=cast.carys, now=NOW, hub_id=cast.hub.pk)
    assert verify(sealed.files()).holds
    assert sealed.pages.startswith(b"%PDF-")
    document: dict[str, Any] = json.loads(sealed.data)
    return document


def test_it_says_who_said_what_who_went_live_and_what_is_owed(
    riverside: World, set_lines: SetLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, ash, birch = riverside.hub.pk, riverside.ash.pk, riverside.birch.pk
    practices = [answering("CHK-17", State.MET, ash), answering("CHK-17", State.UNMET, birch)]
    both = answering("CHK-17", State.MET)
    proof = type(both)(lambda **given: [each for part in practices for each in part.check(**given)])
    set_lines(
        line("CHK-D1"),
        line("CHK-01", proof=answering("CHK-01", State.UNMET, hub)),
        line("CHK-17", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=proof),
    )
    checking.check(now=NOW, hub_id=hub)
    who: dict[str, Any] = {"actor": riverside.carys, "now": NOW, "hub_id": hub}
    readiness.attest(
        **who, check_id="CHK-D1", organisation_id=hub, name="Dr Who", stated_on=date(2026, 11, 2), document="Paper 7"
    )
    readiness.waive(
        **who, check_id="CHK-01", organisation_id=hub, reason="943 476 5919 waits", ends_on=date(2026, 12, 1)
    )
    readiness.aim_for(**who, go_live_on=date(2026, 12, 1))
    readiness.go_live(**who)
    run = Rehearsed(1, NOW, NOW, True, (), (RehearsedStep("A81001", "Book", "passed", 12, "", ""),))
    monkeypatch.setattr(telling, "_tellers", [lambda **_: run])
    document = made(riverside)
    items = {item["id"]: item for item in document["items"]}
    assert {name: (item["state"], item["who"]) for name, item in items.items()} == {
        "CHK-D1 Y07108": ("attested", "Dr Who, recorded by Carys Cast"),
        "CHK-01 Y07108": ("waived", "Carys Cast"),
        "CHK-17 A81001": ("met", "PCN Hub"),
        "CHK-17 B82002": ("unmet", "PCN Hub"),
    }
    assert items["CHK-D1 Y07108"]["attestations"][0]["document"] == "Paper 7"
    assert items["CHK-01 Y07108"]["waivers"][0]["reason"] == "[NHS number withheld] waits"
    assert document["contract"]["without_access"] == ["B82002"]
    assert [week["short_minutes"] for week in document["contract"]["weeks"]] == [1200, 1200]
    (decision,) = document["go_live"]["decisions"]
    assert (decision["by"], decision["detail"]["opened_now"]) == ("Carys Cast", ["A81001"])
    assert decision["detail"]["minutes"] == ["2026-11-30: 0 of 1200", "2026-12-07: 0 of 1200"]
    assert document["rehearsal"]["steps"][0]["step"] == "Book"
    assert document["plan"]["steps"][0]["item"] == "CHK-17 B82002"
    changed = {row["item"]: (row["was"], row["became"]) for row in document["changes"]["rows"]}
    assert changed == {"CHK-D1 Y07108": ("unmet", "attested"), "CHK-01 Y07108": ("unmet", "waived")}
    with unit_of_work(riverside.carys):
        act = AuditEvent.objects.get(action="readiness.went-live")
    assert decision["audit_sequence"] == act.sequence
    kept = chain.kept_from(document["chains"])[hub]
    assert chain.verify(actor=riverside.carys, kept=kept).holds


def test_without_rehearsal_or_plan_it_says_so(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-D1"))
    document = made(riverside)
    assert (document["rehearsal"]["state"], document["plan"]["state"]) == ("absent", "absent")
    assert document["verdict"]["blocking"] == ["CHK-D1 Y07108"]


def test_the_hub_alone_makes_and_takes_packs_and_both_are_on_record(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-D1"))
    made(riverside)
    hub = riverside.hub.pk
    (pack,) = queries.packs(actor=riverside.carys, now=NOW, hub_id=hub)
    taken = operations.take_pack(actor=riverside.carys, now=NOW, hub_id=hub, pack_id=pack.id)
    assert verify(taken.files()).signed_by == pack.public_key
    for actor, refusal in (
        (riverside.dilys, NotPermitted), (riverside.bilal, NotPermitted), (riverside.charlie, NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            operations.make_pack(actor=actor, now=NOW, hub_id=hub)
        with pytest.raises(refusal):
            operations.take_pack(actor=actor, now=NOW, hub_id=hub, pack_id=pack.id)
        with pytest.raises(refusal):
            queries.packs(actor=actor, now=NOW, hub_id=hub)
    with pytest.raises(NotFound):
        operations.take_pack(actor=riverside.carys, now=NOW, hub_id=hub, pack_id=pack.id + 1)
    with unit_of_work(riverside.carys):
        found = AuditEvent.objects.filter(action__startswith="evidence.", subject_id=pack.id).values_list(
            "action", "detail"
        )
        assert list(found.order_by("sequence")) == [
            ("evidence.made", f'{{"sha256": "{pack.sha256}"}}'),
            ("evidence.taken", f'{{"sha256": "{pack.sha256}"}}'),
        ]


def test_the_key_is_made_once_for_the_hubs_own_account(tmp_path: Path) -> None:
    file = tmp_path / "data" / "evidence-key.pem"
    first = signing_key(file).public_key()
    assert signing_key(file).public_key() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    file.write_bytes(generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyUnusable):
        signing_key(file)
    file.write_text("no key")
    with pytest.raises(KeyUnusable):
        signing_key(file)
