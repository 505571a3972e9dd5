"""Taking turns: work on one thing at a time, where no row stands for the thing yet or its row must stay free for others."""

from __future__ import annotations

from django.db import connection

from pcnhub.foundations.database.work import current_work


def take_turn(what: str, number: int) -> None:
    """Wait until nobody else works on this (`what` such as "patients.import", `number` an id), and hold it until the end
    of the running unit of work. Raises NoUnitOfWork."""
    current_work()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", [what, number % 2**31])


def try_turn(what: str, number: int) -> bool:
    """The same for whoever can do it later: false, at once, while somebody else works on this. Raises NoUnitOfWork."""
    current_work()
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext(%s), %s)", [what, number % 2**31])
        [is_ours] = cursor.fetchone()
        return bool(is_ours)
