"""Every change of the room: bringing a practice's patients in, and registering one of them at a hub for a while."""

from pcnhub.care.patients.operations.contacts import Offered, answer_offer, change_contact, offer
from pcnhub.care.patients.operations.following import follow_practice
from pcnhub.care.patients.operations.heeding import heed
from pcnhub.care.patients.operations.importing import ImportReport, NotThePractices, import_demographics
from pcnhub.care.patients.operations.imports import (
    ChangesetAltered,
    NotAtThisStep,
    bring_as_own,
    choose_absent,
    decide_claim,
    decide_duplicate,
    drop,
    map_columns,
    receive,
    resume,
    save_mapping,
    take_in,
    undo,
)
from pcnhub.care.patients.operations.merging import merge, unmerge
from pcnhub.care.patients.operations.over_gp_connect import (
    AlreadyRegistered,
    Contact,
    Traced,
    register_by_gp_connect,
)
from pcnhub.care.patients.operations.registrations import end_registration, lapse, reactivate
from pcnhub.care.patients.operations.renumbering import renumber
from pcnhub.care.patients.operations.temporary import (
    NotRegistrable,
    TemporaryRegistration,
    keep_open,
    register_temporarily,
)
from pcnhub.care.patients.operations.traced_rows import TracedPerson
from pcnhub.care.patients.operations.tracing import (
    AlreadyTraced,
    AnotherPersons,
    Linked,
)
from pcnhub.care.patients.operations.unlinking import Unlinked
from pcnhub.care.patients.operations.unregistered import register_unregistered
from pcnhub.care.patients.operations.vocabulary import learn_names

__all__ = [
    "AlreadyRegistered",
    "AlreadyTraced",
    "AnotherPersons",
    "ChangesetAltered",
    "Contact",
    "ImportReport",
    "Linked",
    "NotAtThisStep",
    "NotRegistrable",
    "NotThePractices",
    "Offered",
    "TemporaryRegistration",
    "Traced",
    "TracedPerson",
    "Unlinked",
    "answer_offer",
    "bring_as_own",
    "change_contact",
    "choose_absent",
    "decide_claim",
    "decide_duplicate",
    "drop",
    "end_registration",
    "follow_practice",
    "heed",
    "import_demographics",
    "keep_open",
    "lapse",
    "learn_names",
    "map_columns",
    "merge",
    "offer",
    "reactivate",
    "receive",
    "register_by_gp_connect",
    "register_temporarily",
    "register_unregistered",
    "renumber",
    "resume",
    "save_mapping",
    "take_in",
    "undo",
    "unmerge",
]
