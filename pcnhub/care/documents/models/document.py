"""What an organisation holds about a patient as a document."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pcnhub.care.documents.rules import DocumentKind, DocumentSource, DocumentState, Scan
from pcnhub.foundations.database.constraints import one_of


class Document(models.Model):
    """Never deleted. Whose it is and what its bytes are never changes (the database's trigger says so)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    content = models.ForeignKey("documents.Content", models.PROTECT, related_name="+")
    title = models.TextField()
    kind = models.TextField(default=DocumentKind.OTHER)
    content_type = models.TextField(help_text="By its bytes")
    size = models.BigIntegerField(help_text="Bytes")
    sha256 = models.TextField(help_text="Compared with its bytes at every opening")
    dated_on = models.DateField(null=True, help_text="The day that the document itself bears")
    author = models.TextField(blank=True)
    is_confidential = models.BooleanField(default=False, help_text="Not shown under the care record agreement")
    source = models.TextField(default=DocumentSource.ATTACHED)
    source_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    source_key = models.TextField(blank=True, help_text="Its identity at its source, all versions alike")
    version = models.IntegerField(default=1, help_text="Of what `source_key` names")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    made_at = models.DateTimeField(help_text="When it came to be held here")
    made_by = models.TextField(help_text="Name of whoever, or whatever, brought it")
    made_by_position = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    state = models.TextField(default=DocumentState.KEPT)
    scan = models.TextField(default=Scan.NOT_SCANNED)
    scan_answer = models.TextField(blank=True, help_text="The scanner's own words")
    scanned_at = models.DateTimeField(null=True)
    in_error_reason = models.TextField(blank=True)
    in_error_at = models.DateTimeField(null=True)
    in_error_by = models.TextField(blank=True)
    altered_at = models.DateTimeField(
        null=True, help_text="When its bytes were found not to be those that were kept; none once they open again"
    )
    settled_at = models.DateTimeField(null=True, help_text="When a person said what was done about a quarantined one")
    settled_by = models.TextField(blank=True)
    settled_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("kind", DocumentKind, name="document_kind_known"),
            one_of("source", DocumentSource, name="document_source_known"),
            one_of("state", DocumentState, name="document_state_known"),
            one_of("scan", Scan, name="document_scan_known"),
            models.UniqueConstraint(
                fields=["organisation", "source_organisation", "source_key", "version"],
                condition=~Q(source_key=""),
                name="document_once",
            ),
            models.CheckConstraint(
                name="document_in_error_says_why",
                condition=~Q(state="in-error") | (~Q(in_error_reason="") & Q(in_error_at__isnull=False)),
            ),
            # What a scanner found something in, or has not answered about, is never openable.
            models.CheckConstraint(
                name="document_kept_is_not_dangerous", condition=~Q(state="kept") | ~Q(scan__in=["found", "waiting"])
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-made_at"], name="document_by_patient"),
            models.Index(
                fields=["organisation"],
                condition=Q(state="checking") | Q(state="quarantined", settled_at__isnull=True),
                name="document_wants_somebody",
            ),
            models.Index(fields=["organisation"], condition=Q(altered_at__isnull=False), name="document_altered"),
            models.Index(fields=["organisation"], condition=Q(scan="not-scanned"), name="document_not_scanned"),
        ]
