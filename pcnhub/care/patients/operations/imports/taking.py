"""What was shown is taken in: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import polars as pl
from django.db import connection
from django.db.models import Count, Q
from psycopg import sql

from pcnhub.care.organisations.queries import hubs_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ImportBatch, ImportChange, Patient
from pcnhub.care.patients.operations.heeding import keep_word
from pcnhub.care.patients.operations.imports.bulk import Ready, execute, insert
from pcnhub.care.patients.operations.imports.checking import compare_file
from pcnhub.care.patients.operations.imports.comparing import PROTECTION, fingerprint_of
from pcnhub.care.patients.operations.imports.filing import are_filed, ask_to_file
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
from pcnhub.care.patients.operations.imports.telling import telling
from pcnhub.care.patients.operations.protection import tell_hubs
from pcnhub.care.patients.operations.vocabulary import learn_own_names
from pcnhub.care.patients.queries.pieces import frames_of
from pcnhub.care.patients.rules import ImportState, PieceKind, RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import effective_agreement, permit
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.ahead import made_ready
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, NotPermitted, NotShared, Refusal

NO_LONGER_SHARED = (
    "The practice no longer shares its care record with whoever asked for this list to be taken in. "
    "Somebody at the practice can take it in."
)
LOOK_AGAIN = (
    "Patients were changed after this file was checked, and it would now do something else. Look at its changes again."
)

ACTIVE = RegistrationState.ACTIVE.value

# The person as they would be with the differing columns of `side`; PostgreSQL reads them as the table's own types.
_PUT = """
update patients_patient p set ({columns}) = row({values}), batch_id = {batch}, updated_at = {now}
from patients_importchange c
  join patients_patient q on q.id = c.patient_id and q.organisation_id = c.organisation_id
  cross join lateral jsonb_populate_record(q, c.{side}) r
where p.id = q.id and c.batch_id = {batch} and c.{side} is not null and c.left_because = ''
"""


class PiecesMissing(Refusal):
    """Less is kept of the file than was shown: its time was over, say."""

    code = "import-pieces-missing"


class TakesProtectionAway(NotPermitted):
    """Whoever may not see the protected can't say that they need no protection."""

    code = "takes-protection-away"


class ChangesetAltered(Conflict):
    """Another changeset is shown now than the one that was agreed to."""

    code = "changeset-altered"


def take_in(*, actor: Actor, now: datetime, batch_id: int, changes_sha256: str) -> None:
    """Ask for the changeset that was shown (`BatchView.changes_sha256`) to be taken in.

    A practice's own of up to AT_ONCE rows is taken in when this returns (state `imported`); any other is `importing`, and a
    job does it. Where patients changed since, so that the file would now do something else, nothing is taken in: the state
    is `checked` again with the new changeset, and `failure` says so. Raises ChangesetAltered (another one is shown by now),
    TakesProtectionAway (of somebody, and the actor may not see the protected), NotFound, NotAtThisStep.
    """
    with unit_of_work(actor):
        batch, grant = locked(actor=actor, now=now, batch_id=batch_id, steps=[ImportState.CHECKED])
        if batch.changes_sha256 != changes_sha256:
            raise ChangesetAltered(
                "The file was checked again since you looked, and its changes are others now.",
                remedy="Look at its changes again, then import.",
            )
        refuse_to_unprotect(batch, actor)
        batch.state, batch.imported_by, batch.rows_done, batch.failure = ImportState.IMPORTING, actor.name, 0, ""
        batch.imported_as = standing(actor, grant)
        batch.save(update_fields=["state", "imported_by", "imported_as", "rows_done", "failure"])
        note(batch, "patients.import-asked", grant, actor=actor, now=now)
        if is_at_once(actor, batch):
            commit_or_stop(actor=actor, now=now, batch_id=batch.pk)
            return
        tell(batch, fact="patients.import-asked", actor=actor, now=now)


def refuse_to_unprotect(batch: ImportBatch, actor: Actor) -> None:
    """Raises TakesProtectionAway."""
    if batch.unprotected and not actor.may(Permission.VIEW_SENSITIVE):
        raise TakesProtectionAway(
            "People lose their protection by this list, and your job does not let you see who they are.",
            remedy="Correct the list in the practice's system, or let somebody who may see protected patients take it in.",
            who_can=f"someone at {batch.organisation.name} who may see patients marked as sensitive",
        )


