"""Somebody who listens to the book's news, so that each change of a booking has a row in the outbox, and one effect."""

from __future__ import annotations

from pcnhub.foundations.jobs import outbox

FACTS = ("appointments.booked", "appointments.cancelled", "appointments.rebooked")
HANDLER = "proof.hear"
TABLE = """
create table proof_heard (place bigserial, fact text, booking_id bigint, dedup_key text);
grant select, insert on proof_heard to pcnhub_app;
grant usage on sequence proof_heard_place_seq to pcnhub_app;
"""


def wire() -> None:
    """Beside whoever listens already."""
    handlers = {fact: dict(named) for fact, named in outbox._handlers.items()}
    for fact in FACTS:
        handlers.setdefault(fact, {})[HANDLER] = hear
    outbox.wire(handlers)


def hear(told: outbox.Told) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into proof_heard (fact, booking_id, dedup_key) values (%s, %s, %s)",
            [told.fact, told.payload["booking_id"], told.dedup_key],
        )
