"""Learning the names of the people whom an organisation takes in, so that a mistyped name finds them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from pcnhub.foundations.database.work import current_work


def learn_names(
    *, organisation_id: int, patient_ids: Collection[int] | None = None, batch_id: int | None = None
) -> None:
    """Take the names of these people of the organisation, or of all whom an import brought or changed, into its vocabulary.

    One statement, whatever their number; a name that is known costs a look. Called by each operation that writes a name, in its
    own unit of work, once the people are written: only whom the acting organisation may read is learnt. Raises NoUnitOfWork.
    """
    current_work()
    with connection.cursor() as cursor:
        cursor.execute(
            "select patients_learn_names(%s, %s, %s)",
            [organisation_id, batch_id, None if patient_ids is None else list(patient_ids)],
        )
