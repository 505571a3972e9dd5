"""What the hand-written insert puts on record is what the ORM would."""

from __future__ import annotations

import pytest

from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.chain import verify
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.audit.trail import Basis, Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, system_for, world

pytestmark = pytest.mark.django_db
GIVEN_BY_THE_DATABASE = {"id", "sequence", "hash", "previous_hash"}


@pytest.fixture
def actor() -> Actor:
    return system_for(world().hub)


def written(actor: Actor, events: int) -> list[dict[str, object]]:
    with unit_of_work(actor):
        for number in range(events):
            record(
                actor=actor, now=NOW, action="tests.done", subject=Subject("thing", number or None, None, "9000000009"),
                basis=Basis("It's an agreement", 7) if number else trail.OWN_RECORD, reason='Because "so" \\ %',
                detail={"ids": [1, 2], "of": None}, nhs_numbers=["9000000009", "9000000017"][:number],
            )  # fmt: skip
    with unit_of_work(actor):
        rows = AuditEvent.objects.filter(action="tests.done").order_by("-sequence")[:events]
        names = [field.attname for field in AuditEvent._meta.concrete_fields]
        return [
            {name: getattr(row, name) for name in names if name not in GIVEN_BY_THE_DATABASE} for row in reversed(rows)
        ]


@pytest.mark.parametrize("events", [1, 2, 4])
def test_a_few_events_by_statement_are_those_of_the_orm(
    actor: Actor, events: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_statement = written(actor, events)
    monkeypatch.setattr(trail, "_FEW", 0)
    assert by_statement == written(actor, events)
    assert len(by_statement) == events
    assert verify(actor=actor).holds


def test_every_column_is_written() -> None:
    columns = {field.column for field in AuditEvent._meta.concrete_fields}
    assert set(trail._TYPES) | GIVEN_BY_THE_DATABASE == columns