def commit_or_stop(*, actor: Actor, now: datetime, batch_id: int, attempt: int = TRIES) -> None:
    """Take it in; where that can't be, the state is `failed` with the reason, and the file can be checked again or dropped."""
    with stopping(actor=actor, batch_id=batch_id, state=ImportState.FAILED, attempt=attempt):
        commit(actor=actor, now=now, batch_id=batch_id)


def commit(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Take the acting practice's changeset in, in one transaction; done twice, it is done once."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        refuse_unless_practice(actor)
        take_turn("patients.import", actor.organisation.id)
        batch = ImportBatch.objects.get(organisation=actor.organisation.id, pk=batch_id)
        if batch.state != ImportState.IMPORTING:
            return
        if not _is_shared_still(batch, now):
            batch.state, batch.failure = ImportState.CHECKED, NO_LONGER_SHARED
            batch.save(update_fields=["state", "failure"])
            return
        with telling(batch, actor, ImportState.IMPORTING) as tell_rows:
            if batch.held_as != fingerprint_of(batch.organisation_id):
                shown = batch.changes_sha256
                compare_file(batch, actor=actor, now=now, tell_rows=tell_rows)
                if batch.changes_sha256 != shown:
                    batch.state, batch.failure = ImportState.CHECKED, LOOK_AGAIN
                    batch.save(update_fields=["state", "failure"])
                    return
            done = 0
            with constraints_at_once():
                for rows in bring(batch, frames_of(batch, PieceKind.NEW), is_filed=are_filed(batch.created), now=now):
                    done += rows
                    tell_rows(done)
                if done != batch.created:
                    raise PiecesMissing(
                        f"{batch.created - done:,} of the new people of this list are not kept any more; nothing was done.",
                        remedy="Drop it, and send the file again.",
                        who_can="whoever imports patients",
                    )
                put(batch, "after", now=now)
        finish(batch, actor=actor, now=now)


def _is_shared_still(batch: ImportBatch, now: datetime) -> bool:
    """Whether the organisation that asked may ask: the agreement may have ended before the job came to it."""
    practice, asked = batch.organisation_id, batch.imported_as.get("organisation", batch.received_from_id)
    if asked == practice:
        return True
    try:
        effective_agreement(
            kind=AgreementKind.CARE_RECORD, mine=practice, theirs=asked, side=Side.GIVES, day=london_date(now)
        )
    except NotShared:
        return False
    return True


class constraints_at_once:  # noqa: N801 - reads as a word
    """References are looked at with each statement, so that a million of them don't wait in memory for the end."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            with connection.cursor() as cursor:
                cursor.execute("set constraints all deferred")


def bring(batch: ImportBatch, new: Iterable[pl.DataFrame], *, is_filed: bool, now: datetime) -> Iterator[int]:
    """People who are not held yet; of each frame, once they are written, how many rows it has. Where the file does not say since
    when, they are registered from the day it was read. Unless `is_filed`, `finish` has them filed later."""
    day = london_date(batch.checked_at or now)
    # whom the practice hides from whoever brought the file counts as new there, and is held here
    hidden = [] if batch.is_own else _hidden(batch.organisation_id)
    called: list[pl.DataFrame] = []
    active = Patient.objects.filter(organisation=batch.organisation_id, registration_state=ACTIVE)
    batch.active_after = active.count()  # before: a million who have come by then need not be counted one by one

    def ready_to_send(each: pl.DataFrame) -> tuple[int, Ready]:
        frame = each.drop("line")
        if hidden:
            frame = frame.filter(~pl.col("nhs_number").is_in(hidden))
        if "registered_on" in frame.columns:
            frame = frame.with_columns(pl.col("registered_on").fill_null(day))
        called.append(frame.select("family_name", "given_name").unique())
        return each.height, Ready.of(frame)

    for rows, ready in made_ready(new, ready_to_send):
        written = insert(
            Patient,
            ready,
            organisation_id=batch.organisation_id,
            registration_type=RegistrationType.REGULAR.value,
            registration_state=ACTIVE,
            registered_on=day,
            batch_id=batch.pk,
            made_in_id=batch.pk,
            is_filed=is_filed,
            created_at=now,
            updated_at=now,
        )
        batch.active_after += written
        batch.unfiled += 0 if is_filed else written
        yield rows
    if called:
        names = pl.concat(called)
        learn_own_names(names["family_name"].unique().to_list(), names["given_name"].unique().to_list())


def _hidden(organisation_id: int) -> list[str]:
    protected = Q(is_sensitive=True) | Q(dissents_from_sharing=True)
    found = Patient.objects.filter(protected, organisation=organisation_id, nhs_number__isnull=False)
    return [number or "" for number in found.values_list("nhs_number", flat=True)]


def put(batch: ImportBatch, side: str, *, now: datetime) -> int:
    """Write the `after` (or, to undo, the `before`) of the batch's changes into the people, who are found by it; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct jsonb_object_keys(after) from patients_importchange where batch_id = %s and after is not null",
            [batch.pk],
        )
        names = sorted(name for (name,) in cursor.fetchall())
    if not names:
        return 0
    columns = [sql.Identifier(name) for name in names]
    # An undo takes nobody's protection away: a newer list may have said the same, and changed nothing by it.
    taken = {name: "(q.{0} or r.{0})" if side == "before" and name in PROTECTION else "r.{0}" for name in names}
    statement = sql.SQL(_PUT).format(  # the template is a constant above
        columns=sql.SQL(", ").join(columns),
        values=sql.SQL(", ").join(sql.SQL(taken[name]).format(sql.Identifier(name)) for name in names),
        side=sql.Identifier(side),
        batch=sql.Literal(batch.pk),
        now=sql.Literal(now),
    )
    written = execute(statement, {})
    if side == "after":
        batch.active_after += _more_active(batch)
        _learn_changed_names(batch)
    return written


