"""Statements that are planned once: they answer as ever, whatever became of the transaction in which they were prepared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pcnhub.foundations.database import prepared

pytestmark = pytest.mark.django_db
ADD = "select %(a)s + %(b)s, %(a)s, '100 %%'"
TYPES = {"a": "int", "b": "int"}


def there() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where name like 'pcnhub_%%'")
        return int(cursor.fetchone()[0])


def test_it_is_prepared_once_for_a_connection_and_answers_each_time() -> None:
    before = there()
    assert [prepared.rows(ADD, TYPES, {"a": n, "b": 2}) for n in range(8)] == [[(n + 2, n, "100 %")] for n in range(8)]
    assert there() == before + 1


def test_a_rollback_takes_nothing_from_it_that_it_needs() -> None:
    statement = "select %(a)s::int + 7"
    with transaction.atomic():
        assert prepared.rows(statement, TYPES, {"a": 1}) == [(8,)]
        transaction.set_rollback(True)
    assert prepared.rows(statement, TYPES, {"a": 2}) == [(9,)]
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.rows("insert into organisations_role (code, name) values (%(a)s, null)", {"a": "text"}, {"a": "R1"})
    assert prepared.rows(statement, TYPES, {"a": 3}) == [(10,)]


def test_a_new_connection_prepares_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = "select %(a)s::int * 3"
    assert prepared.rows(statement, TYPES, {"a": 1}) == [(3,)]
    with connection.cursor() as cursor:
        cursor.execute(f"deallocate {prepared.form(statement, TYPES).execute.split()[1]}")
    prepared._there.clear()  # as of a connection that was cut
    for name in {row[0] for row in prepared.rows("select name from pg_prepared_statements", {}, {})}:
        with connection.cursor() as cursor:
            cursor.execute(f"deallocate {name}")
    prepared._there.clear()
    assert prepared.rows(statement, TYPES, {"a": 2}) == [(6,)]


def test_another_statement_is_another_plan() -> None:
    """Or a guard that a test takes out of a statement would stand on in the plan."""
    guarded = "select 1 where %(a)s > 5"
    assert prepared.rows(guarded, TYPES, {"a": 1}) == []
    assert prepared.rows(guarded.replace("> 5", "> 0"), TYPES, {"a": 1}) == [(1,)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timestamptz", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("bigint[]", []),
        ("bigint[]", [1, 2**40]),
        ("text[]", ["a'b", "{", "\\"]),
        ("text", "it's 100 % \\ of it"),
        ("bigint", None),
        ("date", datetime(2026, 3, 29, tzinfo=UTC).date()),
    ],
)
def test_values_go_and_come_as_they_are(kind: str, value: Any) -> None:
    assert prepared.rows("select %(it)s", {"it": kind}, {"it": value}) == [(value,)]


def test_it_is_seen_among_the_statements_of_a_request() -> None:
    with CaptureQueriesContext(connection) as caught:
        prepared.rows("select %(a)s::int + 41", TYPES, {"a": 1})
    assert [query["sql"].split("_")[0] for query in caught] == ["execute pcnhub"]
