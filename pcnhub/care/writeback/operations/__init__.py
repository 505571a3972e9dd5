"""Every change of the room: copies on their way, reports, and what people settle by hand."""

from pcnhub.care.writeback.operations.drugs import DrugSettled, decline_drug, file_drug, take_in_drugs
from pcnhub.care.writeback.operations.filing import deliver_documents, documents_changed
from pcnhub.care.writeback.operations.formulary import FormularyImport, import_formulary
from pcnhub.care.writeback.operations.manual import OTHER_WAYS, OnItsWayAlready, OtherWay, sent_otherwise, set_window
from pcnhub.care.writeback.operations.papers import follow_with_documents
from pcnhub.care.writeback.operations.reports import (
    report_accepted,
    report_handed_over,
    report_not_configured,
    report_received,
    report_refused,
    report_sending,
    report_sent,
    report_unanswered,
)
from pcnhub.care.writeback.operations.sending import (
    NothingToRetry,
    ask_release,
    catch_up,
    look,
    release,
    retry,
    send_copy,
)

__all__ = [
    "OTHER_WAYS",
    "DrugSettled",
    "FormularyImport",
    "NothingToRetry",
    "OnItsWayAlready",
    "OtherWay",
    "ask_release",
    "catch_up",
    "decline_drug",
    "deliver_documents",
    "documents_changed",
    "file_drug",
    "follow_with_documents",
    "import_formulary",
    "look",
    "release",
    "report_accepted",
    "report_handed_over",
    "report_not_configured",
    "report_received",
    "report_refused",
    "report_sending",
    "report_sent",
    "report_unanswered",
    "retry",
    "send_copy",
    "sent_otherwise",
    "set_window",
    "take_in_drugs",
]