def _more_active(batch: ImportBatch) -> int:
    """Whom the changes bring back, less those whom they end."""
    changes = ImportChange.objects.filter(batch=batch, left_because="")
    back, ended = Q(after__registration_state=ACTIVE), Q(before__registration_state=ACTIVE)
    counted = changes.aggregate(back=Count("pk", filter=back), ended=Count("pk", filter=ended))
    return int(counted["back"] - counted["ended"])


def _learn_changed_names(batch: ImportBatch) -> None:
    changed = ImportChange.objects.filter(batch=batch, after__has_any_keys=["family_name", "given_name"])
    said = list(changed.values_list("after__family_name", "after__given_name").distinct())
    learn_own_names([family for family, _given in said if family], [given for _family, given in said if given])


def finish(batch: ImportBatch, *, actor: Actor, now: datetime) -> None:
    """What follows from people having come in: hubs hear of it, and it is on record."""
    batch.state, batch.imported_at, batch.rows_done = ImportState.IMPORTED, now, batch.rows
    batch.save(update_fields=["state", "imported_at", "imported_by", "active_after", "rows_done", "unfiled"])
    if batch.unfiled:
        ask_to_file(batch, actor=actor, now=now)
    grant = permit(actor=actor, permission=PERMISSION, now=now)
    note(
        batch, "patients.imported", grant, actor=actor, now=now, rows=batch.rows, rejected=batch.rejected,
        created=batch.created, changed=batch.changed, closed=batch.closed,
    )  # fmt: skip
    tell_of_change(batch, str(batch.pk), actor=actor, now=now)


def tell_of_change(batch: ImportBatch, key: str, *, actor: Actor, now: datetime) -> None:
    """Also when nothing changed: the hub may have linked a person elsewhere since, which this list sets right."""
    tell_hubs(actor=actor, now=now)
    keep_word(actor=actor)
    for hub in _hubs(actor, now):
        publish(
            actor=actor,
            now=now,
            fact="patients.imported",
            key=f"{key}:{hub}",
            payload={"batch_id": batch.pk, "practice_id": actor.organisation.id},
            organisation_id=hub,
            # Each practice's own order: what fails for one practice holds back no other.
            ordering_key=f"patients:{hub}:{actor.organisation.id}",
        )


def _hubs(actor: Actor, now: datetime) -> Iterable[int]:
    return (hub.id for hub in hubs_of(organisation_id=actor.organisation.id, day=london_date(now)))
