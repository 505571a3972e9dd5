"""Every read of a record. Opening one is put on record with the sections that were shown."""

from pcnhub.care.records.queries.elsewhere import (
    HomeElsewhere,
    RecordWithheld,
    home_elsewhere,
    viewable_elsewhere,
)
from pcnhub.care.records.queries.giving import GivenItem, GivenRecord, GivenSection, record_to_give
from pcnhub.care.records.queries.held import Held, held
from pcnhub.care.records.queries.opening import open_record
from pcnhub.care.records.queries.overrides import OverrideView, open_overrides, override, overrides
from pcnhub.care.records.queries.permission import (
    PermissionToViewNeeded,
    PermissionToViewRefused,
    PermissionView,
    permission_to_view,
)
from pcnhub.care.records.queries.receipts import Filed, filed, receipts_held
from pcnhub.care.records.queries.views import (
    ConsultationVersion,
    ConsultationView,
    ItemView,
    RecordView,
    SectionState,
    SectionView,
    item_view_of,
)

__all__ = [
    "ConsultationVersion",
    "ConsultationView",
    "Filed",
    "GivenItem",
    "GivenRecord",
    "GivenSection",
    "Held",
    "HomeElsewhere",
    "ItemView",
    "OverrideView",
    "PermissionToViewNeeded",
    "PermissionToViewRefused",
    "PermissionView",
    "RecordView",
    "RecordWithheld",
    "SectionState",
    "SectionView",
    "filed",
    "held",
    "home_elsewhere",
    "item_view_of",
    "open_overrides",
    "open_record",
    "override",
    "overrides",
    "permission_to_view",
    "receipts_held",
    "record_to_give",
    "viewable_elsewhere",
]
