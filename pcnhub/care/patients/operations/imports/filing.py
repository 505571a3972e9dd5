"""Who came with a long list is filed: put into the indexes by which people are looked for, once the list is in.

Finding their places there is most of what taking a long list in would cost. Until then they are found all the same
(`queries.filing`), which takes a little longer. Filing changes nothing of a person, and is on record with the import.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from pcnhub.care.patients.models import ImportBatch
from pcnhub.care.patients.operations.imports.steps import PERMISSION
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.turns import try_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor

FILED_TOGETHER = 20_000
"""People filed in one transaction, so that nobody who changes one of them waits for long. Of a list, no more are so at once."""
LATER = timedelta(seconds=5)
"""While a list of the practice is taken in or undone, nobody is filed: each would wait for people whom the other has changed,
and the database would break one of the two off."""

_NEXT = """
select count(*), max(id) from (
  select id from patients_patient
  where organisation_id = %(organisation)s and id > %(after)s and made_in_id = %(batch)s and not is_filed
  order by id limit %(most)s) next
"""
# As one stretch of ids: named one by one, they would be looked for among everybody.
_FILE = """
update patients_patient set is_filed = true
where organisation_id = %(organisation)s and id > %(after)s and id <= %(last)s and made_in_id = %(batch)s and not is_filed
"""


def are_filed(people: int) -> bool:
    """Whether so many are filed as they come: it takes half a second, and nobody has to read them beside."""
    return people <= FILED_TOGETHER


def ask_to_file(
    batch: ImportBatch, *, after: int = 0, actor: Actor, now: datetime, run_after: datetime | None = None
) -> None:
    """Have the next of an import's people filed; `after` is the last who is, 0 when nobody is."""
    again = f":{run_after.isoformat()}" if run_after else ""
    publish(
        actor=actor,
        now=now,
        fact="patients.people-to-file",
        key=f"{batch.pk}:{after}{again}",
        payload={"batch_id": batch.pk, "after": after},
        run_after=run_after,
    )


def file_people(*, actor: Actor, now: datetime, batch_id: int, after: int) -> None:
    """File the next FILED_TOGETHER people of the acting practice's import, and ask for those behind them; LATER, while a list
    of the practice is at work. Twice is once."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        batch = ImportBatch.objects.select_for_update().get(organisation=actor.organisation.id, pk=batch_id)
        if not try_turn("patients.import", actor.organisation.id):
            ask_to_file(batch, after=after, actor=actor, now=now, run_after=now + LATER)
            return
        asked = {"organisation": actor.organisation.id, "batch": batch_id, "after": after, "most": FILED_TOGETHER}
        with connection.cursor() as cursor:
            if not after:
                cursor.execute("select patients_count_anew()")
            cursor.execute(_NEXT, asked)
            filed, last = cursor.fetchone()
            cursor.execute(_FILE, asked | {"last": last})
        is_over = filed < FILED_TOGETHER
        # until the last, a search reads the others beside
        batch.unfiled = 0 if is_over else max(1, batch.unfiled - filed)
        batch.save(update_fields=["unfiled"])
        if not is_over:
            ask_to_file(batch, after=last, actor=actor, now=now)


def ask_again(*, actor: Actor, now: datetime) -> int:
    """Have whoever of the acting practice's imports is not filed yet filed, should a job for it have been given up; of how many
    imports. Once a day."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        waiting = list(ImportBatch.objects.filter(organisation=actor.organisation.id, unfiled__gt=0))
        for batch in waiting:
            ask_to_file(batch, actor=actor, now=now, run_after=now)
        return len(waiting)
