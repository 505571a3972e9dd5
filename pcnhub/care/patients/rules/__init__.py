"""The words of registration and every decision about patients that values alone can make."""

from pcnhub.care.patients.rules.columns import (
    ColumnMapping,
    Columns,
    KnowsHeaders,
    columns_of,
    mapping_from,
    plain_words,
)
from pcnhub.care.patients.rules.dates import as_date
from pcnhub.care.patients.rules.files import ParsedFile, RawRow, read_file, table_of
from pcnhub.care.patients.rules.listsize import ListSizeFinding, against_list_size
from pcnhub.care.patients.rules.report import rejections_csv
from pcnhub.care.patients.rules.rows import (
    CheckedRows,
    Closing,
    Demographics,
    Protecting,
    Rejection,
    check_rows,
)
from pcnhub.care.patients.rules.search import Search, search_of
from pcnhub.care.patients.rules.sniffing import FileShape, shape_of, sniff
from pcnhub.care.patients.rules.standard import ROW_CODES, STANDARD, StandardField
from pcnhub.care.patients.rules.suggesting import suggest_mapping
from pcnhub.care.patients.rules.words import (
    ChangeKind,
    ImportState,
    NamePart,
    NumberEnd,
    OfferState,
    PieceKind,
    RegistrationState,
    RegistrationType,
    Sex,
    TraceBasis,
    TraceOutcome,
    TraceSource,
    TraceState,
)

__all__ = [
    "ROW_CODES",
    "STANDARD",
    "ChangeKind",
    "CheckedRows",
    "Closing",
    "ColumnMapping",
    "Columns",
    "Demographics",
    "FileShape",
    "ImportState",
    "KnowsHeaders",
    "ListSizeFinding",
    "NamePart",
    "NumberEnd",
    "OfferState",
    "ParsedFile",
    "PieceKind",
    "Protecting",
    "RawRow",
    "RegistrationState",
    "RegistrationType",
    "Rejection",
    "Search",
    "Sex",
    "StandardField",
    "TraceBasis",
    "TraceOutcome",
    "TraceSource",
    "TraceState",
    "against_list_size",
    "as_date",
    "check_rows",
    "columns_of",
    "mapping_from",
    "plain_words",
    "read_file",
    "rejections_csv",
    "search_of",
    "shape_of",
    "sniff",
    "suggest_mapping",
    "table_of",
]
