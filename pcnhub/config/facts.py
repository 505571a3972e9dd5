"""Which handlers hear of which fact: the one place where a room's news meets another room's work.

Every fact that an operation publishes stands here. An empty row says that nobody listens, on purpose.
"""

from pcnhub.care.appointments import jobs as appointments
from pcnhub.care.documents import jobs as documents
from pcnhub.care.patients import jobs as patients
from pcnhub.care.tasks import jobs as tasks
from pcnhub.care.writeback import jobs as writeback
from pcnhub.connections.clamd import jobs as clamd
from pcnhub.connections.gpconnect import jobs as gpconnect
from pcnhub.connections.mail import jobs as mail
from pcnhub.connections.mesh import jobs as mesh
from pcnhub.connections.pds import jobs as pds
from pcnhub.foundations.jobs import outbox
from pcnhub.insight.readiness import jobs as readiness
from pcnhub.insight.readiness import reminding
from pcnhub.insight.watch import jobs as watch
from pcnhub.rehearsal import jobs as rehearsal

HANDLERS: dict[str, dict[str, outbox.Handler]] = {
    "appointments.amended": {},
    "appointments.booked": {},
    "appointments.booked-on-old-trace": {"pds.trace-booked": pds.on_booked_on_old_trace},
    "appointments.cancelled": {},
    "appointments.missed-due": {"appointments.mark-missed": appointments.on_missed_due},
    "appointments.rebooked": {},
    "appointments.session-changed": {"readiness.ask": readiness.on_touched},
    "appointments.slot-types-changed": {"readiness.ask": readiness.on_touched},
    "appointments.status-changed": {},
    "consultations.definitions-changed": {"readiness.ask": readiness.on_touched},
    "consultations.notice-asked": {"mail.tell": mail.on_notice_asked},
    "consultations.outcomes-changed": {"readiness.ask": readiness.on_touched},
    "continuity.changed": {"readiness.ask": readiness.on_touched},
    # In this order, under one ordering key: who a person is gets asked again, before anything about them leaves the hub.
    "consultations.documents-changed": {"writeback.add-documents": writeback.on_documents_changed},
    "consultations.finished": {"pds.retrace": pds.on_leaving, "writeback.send": writeback.on_finished},
    "elsewhere.kept": {"readiness.ask": readiness.on_touched},
    "documents.altered": {"documents.note-altered": documents.on_altered, "mail.tell": mail.on_document_altered},
    "documents.malware-found": {"documents.quarantine": documents.on_malware_found},
    "documents.marked-in-error": {},
    "documents.quarantined": {"mail.tell": mail.on_document_quarantined},
    "documents.result-arrived": {"readiness.ask": readiness.on_touched},
    "documents.scan-due": {"clamd.scan": clamd.on_scan_due},
    "documents.test-document-wanted": {"documents.make-test": documents.on_test_document_wanted},
    "documents.tried": {"readiness.ask": readiness.on_touched},
    "documents.try-due": {"documents.try": documents.on_try_due},
    "gpconnect.asked": {"gpconnect.settle": gpconnect.on_asked},
    "investigations.changed": {"readiness.ask": readiness.on_touched},
    "mesh.answered": {"readiness.ask": readiness.on_touched},
    "mesh.arrived": {"mesh.take-in": mesh.on_arrived},
    "mesh.handshake-due": {"mesh.greet": mesh.on_handshake_due},
    "mesh.kept": {"mesh.read-again": mesh.on_kept},
    "mesh.mailbox-set": {"mesh.prepare-again": mesh.on_report_due},
    "mesh.poll-due": {"mesh.poll": mesh.on_poll_due},
    "mesh.queued": {"mesh.begin": mesh.on_queued},
    "mesh.sending": {"mesh.send": mesh.on_sending},
    "mesh.taken": {"mesh.acknowledge": mesh.on_taken},
    "mesh.watch-due": {"mesh.watch": mesh.on_watch_due},
    "organisations.changed": {"readiness.ask": readiness.on_touched},
    "organisations.groups-changed": {"readiness.ask": readiness.on_touched},
    "organisations.hours-changed": {"readiness.ask": readiness.on_touched},
    "organisations.network-changed": {"readiness.ask": readiness.on_touched},
    "organisations.people-changed": {"readiness.ask": readiness.on_touched},
    "organisations.switches-changed": {"readiness.ask": readiness.on_touched},
    "patients.claim-asked": {"pds.claim": pds.on_claim_asked},
    "patients.forget-due": {"patients.forget-files": patients.on_forget_due},
    "patients.import-asked": {"patients.take-in": patients.on_import_asked},
    "patients.import-checked": {"patients.note-moved": patients.on_import_checked},
    "patients.import-dropped": {"patients.remove-dropped": patients.on_import_dropped},
    "patients.import-received": {"patients.check": patients.on_import_received},
    "patients.import-undo-asked": {"patients.undo": patients.on_import_undo_asked},
    # In this order, under one ordering key: a copy that waits for its patient's link goes out once the link is made.
    "patients.imported": {
        "patients.follow-practice": patients.on_imported,
        "writeback.release": writeback.on_reason_gone,
        "readiness.ask": readiness.on_touched,
    },
    "patients.lapse-due": {"patients.lapse": patients.on_lapse_due},
    "patients.linked": {"writeback.release-linked": writeback.on_linked, "readiness.ask": readiness.on_touched},
    "patients.merged": {"writeback.release-linked": writeback.on_linked, "readiness.ask": readiness.on_touched},
    "patients.moved": {"readiness.ask": readiness.on_touched},
    "patients.people-to-file": {"patients.file-people": patients.on_people_to_file},
    "patients.protected-number-given": {"mail.tell": mail.on_protected_number_given},
    "patients.registered-untraced": {"patients.heed": patients.on_registered_untraced},
    "patients.trace-asked": {"pds.trace": pds.on_trace_asked},
    "records.permission-overridden": {"mail.tell": mail.on_permission_overridden},
    "readiness.changed": {"readiness.tell": readiness.on_changed},
    "readiness.check-due": {"readiness.check": readiness.on_check_due},
    "readiness.lists-due": {"readiness.send-lists": reminding.on_lists_due},
    "readiness.run-asked": {"readiness.run": readiness.on_run_asked},
    # Asked first who and where the patient is, as before everything that leaves.
    "writeback.look-due": {"pds.retrace": pds.on_leaving, "writeback.look": writeback.on_look_due},
    "writeback.documents-due": {"writeback.deliver": writeback.on_documents_due},
    "writeback.drugs-arrived": {
        "writeback.take-in-drugs": writeback.on_drugs_arrived,
        "writeback.mark-documents": writeback.on_version_arrived,
    },
    "writeback.needs-person": {"mail.tell": mail.on_copy_needs_person, "readiness.ask": readiness.on_touched},
    "writeback.formulary-changed": {"readiness.ask": readiness.on_touched},
    "writeback.report-due": {"mesh.prepare": mesh.on_report_due},
    "writeback.standing-changed": {"readiness.ask": readiness.on_touched},
    "writeback.release-asked": {"pds.retrace": pds.on_leaving, "writeback.release-patient": writeback.on_release_asked},
    "writeback.retry-asked": {"pds.retrace": pds.on_leaving, "writeback.send": writeback.on_finished},
    "rehearsal.over": {"readiness.ask": readiness.on_touched},
    "rehearsal.due": {"rehearsal.rehearse": rehearsal.on_due},
    "sharing.activated": {
        "patients.follow-practice": patients.on_sharing_activated,
        "writeback.release": writeback.on_reason_gone,
        "readiness.ask": readiness.on_touched,
    },
    "sharing.agreements-changed": {"readiness.ask": readiness.on_touched},
    "sharing.deactivated": {"readiness.ask": readiness.on_touched},
    "sharing.settings-changed": {"writeback.release": writeback.on_reason_gone, "readiness.ask": readiness.on_touched},
    "tasks.look-due": {"tasks.return-unseen": tasks.on_look_due},
    # As of a copy: asked first who and where the patient is, then handed over, as the one that sends; `tasks.sent` is told to
    # the one that receives.
    "tasks.leaving": {"pds.retrace": pds.on_leaving, "tasks.hand-over": tasks.on_leaving},
    "tasks.sent": {"tasks.deliver": tasks.on_sent},
    "tasks.clock-due": {"tasks.watch": tasks.on_clock_due},
    "tasks.teams-changed": {"readiness.ask": readiness.on_touched},
    "tasks.test-done": {"tasks.answer-test": tasks.on_test_done, "readiness.ask": readiness.on_touched},
    "tasks.withdraw-asked": {"tasks.take-away": tasks.on_withdraw_asked},
    "tasks.alerted": {"mail.tell": mail.on_alerted},
    "tasks.assigned": {"mail.tell": mail.on_assigned},
    "tasks.came-back": {"mail.tell": mail.on_came_back, "tasks.tell-consultation": tasks.on_standing_changed},
    "tasks.commented": {"mail.tell": mail.on_commented},
    "tasks.escalated": {"mail.tell": mail.on_escalated, "readiness.ask": readiness.on_touched},
    "tasks.safety-net-out": {"mail.tell": mail.on_safety_net_out},
    "tasks.withdrawn": {"tasks.tell-consultation": tasks.on_standing_changed},
    "watch.due": {"watch.tell": watch.on_due},
    "watch.foreseen": {"mail.tell": mail.on_evening_foreseen},
}


# What a rehearsal withholds: the connections, whose handlers reach other systems or write to people, and insight, which looks at
# the hub as it really stands. Named by the first word of their handlers.
LEAVING = frozenset(
    {"clamd", "gpconnect", "mail", "mesh", "pds", "sds", "readiness", "watch", "continuity", "evidence"}
)


def wire() -> None:
    """Tells the outbox. Called once, when every room is loaded."""
    outbox.wire(HANDLERS, leaving=LEAVING)
