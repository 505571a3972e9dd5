"""Many rows in one statement: a frame becomes one array a column, which the database unfolds.

`COPY` can't be used: PostgreSQL refuses it on tables with row security. A temporary table to copy into first would need a
right that the serving role must not have: who may make one can put it in the place of a table that a guard's function reads.
Unfolding arrays costs a second more for a million people, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import psycopg
from django.db import connection
from django.db.models import Model
from psycopg import sql

JOINT = "\x1f"  # between the parts of a list within one text: no text of a file has it (rules.vectors)
_TYPES = {pl.Date: "date", pl.Boolean: "boolean", pl.Int64: "bigint", pl.Int32: "integer"}


def insert(model: type[Model], frame: pl.DataFrame, **constants: Any) -> int:
    """Insert the frame's rows; a column that it lacks has the constant, or else the field's default. How many rows.

    A list column, or one that is a list in the table, is text parted by JOINT. A JSON column is JSON as text.
    """
    if frame.is_empty():
        return 0
    names, values, params = [], [], dict(_arrays(frame))
    for field in model._meta.concrete_fields:  # noqa: SLF001 - Django documents it
        column = field.column
        if column is None or field.primary_key or field.generated:
            continue
        names.append(sql.Identifier(column))
        if column in frame.columns:
            values.append(_cast(column, field.db_type(connection) or "text"))
            continue
        value = constants.get(column, constants.get(field.name, field.get_default()))
        params[f"constant_{column}"] = field.get_db_prep_save(value, connection)
        values.append(sql.Placeholder(f"constant_{column}") + sql.SQL(f"::{field.db_type(connection)}"))
    statement = sql.SQL("insert into {} ({}) select {} from {}").format(
        sql.Identifier(model._meta.db_table),  # noqa: SLF001
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(values),
        unfolded(frame),
    )
    return execute(statement, params)


def unfolded(frame: pl.DataFrame, name: str = "given") -> sql.Composed:
    """`unnest(...) as given(...)`: the frame as a table in a statement; its parameters are `arrays(frame)`."""
    columns = frame.columns
    arrays = [
        sql.Placeholder(f"array_{column}") + sql.SQL(f"::{_TYPES.get(type(kind), 'text')}[]")
        for column, kind in zip(columns, frame.dtypes, strict=True)
    ]
    return sql.SQL("unnest({}) as {}({})").format(
        sql.SQL(", ").join(arrays), sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def execute(statement: sql.Composable, params: Mapping[str, Any]) -> int:
    """In the running transaction, its parameters sent beside the statement; how many rows. Raises Django's DatabaseError."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount


def arrays(frame: pl.DataFrame) -> dict[str, str]:
    """Each column as PostgreSQL writes an array, made by polars."""
    return dict(_arrays(frame))


def _arrays(frame: pl.DataFrame) -> list[tuple[str, Any]]:
    literals = frame.select(
        pl.format('"{}"', pl.col(column).cast(pl.String).str.replace_all(r'(["\\])', r"\$1"))
        .fill_null("NULL")
        .str.join(",")
        for column in frame.columns
    )
    return [(f"array_{column}", "{" + literals[column][0] + "}") for column in frame.columns]


def _cast(column: str, kind: str) -> sql.Composable:
    name = sql.SQL("given.") + sql.Identifier(column)
    if kind.endswith("[]"):
        return sql.SQL("string_to_array({}, {})").format(name, sql.Literal(JOINT))
    return name + sql.SQL("::jsonb") if kind == "jsonb" else name
