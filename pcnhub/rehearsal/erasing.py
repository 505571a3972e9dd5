"""Taking away what a rehearsal wrote, and looking whether anything is left. The database does both, as the tables' owner: the
serving role may not delete what is append-only, and must not see other organisations' rows."""

from __future__ import annotations

from django.db import connection, transaction

from pcnhub.rehearsal.rules import Left


def erase(run_id: int) -> int:
    """All that the run wrote, but for the audit; of how many rows. What no rehearsal wrote can't be named to it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pcnhub_erase_rehearsal(%s)", [run_id])
        [gone] = cursor.fetchone()
        return int(gone)


def left_of(run_id: int) -> tuple[Left, ...]:
    """What is left of the run in any table, asked of every table there is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select table_name, row_count from pcnhub_left_of_rehearsal(%s)", [run_id])
        return tuple(Left(str(table), int(rows)) for table, rows in cursor.fetchall())
