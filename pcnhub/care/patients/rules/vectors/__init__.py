"""A file of any size checked column by column; what it finds is what `check_rows` finds, row for row and field for field.

    shape = shape_of(source)                    # rules.sniffing: encoding, delimiter, header line; reads all, rewinds
    table = check_table(
        source=source, shape=shape, mapping=mapping, practice_ods="A81001", members=frozenset({...}), today=today,
        on_progress=lambda rows: ...)           # raises InvalidInput when the header can't be used
    schema_of(table.columns)                    # name -> polars type of each column of `good`
    for batch in table:                         # once; about 65,000 lines each, in the order of the file
        batch.rows                              # rows of the file in this batch, blank lines left out
        batch.good                              # polars.DataFrame, its rows in no order
        batch.rejections                        # tuple[Rejection, ...] ordered by line; every error of a row
        batch.rejected                          # how many rows those are
        batch.closings                          # tuple[Closing, ...]: the dead and the gone; rejected too
        batch.numberless                        # tuple[Demographics, ...]: in order but for the NHS number (missing or
                                                #   wrong; theirs is ""); for `rules.resemblance`
        batch.protectings                       # tuple[Protecting, ...]: whom rejected rows call protected

`good` has `line`, `nhs_number`, and those columns of patients_patient that the file speaks of, typed: days as Date,
address_lines as List(String), is_sensitive and dissents_from_sharing as Boolean or null (not said), sms_consent and
interpreter_required as Boolean or null (not known), all others as String. A registered_on of null: the row does not say.

A row is in `good` or has rejections, never both; rows = good.height + rejected. Memory holds three batches, and of the lines
before them the NHS numbers. A file that is not what `shape` says raises InvalidInput while it is read: who has already
written something must be able to undo it. `source` is a path, or a binary file that can go back to its start.

`mapping` is None for the default. `members` are the ODS codes of the network's practices: the row of another member is told
apart (`another-practice`) from an outsider's (`outside-network`); empty: not asked.

Importing this package loads polars (a third of a second). A process that has checked a file must not fork and check another in
the child: polars' threads do not outlive a fork, and the child would wait for ever. `serve` forks before any request.
"""

from pcnhub.care.patients.rules.vectors.judging import schema_of
from pcnhub.care.patients.rules.vectors.table import CheckedBatch, CheckedTable, check_table

__all__ = ["CheckedBatch", "CheckedTable", "check_table", "schema_of"]
