"""Which kinds of rows hold a patient, and how long each is seen by whom.

The expectation is written from the agreements' own words (`domain.md` 3.2), not from the policies.
"""

ALWAYS = {"select": "always", "insert": "always", "update": "always", "delete": "always"}
GROWS = {"select": "always", "insert": "always"}  # append-only
READS_UNDER_AGREEMENT = {"select": "agreed"}
KEEPS = {"select": "always", "insert": "always", "update": "always"}  # never deleted
DELIVERS = {"select": "agreed", "insert": "agreed"}
BOOKS = {"select": "agreed", "insert": "agreed", "update": "agreed"}

# kind of row -> (its table, {who: {verb: always | agreed}}). Whoever or whatever is not named: never.
KINDS: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "the practice's patient": ("patients_patient", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "a sensitive patient": ("patients_patient", {"ash": ALWAYS}),
    "a patient who dissents": ("patients_patient", {"ash": ALWAYS}),
    "a temporary registration": ("patients_patient", {"hub": ALWAYS, "ash": BOOKS}),
    "word that the hub's patient is protected": ("patients_protection", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "word that another is protected": ("patients_protection", {"ash": ALWAYS}),  # whom the hub doesn't hold
    "an import": ("patients_importbatch", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),  # counts, nobody's data
    "a rejected row of an import": ("patients_importrejection", {"ash": ALWAYS}),
    "a piece of its file": ("patients_importfile", {"ash": ALWAYS}),
    "a change of an import": ("patients_importchange", {"ash": ALWAYS}),
    "somebody whom it may name twice": ("patients_possibleduplicate", {"ash": ALWAYS}),
    "how the practice's file reads": ("patients_savedmapping", {"ash": ALWAYS}),
    "a name of the practice's people": ("patients_knownname", {"ash": {"select": "always"}}),
    # a file of the practice that the hub brought
    "an import by the hub": ("patients_importbatch", {"ash": ALWAYS, "hub": BOOKS}),
    "a rejected row of an import by the hub": (
        "patients_importrejection",
        {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT},
    ),
    "a piece of a file by the hub": (
        "patients_importfile",
        {"ash": ALWAYS, "hub": {"select": "agreed", "insert": "agreed"}},
    ),
    "a change of an import by the hub": ("patients_importchange", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "somebody whom an import by the hub may name twice": (
        "patients_possibleduplicate",
        {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT},
    ),
    "which practice is believed": ("patients_claimdecision", {"hub": ALWAYS}),
    "somebody's former number": ("patients_formernumber", {"hub": ALWAYS}),
    "an attempt to trace somebody": ("patients_traceattempt", {"hub": ALWAYS}),
    "a run of tracing": ("patients_tracerun", {"hub": ALWAYS}),
    "a practice's word on a contact detail": ("patients_contactoffer", {"hub": ALWAYS, "ash": BOOKS}),
    "another source's word on a contact detail": ("patients_contactoffer", {"hub": ALWAYS}),
    "two rows that are one person": ("patients_merge", {"hub": ALWAYS}),
    "an entry of the record": ("records_item", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "a confidential entry": ("records_item", {"ash": ALWAYS}),
    "an entry of a patient who dissents": ("records_item", {"ash": ALWAYS}),
    "how much of the record is here": ("records_sectioncoverage", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "the same of a patient who dissents": ("records_sectioncoverage", {"ash": ALWAYS}),
    "a consultation of the practice": (
        "records_filedconsultation",
        {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT},
    ),
    "a consultation written back": (
        "records_filedconsultation",
        {"ash": ALWAYS, "hub": {"select": "agreed", "insert": "agreed"}},
    ),
    "a consultation written back for a patient who dissents": (
        "records_filedconsultation",
        {"ash": ALWAYS, "hub": {"select": "agreed", "insert": "agreed"}},
    ),
    "a confidential consultation of the practice": ("records_filedconsultation", {"ash": ALWAYS}),
    "a confidential consultation written back": (
        "records_filedconsultation",
        {"ash": ALWAYS, "hub": {"select": "agreed", "insert": "agreed"}},
    ),
    "what is confidential in an open one": ("records_confidentialpart", {"ash": ALWAYS}),
    "what is confidential in one written back": (
        "records_confidentialpart",
        {"ash": ALWAYS, "hub": {"select": "agreed", "insert": "agreed"}},
    ),
    "a report that came by MESH": ("records_filedconsultation", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "what a patient said of opening the record": ("records_viewpermission", {"hub": GROWS}),
    "an opening without asking": ("records_viewpermission", {"hub": GROWS, "ash": {"select": "always"}}),
    "a look at such an opening": ("records_overridereview", {"hub": GROWS}),
    "a document of the practice": ("documents_document", {"ash": KEEPS, "hub": READS_UNDER_AGREEMENT}),
    "its bytes": ("documents_content", {"ash": GROWS, "hub": READS_UNDER_AGREEMENT}),
    "a piece of its bytes": ("documents_piece", {"ash": GROWS, "hub": READS_UNDER_AGREEMENT}),
    "a confidential document": ("documents_document", {"ash": KEEPS}),
    "the bytes of a confidential document": ("documents_content", {"ash": GROWS}),
    "a piece of a confidential document": ("documents_piece", {"ash": GROWS}),
    "a document in quarantine": ("documents_document", {"ash": KEEPS}),
    "a document of a patient who dissents": ("documents_document", {"ash": KEEPS}),
    "the bytes of a document of a patient who dissents": ("documents_content", {"ash": GROWS}),
    "a document that the hub delivered": ("documents_document", {"ash": KEEPS, "hub": DELIVERS}),
    "the bytes of a document that the hub delivered": ("documents_content", {"ash": GROWS, "hub": DELIVERS}),
    "a piece of a document that the hub delivered": ("documents_piece", {"ash": GROWS, "hub": DELIVERS}),
    "a practice's test document": ("documents_testdocument", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "how a document opened": ("documents_opening", {"hub": ALWAYS}),
    "a document of the hub": ("documents_document", {"hub": KEEPS}),
    "a document filed to a consultation": ("consultations_attachment", {"hub": KEEPS}),
    "a booking": ("appointments_booking", {"hub": ALWAYS, "ash": BOOKS}),
    "a seat of a booking": ("appointments_bookedslot", {"hub": ALWAYS, "ash": BOOKS}),
    "a step of a booking": (
        "appointments_bookingevent",
        {"hub": GROWS, "ash": {"select": "agreed", "insert": "agreed"}},
    ),
    "somebody to tell": ("appointments_persontotell", {"hub": ALWAYS}),
    "a patient's own link": ("appointments_ownlink", {"ash": ALWAYS}),
    # of the hub's to an appointment: its practice may take it away, no more (tests/rooms/appointments/test_own_links.py)
    "a patient's own link to an appointment": (
        "appointments_ownlink",
        {"hub": ALWAYS, "ash": {"select": "agreed", "update": "agreed"}},
    ),
    "a consultation of the hub": ("consultations_consultation", {"hub": ALWAYS}),
    "a version of it": ("consultations_version", {"hub": GROWS}),
    "what was done in it": ("consultations_deed", {"hub": GROWS}),
    # shown to the account that wrote them alone, of the very same hub: tests/entrances/consulting/test_lost_words.py
    "words that arrived without a session": ("consultations_lostwords", {}),
    "a task": (
        "tasks_task",
        {
            "hub": {"select": "always", "insert": "agreed"},
            "ash": {"select": "always", "update": "always"},
        },
    ),
    "a step of a task": ("tasks_taskevent", {"hub": GROWS, "ash": {"select": "always"}}),
    "a document of a task": ("tasks_taskdocument", {"hub": GROWS, "ash": {"select": "always"}}),
    "a test request": (
        "investigations_investigation",
        {
            "hub": {"select": "always", "insert": "agreed", "update": "always"},
            "ash": {"select": "always", "update": "always"},
        },
    ),
    "a step of a test request": ("investigations_investigationevent", {"hub": GROWS, "ash": {"select": "always"}}),
    "a copy on its way": ("writeback_copy", {"hub": ALWAYS, "ash": READS_UNDER_AGREEMENT}),
    "a drug that a copy brought": ("writeback_drug", {"ash": ALWAYS, "hub": READS_UNDER_AGREEMENT}),
    "a step of a copy": ("writeback_copyevent", {"hub": GROWS}),
    "a request to the demographics service": ("pds_request", {"hub": GROWS}),
    "a person of the demographics extract": ("pds_person", {}),  # seen by number alone: tests/connections/pds
    "a booking at another system": ("gpconnect_bookingelsewhere", {"ash": ALWAYS}),
    "a message on its way": ("mesh_outgoing", {"hub": ALWAYS}),
    "when a mailbox answered": ("mesh_contact", {"hub": ALWAYS}),
    "a message that arrived": ("mesh_incoming", {"hub": ALWAYS}),
    "an audit event": ("audit_auditevent", {"hub": GROWS, "ash": {"select": "always"}}),
}
