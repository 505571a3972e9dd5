"""What the same work costs a programme that promises nothing: the bare SQL through a minimal view, on the same server.

No token, no gate, no audit, no FHIR; a statement is prepared once for each connection, its rows go out as JSON arrays.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pcnhub.config.settings")
import django

django.setup()

from pcnhub.care.appointments.operations.claiming import CLAIM_AND_BOOK, TAKE_SEATS  # noqa: E402
from pcnhub.care.appointments.queries.offered import OFFERED  # noqa: E402
from tests.bench.national.world import FIRST, practice_ods  # noqa: E402

_own = threading.local()
_FROM = datetime.fromisoformat(os.environ["BENCH_FROM"])
_BOOKED: dict[str, Any] = {
    "practice": None, "organisation": None, "user": "reference", "name": "reference", "source": "gp-connect",
    "reason": "Cough", "notes": "", "replaces": None, "type": "", "contact": "{}", "quotas": [], "asked_at": None, "holds_as": "",
}  # fmt: skip


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """`/search/N` and `/book`."""
    path = environ["PATH_INFO"]
    body = _search(int(path.removeprefix("/search/"))) if path.startswith("/search/") else _book(environ)
    status = "200 OK" if body else "409 Conflict"
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True, prepare_threshold=0)
    found: psycopg.Connection[Any] = _own.connection
    return found


def _search(hub: int) -> bytes:
    now = datetime.now(UTC)
    values = {
        "hub": FIRST + hub, "from": _FROM, "to": _FROM + timedelta(days=14), "now": now, "today": now.date(),
        "clock": now.time(), "organisation": FIRST + 100_000 + hub, "ods": practice_ods(hub), "type": "gp-practice",
        "holds_as": "", "subscribed": [FIRST + hub], "released": [FIRST + hub], "member_subjects": [str(FIRST + hub)],
    }  # fmt: skip
    return msgspec.json.encode(_connection().execute(OFFERED, values).fetchall())


def _book(environ: dict[str, Any]) -> bytes:
    wish = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    slots = [wish["slot"]]
    values = _BOOKED | {"slots": slots, "patient": wish["patient"], "ods": wish["ods"], "key": wish["key"]}
    with _connection().transaction():
        row = _connection().execute(CLAIM_AND_BOOK, values | {"now": datetime.now(UTC)}).fetchone()
        if row is None:
            return b""
        _connection().execute(TAKE_SEATS, {"booking": row[0], "slots": slots})
    return b'{"id":%d}' % row[0]
