"""Every change of a record: what an organisation brings in of its own, and what a hub files into it."""

from pcnhub.care.records.operations.filing import UnknownPatient, file_consultation
from pcnhub.care.records.operations.importing import (
    RecordImport,
    WrongPatient,
    import_extract,
    import_items,
)
from pcnhub.care.records.operations.medication import enter_drug, mark_drug, strike_drug
from pcnhub.care.records.operations.offering import NothingToGive, offer_record
from pcnhub.care.records.operations.permission import LONGEST_REASON, record_permission, review_override
from pcnhub.care.records.operations.receiving import file_received

__all__ = [
    "LONGEST_REASON",
    "NothingToGive",
    "RecordImport",
    "UnknownPatient",
    "WrongPatient",
    "enter_drug",
    "file_consultation",
    "file_received",
    "import_extract",
    "import_items",
    "mark_drug",
    "offer_record",
    "record_permission",
    "review_override",
    "strike_drug",
]
