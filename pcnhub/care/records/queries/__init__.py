"""Every read of a record. Opening one is put on record with the sections that were shown."""

from pcnhub.care.records.queries.opening import open_record
from pcnhub.care.records.queries.receipts import receipts_held
from pcnhub.care.records.queries.views import (
    ConsultationVersion,
    ConsultationView,
    ItemView,
    RecordView,
    SectionState,
    SectionView,
)

__all__ = [
    "ConsultationVersion",
    "ConsultationView",
    "ItemView",
    "RecordView",
    "SectionState",
    "SectionView",
    "open_record",
    "receipts_held",
]
