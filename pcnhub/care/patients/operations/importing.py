"""A practice's demographics export becomes its patients in one call: for the command, the demonstration, and tests.

The same engine as of a file that is reviewed first (`operations.imports`). Run twice, it changes nothing (`domain.md` 8.4, A17).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.patients.models import ImportBatch
from pcnhub.care.patients.operations.heeding import untold_hubs
from pcnhub.care.patients.operations.imports.checking import (
    as_written,
    count,
    members_beside,
    write_changes,
    write_rejections,
)
from pcnhub.care.patients.operations.imports.comparing import Compared, Comparison
from pcnhub.care.patients.operations.imports.duplicates import Sought, note_duplicates, sought
from pcnhub.care.patients.operations.imports.filing import are_filed
from pcnhub.care.patients.operations.imports.reading import in_memory
from pcnhub.care.patients.operations.imports.steps import (
    PERMISSION,
    NotThePractices,
    refuse_unless_practice,
    standing,
)
from pcnhub.care.patients.operations.imports.taking import bring, constraints_at_once, finish, put
from pcnhub.care.patients.rules import (
    ColumnMapping,
    ImportState,
    ParsedFile,
    Rejection,
    check_rows,
    columns_of,
    table_of,
)
from pcnhub.care.patients.rules.vectors import schema_of
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

__all__ = ["ImportReport", "NotThePractices", "import_demographics"]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or in a dry run would do, in rows; `rejections` holds every reason, so a row may have several.

    rows = created + changed + unchanged + rejected, but for rejected rows of which the protection alone is believed: they are
    among the rejected, and whom they mark among the changed. `closed` counts registrations that the file called left or deceased;
    their rows are among the rejected. `absent` are active patients whom the file does not name: they stay as they are.
    `untold` names the hubs that can't be told now who is protected here, for want of an appointments agreement in effect.
    """

    batch_id: int | None
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    closed: int
    absent: int
    unused_columns: tuple[str, ...]
    rejections: tuple[Rejection, ...]
    untold: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many patients are not what they were."""
        return self.created + self.changed + self.closed


def import_demographics(
    *,
    actor: Actor,
    now: datetime,
    file: ParsedFile | Sequence[Mapping[str, str]],
    mapping: ColumnMapping | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Take a file's rows into the actor's practice. A column that the file lacks leaves what is held untouched.

    Publishes `patients.imported` for each hub of the practice. Raises NotThePractices, NotPermitted,
    and InvalidInput when the header can't be used; bad rows are in the report instead.
    """
    parsed = file if isinstance(file, ParsedFile) else table_of(file)
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        refuse_unless_practice(actor)
        mapping = mapping or ColumnMapping()
        columns = columns_of(parsed.headers, mapping)
        checked = check_rows(
            parsed,
            columns=columns,
            mapping=mapping,
            practice_ods=actor.organisation.ods_code,
            today=london_date(now),
            members=members_beside(actor, now),
        )
        take_turn("patients.import", actor.organisation.id)
        comparison = Comparison(organisation_id=actor.organisation.id, columns=schema_of(columns))
        compared = comparison.take(in_memory(checked, columns))
        batch = ImportBatch(
            organisation_id=actor.organisation.id,
            received_from_id=actor.organisation.id,
            state=ImportState.IMPORTING,
            file_sha256=parsed.sha256,
            received_at=now,
            received_by=actor.name,
            checked_at=now,
            imported_by=actor.name,
            imported_as=standing(actor, grant),
            unused_columns=list(columns.unused),
        )
        count(batch, comparison, comparison.absent().height)
        if not dry_run:
            numberless = sought(checked.numberless, comparison.birth_dates)
            _take_in(batch, compared, numberless, actor=actor, now=now)
        untold = untold_hubs(actor=actor, now=now)
    return ImportReport(
        batch_id=batch.pk,
        rows=len(parsed.rows),
        created=batch.created,
        changed=batch.changed,
        unchanged=batch.unchanged,
        rejected=batch.rejected,
        closed=batch.closed,
        absent=batch.absent,
        unused_columns=columns.unused,
        rejections=tuple(compared.rejections),
        untold=untold,
    )


def _take_in(
    batch: ImportBatch, compared: Compared, numberless: Sequence[Sought], *, actor: Actor, now: datetime
) -> None:
    batch.save()
    write_rejections(batch, as_written(compared.rejections))
    write_changes(batch, compared.changes)
    batch.duplicates = note_duplicates(batch, numberless)
    batch.save(update_fields=["duplicates"])
    with constraints_at_once():
        for _rows in bring(batch, [compared.new], is_filed=are_filed(batch.created), now=now):
            pass
        put(batch, "after", now=now)
    finish(batch, actor=actor, now=now)
