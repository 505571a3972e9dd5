"""A file of any size checked column by column; what it finds is what `check_rows` finds, row for row and field for field.

    shape = shape_of(source)                               # rules.files: encoding, delimiter, header, lines; rewinds
    table = check_table(
        source=source, shape=shape, mapping=mapping, practice_ods="A81001", members=frozenset({...}), today=today,
        on_progress=lambda rows: ...)                      # raises InvalidInput when the header can't be used
    table.columns                                          # rules.columns.Columns: places, headers, unused
    schema_of(table.columns)                               # name -> polars type of each column of `good`
    for batch in table:                                    # once; about 65,000 lines each, in the order of the file
        batch.rows                                         # rows of the file in this batch, blank lines left out
        batch.good                                         # polars.DataFrame in no order: `line`, `nhs_number`, then the columns of
                                                           #   patients_patient that the file speaks of, typed:
                                                           #   birth_date Date, address_lines List(String), is_sensitive,
                                                           #   dissents_from_sharing Boolean, sms_consent,
                                                           #   interpreter_required Boolean or null, registered_on Date or
                                                           #   null (null: the row does not say), all others String
        batch.rejections                                   # tuple[Rejection, ...] ordered by line; every error of a row
        batch.rejected                                     # how many rows those are
        batch.closings                                     # tuple[Closing, ...]: the dead and the gone; rejected too
        batch.numberless                                   # tuple[Demographics, ...]: in order but for the NHS number
                                                           #   (missing or wrong; `nhs_number` is ""): for resemblance

A row is in `good` or has rejections, never both; rows = good.height + rejected. Memory holds one batch, and of the lines before
it the NHS numbers. A file that is not what `shape` says raises InvalidInput while it is read: a caller that has already
written something must be able to undo it.

`mapping` is None for the default. `members` are the ODS codes of the network's practices: the row of another member is told
apart (`another-practice`) from an outsider's (`outside-network`); empty: not asked.

Beside it: `rules.listsize.against_list_size(rows=..., list_size=..., is_delta=...)` is the finding about the file as a whole;
`rules.resemblance.resemblance(row, known)` scores a numberless row.
"""

from pcnhub.care.patients.rules.vectors.judging import schema_of
from pcnhub.care.patients.rules.vectors.table import CheckedBatch, CheckedTable, check_table

__all__ = ["CheckedBatch", "CheckedTable", "check_table", "schema_of"]
