"""Learning the names of the people whom an organisation takes in, so that a mistyped name finds them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from pcnhub.foundations.database.work import current_work


def learn_names(*, organisation_id: int, patient_ids: Collection[int]) -> None:
    """Take the names of these people of the organisation into its vocabulary.

    One statement, whatever their number; a name that is known costs a look. Called by each operation that writes a name, in its
    own unit of work, once the people are written: only whom the acting organisation may read is learnt. Raises NoUnitOfWork.
    """
    _learn("select patients_learn_names_of(%s, %s)", organisation_id, list(patient_ids))


def learn_own_names(families: Collection[str], given: Collection[str]) -> None:
    """Take the family names and given names of people whom the acting organisation takes in into its vocabulary, so that a long
    list need not be read again for that. Raises NoUnitOfWork."""
    if families or given:
        _learn("select patients_learn_own_names(%s, %s)", list(families), list(given))


def _learn(statement: str, *values: int | list[int] | list[str]) -> None:
    current_work()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
