"""What was given to the exchange, what came from it, and when each mailbox answered last."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pcnhub.connections.mesh.states import InState, Kind, OutState
from pcnhub.foundations.database.constraints import one_of


class Outgoing(models.Model):
    """One message of ours. `local_id` is how the exchange is asked whether it has it, before it is sent again."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    kind = models.TextField()
    copy = models.ForeignKey("writeback.Copy", models.PROTECT, null=True, related_name="+")
    answers = models.ForeignKey("mesh.Incoming", models.PROTECT, null=True, related_name="+")
    mailbox = models.TextField(blank=True, help_text="Ours, from which it leaves")
    workflow_id = models.TextField()
    local_id = models.TextField(unique=True)
    header_id = models.UUIDField(null=True, help_text="MessageHeader.id: an answer names it")
    encounter_id = models.UUIDField(null=True, help_text="SenderReference: every answer names it, of every version")
    sha256 = models.TextField(blank=True, help_text="Of the message as it leaves")
    sealed = models.BinaryField(help_text="Address, subject and message")
    state = models.TextField()
    state_changed_at = models.DateTimeField()
    code = models.TextField(blank=True, help_text="Of the answer or report that settled it")
    said = models.TextField(blank=True, help_text="What came back, in plain words, without a person's data")
    message_id = models.TextField(blank=True, help_text="The exchange's own number")
    tries = models.IntegerField(default=0, help_text="How often it was given to the exchange, as far as is known")
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True, help_text="When a person was told that no answer came")

    class Meta:
        constraints = [
            one_of("kind", Kind, name="mesh_outgoing_kind"),
            one_of("state", OutState, name="mesh_outgoing_state"),
            models.CheckConstraint(
                name="mesh_sent_has_number",
                condition=~Q(state__in=["sent", "collected"]) | (~Q(message_id="") & Q(sent_at__isnull=False)),
            ),
            models.CheckConstraint(name="mesh_report_has_copy", condition=~Q(kind="report") | Q(copy__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["organisation", "message_id"], name="mesh_outgoing_number"),
            models.Index(fields=["organisation", "encounter_id"], name="mesh_outgoing_encounter"),
            models.Index(
                fields=["organisation", "queued_at"],
                name="mesh_outgoing_open",
                condition=Q(state__in=["not-configured", "queued", "sending", "sent", "collected", "received"]),
            ),
        ]


class Incoming(models.Model):
    """One message from a mailbox of ours, once whatever often it is handed out."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    mailbox = models.TextField()
    message_id = models.TextField()
    workflow_id = models.TextField(blank=True)
    is_report_of_exchange = models.BooleanField(default=False, help_text="Mex-MessageType: REPORT")
    document_id = models.TextField(blank=True, help_text="Of a consultation's report: its own UUID")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, null=True, related_name="+")
    settles = models.ForeignKey(Outgoing, models.PROTECT, null=True, related_name="+", help_text="Whose answer it is")
    sha256 = models.TextField()
    sealed = models.BinaryField(help_text="Headers and message")
    state = models.TextField()
    code = models.TextField(blank=True)
    said = models.TextField(blank=True, help_text="In plain words, without a person's data")
    received_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, help_text="When the exchange was told that it may forget it")

    class Meta:
        constraints = [
            one_of("state", InState, name="mesh_incoming_state"),
            models.UniqueConstraint(fields=["organisation", "mailbox", "message_id"], name="mesh_incoming_once"),
        ]
        indexes = [
            models.Index(fields=["organisation", "document_id"], name="mesh_incoming_document"),
            models.Index(fields=["organisation", "-received_at"], name="mesh_incoming_newest"),
        ]


class Contact(models.Model):
    """When the exchange last answered for a mailbox, and what it said when it didn't."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    mailbox = models.TextField()
    answered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    code = models.TextField(blank=True)
    said = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "mailbox"], name="mesh_contact_once")]
