"""What one organisation holds about one of its patients."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.care.records.rules import ItemKind, Origin, PartKind, PermissionAnswer, Section
from pcnhub.foundations.database.constraints import one_of


class Item(models.Model):
    """A problem, a medication, an allergy, ... `detail` holds what only its kind has, as plain text values by field name."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    kind = models.TextField()
    code = models.TextField(blank=True, help_text="SNOMED CT concept id, or empty when only text is known")
    term = models.TextField()
    status = models.TextField(blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    recorded_on = models.DateField(null=True)
    detail = models.JSONField(default=dict)
    particulars = models.JSONField(
        default=dict, help_text="What the source said in full (`particulars`), for giving it on"
    )
    is_confidential = models.BooleanField(default=False)
    origin = models.TextField(default=Origin.OWN)
    source_key = models.TextField(help_text="The entry's identity at its source: the same one never comes in twice")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("kind", ItemKind, name="item_kind_known"),
            one_of("origin", Origin, name="item_origin_known"),
            models.UniqueConstraint(fields=["organisation", "patient", "source_key"], name="item_once"),
        ]
        indexes = [models.Index(fields=["patient", "kind"], name="item_by_patient")]


class FiledConsultation(models.Model):
    """A consultation in an organisation's record: its own import, or received as a write-back (one row a version)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    title = models.TextField(help_text="Enterprise Consultation (site) when received from a hub")
    started_at = models.DateTimeField()
    author_name = models.TextField()
    author_role = models.TextField(blank=True)
    site_name = models.TextField(blank=True)
    sections = models.JSONField(help_text="[{heading, text}] in order; a confidential one without its text")
    entries = models.JSONField(
        default=list, help_text="[{code, term, value}] in order; a confidential one without them"
    )
    outcome = models.TextField(blank=True)
    origin = models.TextField(default=Origin.WRITE_BACK)
    source_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    source_key = models.TextField(help_text="Of the consultation at its source, all versions alike")
    version = models.IntegerField(default=1)
    amendment_reason = models.TextField(blank=True)
    follow_up = models.TextField(blank=True)
    is_confidential = models.BooleanField(
        default=False, help_text="All of it; sections and entries have marks of their own"
    )
    is_in_error = models.BooleanField(default=False, help_text="This version says that all of it was recorded in error")
    in_error_reason = models.TextField(blank=True)
    sender_ods = models.TextField(blank=True, help_text="Of a report that came by MESH")
    message_key = models.TextField(blank=True, help_text="The number of the document that came by MESH")
    replaces_key = models.TextField(blank=True, help_text="The number of the document that it replaces")
    document_keys = ArrayField(
        models.TextField(), default=list, help_text="Source keys of the documents that belong to it"
    )
    document_ids = ArrayField(models.BigIntegerField(), default=list, help_text="Ids of documents that came with it")
    receipt = models.TextField(help_text="What the receiver answered, and the sender keeps")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("origin", Origin, name="filed_consultation_origin_known"),
            models.UniqueConstraint(
                fields=["organisation", "source_organisation", "source_key", "version"], name="filed_consultation_once"
            ),
            models.UniqueConstraint(fields=["organisation", "receipt"], name="filed_consultation_receipt_once"),
            models.UniqueConstraint(
                fields=["organisation", "message_key"],
                name="filed_consultation_message_once",
                condition=~models.Q(message_key=""),
            ),
        ]
        indexes = [models.Index(fields=["patient", "-started_at"], name="filed_consultation_by_patient")]


class ConfidentialPart(models.Model):
    """A passage or entry of a filed consultation that is confidential by itself. In the consultation's own row stands only that
    it is there, and where: what it says lies here, where the care record agreement opens nothing."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    source_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    filed = models.ForeignKey(FiledConsultation, models.PROTECT, related_name="confidential_parts")
    kind = models.TextField()
    place = models.IntegerField(help_text="In the list of its kind, counted from 0")
    content = models.JSONField(help_text="The passage or the entry, whole")

    class Meta:
        constraints = [
            one_of("kind", PartKind, name="confidential_part_kind_known"),
            models.UniqueConstraint(fields=["filed", "kind", "place"], name="confidential_part_once"),
        ]


class SectionCoverage(models.Model):
    """That a section of a patient's record was brought in, as of when, and the source's warnings about it.

    No row: nobody has brought the section in, so that its emptiness says nothing about the patient.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    section = models.TextField()
    as_of = models.DateTimeField(help_text="When the source made its list, or when it was brought in")
    warnings = models.JSONField(default=list, help_text="[{code, text}] in order")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("section", Section, name="section_coverage_known"),
            models.UniqueConstraint(fields=["patient", "section"], name="section_coverage_once"),
        ]


class ViewPermission(models.Model):
    """What a patient said when asked whether their record may be opened, or that somebody opened it unasked, and why.

    Kept by who asked; `patient` is their own registration. It holds for its day (London), and is never changed.
    """

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    holder_ods = models.TextField(help_text="Of the practice that keeps the record")
    holder = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    holder_patient = models.ForeignKey(
        "patients.Patient",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The practice's own row of them, where it is linked",
    )
    answer = models.TextField()
    reason = models.TextField(blank=True)
    user = models.TextField(help_text="Who asked, or overrode")
    user_name = models.TextField()
    answered_at = models.DateTimeField()
    answered_on = models.DateField(help_text="The day for which it holds")

    class Meta:
        constraints = [
            one_of("answer", PermissionAnswer, name="view_permission_answer_known"),
            models.CheckConstraint(
                name="view_permission_override_has_a_reason",
                condition=~models.Q(answer=PermissionAnswer.OVERRIDDEN.value) | ~models.Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "answered_on"], name="view_permission_by_patient"),
            models.Index(
                fields=["organisation", "-answered_at"],
                name="view_permission_overridden",
                condition=models.Q(answer=PermissionAnswer.OVERRIDDEN.value),
            ),
        ]


class OverrideReview(models.Model):
    """That somebody who answers for privacy, at either end, has looked at an override, and what they found."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    permission = models.ForeignKey(ViewPermission, models.PROTECT, related_name="reviews")
    finding = models.TextField()
    user = models.TextField()
    user_name = models.TextField()
    reviewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "permission"], name="override_reviewed_once"),
        ]
