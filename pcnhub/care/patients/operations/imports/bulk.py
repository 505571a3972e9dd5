"""Many rows in one statement: a frame becomes one array a column, which the database unfolds.

`COPY` can't be used: PostgreSQL refuses it on tables with row security. A temporary table to copy into first would need a
right that the serving role must not have: who may make one can put it in the place of a table that a guard's function reads.
Unfolding arrays costs a second more for a million people, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg
from django.db import connection
from django.db.models import Model
from psycopg import sql

# Between texts, for a text that is not there, and between the parts of a list within one: no text of a file that is in order has
# them (rules.vectors), and what quotes another is `unmarked`.
NEXT, NULL, JOINT = "\x1e", "\x1d", "\x1f"
# Of nothing at all PostgreSQL makes no text, where it is one that is empty.
_PARTED = sql.SQL(
    "(case {joined}::text when '' then array[''] else string_to_array({joined}::text, {next}, {null}) end)::{kind}[]"
)
_TYPES = {pl.Date: "date", pl.Boolean: "boolean", pl.Int64: "bigint", pl.Int32: "integer"}


@dataclass(frozen=True, slots=True)
class Ready:
    """A frame as it is sent: `varying` are the columns whose rows differ, with their `arrays`; of all others one value stands
    in `same`, which the database need not be told once a row."""

    varying: pl.DataFrame
    arrays: Mapping[str, str]
    same: Mapping[str, Any]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Ready:
        alike = {column.name: column[0] for column in frame.iter_columns() if _is_one_value(column)}
        if len(alike) == len(frame.columns):  # something must say how many rows there are
            alike.pop(frame.columns[0], None)
        varying = frame.drop(alike)
        return cls(varying, arrays(varying), alike)


def insert(model: type[Model], rows: pl.DataFrame | Ready, **constants: Any) -> int:
    """Insert the frame's rows; a column that it lacks has the constant, or else the field's default. How many rows.

    A list column, or one that is a list in the table, is text parted by JOINT. A JSON column is JSON as text.
    """
    ready = rows if isinstance(rows, Ready) else Ready.of(rows)
    if ready.varying.is_empty():
        return 0
    names, values, params = [], [], dict[str, Any](ready.arrays)
    for field in model._meta.concrete_fields:  # noqa: SLF001 - Django documents it
        column, kind = field.column, field.db_type(connection) or "text"
        if column is None or field.primary_key or field.generated:
            continue
        names.append(sql.Identifier(column))
        if column in ready.varying.columns:
            values.append(_cast(sql.SQL("given.") + sql.Identifier(column), kind))
            continue
        place = sql.Placeholder(f"constant_{column}")
        if column in ready.same:
            params[f"constant_{column}"] = ready.same[column]
            text = place + sql.SQL("::text" if kind.endswith("[]") or kind == "jsonb" else f"::{kind}")
            values.append(_cast(text, kind))
            continue
        value = constants.get(column, constants.get(field.name, field.get_default()))
        params[f"constant_{column}"] = field.get_db_prep_save(value, connection)
        values.append(place + sql.SQL(f"::{kind}"))
    statement = sql.SQL("insert into {} ({}) select {} from {}").format(
        sql.Identifier(model._meta.db_table),  # noqa: SLF001
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(values),
        unfolded(ready.varying),
    )
    return execute(statement, params)


def unfolded(frame: pl.DataFrame, name: str = "given") -> sql.Composed:
    """`unnest(...) as given(...)`: the frame as a table in a statement; its parameters are `arrays(frame)`."""
    columns = frame.columns
    arrays = [
        _PARTED.format(
            joined=sql.Placeholder(f"array_{column}"),
            next=NEXT,
            null=NULL,
            kind=sql.SQL(_TYPES.get(type(kind), "text")),
        )
        for column, kind in zip(columns, frame.dtypes, strict=True)
    ]
    return sql.SQL("unnest({}) as {}({})").format(
        sql.SQL(", ").join(arrays), sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def execute(statement: sql.SQL | sql.Composed, params: Mapping[str, Any]) -> int:
    """In the running transaction, its parameters sent beside the statement; how many rows. Raises Django's DatabaseError."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount


def arrays(frame: pl.DataFrame) -> dict[str, str]:
    """Each column as one text, whose parts the database takes apart: no part is quoted, and none is read letter by letter.

    Raises ValueError where a part has the mark itself: all behind it would be other people's.
    """
    joined = frame.select(pl.col(column).cast(pl.String).fill_null(NULL).str.join(NEXT) for column in frame.columns)
    texts = {f"array_{column}": joined[column][0] for column in frame.columns}
    for name, text in texts.items():
        if text.count(NEXT) != max(0, frame.height - 1):
            raise ValueError(f"{name}: a text has the mark that parts texts")
    return texts


def unmarked(frame: pl.DataFrame) -> pl.DataFrame:
    """Whatever somebody typed, as `insert` takes it: a space for each mark."""
    return frame.with_columns(pl.col(pl.String).str.replace_all(f"[{NEXT}{NULL}{JOINT}]", " "))


def _is_one_value(column: pl.Series) -> bool:
    return len(column) > 0 and bool(column.eq_missing(column[0]).all())


def _cast(value: sql.Composable, kind: str) -> sql.Composable:
    if kind.endswith("[]"):
        return sql.SQL("string_to_array({}, {})").format(value, sql.Literal(JOINT))
    return value + sql.SQL("::jsonb") if kind == "jsonb" else value
