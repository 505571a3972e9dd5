"""Every change of the room: bringing a practice's patients in, and registering one of them at a hub for a while."""

from pcnhub.care.patients.operations.following import follow_practice
from pcnhub.care.patients.operations.heeding import heed
from pcnhub.care.patients.operations.importing import ImportReport, NotThePractices, import_demographics
from pcnhub.care.patients.operations.over_gp_connect import (
    AlreadyRegistered,
    Contact,
    Traced,
    register_by_gp_connect,
)
from pcnhub.care.patients.operations.temporary import (
    NotRegistrable,
    TemporaryRegistration,
    register_temporarily,
)
from pcnhub.care.patients.operations.vocabulary import learn_names

__all__ = [
    "AlreadyRegistered",
    "Contact",
    "ImportReport",
    "NotRegistrable",
    "NotThePractices",
    "TemporaryRegistration",
    "Traced",
    "follow_practice",
    "heed",
    "import_demographics",
    "learn_names",
    "register_by_gp_connect",
    "register_temporarily",
]
