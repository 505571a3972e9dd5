"""Every change of the room."""

from pcnhub.care.appointments.operations.booking import Booked, BookingRequest, book, rebook
from pcnhub.care.appointments.operations.calendar import (
    forget_hub_day,
    forget_single_day,
    set_hub_day,
    set_single_day,
)
from pcnhub.care.appointments.operations.categories import CategoriesImported, import_national_categories
from pcnhub.care.appointments.operations.choosing import longest_run, slot_to_book
from pcnhub.care.appointments.operations.giving_links import (
    GivenLink,
    give_link_to_appointment,
    give_link_to_book,
    withdraw_link,
)
from pcnhub.care.appointments.operations.gp_connect import ConsumerBooking, amend, book_for
from pcnhub.care.appointments.operations.holds import hold, let_go
from pcnhub.care.appointments.operations.linking import (
    NothingToTrace,
    RunGoesOn,
    link_traced,
    no_match,
    reject_candidates,
    retraced,
    trace_all,
    unlink,
)
from pcnhub.care.appointments.operations.missing import mark_missed
from pcnhub.care.appointments.operations.own_links import (
    Opened,
    book_own,
    cancel_own,
    hold_own,
    move_own,
    open_link,
    opened_link,
)
from pcnhub.care.appointments.operations.paper import EnteredRow, EnteredSheet, Outcome, enter_paper
from pcnhub.care.appointments.operations.refusals import (
    BookingMoved,
    KeyReused,
    LinkUsed,
    NoLinkForThem,
    NotAdjacent,
    NotAllowedNow,
    NothingBooked,
    QuotaUsed,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
)
from pcnhub.care.appointments.operations.rota import (
    TemplateChanged,
    change_template_from,
    end_template,
    save_template,
)
from pcnhub.care.appointments.operations.sessions import (
    LeftAsDraft,
    LeftOut,
    Published,
    SessionsMade,
    block_slot,
    change_session,
    make_session,
    make_sessions,
    publish_session,
    publish_sessions,
    unblock_slot,
)
from pcnhub.care.appointments.operations.slot_types import retire_slot_type, save_slot_type
from pcnhub.care.appointments.operations.status import set_status
from pcnhub.care.appointments.operations.unregistered import LikelyKnown, UnregisteredRequest, book_unregistered
from pcnhub.care.appointments.operations.withdrawing import cancel
from pcnhub.care.appointments.rules.details import Quota, SessionDetails, SlotTypeDetails, TemplateDetails

__all__ = [
    "Booked",
    "BookingMoved",
    "BookingRequest",
    "CategoriesImported",
    "ConsumerBooking",
    "EnteredRow",
    "EnteredSheet",
    "GivenLink",
    "KeyReused",
    "LeftAsDraft",
    "LeftOut",
    "LikelyKnown",
    "LinkUsed",
    "NoLinkForThem",
    "NotAdjacent",
    "NotAllowedNow",
    "NothingBooked",
    "NothingToTrace",
    "Opened",
    "Outcome",
    "Published",
    "Quota",
    "QuotaUsed",
    "RunGoesOn",
    "SessionDetails",
    "SessionsMade",
    "SlotTaken",
    "SlotTypeDetails",
    "SlotUnavailable",
    "SlotUnknown",
    "TemplateChanged",
    "TemplateDetails",
    "UnregisteredRequest",
    "amend",
    "block_slot",
    "book",
    "book_for",
    "book_own",
    "book_unregistered",
    "cancel",
    "cancel_own",
    "change_session",
    "change_template_from",
    "end_template",
    "enter_paper",
    "forget_hub_day",
    "forget_single_day",
    "give_link_to_appointment",
    "give_link_to_book",
    "hold",
    "hold_own",
    "import_national_categories",
    "let_go",
    "link_traced",
    "longest_run",
    "make_session",
    "make_sessions",
    "mark_missed",
    "move_own",
    "no_match",
    "open_link",
    "opened_link",
    "publish_session",
    "publish_sessions",
    "rebook",
    "reject_candidates",
    "retire_slot_type",
    "retraced",
    "save_slot_type",
    "save_template",
    "set_hub_day",
    "set_single_day",
    "set_status",
    "slot_to_book",
    "trace_all",
    "unblock_slot",
    "unlink",
    "withdraw_link",
]
