"""An import is undone: who came with it goes, and who was changed is as before; whoever changed since is left, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from psycopg import sql

from pcnhub.care.patients.models import ImportBatch, ImportChange, Patient, PossibleDuplicate, Protection
from pcnhub.care.patients.operations.imports.steps import (
    PERMISSION,
    TRIES,
    is_at_once,
    locked,
    note,
    refuse_unless_practice,
    standing,
    stopping,
    tell,
)
from pcnhub.care.patients.operations.imports.taking import put, tell_of_change
from pcnhub.care.patients.operations.imports.telling import telling
from pcnhub.care.patients.rules import ChangeKind, ImportState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

CHANGED_SINCE = "Changed again after this import."
PROTECTED = "Stays protected: an undo takes nobody's protection away."
ELSEWHERE = "Registered or booked at a hub since."
AT_A_TIME = 20_000

# Whether somebody is still as the import left them: no column of its `after` was written over.
_WRITTEN_OVER = """
update patients_importchange c set left_because = %s
from patients_patient p
where c.batch_id = %s and c.after is not null and p.id = c.patient_id and jsonb_populate_record(p, c.after) is distinct from p
"""
_PROTECTED_BY_IT = """
update patients_importchange set left_because = %s where batch_id = %s and left_because = ''
  and (after @> '{"is_sensitive": true}' or after @> '{"dissents_from_sharing": true}')
"""
_REFERENCES = """
select c.conrelid::regclass::text, a.attname from pg_constraint c
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f' and c.confrelid = 'patients_patient'::regclass
"""
# These are the room's own, and go or stay with the person.
_OURS = frozenset({"patients_protection", "patients_possibleduplicate"})


def undo(*, actor: Actor, now: datetime, batch_id: int, reason: str) -> None:
    """Undo what an import did, but for protection: whom it marked stays so. Who was changed again since, or is used elsewhere
    (booked, say), is left as they are: their
    `ChangeView.left_because` says why, and `BatchView.kept_back` counts them.

    A practice's own of up to AT_ONCE rows is undone when this returns (state `undone`); any other is `undoing`, and a job
    does it. Raises NotFound, NotAtThisStep (not taken in), InvalidInput (no reason).
    """
    with unit_of_work(actor):
        batch, grant = locked(actor=actor, now=now, batch_id=batch_id, steps=[ImportState.IMPORTED])
        if not reason.strip():
            raise InvalidInput(
                [Problem("reason", "reason-missing", "Say why the import is undone.", "Write a few words.", "")]
            )
        batch.state, batch.undone_by, batch.undo_reason = ImportState.UNDOING, actor.name, reason.strip()
        batch.undone_as = standing(actor, grant)
        batch.save(update_fields=["state", "undone_by", "undone_as", "undo_reason"])
        note(batch, "patients.import-undo-asked", grant, actor=actor, now=now, reason=reason.strip())
        if is_at_once(actor, batch):
            take_back_or_stop(actor=actor, now=now, batch_id=batch.pk)
            return
        tell(batch, fact="patients.import-undo-asked", actor=actor, now=now)


def take_back_or_stop(*, actor: Actor, now: datetime, batch_id: int, attempt: int = TRIES) -> None:
    """Undo it; where that can't be, the import stands as taken in, with the reason."""
    with stopping(actor=actor, batch_id=batch_id, state=ImportState.IMPORTED, attempt=attempt):
        take_back(actor=actor, now=now, batch_id=batch_id)


def take_back(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Undo the acting practice's import, in one transaction; done twice, it is done once."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        refuse_unless_practice(actor)
        take_turn("patients.import", actor.organisation.id)
        batch = ImportBatch.objects.get(organisation=actor.organisation.id, pk=batch_id)
        if batch.state != ImportState.UNDOING:
            return
        with telling(batch, actor, ImportState.UNDOING):
            with connection.cursor() as cursor:
                cursor.execute(_WRITTEN_OVER, [CHANGED_SINCE, batch.pk])
            put(batch, "before", now=now)
            with connection.cursor() as cursor:
                cursor.execute(_PROTECTED_BY_IT, [PROTECTED, batch.pk])
            _send_away(batch)
        left = ImportChange.objects.filter(batch=batch).exclude(left_because="")
        batch.state, batch.undone_at, batch.kept_back = ImportState.UNDONE, now, left.count()
        batch.save(update_fields=["state", "undone_at", "kept_back"])
        note(
            batch, "patients.import-undone", grant, actor=actor, now=now, reason=batch.undo_reason, left=batch.kept_back
        )
        tell_of_change(batch, f"{batch.pk}:undone", actor=actor, now=now)


def _send_away(batch: ImportBatch) -> None:
    """Whoever came with the import and has not been touched since."""
    came = Patient.objects.filter(organisation=batch.organisation_id, made_in=batch)
    reasons = dict.fromkeys(came.exclude(version=1, batch=batch).values_list("pk", flat=True), CHANGED_SINCE)
    for reason, ids in _used(batch):
        reasons |= {patient_id: reason for patient_id in ids if patient_id not in reasons}
    ids = [patient_id for patient_id in came.order_by("pk").values_list("pk", flat=True) if patient_id not in reasons]
    for start in range(0, len(ids), AT_A_TIME):
        reasons |= dict.fromkeys(_delete(ids[start : start + AT_A_TIME]), ELSEWHERE)
    _leave(batch, reasons)


def _used(batch: ImportBatch) -> Iterator[tuple[str, list[int]]]:
    """Who stands in which other table, whatever room it is of: the database knows every reference."""
    names = {model._meta.db_table: model._meta.verbose_name for model in apps.get_models()}  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES)
        for table, column in cursor.fetchall():
            if table in _OURS:
                continue
            cursor.execute(
                sql.SQL(
                    "select distinct u.{column} from {table} u join patients_patient p on p.id = u.{column}"
                    " where p.made_in_id = %s and p.organisation_id = %s"
                ).format(column=sql.Identifier(column), table=sql.Identifier(table)),
                [batch.pk, batch.organisation_id],
            )
            yield f"In use since: {names.get(table, table)}.", [row[0] for row in cursor.fetchall()]


def _delete(ids: Sequence[int]) -> list[int]:
    """Whom a reference that this practice may not see still holds, are not deleted, and answered."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            PossibleDuplicate.objects.filter(patient__in=ids).delete()
            Protection.objects.filter(patient__in=ids).delete()
            cursor.execute("delete from patients_patient where id = any(%s)", [list(ids)])
            cursor.execute("set constraints all immediate")
            cursor.execute("set constraints all deferred")
    except IntegrityError:
        if len(ids) == 1:
            return list(ids)
        half = len(ids) // 2
        return _delete(ids[:half]) + _delete(ids[half:])
    return []


def _leave(batch: ImportBatch, reasons: dict[int, str]) -> None:
    left = Patient.objects.filter(pk__in=reasons).order_by("pk")
    ImportChange.objects.bulk_create(
        [
            ImportChange(
                organisation_id=batch.organisation_id,
                batch=batch,
                kind=ChangeKind.NEW,
                nhs_number=patient.number,
                patient_id=patient.pk,
                left_because=reasons[patient.pk],
            )
            for patient in left.only("pk", "nhs_number")
        ],
        batch_size=1000,
    )
